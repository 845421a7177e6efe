"""Facts of HTTP that several packages share."""

from __future__ import annotations

import pytest

from conformance import protocol


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/json", True),
        ("Application/JSON; charset=UTF-8", True),
        ("application/problem+json", True),
        ("text/json", True),
        ("text/html", False),
        ("application/jsonp", False),
        ("", False),
    ],
)
def test_json_media_types(content_type: str, expected: bool) -> None:
    """Case and parameters are ignored; the suffix counts."""
    assert protocol.is_json(content_type) is expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2024-01-02T03:04:05Z", 1704164645.0),
        ("2024-01-02T05:04:05.000+02:00", 1704164645.0),
        ("2024-01-02", None),
        ("T", None),
        ("2024-13-02T03:04:05Z", None),
    ],
)
def test_date_times(text: str, seconds: float | None) -> None:
    """An instant is the same in every time zone. A date without a time is not an instant."""
    instant = protocol.parse_datetime(text)
    assert (None if instant is None else instant.timestamp()) == seconds


def test_idempotent_methods_include_the_safe_ones() -> None:
    """As in RFC 9110, 9.2.2."""
    assert set(protocol.SAFE_METHODS) < set(protocol.IDEMPOTENT_METHODS)
    assert set(protocol.IDEMPOTENT_METHODS) - set(protocol.SAFE_METHODS) == {"PUT", "DELETE"}
    assert "POST" not in protocol.IDEMPOTENT_METHODS


def test_groups_of_statuses_are_consistent() -> None:
    """No status is both transient and a sign of a missing item.

    All statuses for malformed requests are 4xx.
    """
    assert not set(protocol.TRANSIENT_STATUSES) & set(protocol.NOT_FOUND_STATUSES)
    assert all(map(protocol.is_refusal, protocol.MALFORMED_STATUSES))
    assert not any(map(protocol.is_success, protocol.INTERMEDIARY_STATUSES))
