"""Timestamps that strictly increase."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from conformance.mock.state import MockState

Clock = Callable[[], float]


def create_increasing_timestamp(state: MockState, clock: Clock) -> str:
    """Return the current time (RFC 3339, UTC, with milliseconds).

    It is always later than any earlier timestamp of the state.
    """
    state.last_timestamp = max(state.last_timestamp + 1, int(clock() * 1000))
    return format_timestamp(state.last_timestamp)


def format_timestamp(milliseconds: int) -> str:
    """Return a time in milliseconds since 1970 in the format of RFC 3339."""
    return f"{_format_second(milliseconds // 1000)}.{milliseconds % 1000:03}Z"


@lru_cache(maxsize=16)
def _format_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def parse_timestamp_to_milliseconds(text: str) -> float | None:
    """Return the time of an RFC 3339 text in milliseconds since 1970, or None if it is invalid."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp() * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampFields:
    """The item fields with the time of creation, and those with the time of the last update."""

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
