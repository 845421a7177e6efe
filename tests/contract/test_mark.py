"""Marks: their format, how marks of different runs differ, and which texts are no marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.contract import mark as marks
from conformance.suite.mark import create_mark

NUMBERS = st.integers(min_value=0, max_value=36**3 - 1)
MARK = marks.create_first_mark(1_795_000_000, "abc")


def test_format() -> None:
    """A mark has 17 lowercase letters and digits, and contains the start time of its run."""
    mark = create_mark(1_795_000_000.9)
    assert len(mark) == marks.MARK_LENGTH == 17
    assert mark.isalnum()
    assert mark.islower()
    assert marks.get_run_start_time(mark) == 1_795_000_000


def test_mark_fits_a_field_of_24_characters() -> None:
    """After a mark and its separator, six characters remain."""
    assert marks.MARK_LENGTH + 1 + 6 == 24


def test_marks_of_runs_differ() -> None:
    """Runs that start at the same time have different marks."""
    assert len({create_mark(1_795_000_000.0) for _ in range(50)}) > 45


@given(st.lists(NUMBERS, unique=True, min_size=2, max_size=20))
def test_marks_of_numbers_differ(numbers: list[int]) -> None:
    """Different numbers give different marks of the same run."""
    derived_marks = [marks.derive_mark(MARK, number) for number in numbers]
    assert len(set(derived_marks)) == len(numbers)
    assert {marks.get_run_prefix(MARK)} == {marks.get_run_prefix(mark) for mark in derived_marks}
    assert derived_marks == [marks.find_mark(mark) for mark in derived_marks]
    assert {MARK} == {marks.get_first_mark(mark) for mark in derived_marks}


@given(st.integers(0, 16), st.sampled_from(marks.BASE36_DIGITS))
def test_changed_character_invalidates_a_mark(index: int, character: str) -> None:
    """One wrong character is always detected."""
    changed = MARK[:index] + character + MARK[index + 1 :]
    assert (marks.find_mark(changed) is None) == (changed != MARK)


@given(st.integers(4, 15))
def test_swapped_neighbors_invalidate_a_mark(index: int) -> None:
    """Two swapped neighboring characters are always detected."""
    swapped = MARK[:index] + MARK[index + 1] + MARK[index] + MARK[index + 2 :]
    assert (marks.find_mark(swapped) is None) == (swapped != MARK)


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        (f"{MARK}", True),
        (f"{MARK}-alpha", True),
        (f"{MARK} alpha", True),
        (f"{MARK}alpha", False),
        (f"{MARK}9", False),
        (f"x{MARK}", False),
        (f"x-{MARK}", False),
        (f"{MARK.upper()}-alpha", False),
        ("conference room 12345-x", False),
        ("", False),
    ],
)
def test_mark_at_the_start(text: str, is_found: bool) -> None:
    """A mark is found at the start of a text, and only if no letter or digit follows it."""
    assert marks.find_mark(text) == (MARK if is_found else None)


@pytest.mark.parametrize(
    ("text", "is_found"),
    [(f"alpha-{MARK}", True), (f"alpha{MARK}", False), (f"{MARK}-alpha", True), (MARK[1:], False)],
)
def test_mark_at_the_end(text: str, is_found: bool) -> None:
    """A mark at the end of a text is found only on request, and only after a separator."""
    assert marks.find_mark(text, at_end=True) == (MARK if is_found else None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("conformance-1600000000-abcd001-old", "conformance-1600000000-abcd001"),
        ("conformance-1600000000-abcd001", "conformance-1600000000-abcd001"),
        ("conformance-1577836800-project plan 2020", None),
        ("conformance-1600000000-abcd001old", None),
        ("somebody's conformance-1600000000-abcd001", None),
    ],
)
def test_marks_of_earlier_versions(text: str, expected: str | None) -> None:
    """Marks of version 0.1 are still found. A similar name that a user chose is no mark."""
    assert marks.find_mark(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{MARK}-x", True),
        (f"{MARK}", True),
        (f"{MARK.upper()}-X", True),
        (f"{MARK}x", False),
        (f"x {MARK}", False),
    ],
)
def test_text_carries_mark(text: str, expected: bool) -> None:
    """A text carries a mark at its start, followed by a separator. Letter case is ignored."""
    assert marks.text_carries_mark(text, MARK) is expected
