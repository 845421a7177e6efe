"""Patterns with stars."""

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
def test_a_pattern_fits(pattern: str, text: str, expected: bool) -> None:
    """The star is any run of characters, nothing else is special, both ends are anchored, case
    counts.
    """
    assert expected == compile_glob_predicate(pattern)(text)


@settings(database=None, deadline=None)
@given(st.text("ab*", max_size=8), st.text("ab", max_size=8))
def test_patterns_fit_like_regular_expressions(pattern: str, text: str) -> None:
    """Searching part by part finds what backtracking would."""
    expected = (
        re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None
    )
    assert expected == compile_glob_predicate(pattern)(text)


def test_many_stars_are_quick() -> None:
    """A pattern cannot keep the server busy."""
    assert not compile_glob_predicate("a*" * 2000 + "b")("a" * 20_000)
