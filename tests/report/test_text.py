"""Sanitizing of text for display."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from conformance.report.text import sanitize_text, to_single_line
from tests.report.sample import HOSTILE


@given(st.text(alphabet=st.characters()))
def test_control_characters_are_removed(text: str) -> None:
    """No control, format or surrogate character is kept except the newline; printable text is
    unchanged.
    """
    sanitized = sanitize_text(text)
    assert all(
        character == "\n" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
        for character in sanitized
    )
    if text.isprintable():
        assert sanitized == text


def test_escapes_are_visible() -> None:
    """Replaced characters are shown by their code point."""
    assert sanitize_text("a\x1b[31m\u202eb\ud800\ufffe") == "a\\u001b[31m\\u202eb\\ud800\\ufffe"


def test_single_line_has_a_limited_length() -> None:
    """Whatever the text, the result has no line break and at most the requested number of
    characters.
    """
    assert (len(to_single_line(HOSTILE * 10_000, 50)), "\n" in to_single_line(HOSTILE)) == (
        50,
        False,
    )
