"""How fast, how long and how much a run may send; and when a target counts as gone. One for all
threads of a run.

What a server says cannot make a run send or wait without end: waits that it asks for have a sum,
and so have the pages that its lists make a run read.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

EACH = 2  # requests that removing a thing may take: to see that it is ours, and to delete it
# seconds that a run waits in all because servers ask for it (Retry-After), or before it repeats a
# request
WAITS = 60.0
PAGES = 2000  # pages that a run reads in all beyond the first of each list
# requests in a row without any answer, after which the target is asked whether it is still there
SILENT = 5


class Spent(Exception):
    """Nothing more may be sent; the text is the reason, for people."""


class Pace:
    """Lets requests go one after another at no more than `rate` a second, until `most` were sent or
    `seconds` have passed.

    What was created and is still to be deleted (`owed`) counts as sent: a run always keeps enough
    to clean up, in requests and in time. Cleaning up ends too, `grace` seconds after `seconds` at
    the latest.
    """

    def __init__(
        self,
        *,
        rate: float | None = None,
        most: int | None = None,
        seconds: float | None = None,
        grace: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.requests = 0
        self.owed = 0
        self.down: str | None = None
        self.spent: str | None = None
        self._gap = 1 / rate if rate else 0.0
        self._most, self._seconds = most, seconds
        self._end = float("inf") if seconds is None else clock() + seconds + grace
        self._waits, self._pages = WAITS, PAGES
        self._took = 0.0
        self._clock, self._sleep = clock, sleep
        self._began = clock()
        self._next = self._began
        self._silent = 0
        self._lock = threading.Lock()

    def enter(self, closing: bool = False) -> None:
        """Wait for one's turn; raises Spent when there is none.

        `closing` requests only clean up: while the target is there, they may go on past every limit
        but the rate.
        """
        with self._lock:
            if self.down is not None:
                raise Spent(self.down)
            if not closing:
                self._check()
            elif self.left() <= 0:
                raise Spent(
                    f"the run may take no longer than {self._seconds:g} s, cleaning up included"
                )
            self.requests += 1
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self._gap
        if turn > now:
            self._sleep(max(0.0, min(turn - now, self.left())))

    def _check(self) -> None:
        if self._most is not None and self.requests + EACH * self.owed >= self._most:
            self.spent = f"the run may send no more than {self._most} requests"
            raise Spent(self.spent)
        if (
            self._seconds is not None
            and self._clock() - self._began + self._reserve() > self._seconds
        ):
            self.spent = f"the run may take no longer than {self._seconds:g} s"
            raise Spent(self.spent)

    def _reserve(self) -> float:
        """Return the seconds that deleting what is owed will take, as long as requests have taken
        so far.
        """
        each = self._took / max(1, self.requests)
        return min(EACH * self.owed * each, (self._seconds or 0.0) / 2)

    def left(self) -> float:
        """Return the seconds until the very end of the run."""
        return self._end - self._clock()

    def took(self, seconds: float) -> None:
        """Note how long a request took."""
        with self._lock:
            self._took += seconds

    def may_wait(self, seconds: float) -> bool:
        """Tell whether the run may wait so long before it repeats a request, and take it off what
        it may wait in all.
        """
        with self._lock:
            if seconds > min(self._waits, self.left()):
                return False
            self._waits -= seconds
            return True

    def may_turn_page(self) -> bool:
        """Tell whether one more page of a list may be read, and count it."""
        with self._lock:
            self._pages -= 1
            return self._pages >= 0

    def owe(self, things: int) -> None:
        """Note that so many more things are to be removed; less than 0: that so many are gone."""
        with self._lock:
            self.owed += things

    def pause(self, seconds: float) -> None:
        """Let nothing go for so long: the server asked for it."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)

    def heard(self, answered: bool) -> bool:
        """Note whether a request was answered; returns True when so many in a row were not that the
        target may be gone.
        """
        with self._lock:
            self._silent = 0 if answered else self._silent + 1
            return self._silent >= SILENT

    def gone(self, reason: str) -> None:
        """Let nothing go any more: the target is gone."""
        with self._lock:
            self.down = self.down or reason
