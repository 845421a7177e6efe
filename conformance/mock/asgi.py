"""The mock as an ASGI application (ASGI 3.0, HTTP and lifespan)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from conformance.mock.message import MockRequest, MockResponse, split_request_target
from conformance.mock.mock import Mock
from conformance.mock.state import MockState
from conformance.protocol import BODILESS_STATUSES

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class AsgiApp:
    """An ASGI application that responds with a mock."""

    def __init__(self, mock: Mock, state: MockState | None = None) -> None:
        self.mock = mock
        self.state = mock.create_state() if state is None else state

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one connection scope. Raises ValueError for any scope but HTTP and lifespan."""
        match scope["type"]:
            case "http":
                request = convert_asgi_request(scope, await _read_asgi_body(receive))
                await _send_asgi_response(self.mock.respond(self.state, request), send)
            case "lifespan":
                await _handle_lifespan(receive, send)
            case scope_type:
                raise ValueError(f"{scope_type} is not served")


def convert_asgi_request(scope: Message, body: bytes) -> MockRequest:
    """Return the MockRequest for an ASGI HTTP scope and body."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        lower_name, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[lower_name] = f"{headers[lower_name]}, {text}" if lower_name in headers else text
    path = scope.get("raw_path") or scope["path"].encode()
    target = path.decode("latin-1") + "?" + scope["query_string"].decode("latin-1")
    path, query, raw_query = split_request_target(target)
    return MockRequest(
        method=scope["method"],
        path=path,
        query=query,
        raw_query=raw_query,
        headers=headers,
        body=body,
    )


async def _read_asgi_body(receive: Receive) -> bytes:
    body, has_more = b"", True
    while has_more:
        message = await receive()
        body += message.get("body", b"")
        has_more = message.get("more_body", False)
    return body


async def _send_asgi_response(response: MockResponse, send: Send) -> None:
    # the client would take a body after 204 for the start of the next response (RFC 9112, 6.3)
    body = b"" if response.status in BODILESS_STATUSES else response.body
    length_header = (
        []
        if response.status in BODILESS_STATUSES
        else [(b"content-length", str(len(body)).encode())]
    )
    headers = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers
    ]
    await send(
        {
            "type": "http.response.start",
            "status": response.status,
            "headers": headers + length_header,
        }
    )
    await send({"type": "http.response.body", "body": body})


async def _handle_lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
