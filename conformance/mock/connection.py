"""One HTTP/1.1 connection to the mock, from bytes to bytes (RFC 9112).

No framework stands between the parser and the mock, which is the main reason for the speed.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import deque
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus

import httptools

from conformance.mock.message import MockRequest, MockResponse, split_request_target
from conformance.protocol import BODILESS_STATUSES

Responder = Callable[[MockRequest], MockResponse]
Delay = Callable[[], float]
MAX_BODY_SIZE = 64 * 1024 * 1024  # bytes
STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode("ascii")
    for status in HTTPStatus
}
_LOG = logging.getLogger(__name__)
RESET_STATUS = 0  # pseudo status: reset the connection without a response


class HttpServerConnection(asyncio.Protocol):
    """A connection that responds to requests in the order of their arrival.

    `delay` returns the number of seconds to wait before each response.
    """

    def __init__(
        self, respond: Responder, delay: Delay | None, connections: set[HttpServerConnection]
    ) -> None:
        self._respond, self._delay, self._connections = respond, delay, connections
        self._parser = httptools.HttpRequestParser(self)
        self._pending: deque[tuple[MockRequest, bool]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._url, self._headers, self._body_parts, self._body_size = (
            b"",
            dict[str, str](),
            list[bytes](),
            0,
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register the connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Unregister the connection and cancel pending responses."""
        self._connections.discard(self)
        if self._task is not None:
            self._task.cancel()

    def close(self) -> None:
        """Close the connection after all written data is sent."""
        self._transport.close()

    def pause_writing(self) -> None:
        """Stop reading requests until the client has received the responses."""
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Resume reading requests."""
        self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Parse received bytes, and respond with 400 if they are not HTTP/1.1."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # the Upgrade request was answered without an upgrade: continue with HTTP/1.1
            self._parser = httptools.HttpRequestParser(self)
        except httptools.HttpParserError as error:
            self._write_response(
                build_text_response(400, f"this is not HTTP/1.1: {error}"), "GET", keep_alive=False
            )

    def on_message_begin(self) -> None:
        """Reset the parsed parts for a new request."""
        self._url, self._headers, self._body_parts, self._body_size = b"", {}, [], 0

    def on_url(self, url: bytes) -> None:
        """Append a part of the request target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Store a header. The value of a repeated header is appended after a comma."""
        lower_name, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self._headers[lower_name] = (
            f"{self._headers[lower_name]}, {text}" if lower_name in self._headers else text
        )

    def on_headers_complete(self) -> None:
        """Send 100 Continue if the client expects it (RFC 9110, 10.1.1)."""
        if self._headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Append a part of the body. Parts beyond the size limit are dropped."""
        self._body_size += len(body)
        if self._body_size <= MAX_BODY_SIZE:
            self._body_parts.append(body)

    def on_message_complete(self) -> None:
        """Respond to the complete request, or schedule the response if there is a delay."""
        target = self._url.decode("latin-1")
        path, query, raw_query = split_request_target(
            target[target.find("/", 8) :] if target.startswith("http://") else target
        )
        method = self._parser.get_method().decode("ascii")
        request = MockRequest(
            method=method,
            path=path,
            query=query,
            raw_query=raw_query,
            headers=self._headers,
            body=b"".join(self._body_parts),
        )
        keep_alive = self._parser.should_keep_alive()
        if self._body_size > MAX_BODY_SIZE:
            self._write_response(
                build_text_response(413, f"a body has {MAX_BODY_SIZE} bytes at most"),
                method,
                keep_alive=False,
            )
        elif self._delay is None:
            self._write_response(self._answer(request), method, keep_alive)
        else:
            self._pending.append((request, keep_alive))
            if self._task is None:
                self._task = asyncio.get_running_loop().create_task(
                    self._respond_with_delay(self._delay)
                )

    async def _respond_with_delay(self, delay: Delay) -> None:
        while self._pending:
            request, keep_alive = self._pending.popleft()
            await asyncio.sleep(delay())
            self._write_response(self._answer(request), request.method, keep_alive)
        self._task = None

    def _answer(self, request: MockRequest) -> MockResponse:
        """Return the response; an error of the mock itself is logged, and is a 500."""
        try:
            return self._respond(request)
        except Exception:
            _LOG.exception("an error of the mock itself: %s %s", request.method, request.path)
            return build_text_response(500, "an error of the mock itself, which its log explains")

    def _write_response(self, response: MockResponse, method: str, keep_alive: bool) -> None:
        if self._transport.is_closing():
            return
        if response.status == RESET_STATUS:
            self._transport.abort()
            return
        self._transport.write(encode_http_response(response, method, keep_alive))
        if not keep_alive:
            self._transport.close()


def encode_http_response(response: MockResponse, method: str, keep_alive: bool) -> bytes:
    """Return the bytes of a response.

    Responses to HEAD and those with status 204 or 304 have no body (RFC 9112, 6.3).
    """
    status, body = response.status, response.body
    header_lines = "".join([f"{name}: {value}\r\n" for name, value in response.headers])
    if not header_lines.isascii() or header_lines.count("\n") != len(response.headers):
        header_lines = _join_unusual_headers(response)
    length_header = b"" if status in BODILESS_STATUSES else b"content-length: %d\r\n" % len(body)
    head = (
        (STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status)
        + format_date_header_line()
        + length_header
        + (b"" if keep_alive else b"connection: close\r\n")
        + header_lines.encode("latin-1")
        + b"\r\n"
    )
    return head if status in BODILESS_STATUSES or method == "HEAD" else head + body


def _join_unusual_headers(response: MockResponse) -> str:
    """Return header lines whose values hold what a document may, and a header may not.

    Line breaks become blanks (RFC 9110, 5.5), and what is not in Latin-1 is sent as UTF-8.
    """
    lines = []
    for name, value in response.headers:
        value = re.sub(r"[\r\n\0]+", " ", value)
        try:
            value.encode("latin-1")
        except UnicodeEncodeError:
            value = value.encode("utf-8", "replace").decode("latin-1")
        lines.append(f"{name}: {value}\r\n")
    return "".join(lines)


def build_text_response(status: int, text: str) -> MockResponse:
    """Return a plain text response, for errors below the level of the contract."""
    return MockResponse(
        status=status, headers=(("content-type", "text/plain; charset=utf-8"),), body=text.encode()
    )


_cached_date = (0, b"")


def format_date_header_line() -> bytes:
    """Return the Date header line, which is formatted once per second."""
    global _cached_date
    now = int(time.time())
    if _cached_date[0] != now:
        _cached_date = (now, f"date: {formatdate(now, usegmt=True)}\r\n".encode("ascii"))
    return _cached_date[1]
