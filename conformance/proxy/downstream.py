"""The connection of a client to the proxy.

Its requests are forwarded one after the other, and so are their responses.
"""

from __future__ import annotations

import asyncio
from collections import deque

import httptools

from conformance.protocol import SAFE_METHODS
from conformance.proxy import http_head
from conformance.proxy.http_head import ClientRequest, HeaderFields, UpstreamResponse
from conformance.proxy.recorder import ExchangeInProgress, ExchangeQueue
from conformance.proxy.stream import BodyStream, ConnectionBroken, FlowControlledConnection
from conformance.proxy.upstream import (
    MAX_HEAD_BYTES,
    UpstreamConnection,
    UpstreamError,
    UpstreamServer,
    connect_to_server,
)

# requests of one connection that may be queued before reading from it is paused
MAX_PENDING_REQUESTS = 4


class ClientConnection(FlowControlledConnection):
    """A connection of a client."""

    def __init__(
        self,
        server: UpstreamServer,
        exchange_queue: ExchangeQueue,
        connections: set[ClientConnection],
    ) -> None:
        super().__init__()
        self._server, self._exchange_queue, self._connections = server, exchange_queue, connections
        self._parser = httptools.HttpRequestParser(self)
        self._requests: deque[ClientRequest | None] = deque()
        self._request_arrived = asyncio.Event()
        self._upstream: UpstreamConnection | None = None
        self._url, self._fields, self._body = b"", HeaderFields(), None
        self.busy = False
        self._closing = False
        self._head_size = 0

    _body: BodyStream | None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start serving requests."""
        super().connection_made(transport)
        self._connections.add(self)
        self._task = asyncio.get_running_loop().create_task(self._serve_requests())

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the exchange in progress."""
        super().connection_lost(exc)
        self._connections.discard(self)
        self._task.cancel()

    def eof_received(self) -> bool:
        """Finish the pending exchanges of a client that sends nothing more."""
        self._closing = True
        if self._body is not None:
            self._body.fail("the client broke the request off")
        return self.busy or bool(self._requests)

    def close(self) -> None:
        """Close the connection after the exchange in progress."""
        self._closing = True
        if not self.busy:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Feed received bytes to the parser."""
        if self._body is None or self._body.ended:
            self._head_size += len(data)
            if self._head_size > MAX_HEAD_BYTES:
                self.transport.write(
                    http_head.encode_proxy_response(431, "the head is too large", keep_alive=False)
                )
                self.transport.close()
                return
        try:
            self._parser.feed_data(data)
        except (
            httptools.HttpParserUpgrade
        ) as upgrade:  # the client offers another protocol; the offer is ignored
            self._parser = httptools.HttpRequestParser(self)
            remaining = data[upgrade.args[0] :] if upgrade.args else b""
            if remaining:
                self.data_received(remaining)
        except httptools.HttpParserError:
            self._enqueue(None)
            self.pause_reading("unreadable")

    def on_message_begin(self) -> None:
        """Start a request."""
        self._url, self._fields, self._body = b"", [], None

    def on_url(self, url: bytes) -> None:
        """Add (a part of) the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a field; trailer fields are dropped (RFC 9110, 6.5.1)."""
        if self._body is None:
            self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """Enqueue the request."""
        self._body, self._head_size = BodyStream(self), 0
        request = ClientRequest(
            method=self._parser.get_method(),
            target=_to_origin_form(self._url),
            version=self._parser.get_http_version(),
            fields=self._fields,
            keep_alive=self._parser.should_keep_alive(),
            body=self._body,
        )
        self._enqueue(request)

    def on_body(self, part: bytes) -> None:
        """Add a part of the body."""
        if self._body is not None:
            self._body.feed(part)

    def on_message_complete(self) -> None:
        """End the body."""
        if self._body is not None:
            self._body.end()

    def _enqueue(self, request: ClientRequest | None) -> None:
        self._requests.append(request)
        if len(self._requests) > MAX_PENDING_REQUESTS:
            self.pause_reading("line")
        self._request_arrived.set()

    async def _serve_requests(self) -> None:
        """Forward one request after another."""
        try:
            while self._requests or not self._closing:
                while not self._requests:
                    self._request_arrived.clear()
                    await self._request_arrived.wait()
                request = self._requests.popleft()
                self.resume_reading("line")
                if request is None:
                    self.transport.write(
                        http_head.encode_proxy_response(
                            400, "this is not HTTP/1.1", keep_alive=False
                        )
                    )
                    break
                self.busy = True
                keep_alive = await self._forward_exchange(request)
                self.busy = False
                await self._exchange_queue.wait_for_capacity()
                if not keep_alive:
                    break
        finally:
            if self._upstream is not None:
                self._upstream.transport.abort()
            self.transport.close()

    async def _forward_exchange(self, request: ClientRequest) -> bool:
        """Forward a request and its response; return whether the connection can be used again."""
        recorder = ExchangeInProgress(request, self._exchange_queue)
        try:
            if (refusal := _find_refusal_reason(request)) is not None:
                recorder.set_failure(f"501: {refusal}")
                self.transport.write(
                    http_head.encode_proxy_response(501, refusal, keep_alive=False)
                )
                return False
            response, body_task = await self._fetch_response_head(request, recorder)
            try:
                return await self._forward_response(request, response, recorder)
            finally:
                if body_task is not None:
                    await _cancel(body_task)
        except UpstreamError as error:
            recorder.set_failure(f"{error.status}: {error.reason}")
            keep_alive = request.keep_alive and request.body.ended
            self.transport.write(
                http_head.encode_proxy_response(error.status, error.reason, keep_alive)
            )
            return keep_alive
        except ConnectionBroken as error:
            recorder.set_failure(str(error))
            self.transport.abort()  # shows the client that the response is incomplete
            return False
        except asyncio.CancelledError:
            recorder.set_failure("the client went away")
            raise
        finally:
            recorder.finish_and_enqueue()

    async def _fetch_response_head(
        self, request: ClientRequest, recorder: ExchangeInProgress
    ) -> tuple[UpstreamResponse, asyncio.Task[None] | None]:
        """Send a request to the server and return the head of the response.

        The second value is the task that still sends the request body, None if there is none. A
        request with a safe method is sent again if a reused connection turns out to be closed (RFC
        9110, 9.2.2).
        """
        while True:
            upstream = self._upstream
            if upstream is None or not upstream.usable or upstream.lost:
                if upstream is not None:
                    upstream.transport.abort()
                upstream = self._upstream = await connect_to_server(self._server)
            reused, upstream.used = upstream.used, True
            head = upstream.expect_response_head(
                request.method == b"HEAD",
                self._forward_interim if request.is_http11 else lambda data: None,
            )
            body_task = self._start_sending_request(upstream, request, recorder)
            try:
                return await self._wait_for_response_head(head, body_task), body_task
            except UpstreamError as error:
                upstream.usable = False
                if body_task is not None:
                    await _cancel(body_task)
                if not (
                    error.nothing_received
                    and reused
                    and request.method.decode("latin-1") in SAFE_METHODS
                    and body_task is None
                    and not recorder.has_request_body
                ):
                    raise

    async def _wait_for_response_head(
        self, head: asyncio.Future[UpstreamResponse], body_task: asyncio.Task[None] | None
    ) -> UpstreamResponse:
        """Return the head of a response; the timeout starts when the request has been sent."""
        loop, seconds = asyncio.get_running_loop(), self._server.timeout
        timer = loop.call_later(seconds, lambda: time_out())

        def time_out() -> None:
            nonlocal timer
            if body_task is not None and not body_task.done():
                timer = loop.call_later(seconds, time_out)
            elif not head.done():
                head.set_exception(UpstreamError(504, f"no answer within {seconds:g} s"))

        try:
            return await head
        finally:
            timer.cancel()

    def _start_sending_request(
        self, upstream: UpstreamConnection, request: ClientRequest, recorder: ExchangeInProgress
    ) -> asyncio.Task[None] | None:
        head = http_head.encode_request_head(request, self._server.authority)
        if not request.body.ended:
            upstream.transport.write(head)
            return asyncio.get_running_loop().create_task(
                _send_request_body(upstream, request, recorder)
            )
        body = request.body.take()
        recorder.add_request_part(body)
        if http_head.is_chunked(request.fields):
            body = (http_head.encode_chunk(body) if body else b"") + http_head.LAST_CHUNK
        upstream.transport.write(head + body)
        return None

    def _forward_interim(self, data: bytes) -> None:
        self.transport.write(data)

    async def _forward_response(
        self, request: ClientRequest, response: UpstreamResponse, recorder: ExchangeInProgress
    ) -> bool:
        """Forward a response while it arrives; return whether the connection can be used again."""
        recorder.set_response(response)
        no_body = http_head.has_no_body(response, request)
        length_known = (
            no_body or http_head.find_field(response.fields, b"content-length") is not None
        )
        use_chunks = request.is_http11 and not length_known
        keep_alive = (
            request.keep_alive
            and (length_known or use_chunks)
            and (bool(self._requests) or not self._closing)
        )
        body, write = response.body, self.transport.write
        head = http_head.encode_response_head(
            response,
            request,
            use_chunks or (no_body and request.is_http11 and http_head.is_chunked(response.fields)),
            keep_alive,
        )
        first_part = b"" if no_body else body.take()
        recorder.add_response_part(first_part)
        if body.ended or no_body:
            write(
                head
                + (http_head.encode_chunk(first_part) if use_chunks and first_part else first_part)
                + (http_head.LAST_CHUNK if use_chunks else b"")
            )
        else:
            write(
                head
                + (http_head.encode_chunk(first_part) if use_chunks and first_part else first_part)
            )
            async for part in body.read_parts():
                recorder.add_response_part(part)
                write(http_head.encode_chunk(part) if use_chunks else part)
                await self.drain()
            if use_chunks:
                write(http_head.LAST_CHUNK)
        if self._upstream is not None and (not request.body.ended or not self._upstream.usable):
            self._upstream.usable = False
        return keep_alive and request.body.ended


async def _send_request_body(
    upstream: UpstreamConnection, request: ClientRequest, recorder: ExchangeInProgress
) -> None:
    use_chunks = http_head.is_chunked(request.fields)
    try:
        async for part in request.body.read_parts():
            recorder.add_request_part(part)
            if upstream.lost:
                return
            upstream.transport.write(http_head.encode_chunk(part) if use_chunks else part)
            await upstream.drain()
    except ConnectionBroken:
        upstream.transport.abort()
        return
    if use_chunks:
        upstream.transport.write(http_head.LAST_CHUNK)


async def _cancel(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait until it has ended."""
    task.cancel()
    await asyncio.wait([task])


def _find_refusal_reason(request: ClientRequest) -> str | None:
    """Return why a request cannot be forwarded, or None if it can."""
    try:
        http_head.is_chunked(request.fields)
    except ValueError as error:
        return f"a request in a {error} cannot be passed on"
    return "this is no tunnel" if request.method == b"CONNECT" else None


def _to_origin_form(target: bytes) -> bytes:
    """Return a target without the authority that clients send to proxies (RFC 9112, 3.2.2)."""
    if target[:7].lower() not in (b"http://", b"https:/"):
        return target
    path = target.find(b"/", 8)
    return target[path:] if path >= 0 else b"/"
