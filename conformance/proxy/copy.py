"""A copy of what passes, for those who judge it: one exchange at a time, long bodies left out, and
never so many that memory grows.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable

from conformance.proxy.message import Answered, Asked, Fields
from conformance.suite.passage import Pairs, Passage

LONGEST = 8 * 1024 * 1024  # bytes of a body that are kept
PENDING = 32 * 1024 * 1024  # bytes that may wait to be judged before clients have to wait
MANY = 256  # exchanges that may
SAFE = (b"GET", b"HEAD", b"OPTIONS", b"TRACE")


class Counter:
    """Counts what passes and has it judged, in a thread, in the order in which it passed; `most`
    exchanges, then `full` is called.
    """

    def __init__(
        self,
        hear: Callable[[Passage], None],
        most: int | None = None,
        full: Callable[[], object] = lambda: None,
    ) -> None:
        self._hear, self._most, self._full = hear, most, full
        self._queue: queue.SimpleQueue[Passage | None] = queue.SimpleQueue()
        self._pending = self._many = self._passed = 0
        self._lock = threading.Lock()
        self.writes = self.writing = 0
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._judge, daemon=True)
        self._thread.start()

    def put(self, passage: Passage) -> None:
        """Have one exchange judged."""
        with self._lock:
            self._pending += passage.size
            self._many += 1
        self._queue.put(passage)
        self._passed += 1
        if self._passed == self._most:
            self._full()

    async def eased(self) -> None:
        """Wait while too much is to be judged."""
        while self._pending > PENDING or self._many > MANY:
            await asyncio.sleep(0.002)

    def close(self) -> None:
        """Wait until everything is judged; raises what went wrong in judging."""
        self._queue.put(None)
        self._thread.join()
        if self.error is not None:
            raise self.error

    def _judge(self) -> None:
        while (passage := self._queue.get()) is not None:
            try:
                if self.error is None:
                    self._hear(passage)
            except BaseException as error:  # raised again by `close`: traffic goes on meanwhile
                self.error = error
            with self._lock:
                self._pending -= passage.size
                self._many -= 1


class Copy:
    """What is kept of one exchange while it passes."""

    def __init__(self, asked: Asked, counter: Counter) -> None:
        self._asked, self._counter, self._began = asked, counter, time.perf_counter()
        self._sent, self._received = Body(), Body()
        self._answered: Answered | None = None
        self._failure: str | None = None
        self._writes = asked.method not in SAFE
        counter.writes += self._writes
        counter.writing += self._writes
        self._at, self._alone = counter.writes, counter.writing == self._writes

    @property
    def sent(self) -> bool:
        """Tell whether the request had a body."""
        return self._sent.size > 0

    def ask(self, part: bytes) -> None:
        """Keep a part of the request's body."""
        self._sent.add(part)

    def answer(self, answered: Answered) -> None:
        """Keep the head of the answer."""
        self._answered = answered

    def answer_part(self, part: bytes) -> None:
        """Keep a part of the answer's body."""
        self._received.add(part)

    def failed(self, reason: str) -> None:
        """Note that the exchange did not come to its end."""
        self._failure = reason

    def done(self) -> None:
        """Have it judged."""
        counter, answered = self._counter, self._answered if self._failure is None else None
        counter.writing -= self._writes
        passage = Passage(
            method=self._asked.method.decode("latin-1"),
            target=self._asked.target.decode("latin-1"),
            asked=_pairs(self._asked.fields),
            sent=self._sent.whole,
            status=answered.status if answered else 0,
            answered=_pairs(answered.fields) if answered else (),
            received=self._received.whole,
            failure=self._failure,
            elapsed=time.perf_counter() - self._began,
            quiet=self._alone and counter.writes == self._at,
        )
        counter.put(passage)


class Body:
    """The bytes of a body, until they are too many."""

    def __init__(self) -> None:
        self.size, self._parts = 0, list[bytes]()

    def add(self, part: bytes) -> None:
        """Keep a part."""
        self.size += len(part)
        if self.size > LONGEST:
            self._parts.clear()
        elif part:
            self._parts.append(part)

    @property
    def whole(self) -> bytes | None:
        """Return the body, None when it was too long."""
        return None if self.size > LONGEST else b"".join(self._parts)


def _pairs(fields: Fields) -> Pairs:
    return tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in fields
    )
