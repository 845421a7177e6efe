"""Text made safe to show."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from conformance.report.text import sanitize_text, to_single_line
from tests.report.sample import HOSTILE


@given(st.text(alphabet=st.characters()))
def test_nothing_is_left_that_is_obeyed(text: str) -> None:
    """No control, format or surrogate character but the newline passes; all else stays as it is."""
    shown = sanitize_text(text)
    assert all(
        c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in shown
    )
    if text.isprintable():
        assert shown == text


def test_escapes_are_visible() -> None:
    """What is taken out is shown by its code point."""
    assert sanitize_text("a\x1b[31m\u202eb\ud800\ufffe") == "a\\u001b[31m\\u202eb\\ud800\\ufffe"


def test_a_line_is_one_line_of_limited_length() -> None:
    """Whatever the text, its line has no break and no more characters than asked for."""
    assert (len(to_single_line(HOSTILE * 10_000, 50)), "\n" in to_single_line(HOSTILE)) == (
        50,
        False,
    )
