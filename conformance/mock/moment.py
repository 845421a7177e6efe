"""Timestamps that only ever go forward."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from conformance.mock.state import State

Clock = Callable[[], float]


def stamp(state: State, clock: Clock) -> str:
    """Return the present (RFC 3339, milliseconds, UTC), later than any earlier stamp of this
    state.
    """
    state.moment = max(state.moment + 1, int(clock() * 1000))
    return text(state.moment)


def text(moment: int) -> str:
    """Return milliseconds since 1970 as RFC 3339."""
    return f"{_second(moment // 1000)}.{moment % 1000:03}Z"


@lru_cache(maxsize=16)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def instant(written: str) -> float | None:
    """Return the milliseconds since 1970 of an RFC 3339 text, None when it is none."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The item fields that hold the moment of creation, and those that move with every change."""

    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
