"""Whether a call is retried, and after which delay."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ._http import RequestError, Response, is_transient
from ._operation import OperationSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and after which delays a call is retried.

    Only idempotent calls are retried: those with an idempotent method (RFC 9110, 9.2.2) and those
    that the documentation of the API declares idempotent. With `retry_non_idempotent` all other
    calls are retried too, at the risk of creating things twice.

    Failures of the connection are always retried. Responses are retried after the statuses that the
    documentation names, and those in `statuses`, such as `("429", "5XX")`.

    The delay before attempt n + 1 (n from 1) is random, between half and all of `initial_delay` * 2
    ** (n - 1) seconds, and at most `max_delay` seconds. A Retry-After header takes precedence; if
    it asks for more than `max_retry_after` seconds, the call is not retried. `random` and `now` are
    the sources of randomness and of time (seconds since the epoch).
    """

    max_attempts: int = 3
    initial_delay: float = 0.5
    max_delay: float = 20.0
    max_retry_after: float = 60.0
    retry_non_idempotent: bool = False
    statuses: tuple[str, ...] = ()
    random: Callable[[], float] = random.random
    now: Callable[[], float] = time.time

    def compute_delay(
        self, operation: OperationSpec, outcome: Response | RequestError, attempts: int
    ) -> float | None:
        """Return the seconds to wait before the next attempt, or None if the call is not retried.

        `attempts` is the number of attempts so far.
        """
        if attempts >= self.max_attempts or not (operation.idempotent or self.retry_non_idempotent):
            return None
        if isinstance(outcome, RequestError):
            return self._compute_backoff(attempts) if is_transient(outcome) else None
        status = str(outcome.status_code)
        if not any(
            status == pattern or (pattern.upper().endswith("XX") and pattern[0] == status[0])
            for pattern in (*operation.retry_statuses, *self.statuses)
        ):
            return None
        requested_delay = self._parse_retry_after(outcome.headers.get("retry-after", "").strip())
        if requested_delay is None:
            return self._compute_backoff(attempts)
        return requested_delay if requested_delay <= self.max_retry_after else None

    def _compute_backoff(self, attempts: int) -> float:
        return min(self.max_delay, self.initial_delay * 2.0 ** (attempts - 1)) * (
            0.5 + self.random() / 2
        )

    def _parse_retry_after(self, header: str) -> float | None:
        """Return the seconds that a Retry-After header asks for (RFC 9110, 10.2.3).

        Returns None if there is no header or it is invalid.
        """
        if header.isascii() and header.isdigit():
            return float(header)
        try:
            retry_date = parsedate_to_datetime(header)
        except ValueError:
            return None
        if retry_date.tzinfo is None:
            retry_date = retry_date.replace(tzinfo=UTC)
        return max(0.0, (retry_date - datetime.fromtimestamp(self.now(), UTC)).total_seconds())
