"""When a call is tried again, and after how long."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ._http import Failure, Response, passing
from ._operation import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often and how patiently a call is repeated.

    Only what may be done twice is repeated: what HTTP calls idempotent (RFC 9110, 9.2.2), and what
    the documentation of the API says is. `creations` True repeats everything else too, at the risk
    of making things twice. Answers are reasons to repeat where the documentation says so
    (`statuses` adds more, as in `("429", "5XX")`); failures of the connection always are. Before
    try n + 1 (n from 1) passes between half and all of `pause` * 2 ** (n - 1) seconds, at most
    `longest`; a Retry-After header is obeyed, and when it asks for more than `patience` seconds the
    answer is given back at once. `random` and `now` are the sources of chance and of time (seconds
    since the epoch).
    """

    tries: int = 3
    pause: float = 0.5
    longest: float = 20.0
    patience: float = 60.0
    creations: bool = False
    statuses: tuple[str, ...] = ()
    random: Callable[[], float] = random.random
    now: Callable[[], float] = time.time

    def wait(self, operation: Operation, outcome: Response | Failure, tried: int) -> float | None:
        """Return the seconds to wait before the next try, None when there is to be none. `tried`
        counts the tries so far.
        """
        if tried >= self.tries or not (operation.repeatable or self.creations):
            return None
        if isinstance(outcome, Failure):
            return self._pause(tried) if passing(outcome) else None
        status = str(outcome.status_code)
        if not any(
            status == one or (one.upper().endswith("XX") and one[0] == status[0])
            for one in (*operation.retries, *self.statuses)
        ):
            return None
        asked = self._asked(outcome.headers.get("retry-after", "").strip())
        if asked is None:
            return self._pause(tried)
        return asked if asked <= self.patience else None

    def _pause(self, tried: int) -> float:
        return min(self.longest, self.pause * 2.0 ** (tried - 1)) * (0.5 + self.random() / 2)

    def _asked(self, header: str) -> float | None:
        """Return the seconds that a Retry-After asks for (RFC 9110, 10.2.3), None for none or for
        nonsense.
        """
        if header.isascii() and header.isdigit():
            return float(header)
        try:
            moment = parsedate_to_datetime(header)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.fromtimestamp(self.now(), UTC)).total_seconds())
