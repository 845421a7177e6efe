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
    """RFC 6901, section 3: ~ is escaped first, then /."""
    assert expected == escape(token)


@given(TOKENS)
def test_tokens_undo_join(path: list[str]) -> None:
    """Joined tokens are split into the same tokens."""
    assert tuple(path) == tokens(join("", *path))


@given(TOKENS, TOKENS)
def test_join_in_two_steps(first_tokens: list[str], second_tokens: list[str]) -> None:
    """Joining in two steps equals joining in one."""
    assert join("", *first_tokens, *second_tokens) == join(join("", *first_tokens), *second_tokens)


@given(TOKENS, st.text(alphabet="a~/", max_size=3))
def test_parent(path: list[str], last_token: str) -> None:
    """The parent lacks the last token."""
    assert join("", *path) == parent(join("", *path, last_token))


@given(VALUES)
def test_iterate_and_get_agree(value: Json) -> None:
    """Every iterated value is at its pointer, and parents come before children."""
    seen: list[str] = []
    for pointer, child in iterate_values(value):
        assert get_at_pointer(value, pointer) is child
        assert not pointer or parent(pointer) in seen
        seen.append(pointer)
    assert len(seen) == len(set(seen))


@given(VALUES, st.data(), VALUES)
def test_put_then_get(value: Json, data: st.DataObject, new: Json) -> None:
    """The new value is returned, all other values stay, and the input is not changed."""
    before = copy.deepcopy(value)
    pointer = data.draw(
        st.sampled_from([child_pointer for child_pointer, _ in iterate_values(value)])
    )
    changed = put_at_pointer(value, pointer, new)
    assert json_equal(new, get_at_pointer(changed, pointer))
    assert json_equal(before, value)
    for child_pointer, child in iterate_values(value):
        if not (child_pointer + "/").startswith(pointer + "/") and not (pointer + "/").startswith(
            child_pointer + "/"
        ):
            assert get_at_pointer(changed, child_pointer) is child


def test_put_creates_missing_objects() -> None:
    """Missing objects are created."""
    assert put_at_pointer({}, "/a/b", 1) == {"a": {"b": 1}}
    assert put_at_pointer({"a": 3}, "/a/b", 1) == {"a": {"b": 1}}


@pytest.mark.parametrize(
    "pointer", ["/b", "/a/2", "/a/-1", "/a/x", "/a/-", "/a/0/b", "/n/a", "/a/²"]
)
def test_get_missing_value(pointer: str) -> None:
    """A pointer to nothing gives MISSING, which is no JSON value."""
    assert MISSING is get_at_pointer({"a": [1, 2], "n": None}, pointer)


def test_null_is_a_value() -> None:
    """null is a value, and a number may be a key."""
    assert (
        get_at_pointer({"n": None}, "/n"),
        get_at_pointer([1, 2], "/1"),
        get_at_pointer({"0": 5}, "/0"),
    ) == (None, 2, 5)


def test_remove() -> None:
    """One member is removed from a copy."""
    value = {"a": {"b": 1, "c": 2}, "d/e": 3}
    assert remove_at_pointer(value, "/a/b") == {"a": {"c": 2}, "d/e": 3}
    assert remove_at_pointer(value, "/d~1e") == {"a": {"b": 1, "c": 2}}
    assert value == {"a": {"b": 1, "c": 2}, "d/e": 3}


def test_missing_is_a_singleton() -> None:
    """MISSING is one object, also between processes."""
    assert MISSING is pickle.loads(pickle.dumps(MISSING))
    assert repr(MISSING) == "MISSING"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
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
def test_json_equality(left: Json, right: Json, expected: bool) -> None:
    """Values are compared as in JSON: booleans are no numbers, and order counts only in arrays."""
    assert (expected, expected) == (json_equal(left, right), json_equal(right, left))


@given(VALUES)
def test_copy_is_equal(value: Json) -> None:
    """Every value equals its copy."""
    assert json_equal(value, copy.deepcopy(value))
