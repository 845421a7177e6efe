"""Timestamps of the mock."""

from __future__ import annotations

import pytest

from conformance.mock.clock import create_increasing_timestamp, parse_timestamp_to_milliseconds
from conformance.mock.state import MockState


def test_timestamps_increase() -> None:
    """Each timestamp is later than the one before, even if the clock stops or goes back."""
    state, clock_values = MockState(), iter([1.0, 1.0, 0.5])
    timestamps = [create_increasing_timestamp(state, lambda: next(clock_values)) for _ in range(3)]
    assert timestamps == [
        "1970-01-01T00:00:01.000Z",
        "1970-01-01T00:00:01.001Z",
        "1970-01-01T00:00:01.002Z",
    ]


@pytest.mark.parametrize(
    "text",
    ["2022-01-30T17:18:11.911Z", "2022-01-30T18:18:11.911+01:00", "2022-01-30T17:18:11.911000Z"],
)
def test_equivalent_timestamps_are_one_instant(text: str) -> None:
    """Offsets and trailing zeros do not change the instant."""
    assert parse_timestamp_to_milliseconds(text) == 1643563091911.0


def test_other_text_is_no_timestamp() -> None:
    """A string that is not a timestamp has no instant."""
    assert parse_timestamp_to_milliseconds("yesterday") is None
