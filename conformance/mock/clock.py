"""Timestamps that only ever go forward."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from conformance.mock.state import MockState

Clock = Callable[[], float]


def create_timestamp(state: MockState, clock: Clock) -> str:
    """Return the present (RFC 3339, milliseconds, UTC), later than any earlier stamp of this
    state.
    """
    state.moment = max(state.moment + 1, int(clock() * 1000))
    return format_timestamp(state.moment)


def format_timestamp(milliseconds: int) -> str:
    """Return milliseconds since 1970 as RFC 3339."""
    return f"{_format_second(milliseconds // 1000)}.{milliseconds % 1000:03}Z"


@lru_cache(maxsize=16)
def _format_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def parse_timestamp(text: str) -> float | None:
    """Return the milliseconds since 1970 of an RFC 3339 text, None when it is none."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp() * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampFields:
    """The item fields that hold the moment of creation, and those that move with every change."""

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
