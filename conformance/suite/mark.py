"""Marks: what stands in front of the name of everything that a run makes, so that it can be known again as ours."""

from __future__ import annotations

import re
import secrets
import time

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
MARK = re.compile(r"conformance-(?P<time>[0-9]{10})-(?P<run>[0-9a-z]{4})(?P<number>[0-9a-z]{3})")


def new_run(now: float | None = None) -> str:
    """Return what the marks of a run begin with: when it began, in seconds since 1970, and a random part that no other run has."""
    return f"conformance-{int(time.time() if now is None else now):010}-{''.join(secrets.choice(DIGITS) for _ in range(4))}"


def new_mark(now: float | None = None) -> str:
    """Return a mark of a run by itself."""
    return new_run(now) + "000"


def numbered(mark: str, number: int) -> str:
    """Return the mark number `number` (below 46 656) of the same run."""
    return mark[:-3] + DIGITS[number // 1296 % 36] + DIGITS[number // 36 % 36] + DIGITS[number % 36]
