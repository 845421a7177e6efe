"""Marks: their form, what tells those of one run from those of another, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.contract import mark as marks
from conformance.suite.mark import create_mark

NUMBERS = st.integers(min_value=0, max_value=36**3 - 1)
MARK = marks.create_first_mark(1_795_000_000, "abc")


def test_form() -> None:
    """A mark is 17 lower-case letters and digits, and says when its run began."""
    found = create_mark(1_795_000_000.9)
    assert len(found) == marks.MARK_LENGTH == 17
    assert found.isalnum()
    assert found.islower()
    assert marks.get_run_start_time(found) == 1_795_000_000


def test_fits_a_field_of_24_characters() -> None:
    """Behind a mark and its boundary, six characters are left."""
    assert marks.MARK_LENGTH + 1 + 6 == 24


def test_runs_differ() -> None:
    """Runs that begin at one moment have different marks."""
    assert len({create_mark(1_795_000_000.0) for _ in range(50)}) > 45


@given(st.lists(NUMBERS, unique=True, min_size=2, max_size=20))
def test_numbers_differ(numbers: list[int]) -> None:
    """Marks of different numbers are different marks of the same run."""
    found = [marks.derive_mark(MARK, number) for number in numbers]
    assert len(set(found)) == len(numbers)
    assert {marks.get_run_prefix(MARK)} == {marks.get_run_prefix(mark) for mark in found}
    assert found == [marks.find_mark(mark) for mark in found]
    assert {MARK} == {marks.get_first_mark(mark) for mark in found}


@given(st.integers(0, 16), st.sampled_from(marks.BASE36_DIGITS))
def test_a_changed_character_makes_no_mark(place: int, character: str) -> None:
    """One wrong character is always noticed."""
    changed = MARK[:place] + character + MARK[place + 1 :]
    assert (marks.find_mark(changed) is None) == (changed != MARK)


@given(st.integers(4, 15))
def test_swapped_neighbors_make_no_mark(place: int) -> None:
    """Two neighboring characters in the wrong order are always noticed."""
    swapped = MARK[:place] + MARK[place + 1] + MARK[place] + MARK[place + 2 :]
    assert (marks.find_mark(swapped) is None) == (swapped != MARK)


@pytest.mark.parametrize(
    ("text", "found"),
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
def test_beginning_and_boundary(text: str, found: bool) -> None:
    """A mark counts at the beginning, and only where no letter or digit follows it."""
    assert marks.find_mark(text) == (MARK if found else None)


@pytest.mark.parametrize(
    ("text", "found"),
    [(f"alpha-{MARK}", True), (f"alpha{MARK}", False), (f"{MARK}-alpha", True), (MARK[1:], False)],
)
def test_end(text: str, found: bool) -> None:
    """At the end, a mark counts where that is asked for, and only behind a boundary."""
    assert marks.find_mark(text, at_end=True) == (MARK if found else None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("conformance-1600000000-abcd001-old", "conformance-1600000000-abcd001"),
        ("conformance-1600000000-abcd001", "conformance-1600000000-abcd001"),
        ("conformance-1577836800-project plan 2020", None),
        ("conformance-1600000000-abcd001old", None),
        ("somebody's conformance-1600000000-abcd001", None),
    ],
)
def test_marks_of_earlier_versions(text: str, found: str | None) -> None:
    """Marks of version 0.1 are still known; a name of people's that looks a little like one is
    none.
    """
    assert marks.find_mark(text) == found


@pytest.mark.parametrize(
    ("text", "carried"),
    [
        (f"{MARK}-x", True),
        (f"{MARK}", True),
        (f"{MARK.upper()}-X", True),
        (f"{MARK}x", False),
        (f"x {MARK}", False),
    ],
)
def test_carries(text: str, carried: bool) -> None:
    """A text carries a mark at its beginning, set apart; letter case does not count."""
    assert marks.text_carries_mark(text, MARK) is carried
