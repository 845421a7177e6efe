"""Marks: their shape, and what tells those of one run from those of another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks import body
from conformance.suite.mark import MARK, new_mark, new_run, numbered

NUMBERS = st.integers(min_value=0, max_value=36**3 - 1)


def test_shape() -> None:
    """A mark says when the run began, which run it is, and which mark of that run."""
    found = MARK.fullmatch(new_mark(1_700_000_000.9))
    assert found is not None
    assert (found["time"], found["number"]) == ("1700000000", "000")


def test_time_is_now_unless_given() -> None:
    """A mark of today is neither of 2001 nor of 2286, and its time has ten digits before 2001 too."""
    found = MARK.fullmatch(new_mark())
    assert found is not None
    assert 1_700_000_000 < int(found["time"]) < 9_999_999_999
    assert MARK.fullmatch(new_mark(5.0)) is not None


def test_runs_differ() -> None:
    """Two runs that begin at one moment have different marks."""
    assert len({new_run(0.0) for _ in range(50)}) > 45


def test_lengths_are_judged_by_its_like() -> None:
    """The mark that stands in when lengths are judged, before there is a run, is as long as any."""
    assert {len(body.MARK)} == {len(new_mark()), len(numbered(new_mark(), 36**3 - 1))}
    assert MARK.fullmatch(body.MARK) is not None


@given(st.lists(NUMBERS, unique=True, min_size=2, max_size=20))
def test_numbers_differ(numbers: list[int]) -> None:
    """Marks of different numbers are different marks of the same run."""
    run = new_mark(1.0)
    marks = [numbered(run, number) for number in numbers]
    assert len(set(marks)) == len(numbers)
    assert {run[:-3]} == {mark[:-3] for mark in marks}
    assert all(MARK.fullmatch(mark) for mark in marks)


@pytest.mark.parametrize(("number", "end"), [(0, "000"), (35, "00z"), (36, "010"), (1295, "0zz"), (1296, "100"), (46655, "zzz")])
def test_number_is_written_in_36_digits(number: int, end: str) -> None:
    """The number is the last three characters; numbering a numbered mark begins from the run."""
    assert numbered("conformance-0000000001-abcd000", number) == f"conformance-0000000001-abcd{end}"
    assert numbered("conformance-0000000001-abcdxyz", number) == f"conformance-0000000001-abcd{end}"
