"""The two ends of a connection: a body on its way, of which only so much waits, and writing that
waits for a slow reader.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

HIGH = 256 * 1024  # bytes of a body that may wait before its sender has to


class Broken(Exception):
    """What a stream raises whose sender went away before its end; the text says how."""


class Side(asyncio.Protocol):
    """One end of a connection: taking in can be held for several reasons at once, and `drained`
    waits until what was written is on its way.
    """

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._held: set[object] = set()
        self._full: asyncio.Future[None] | None = None
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.lost = True
        self.resume_writing()

    def hold(self, reason: object) -> None:
        """Take nothing in until every reason to wait is gone."""
        if not self._held and not self.lost:
            self.transport.pause_reading()
        self._held.add(reason)

    def free(self, reason: object) -> None:
        """Take back a reason to wait."""
        if reason in self._held:
            self._held.discard(reason)
            if not self._held and not self.lost:
                self.transport.resume_reading()

    def pause_writing(self) -> None:
        """Note that the reader is slow."""
        self._full = self._full or asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """Note that the reader has caught up, or is gone."""
        if self._full is not None and not self._full.done():
            self._full.set_result(None)
        self._full = None

    async def drained(self) -> None:
        """Wait for a slow reader."""
        if self._full is not None:
            await self._full


class Stream:
    """A body as it comes in at `side`."""

    def __init__(self, side: Side) -> None:
        self._side, self._parts, self._size = side, list[bytes](), 0
        self.ended, self._failure = False, ""
        self._waiting: asyncio.Future[None] | None = None

    def feed(self, part: bytes) -> None:
        """Take in a part."""
        self._parts.append(part)
        self._size += len(part)
        if self._size > HIGH:
            self._side.hold(self)
        self._wake()

    def end(self) -> None:
        """Note that this was all."""
        self.ended = True
        self._wake()

    def fail(self, reason: str) -> None:
        """Note that the rest will not come."""
        if not self.ended:
            self._failure = reason
            self._wake()

    def taken(self) -> bytes:
        """Return what has come in and was not taken yet."""
        parts, self._parts, self._size = self._parts, [], 0
        self._side.free(self)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the rest of the body as it comes; raises Broken when its sender goes away before
        the end.
        """
        while True:
            if self._parts:
                yield self.taken()
            elif self.ended:
                return
            elif self._failure:
                raise Broken(self._failure)
            else:
                self._waiting = asyncio.get_running_loop().create_future()
                await self._waiting

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
