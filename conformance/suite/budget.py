"""How fast, how long and how much a run may send; and when a target counts as gone. One for all
threads of a run.

What a server says cannot make a run send or wait without end: waits that it asks for have a sum,
and so have the pages that its lists make a run read.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

REQUESTS_PER_DELETION = (
    2  # requests that removing a thing may take: to see that it is ours, and to delete it
)
# seconds that a run waits in all because servers ask for it (Retry-After), or before it repeats a
# request
MAX_WAIT_SECONDS = 60.0
MAX_EXTRA_PAGES = 2000  # pages that a run reads in all beyond the first of each list
# requests in a row without any answer, after which the target is asked whether it is still there
MAX_UNANSWERED = 5


class BudgetExhausted(Exception):
    """Nothing more may be sent; the text is the reason, for people."""


class RequestBudget:
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
        max_requests: int | None = None,
        max_seconds: float | None = None,
        grace: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.requests = 0
        self.reserved = 0
        self.down_reason: str | None = None
        self.exhausted_reason: str | None = None
        self._interval = 1 / rate if rate else 0.0
        self._max_requests, self._max_seconds = max_requests, max_seconds
        self._deadline = float("inf") if max_seconds is None else clock() + max_seconds + grace
        self._wait_seconds_left, self._pages_left = MAX_WAIT_SECONDS, MAX_EXTRA_PAGES
        self._request_seconds = 0.0
        self._clock, self._sleep = clock, sleep
        self._started_at = clock()
        self._next_turn = self._started_at
        self._unanswered = 0
        self._lock = threading.Lock()

    def wait_for_turn(self, for_cleanup: bool = False) -> None:
        """Wait for one's turn; raises Spent when there is none.

        `closing` requests only clean up: while the target is there, they may go on past every limit
        but the rate.
        """
        with self._lock:
            if self.down_reason is not None:
                raise BudgetExhausted(self.down_reason)
            if not for_cleanup:
                self._check_limits()
            elif self.get_seconds_left() <= 0:
                raise BudgetExhausted(
                    f"the run may take no longer than {self._max_seconds:g} s, cleaning up included"
                )
            self.requests += 1
            now = self._clock()
            turn = max(now, self._next_turn)
            self._next_turn = turn + self._interval
        if turn > now:
            self._sleep(max(0.0, min(turn - now, self.get_seconds_left())))

    def _check_limits(self) -> None:
        if (
            self._max_requests is not None
            and self.requests + REQUESTS_PER_DELETION * self.reserved >= self._max_requests
        ):
            self.exhausted_reason = f"the run may send no more than {self._max_requests} requests"
            raise BudgetExhausted(self.exhausted_reason)
        if (
            self._max_seconds is not None
            and self._clock() - self._started_at + self._estimate_cleanup_seconds()
            > self._max_seconds
        ):
            self.exhausted_reason = f"the run may take no longer than {self._max_seconds:g} s"
            raise BudgetExhausted(self.exhausted_reason)

    def _estimate_cleanup_seconds(self) -> float:
        """Return the seconds that deleting what is owed will take, as long as requests have taken
        so far.
        """
        seconds_per_request = self._request_seconds / max(1, self.requests)
        return min(
            REQUESTS_PER_DELETION * self.reserved * seconds_per_request,
            (self._max_seconds or 0.0) / 2,
        )

    def get_seconds_left(self) -> float:
        """Return the seconds until the very end of the run."""
        return self._deadline - self._clock()

    def record_duration(self, seconds: float) -> None:
        """Note how long a request took."""
        with self._lock:
            self._request_seconds += seconds

    def may_wait(self, seconds: float) -> bool:
        """Tell whether the run may wait so long before it repeats a request, and take it off what
        it may wait in all.
        """
        with self._lock:
            if seconds > min(self._wait_seconds_left, self.get_seconds_left()):
                return False
            self._wait_seconds_left -= seconds
            return True

    def may_read_next_page(self) -> bool:
        """Tell whether one more page of a list may be read, and count it."""
        with self._lock:
            self._pages_left -= 1
            return self._pages_left >= 0

    def reserve(self, items: int) -> None:
        """Note that so many more things are to be removed; less than 0: that so many are gone."""
        with self._lock:
            self.reserved += items

    def pause(self, seconds: float) -> None:
        """Let nothing go for so long: the server asked for it."""
        with self._lock:
            self._next_turn = max(self._next_turn, self._clock() + seconds)

    def record_response(self, answered: bool) -> bool:
        """Note whether a request was answered; returns True when so many in a row were not that the
        target may be gone.
        """
        with self._lock:
            self._unanswered = 0 if answered else self._unanswered + 1
            return self._unanswered >= MAX_UNANSWERED

    def declare_down(self, reason: str) -> None:
        """Let nothing go any more: the target is gone."""
        with self._lock:
            self.down_reason = self.down_reason or reason
