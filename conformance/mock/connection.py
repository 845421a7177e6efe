"""One HTTP/1.1 connection to the mock: bytes in, bytes out (RFC 9112). No framework between parser
and mock: that is most of its speed.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus

import httptools

from conformance.mock.message import MockRequest, MockResponse, split_target

Responder = Callable[[MockRequest], MockResponse]
Delay = Callable[[], float]
BODILESS_STATUSES = (204, 304)
MAX_BODY_SIZE = 64 * 1024 * 1024  # bytes of a body
STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode("ascii")
    for status in HTTPStatus
}
RESET_STATUS = 0  # as a status: close the connection without an answer


class Connection(asyncio.Protocol):
    """Answers the requests of one connection in the order in which they come; `delay` gives the
    seconds that each answer is held back.
    """

    def __init__(
        self, respond: Responder, delay: Delay | None, connections: set[Connection]
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
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._connections.discard(self)
        if self._task is not None:
            self._task.cancel()

    def close(self) -> None:
        """Close the connection when what was written is sent."""
        self._transport.close()

    def pause_writing(self) -> None:
        """Take in no more requests while the answers are not fetched."""
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on."""
        self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Take bytes in."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # an offer of another protocol, which is not taken up: it was answered
            self._parser = httptools.HttpRequestParser(self)
        except httptools.HttpParserError as error:
            self._write_response(
                build_text_response(400, f"this is not HTTP/1.1: {error}"), "GET", keep_alive=False
            )

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._url, self._headers, self._body_parts, self._body_size = b"", {}, [], 0

    def on_url(self, url: bytes) -> None:
        """Take in (a part of) the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a header; one that comes again is put behind the first."""
        lower_name, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self._headers[lower_name] = (
            f"{self._headers[lower_name]}, {text}" if lower_name in self._headers else text
        )

    def on_headers_complete(self) -> None:
        """Answer those who wait to be asked for the body (RFC 9110, 10.1.1)."""
        if self._headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Take in a part of the body."""
        self._body_size += len(body)
        if self._body_size <= MAX_BODY_SIZE:
            self._body_parts.append(body)

    def on_message_complete(self) -> None:
        """Answer the request."""
        target = self._url.decode("latin-1")
        path, query = split_target(
            target[target.find("/", 8) :] if target.startswith("http://") else target
        )
        method = self._parser.get_method().decode("ascii")
        request = MockRequest(
            method=method,
            path=path,
            query=query,
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
            self._write_response(self._respond(request), method, keep_alive)
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
            self._write_response(self._respond(request), request.method, keep_alive)
        self._task = None

    def _write_response(self, response: MockResponse, method: str, keep_alive: bool) -> None:
        if self._transport.is_closing():
            return
        if response.status == RESET_STATUS:
            self._transport.abort()
            return
        self._transport.write(render_response(response, method, keep_alive))
        if not keep_alive:
            self._transport.close()


def render_response(response: MockResponse, method: str, keep_alive: bool) -> bytes:
    """Return the bytes of an answer; those to HEAD, 204 and 304 have no body (RFC 9112, 6.3)."""
    status, body = response.status, response.body
    header_lines = "".join([f"{name}: {value}\r\n" for name, value in response.headers]).encode(
        "latin-1"
    )
    length_header = b"" if status in BODILESS_STATUSES else b"content-length: %d\r\n" % len(body)
    head = (
        (STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status)
        + get_date_header()
        + length_header
        + (b"" if keep_alive else b"connection: close\r\n")
        + header_lines
        + b"\r\n"
    )
    return head if status in BODILESS_STATUSES or method == "HEAD" else head + body


def build_text_response(status: int, text: str) -> MockResponse:
    """Return an answer to what no contract speaks of."""
    return MockResponse(
        status=status, headers=(("content-type", "text/plain; charset=utf-8"),), body=text.encode()
    )


_cached_date = (0, b"")


def get_date_header() -> bytes:
    """Return the header that tells the time, made once a second."""
    global _cached_date
    now = int(time.time())
    if _cached_date[0] != now:
        _cached_date = (now, f"date: {formatdate(now, usegmt=True)}\r\n".encode("ascii"))
    return _cached_date[1]
