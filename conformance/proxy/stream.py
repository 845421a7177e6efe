"""The two ends of a connection: a body on its way, of which only so much waits, and writing that
waits for a slow reader.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

MAX_BUFFERED_BYTES = 256 * 1024  # bytes of a body that may wait before its sender has to


class ConnectionBroken(Exception):
    """What a stream raises whose sender went away before its end; the text says how."""


class FlowControlledConnection(asyncio.Protocol):
    """One end of a connection: taking in can be held for several reasons at once, and `drained`
    waits until what was written is on its way.
    """

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._pause_reasons: set[object] = set()
        self._writable: asyncio.Future[None] | None = None
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.lost = True
        self.resume_writing()

    def pause_reading(self, reason: object) -> None:
        """Take nothing in until every reason to wait is gone."""
        if not self._pause_reasons and not self.lost:
            self.transport.pause_reading()
        self._pause_reasons.add(reason)

    def resume_reading(self, reason: object) -> None:
        """Take back a reason to wait."""
        if reason in self._pause_reasons:
            self._pause_reasons.discard(reason)
            if not self._pause_reasons and not self.lost:
                self.transport.resume_reading()

    def pause_writing(self) -> None:
        """Note that the reader is slow."""
        self._writable = self._writable or asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """Note that the reader has caught up, or is gone."""
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    async def drain(self) -> None:
        """Wait for a slow reader."""
        if self._writable is not None:
            await self._writable


class BodyStream:
    """A body as it comes in at `side`."""

    def __init__(self, connection: FlowControlledConnection) -> None:
        self._connection, self._parts, self._size = connection, list[bytes](), 0
        self.ended, self._failure = False, ""
        self._waiter: asyncio.Future[None] | None = None

    def feed(self, part: bytes) -> None:
        """Take in a part."""
        self._parts.append(part)
        self._size += len(part)
        if self._size > MAX_BUFFERED_BYTES:
            self._connection.pause_reading(self)
        self._wake_reader()

    def end(self) -> None:
        """Note that this was all."""
        self.ended = True
        self._wake_reader()

    def fail(self, reason: str) -> None:
        """Note that the rest will not come."""
        if not self.ended:
            self._failure = reason
            self._wake_reader()

    def take(self) -> bytes:
        """Return what has come in and was not taken yet."""
        parts, self._parts, self._size = self._parts, [], 0
        self._connection.resume_reading(self)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def read_parts(self) -> AsyncIterator[bytes]:
        """Yield the rest of the body as it comes; raises Broken when its sender goes away before
        the end.
        """
        while True:
            if self._parts:
                yield self.take()
            elif self.ended:
                return
            elif self._failure:
                raise ConnectionBroken(self._failure)
            else:
                self._waiter = asyncio.get_running_loop().create_future()
                await self._waiter

    def _wake_reader(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
