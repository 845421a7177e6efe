"""Glob patterns: text with stars."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.mock.glob import compile_glob_predicate


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("my*group", "my great group", True),
        ("my*group", "mygroup", True),
        ("my*group", "my great groups", False),
        ("my*group", "My great group", False),
        ("a*a", "a", False),
        ("*", "", True),
        ("a*b*c", "abbbc", True),
        ("a?c", "abc", False),
        ("[ab]", "a", False),
        ("", "", True),
    ],
)
def test_matching(pattern: str, text: str, expected: bool) -> None:
    """A star matches any run of characters.

    No other character is special. A pattern matches the whole text, and case matters.
    """
    assert expected == compile_glob_predicate(pattern)(text)


@settings(database=None, deadline=None)
@given(st.text("ab*", max_size=8), st.text("ab", max_size=8))
def test_matching_agrees_with_regular_expressions(pattern: str, text: str) -> None:
    """Matching part by part gives the result of a backtracking match."""
    expected = (
        re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None
    )
    assert expected == compile_glob_predicate(pattern)(text)


def test_many_stars_match_quickly() -> None:
    """A pattern with many stars does not block the server."""
    assert not compile_glob_predicate("a*" * 2000 + "b")("a" * 20_000)
