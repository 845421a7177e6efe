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

from conformance.mock.message import Request, Response, split

Answer = Callable[[Request], Response]
Delay = Callable[[], float]
BODILESS = (204, 304)
LARGEST = 64 * 1024 * 1024  # bytes of a body
LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode("ascii")
    for status in HTTPStatus
}
RESET = 0  # as a status: close the connection without an answer


class Connection(asyncio.Protocol):
    """Answers the requests of one connection in the order in which they come; `delay` gives the
    seconds that each answer is held back.
    """

    def __init__(self, answer: Answer, delay: Delay | None, among: set[Connection]) -> None:
        self._answer, self._delay, self._among = answer, delay, among
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._url, self._headers, self._body, self._size = b"", dict[str, str](), list[bytes](), 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._among.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._among.discard(self)
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
            self._write(plain(400, f"this is not HTTP/1.1: {error}"), "GET", keep=False)

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._url, self._headers, self._body, self._size = b"", {}, [], 0

    def on_url(self, url: bytes) -> None:
        """Take in (a part of) the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a header; one that comes again is put behind the first."""
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self._headers[key] = f"{self._headers[key]}, {text}" if key in self._headers else text

    def on_headers_complete(self) -> None:
        """Answer those who wait to be asked for the body (RFC 9110, 10.1.1)."""
        if self._headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Take in a part of the body."""
        self._size += len(body)
        if self._size <= LARGEST:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Answer the request."""
        target = self._url.decode("latin-1")
        path, query = split(
            target[target.find("/", 8) :] if target.startswith("http://") else target
        )
        method = self._parser.get_method().decode("ascii")
        request = Request(
            method=method, path=path, query=query, headers=self._headers, body=b"".join(self._body)
        )
        keep = self._parser.should_keep_alive()
        if self._size > LARGEST:
            self._write(plain(413, f"a body has {LARGEST} bytes at most"), method, keep=False)
        elif self._delay is None:
            self._write(self._answer(request), method, keep)
        else:
            self._waiting.append((request, keep))
            if self._task is None:
                self._task = asyncio.get_running_loop().create_task(self._answer_late(self._delay))

    async def _answer_late(self, delay: Delay) -> None:
        while self._waiting:
            request, keep = self._waiting.popleft()
            await asyncio.sleep(delay())
            self._write(self._answer(request), request.method, keep)
        self._task = None

    def _write(self, response: Response, method: str, keep: bool) -> None:
        if self._transport.is_closing():
            return
        if response.status == RESET:
            self._transport.abort()
            return
        self._transport.write(rendered(response, method, keep))
        if not keep:
            self._transport.close()


def rendered(response: Response, method: str, keep: bool) -> bytes:
    """Return the bytes of an answer; those to HEAD, 204 and 304 have no body (RFC 9112, 6.3)."""
    status, body = response.status, response.body
    lines = "".join([f"{name}: {value}\r\n" for name, value in response.headers]).encode("latin-1")
    length = b"" if status in BODILESS else b"content-length: %d\r\n" % len(body)
    head = (
        (LINES.get(status) or b"HTTP/1.1 %d \r\n" % status)
        + date()
        + length
        + (b"" if keep else b"connection: close\r\n")
        + lines
        + b"\r\n"
    )
    return head if status in BODILESS or method == "HEAD" else head + body


def plain(status: int, text: str) -> Response:
    """Return an answer to what no contract speaks of."""
    return Response(
        status=status, headers=(("content-type", "text/plain; charset=utf-8"),), body=text.encode()
    )


_date = (0, b"")


def date() -> bytes:
    """Return the header that tells the time, made once a second."""
    global _date
    now = int(time.time())
    if _date[0] != now:
        _date = (now, f"date: {formatdate(now, usegmt=True)}\r\n".encode("ascii"))
    return _date[1]
