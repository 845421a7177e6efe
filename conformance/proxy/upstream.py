"""The connection to the server behind the proxy: one for each client's, so that what belongs to a
connection stays together.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import httptools
import httpx

from conformance.proxy import http_head
from conformance.proxy.http_head import HeaderFields, UpstreamResponse
from conformance.proxy.stream import BodyStream, FlowControlledConnection

MAX_HEAD_BYTES = (
    1024 * 1024
)  # bytes of an answer before its body begins, interim answers among them


class UpstreamError(Exception):
    """No answer came: `status` is the one that a gateway gives then; `untouched`: not a byte of an
    answer did.
    """

    def __init__(self, status: int, reason: str, nothing_received: bool = False) -> None:
        super().__init__(reason)
        self.status, self.reason, self.nothing_received = status, reason, nothing_received


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamServer:
    """Where everything goes. `timeout` is in seconds, for a connection and for the beginning of an
    answer.
    """

    host: str
    port: int
    authority: bytes
    tls: ssl.SSLContext | None
    timeout: float


def parse_server(url: str, ca: str | None, timeout: float) -> UpstreamServer:
    """Return the server of a URL that was found good."""
    parts = httpx.URL(url)
    tls = ssl.create_default_context(cafile=ca) if parts.scheme == "https" else None
    host = parts.raw_host.decode("ascii")
    return UpstreamServer(
        host=host,
        port=parts.port or (443 if tls else 80),
        authority=parts.netloc,
        tls=tls,
        timeout=timeout,
    )


class UpstreamConnection(FlowControlledConnection):
    """One connection to the server, for one exchange after another."""

    def __init__(self) -> None:
        super().__init__()
        self.used = False
        self.usable = True
        self._response_head: asyncio.Future[UpstreamResponse] | None = None
        self._body: BodyStream | None = None

    def begin_response(
        self, is_head_request: bool, on_interim: Callable[[bytes], object]
    ) -> asyncio.Future[UpstreamResponse]:
        """Return what will be the head of the next answer. `head`: it has no body; `interim` is
        called with what comes before it.
        """
        self._parser = httptools.HttpResponseParser(self)
        self._response_head = asyncio.get_running_loop().create_future()
        self._head_size = 0
        self._body, self._is_head_request, self._on_interim, self._received_any = (
            None,
            is_head_request,
            on_interim,
            False,
        )
        self._reason, self._fields = b"", HeaderFields()
        return self._response_head

    def data_received(self, data: bytes) -> None:
        """Take bytes in."""
        if self._response_head is None:
            self.transport.abort()  # nobody asked for anything
            return
        self._received_any = True
        if self._body is None:
            self._head_size += len(data)
            if self._head_size > MAX_HEAD_BYTES:
                self._fail("the head of the answer is too large")
                return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fail("the server went over to another protocol")
        except httptools.HttpParserError as error:
            if not (self._body is not None and self._body.ended):
                self._fail(f"the answer is not HTTP/1.1: {error}")
            self.usable = False

    def on_message_begin(self) -> None:
        """Begin an answer."""
        self._reason, self._fields = b"", []

    def on_status(self, reason: bytes) -> None:
        """Take in (a part of) the reason phrase."""
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a field; those behind a body are dropped (RFC 9110, 6.5.1)."""
        if self._body is None:
            self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """Give the head to whoever waits for it."""
        status = self._parser.get_status_code()
        if self._body is not None or self._response_head is None or self._response_head.done():
            self.usable = False
            return
        if status == 101:
            self._fail("the server went over to another protocol")
            return
        if 100 <= status < 200:
            self._on_interim(http_head.encode_interim_response(status, self._reason, self._fields))
            return
        try:
            http_head.is_chunked(self._fields)
        except ValueError as error:
            self._fail(f"the answer has a {error}")
            return
        self._body = BodyStream(self)
        self.usable = self.usable and self._parser.should_keep_alive()
        self._response_head.set_result(
            UpstreamResponse(
                status=status, reason=self._reason, fields=self._fields, body=self._body
            )
        )
        if self._is_head_request:
            self._body.end()

    def on_body(self, part: bytes) -> None:
        """Take in a part of the body."""
        if self._body is not None and not self._is_head_request:
            self._body.feed(part)

    def on_message_complete(self) -> None:
        """End the body."""
        if self._body is not None:
            self._body.end()

    def connection_lost(self, exc: Exception | None) -> None:
        """End; a body without a length ends here too (RFC 9112, 6.3)."""
        super().connection_lost(exc)
        self.usable = False
        body = self._body
        if body is not None and not body.ended:
            if (
                exc is None
                and http_head.find_field(self._fields, b"content-length") is None
                and http_head.find_field(self._fields, b"transfer-encoding") is None
            ):
                body.end()
            else:
                body.fail(f"the server broke the answer off{f': {exc}' if exc else ''}")
        elif body is None:
            self._fail(
                f"the server closed the connection without an answer{f': {exc}' if exc else ''}"
            )

    def _fail(self, reason: str) -> None:
        self.usable = False
        if self._response_head is not None and not self._response_head.done():
            self._response_head.set_exception(
                UpstreamError(502, reason, nothing_received=not self._received_any)
            )
        elif self._body is not None:
            self._body.fail(reason)
        if not self.lost:
            self.transport.abort()


async def connect(server: UpstreamServer) -> UpstreamConnection:
    """Return a new connection; raises Unanswered when there is none to be had."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(server.timeout):
            _, protocol = await loop.create_connection(
                UpstreamConnection, server.host, server.port, ssl=server.tls
            )
    except TimeoutError as error:
        raise UpstreamError(
            504, f"no connection within {server.timeout:g} s", nothing_received=True
        ) from error
    except (OSError, ssl.SSLError) as error:
        raise UpstreamError(502, f"cannot connect: {error}", nothing_received=True) from error
    return protocol
