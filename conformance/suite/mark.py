"""Creates the mark of a new run, from the clock and a random part.

`conformance.contract.mark` defines the format of marks.
"""

from __future__ import annotations

import secrets
import time

from conformance.contract.mark import BASE36_DIGITS, create_first_mark


def create_mark(now: float | None = None) -> str:
    """Return the first mark of a new run.

    `now` is the start of the run in seconds since 1970; None means the current time.
    """
    random_part = "".join(secrets.choice(BASE36_DIGITS) for _ in range(3))
    return create_first_mark(time.time() if now is None else now, random_part)
