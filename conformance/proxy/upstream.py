"""Connections from the proxy to the server.

Each client connection has a server connection of its own, so that state bound to a connection stays
with its client.
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

# length of a response before its body begins, including interim responses
MAX_HEAD_BYTES = 1024 * 1024


class UpstreamError(Exception):
    """The server sent no usable response.

    `status` is the gateway status to answer the client with (502 or 504). `nothing_received` is
    True if not one byte of a response arrived.
    """

    def __init__(self, status: int, reason: str, nothing_received: bool = False) -> None:
        super().__init__(reason)
        self.status, self.reason, self.nothing_received = status, reason, nothing_received


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamServer:
    """The server to forward to.

    `timeout` is in seconds and applies to connecting and to the head of a response.
    """

    host: str
    port: int
    authority: bytes
    tls: ssl.SSLContext | None
    timeout: float


def parse_server_url(url: str, ca: str | None, timeout: float) -> UpstreamServer:
    """Return the server of a URL; the URL must be valid."""
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
    """A connection to the server, for one exchange after another."""

    def __init__(self) -> None:
        super().__init__()
        self.used = False
        self.usable = True
        self._response_head: asyncio.Future[UpstreamResponse] | None = None
        self._body: BodyStream | None = None

    def expect_response_head(
        self, is_head_request: bool, on_interim: Callable[[bytes], object]
    ) -> asyncio.Future[UpstreamResponse]:
        """Return a future for the head of the next response.

        With `is_head_request` the response has no body. `on_interim` is called with the bytes of
        each interim response.
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
        """Feed received bytes to the parser."""
        if self._response_head is None:
            self.transport.abort()  # no request is pending
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
        """Start a response."""
        self._reason, self._fields = b"", []

    def on_status(self, reason: bytes) -> None:
        """Add (a part of) the reason phrase."""
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a field; trailer fields are dropped (RFC 9110, 6.5.1)."""
        if self._body is None:
            self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """Resolve the future of the head."""
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
        """Add a part of the body."""
        if self._body is not None and not self._is_head_request:
            self._body.feed(part)

    def on_message_complete(self) -> None:
        """End the body."""
        if self._body is not None:
            self._body.end()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the response; a body without a length ends here too (RFC 9112, 6.3)."""
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


async def connect_to_server(server: UpstreamServer) -> UpstreamConnection:
    """Return a new connection to the server.

    Raises UpstreamError if it cannot be opened within the timeout.
    """
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
