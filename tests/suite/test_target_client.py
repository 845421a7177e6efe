"""The line: what a server asks for by Retry-After."""

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
    """A number is so many seconds."""
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
    """A date is so long from now, or no time at all when it is past."""
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
def test_nothing(value: str) -> None:
    """What is neither says nothing."""
    assert parse_retry_after(value, NOW) is None


def test_endless_number() -> None:
    """However long a number, what comes of it is a number."""
    assert parse_retry_after("9" * 5000, NOW) == 999_999_999.0


@given(st.text(max_size=40))
def test_any_text(value: str) -> None:
    """No header of a server's brings the run down."""
    found = parse_retry_after(value, NOW)
    assert found is None or found >= 0


@given(st.integers(min_value=0, max_value=2**31))
def test_any_date(moment: int) -> None:
    """Every date that a server writes as RFC 9110 has it is understood."""
    assert parse_retry_after(email.utils.formatdate(moment, usegmt=True), NOW) == max(
        0.0, moment - NOW
    )
