"""New marks: one for each run, from the clock and a random part (`contract/mark.py` says what marks
are).
"""

from __future__ import annotations

import secrets
import time

from conformance.contract.mark import DIGITS, first_of_run


def new_mark(now: float | None = None) -> str:
    """Return the first mark of a new run, which began at `now` (seconds since 1970; None: now)."""
    random_part = "".join(secrets.choice(DIGITS) for _ in range(3))
    return first_of_run(time.time() if now is None else now, random_part)
