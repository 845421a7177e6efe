"""The mock for httpx: a transport for clients, and a side effect for respx."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import httpx

from conformance.mock.connection import RESET_STATUS
from conformance.mock.message import MockRequest, MockResponse, split_request_target
from conformance.mock.mock import Mock
from conformance.mock.state import MockState


class Transport(httpx.BaseTransport):
    """An httpx transport that responds with a mock, regardless of the host. It is thread-safe."""

    def __init__(self, mock: Mock, state: MockState | None = None) -> None:
        self.mock = mock
        self.state = mock.create_state() if state is None else state
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response of the mock."""
        received = convert_httpx_request(request)
        with self._lock:
            response = self.mock.respond(self.state, received)
        answer: httpx.Response = build_httpx_response(httpx, request, response)
        answer.read()  # for whoever calls this without a client, respx among them
        return answer


def side_effect(
    mock: Mock, state: MockState | None = None
) -> Callable[[httpx.Request], httpx.Response]:
    """Return a side effect for respx: `respx.route().mock(side_effect=side_effect(mock))`."""
    return Transport(mock, state).handle_request


def build_httpx_response(library: Any, request: Any, response: MockResponse) -> Any:
    """Return a response of the mock as httpx, or httpx2, receives it from a network.

    The body is not read yet: the client reads it, and measures how long that took. Raises ReadError
    for a connection that is reset.
    """
    if response.status == RESET_STATUS:
        raise library.ReadError("the connection was reset", request=request)
    headers = list(response.headers)
    if response.body and not any(name.lower() == "content-length" for name, _ in headers):
        headers.append(("Content-Length", str(len(response.body))))
    content = b"" if request.method == "HEAD" else response.body
    return library.Response(
        response.status, headers=headers, stream=library.ByteStream(content), request=request
    )


def convert_httpx_request(request: httpx.Request) -> MockRequest:
    """Return the MockRequest for an httpx request."""
    path, query, raw_query = split_request_target(request.url.raw_path.decode("ascii"))
    return MockRequest(
        method=request.method,
        path=path,
        query=query,
        raw_query=raw_query,
        headers=dict(request.headers.items()),
        body=request.read(),
    )
