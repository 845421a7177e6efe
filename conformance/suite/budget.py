"""Limits on the requests, the rate, the waits and the time of a run.

One budget serves all threads of a run. It also records when the target stopped answering. A server
cannot make a run send or wait without end: the waits it asks for are limited in total, and so are
the pages of its lists.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

# requests to delete one item: one to confirm that the run created it, one to delete it
REQUESTS_PER_DELETION = 2
# total seconds that a run waits before retries, Retry-After included
MAX_WAIT_SECONDS = 60.0
MAX_SINGLE_WAIT_SECONDS = 30.0  # a server that asks for more (Retry-After) is not asked again
MAX_EXTRA_PAGES = 2000  # total pages that a run reads beyond the first page of each list
# consecutive requests without a response, after which the target is probed
MAX_UNANSWERED = 5


class BudgetExhausted(Exception):
    """Raised when no further request may be sent; the text is the reason, for people."""


class Interruption:
    """A wish to end a run early, and in order: nothing new is tried, what was made is removed."""

    def __init__(self) -> None:
        self.requested = False
        self._budget: RequestBudget | None = None

    def attach(self, budget: RequestBudget) -> None:
        """Let the wish reach the budget of a run."""
        self._budget = budget
        if self.requested:
            budget.interrupt()

    def request(self) -> None:
        """Wish the run to end."""
        self.requested = True
        if self._budget is not None:
            self._budget.interrupt()


class RequestBudget:
    """A limit on the rate, the number and the duration of requests.

    Lets requests through at no more than `rate` per second, until `max_requests` were sent or
    `max_seconds` have passed.

    Two requests for each created item that is still to be deleted (`reserved`) count as sent, so a
    run can always clean up, in requests and in time. Cleanup ends at the latest `grace` seconds
    after `max_seconds`.
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
        self._interrupted = False
        self._lock = threading.Lock()

    def wait_for_turn(self, for_cleanup: bool = False) -> None:
        """Wait until the next request may be sent.

        Requests with `for_cleanup` may exceed every limit but the rate and the final deadline.
        Raises BudgetExhausted if a limit is reached or the target is down.
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

    def interrupt(self) -> None:
        """Send nothing more but what cleans up."""
        self._interrupted = True

    def _check_limits(self) -> None:
        if self._interrupted:
            self.exhausted_reason = "the run was interrupted"
            raise BudgetExhausted(self.exhausted_reason)
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
        """Return the estimated seconds for deleting the reserved items.

        The estimate uses the mean duration of the requests so far, and is at most half of the
        allowed time.
        """
        seconds_per_request = self._request_seconds / max(1, self.requests)
        return min(
            REQUESTS_PER_DELETION * self.reserved * seconds_per_request,
            (self._max_seconds or 0.0) / 2,
        )

    def get_seconds_left(self) -> float:
        """Return the seconds until the deadline, cleanup included."""
        return self._deadline - self._clock()

    def record_duration(self, seconds: float) -> None:
        """Add the duration of one request."""
        with self._lock:
            self._request_seconds += seconds

    def try_spend_waiting_time(self, seconds: float) -> bool:
        """Return whether the run may wait this long before a retry.

        If so, the time is deducted from the total that the run may wait.
        """
        with self._lock:
            longest = min(MAX_SINGLE_WAIT_SECONDS, self._wait_seconds_left, self.get_seconds_left())
            if seconds > longest:
                return False
            self._wait_seconds_left -= seconds
            return True

    def may_read_next_page(self) -> bool:
        """Return whether one more page of a list may be read, and count it."""
        with self._lock:
            self._pages_left -= 1
            return self._pages_left >= 0

    def reserve(self, items: int) -> None:
        """Add to the number of items to be deleted; a negative number subtracts."""
        with self._lock:
            self.reserved += items

    def pause(self, seconds: float) -> None:
        """Delay all further requests by this many seconds, as the server asked."""
        with self._lock:
            self._next_turn = max(self._next_turn, self._clock() + seconds)

    def record_answer_and_suspect_down(self, answered: bool) -> bool:
        """Record whether a request was answered; return whether the target may be down.

        The target may be down after `MAX_UNANSWERED` consecutive requests without a response.
        """
        with self._lock:
            self._unanswered = 0 if answered else self._unanswered + 1
            return self._unanswered >= MAX_UNANSWERED

    def declare_down(self, reason: str) -> None:
        """Refuse all further requests, because the target is down."""
        with self._lock:
            self.down_reason = self.down_reason or reason
