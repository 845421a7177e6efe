"""A client's connection to the proxy: its requests, one after the other, each passed on with its
answer.
"""

from __future__ import annotations

import asyncio
from collections import deque

import httptools

from conformance.proxy import message
from conformance.proxy.copy import Copy, Counter
from conformance.proxy.message import Answered, Asked, Fields
from conformance.proxy.stream import Broken, Side, Stream
from conformance.proxy.upstream import HEAD, Server, Unanswered, Upstream, connected

WAITING = 4  # requests of one connection that may wait for their turn before it is read further
# sent again when a connection that was kept turns out to be closed (RFC 9110, 9.2.2)
REPEATABLE = (b"GET", b"HEAD", b"OPTIONS", b"TRACE")


class Client(Side):
    """One connection of a client."""

    def __init__(self, server: Server, counter: Counter, among: set[Client]) -> None:
        super().__init__()
        self._server, self._counter, self._among = server, counter, among
        self._parser = httptools.HttpRequestParser(self)
        self._asked: deque[Asked | None] = deque()
        self._wake = asyncio.Event()
        self._upstream: Upstream | None = None
        self._url, self._fields, self._body = b"", Fields(), None
        self.busy = False
        self._closing = False
        self._head_size = 0

    _body: Stream | None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        super().connection_made(transport)
        self._among.add(self)
        self._task = asyncio.get_running_loop().create_task(self._serve())

    def connection_lost(self, exc: Exception | None) -> None:
        """End: what is on its way for this client is no more."""
        super().connection_lost(exc)
        self._among.discard(self)
        self._task.cancel()

    def eof_received(self) -> bool:
        """Answer a client that has said all that it wants to say."""
        self._closing = True
        if self._body is not None:
            self._body.fail("the client broke the request off")
        return self.busy or bool(self._asked)

    def close(self) -> None:
        """Close the connection when the exchange that is under way is over."""
        self._closing = True
        if not self.busy:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Take bytes in."""
        if self._body is None or self._body.ended:
            self._head_size += len(data)
            if self._head_size > HEAD:
                self.transport.write(message.own(431, "the head is too large", keep=False))
                self.transport.close()
                return
        try:
            self._parser.feed_data(data)
        except (
            httptools.HttpParserUpgrade
        ) as offered:  # an offer of another protocol, which is not taken up
            self._parser = httptools.HttpRequestParser(self)
            rest = data[offered.args[0] :] if offered.args else b""
            if rest:
                self.data_received(rest)
        except httptools.HttpParserError:
            self._next(None)
            self.hold("unreadable")

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._url, self._fields, self._body = b"", [], None

    def on_url(self, url: bytes) -> None:
        """Take in (a part of) the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a field; those behind a body are dropped (RFC 9110, 6.5.1)."""
        if self._body is None:
            self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """Put the request in line."""
        self._body, self._head_size = Stream(self), 0
        asked = Asked(
            method=self._parser.get_method(),
            target=_origin(self._url),
            version=self._parser.get_http_version(),
            fields=self._fields,
            keep=self._parser.should_keep_alive(),
            body=self._body,
        )
        self._next(asked)

    def on_body(self, part: bytes) -> None:
        """Take in a part of the body."""
        if self._body is not None:
            self._body.feed(part)

    def on_message_complete(self) -> None:
        """End the body."""
        if self._body is not None:
            self._body.end()

    def _next(self, asked: Asked | None) -> None:
        self._asked.append(asked)
        if len(self._asked) > WAITING:
            self.hold("line")
        self._wake.set()

    async def _serve(self) -> None:
        """Pass on one request after another."""
        try:
            while self._asked or not self._closing:
                while not self._asked:
                    self._wake.clear()
                    await self._wake.wait()
                asked = self._asked.popleft()
                self.free("line")
                if asked is None:
                    self.transport.write(message.own(400, "this is not HTTP/1.1", keep=False))
                    break
                self.busy = True
                keep = await self._pass(asked)
                self.busy = False
                await self._counter.eased()
                if not keep:
                    break
        finally:
            if self._upstream is not None:
                self._upstream.transport.abort()
            self.transport.close()

    async def _pass(self, asked: Asked) -> bool:
        """Pass one request and its answer on; returns whether another may follow."""
        copy = Copy(asked, self._counter)
        try:
            if (why := _refused(asked)) is not None:
                copy.failed(f"501: {why}")
                self.transport.write(message.own(501, why, keep=False))
                return False
            answered, sending = await self._answer(asked, copy)
            try:
                return await self._answered(asked, answered, copy)
            finally:
                if sending is not None:
                    await _stopped(sending)
        except Unanswered as error:
            copy.failed(f"{error.status}: {error.reason}")
            keep = asked.keep and asked.body.ended
            self.transport.write(message.own(error.status, error.reason, keep))
            return keep
        except Broken as error:
            copy.failed(str(error))
            self.transport.abort()  # so that the client sees that the answer is not whole
            return False
        except asyncio.CancelledError:
            copy.failed("the client went away")
            raise
        finally:
            copy.done()

    async def _answer(self, asked: Asked, copy: Copy) -> tuple[Answered, asyncio.Task[None] | None]:
        """Send a request on, and return the head of its answer, with what still sends the body, if
        anything does.
        """
        while True:
            upstream = self._upstream
            if upstream is None or not upstream.usable or upstream.lost:
                if upstream is not None:
                    upstream.transport.abort()
                upstream = self._upstream = await connected(self._server)
            kept, upstream.used = upstream.used, True
            head = upstream.begin(
                asked.method == b"HEAD", self._interim if asked.modern else lambda data: None
            )
            sending = self._sent(upstream, asked, copy)
            try:
                return await self._awaited(head, sending), sending
            except Unanswered as error:
                upstream.usable = False
                if sending is not None:
                    await _stopped(sending)
                if not (
                    error.untouched
                    and kept
                    and asked.method in REPEATABLE
                    and sending is None
                    and not copy.sent
                ):
                    raise

    async def _awaited(
        self, head: asyncio.Future[Answered], sending: asyncio.Task[None] | None
    ) -> Answered:
        """Return the head of an answer; the time for it begins when the request is sent."""
        loop, seconds = asyncio.get_running_loop(), self._server.timeout
        timer = loop.call_later(seconds, lambda: late())

        def late() -> None:
            nonlocal timer
            if sending is not None and not sending.done():
                timer = loop.call_later(seconds, late)
            elif not head.done():
                head.set_exception(Unanswered(504, f"no answer within {seconds:g} s"))

        try:
            return await head
        finally:
            timer.cancel()

    def _sent(self, upstream: Upstream, asked: Asked, copy: Copy) -> asyncio.Task[None] | None:
        head = message.request(asked, self._server.name)
        if not asked.body.ended:
            upstream.transport.write(head)
            return asyncio.get_running_loop().create_task(_send(upstream, asked, copy))
        body = asked.body.taken()
        copy.ask(body)
        if message.chunked(asked.fields):
            body = (message.chunk(body) if body else b"") + message.END
        upstream.transport.write(head + body)
        return None

    def _interim(self, data: bytes) -> None:
        self.transport.write(data)

    async def _answered(self, asked: Asked, answered: Answered, copy: Copy) -> bool:
        """Pass an answer on as it comes."""
        copy.answer(answered)
        none = message.bodiless(answered, asked)
        sized = none or message.value(answered.fields, b"content-length") is not None
        chunks = asked.modern and not sized
        keep = asked.keep and (sized or chunks) and (bool(self._asked) or not self._closing)
        body, write = answered.body, self.transport.write
        head = message.response(
            answered,
            asked,
            chunks or (none and asked.modern and message.chunked(answered.fields)),
            keep,
        )
        first = b"" if none else body.taken()
        copy.answer_part(first)
        if body.ended or none:
            write(
                head
                + (message.chunk(first) if chunks and first else first)
                + (message.END if chunks else b"")
            )
        else:
            write(head + (message.chunk(first) if chunks and first else first))
            async for part in body.parts():
                copy.answer_part(part)
                write(message.chunk(part) if chunks else part)
                await self.drained()
            if chunks:
                write(message.END)
        if self._upstream is not None and (not asked.body.ended or not self._upstream.usable):
            self._upstream.usable = False
        return keep and asked.body.ended


async def _send(upstream: Upstream, asked: Asked, copy: Copy) -> None:
    chunks = message.chunked(asked.fields)
    try:
        async for part in asked.body.parts():
            copy.ask(part)
            if upstream.lost:
                return
            upstream.transport.write(message.chunk(part) if chunks else part)
            await upstream.drained()
    except Broken:
        upstream.transport.abort()
        return
    if chunks:
        upstream.transport.write(message.END)


async def _stopped(task: asyncio.Task[None]) -> None:
    """Let a task end that has no more use."""
    task.cancel()
    await asyncio.wait([task])


def _refused(asked: Asked) -> str | None:
    """Return why a request cannot be passed on, None when it can."""
    try:
        message.chunked(asked.fields)
    except ValueError as error:
        return f"a request in a {error} cannot be passed on"
    return "this is no tunnel" if asked.method == b"CONNECT" else None


def _origin(target: bytes) -> bytes:
    """Return a target without the authority that clients send to proxies (RFC 9112, 3.2.2)."""
    if target[:7].lower() not in (b"http://", b"https:/"):
        return target
    path = target.find(b"/", 8)
    return target[path:] if path >= 0 else b"/"
