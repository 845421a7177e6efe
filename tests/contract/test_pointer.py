"""JSON Pointer."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.contract.equality import json_equal
from conformance.contract.json import Json
from conformance.contract.pointer import (
    MISSING,
    escape,
    get_at_pointer,
    iterate_values,
    join,
    parent,
    put_at_pointer,
    remove_at_pointer,
    tokens,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
)
TOKENS = st.lists(st.text(alphabet="a~/01é", max_size=4), max_size=4)


@pytest.mark.parametrize(
    ("token", "expected"),
    [("a", "a"), ("a/b", "a~1b"), ("a~b", "a~0b"), ("~1", "~01"), (3, "3"), ("", "")],
)
def test_escape(token: str | int, expected: str) -> None:
    """RFC 6901, section 3: ~ first, then /."""
    assert expected == escape(token)


@given(TOKENS)
def test_tokens_undo_join(way: list[str]) -> None:
    """What is joined comes apart again."""
    assert tuple(way) == tokens(join("", *way))


@given(TOKENS, TOKENS)
def test_join_goes_on(one: list[str], two: list[str]) -> None:
    """Joining in two steps is joining in one."""
    assert join("", *one, *two) == join(join("", *one), *two)


@given(TOKENS, st.text(alphabet="a~/", max_size=3))
def test_parent(way: list[str], last: str) -> None:
    """The parent lacks the last token."""
    assert join("", *way) == parent(join("", *way, last))


@given(VALUES)
def test_walk_and_get_agree(value: Json) -> None:
    """Every value of a walk stands where its pointer says, parents before children."""
    seen: list[str] = []
    for pointer, child in iterate_values(value):
        assert get_at_pointer(value, pointer) is child
        assert not pointer or parent(pointer) in seen
        seen.append(pointer)
    assert len(seen) == len(set(seen))


@given(VALUES, st.data(), VALUES)
def test_put_then_get(value: Json, data: st.DataObject, new: Json) -> None:
    """What was put is got, everything else stays, and the input is not changed."""
    before = copy.deepcopy(value)
    pointer = data.draw(st.sampled_from([at for at, _ in iterate_values(value)]))
    changed = put_at_pointer(value, pointer, new)
    assert json_equal(new, get_at_pointer(changed, pointer))
    assert json_equal(before, value)
    for at, child in iterate_values(value):
        if not (at + "/").startswith(pointer + "/") and not (pointer + "/").startswith(at + "/"):
            assert get_at_pointer(changed, at) is child


def test_put_makes_the_way() -> None:
    """Objects that are not there yet are made."""
    assert put_at_pointer({}, "/a/b", 1) == {"a": {"b": 1}}
    assert put_at_pointer({"a": 3}, "/a/b", 1) == {"a": {"b": 1}}


@pytest.mark.parametrize(
    "pointer", ["/b", "/a/2", "/a/-1", "/a/x", "/a/-", "/a/0/b", "/n/a", "/a/²"]
)
def test_nothing_there(pointer: str) -> None:
    """Where nothing stands, MISSING does, which is no JSON value."""
    assert MISSING is get_at_pointer({"a": [1, 2], "n": None}, pointer)


def test_null_is_something() -> None:
    """null is a value, a number may be a key."""
    assert (
        get_at_pointer({"n": None}, "/n"),
        get_at_pointer([1, 2], "/1"),
        get_at_pointer({"0": 5}, "/0"),
    ) == (None, 2, 5)


def test_drop() -> None:
    """One member is gone, from a copy."""
    value = {"a": {"b": 1, "c": 2}, "d/e": 3}
    assert remove_at_pointer(value, "/a/b") == {"a": {"c": 2}, "d/e": 3}
    assert remove_at_pointer(value, "/d~1e") == {"a": {"b": 1, "c": 2}}
    assert value == {"a": {"b": 1, "c": 2}, "d/e": 3}


def test_missing_stays_itself() -> None:
    """MISSING is one thing, between processes too."""
    assert MISSING is pickle.loads(pickle.dumps(MISSING))
    assert repr(MISSING) == "MISSING"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (True, True, True),
        (True, False, False),
        (None, None, True),
        ([1], [True], False),
        ({"a": 1}, {"a": True}, False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1}, {"b": 1}, False),
        ([1, 2], [1], False),
        ([1, 2], [2, 1], False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ("1", 1, False),
    ],
)
def test_same(one: Json, other: Json, expected: bool) -> None:
    """JSON values are equal as JSON has it: booleans are no numbers, order counts in arrays
    alone.
    """
    assert (expected, expected) == (json_equal(one, other), json_equal(other, one))


@given(VALUES)
def test_same_as_itself(value: Json) -> None:
    """Every value is the same as its copy."""
    assert json_equal(value, copy.deepcopy(value))
