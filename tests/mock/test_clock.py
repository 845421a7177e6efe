"""Timestamps."""

from __future__ import annotations

import pytest

from conformance.mock.clock import create_increasing_timestamp, parse_timestamp_to_milliseconds
from conformance.mock.state import MockState


def test_time_goes_forward() -> None:
    """While the clock stands still, or goes back, each stamp is later than the one before."""
    state, readings = MockState(), iter([1.0, 1.0, 0.5])
    found = [create_increasing_timestamp(state, lambda: next(readings)) for _ in range(3)]
    assert found == [
        "1970-01-01T00:00:01.000Z",
        "1970-01-01T00:00:01.001Z",
        "1970-01-01T00:00:01.002Z",
    ]


@pytest.mark.parametrize(
    "written",
    ["2022-01-30T17:18:11.911Z", "2022-01-30T18:18:11.911+01:00", "2022-01-30T17:18:11.911000Z"],
)
def test_one_instant_has_many_spellings(written: str) -> None:
    """Offsets and trailing zeros do not make another instant."""
    assert parse_timestamp_to_milliseconds(written) == 1643563091911.0


def test_other_text_is_no_instant() -> None:
    """A text that is no timestamp has no instant."""
    assert parse_timestamp_to_milliseconds("yesterday") is None
