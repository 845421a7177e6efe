"""Requests and responses as values."""

from __future__ import annotations

import pytest

from conformance.mock.message import (
    build_mock_request,
    decode_json,
    encode_json,
    split_request_target,
)


def test_query_is_decoded_like_a_form() -> None:
    """A plus is a space, blank values are kept, and percent escapes are UTF-8."""
    sent = "filter=a+b%26c%3Dd%2F%C3%A9&blank=&page=2"
    expected = ("/a%20b", (("filter", "a b&c=d/é"), ("blank", ""), ("page", "2")), sent)
    assert expected == split_request_target(f"/a%20b?{sent}")


def test_header_names_are_lower_case() -> None:
    """Header names are lower case, whatever case was sent."""
    assert build_mock_request("get", "/", {"Authorization": "Bearer x"}).headers == {
        "authorization": "Bearer x"
    }


@pytest.mark.parametrize("text", ["{", "NaN", "[1e999]", "-Infinity", "[" * 100_000, b"\xff"])
def test_invalid_json_is_refused(text: str | bytes) -> None:
    """Non-JSON constants, numbers out of range, extreme nesting and invalid UTF-8 raise
    ValueError.
    """
    with pytest.raises(ValueError):  # noqa: PT011 (any subclass of it)
        decode_json(text)


def test_a_lone_surrogate_survives_a_round_trip() -> None:
    """JSON allows half a surrogate pair; it is decoded unchanged."""
    assert decode_json(encode_json({"name": "\ud800"}).encode()) == {"name": "\ud800"}
