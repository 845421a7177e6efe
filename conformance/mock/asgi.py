"""The mock as an ASGI application (ASGI 3.0, HTTP and lifespan)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from conformance.mock.message import Request, Response, split
from conformance.mock.mock import Mock
from conformance.mock.state import State

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
BODILESS = (204, 304)


class App:
    """An ASGI application that is answered by a mock."""

    def __init__(self, mock: Mock, state: State | None = None) -> None:
        self.mock = mock
        self.state = mock.start() if state is None else state

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection scope."""
        match scope["type"]:
            case "http":
                request = understood(scope, await _body(receive))
                await _send(self.mock.respond(self.state, request), send)
            case "lifespan":
                await _lifespan(receive, send)
            case other:
                raise ValueError(f"{other} is not served")


def understood(scope: Message, body: bytes) -> Request:
    """Return an ASGI request as the mock's own."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    path = scope.get("raw_path") or scope["path"].encode()
    target = path.decode("latin-1") + "?" + scope["query_string"].decode("latin-1")
    path, query = split(target)
    return Request(method=scope["method"], path=path, query=query, headers=headers, body=body)


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _send(response: Response, send: Send) -> None:
    # a body after 204 would be taken for the beginning of the next answer: the header alone can be
    # seen (RFC 9112, 6.3)
    body = b"" if response.status in BODILESS else response.body
    length = [] if response.status in BODILESS else [(b"content-length", str(len(body)).encode())]
    headers = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers
    ]
    await send(
        {"type": "http.response.start", "status": response.status, "headers": headers + length}
    )
    await send({"type": "http.response.body", "body": body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
