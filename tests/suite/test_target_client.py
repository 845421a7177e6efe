"""The Retry-After header: the delay that a server asks for."""

from __future__ import annotations

import email.utils

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.protocol import parse_retry_after

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


@pytest.mark.parametrize(
    ("value", "seconds"), [("0", 0.0), ("1", 1.0), ("120", 120.0), (" 5 ", 5.0), ("007", 7.0)]
)
def test_seconds(value: str, seconds: float) -> None:
    """A number is a delay in seconds."""
    assert seconds == parse_retry_after(value, NOW)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Tue, 14 Nov 2023 22:13:50 GMT", 30.0),
        ("Tue, 14 Nov 2023 22:13:20 GMT", 0.0),
        ("Tue, 14 Nov 2023 22:13:10 GMT", 0.0),
        ("Tue, 14 Nov 2023 23:14:20 +0100", 60.0),
        ("Tuesday, 14-Nov-23 22:13:50 GMT", 30.0),
    ],
)
def test_date(value: str, seconds: float) -> None:
    """A date is the delay until then, or zero if it is in the past."""
    assert seconds == parse_retry_after(value, NOW)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "soon",
        "-1",
        "1.5",
        "1e3",
        "²",
        "Tue, 99 Nov 2023 22:13:50 GMT",
        "\ud800",
        "0x10",
        "1 2 3",
    ],
)
def test_invalid_values(value: str) -> None:
    """Any other value is ignored."""
    assert parse_retry_after(value, NOW) is None


def test_very_long_number() -> None:
    """A number of any length gives a finite delay."""
    assert parse_retry_after("9" * 5000, NOW) == 999_999_999.0


@given(st.text(max_size=40))
def test_any_text(value: str) -> None:
    """No header value causes an exception."""
    seconds = parse_retry_after(value, NOW)
    assert seconds is None or seconds >= 0


@given(st.integers(min_value=0, max_value=2**31))
def test_any_date(timestamp: int) -> None:
    """Every date in the format of RFC 9110 is parsed."""
    assert parse_retry_after(email.utils.formatdate(timestamp, usegmt=True), NOW) == max(
        0.0, timestamp - NOW
    )
