"""Flow control for connections and the bodies that they carry.

Only a limited number of bytes of a body is buffered, and writing waits for a slow reader.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

MAX_BUFFERED_BYTES = 256 * 1024  # bytes of a body that are buffered before its sender has to wait


class ConnectionBroken(Exception):
    """Raised if the sender of a stream disconnected before its end; the message says how."""


class FlowControlledConnection(asyncio.Protocol):
    """One end of a connection, with flow control.

    Reading can be paused for several reasons at once. `drain` waits until written data is on its
    way.
    """

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._pause_reasons: set[object] = set()
        self._writable: asyncio.Future[None] | None = None
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Release those who wait to write."""
        self.lost = True
        self.resume_writing()

    def pause_reading(self, reason: object) -> None:
        """Stop reading until every reason is withdrawn by `resume_reading`."""
        if not self._pause_reasons and not self.lost:
            self.transport.pause_reading()
        self._pause_reasons.add(reason)

    def resume_reading(self, reason: object) -> None:
        """Withdraw a reason to pause; read again if it was the last one."""
        if reason in self._pause_reasons:
            self._pause_reasons.discard(reason)
            if not self._pause_reasons and not self.lost:
                self.transport.resume_reading()

    def pause_writing(self) -> None:
        """Make `drain` wait, because the reader is slow."""
        self._writable = self._writable or asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """Release `drain`, because the reader has caught up or is gone."""
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    async def drain(self) -> None:
        """Wait for a slow reader."""
        if self._writable is not None:
            await self._writable


class BodyStream:
    """A body that arrives on a connection."""

    def __init__(self, connection: FlowControlledConnection) -> None:
        self._connection, self._parts, self._size = connection, list[bytes](), 0
        self.ended, self._failure = False, ""
        self._waiter: asyncio.Future[None] | None = None

    def feed(self, part: bytes) -> None:
        """Add a part."""
        self._parts.append(part)
        self._size += len(part)
        if self._size > MAX_BUFFERED_BYTES:
            self._connection.pause_reading(self)
        self._wake_reader()

    def end(self) -> None:
        """Mark the body as complete."""
        self.ended = True
        self._wake_reader()

    def fail(self, reason: str) -> None:
        """Mark the body as broken: the rest will not arrive."""
        if not self.ended:
            self._failure = reason
            self._wake_reader()

    def take(self) -> bytes:
        """Return the bytes that arrived since the last call."""
        parts, self._parts, self._size = self._parts, [], 0
        self._connection.resume_reading(self)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def read_parts(self) -> AsyncIterator[bytes]:
        """Yield the rest of the body while it arrives.

        Raises ConnectionBroken if its sender disconnects before the end.
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
