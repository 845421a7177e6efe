"""YAML and JSON texts, parsed into values with line numbers."""

from __future__ import annotations

import json
import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from conformance.contract import document as documents
from conformance.contract import pointer as pointers
from conformance.contract.equality import json_equal
from conformance.contract.json import Json

from .toy import get_problems, parse_document


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on", "on"),
        ("off", "off"),
        ("no", "no"),
        ("yes", "yes"),
        ("Y", "Y"),
        ("n", "n"),
        ("2022-01-30", "2022-01-30"),
        ("2022-01-30T17:18:11Z", "2022-01-30T17:18:11Z"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("null", None),
        ("~", None),
        ("12", 12),
        ("-7", -7),
        ("+7", 7),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("0x1f", 31),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("+.Inf", math.inf),
        ("-0x1F", "-0x1F"),
        ("0o8", "0o8"),
        ("0b1", "0b1"),
        (".iNf", ".iNf"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1.", 1.0),
        ("'12'", "12"),
        ('"true"', "true"),
        ("=", "="),
        ("<<", "<<"),
        ("0x", "0x"),
        ("!!str 12", "12"),
        ("!!int '3'", 3),
        ("!!int '0x1F'", 31),
        ("!!float 1", 1.0),
    ],
)
def test_core_schema(text: str, expected: Json) -> None:
    """Scalars follow the core schema of YAML 1.2: dates, `on` and `no` remain text."""
    assert json_equal(expected, parse_document(f"a: {text}").value["a"])


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_not_a_number(text: str) -> None:
    """The names of NaN are numbers, too."""
    assert math.isnan(parse_document(f"a: {text}").value["a"])


@pytest.mark.parametrize("text", ["!!int x", "!!bool maybe", "!!float no", "1" * 5000])
def test_scalars_that_their_tag_does_not_allow(text: str) -> None:
    """A text that is no value of its tag is an error at its position."""
    (problem,) = get_problems(lambda: parse_document(f"a: 1\nb: {text}\n"))
    assert (problem.line, problem.pointer) == (2, "/b")
    assert "cannot be read as" in problem.message


MERGES = "x: &x {b: 1, c: 2}\ny: &y {b: 3, z: 4}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{<<: *x}", {"b": 1, "c": 2}),
        ("{<<: *x, c: 5}", {"b": 1, "c": 5}),
        ("{c: 5, <<: *x}", {"b": 1, "c": 5}),
        ("{<<: [*x, *y]}", {"b": 1, "c": 2, "z": 4}),
        ("{<<: [*y, *x]}", {"b": 3, "c": 2, "z": 4}),
        ("{<<: {d: 6}}", {"d": 6}),
        ("{<<: &m {<<: *x, d: 6}, e: 7}", {"b": 1, "c": 2, "d": 6, "e": 7}),
        ("{<<: []}", {}),
        ('{"<<": 1}', {"<<": 1}),
        ("{'<<': *x}", {"<<": {"b": 1, "c": 2}}),
    ],
)
def test_merge_keys(text: str, expected: Json) -> None:
    """`<<` merges mappings as PyYAML does; own keys win, then earlier mappings of a list."""
    document = parse_document(f"{MERGES}a: {text}")
    assert document.value["a"] == expected
    assert yaml.safe_load(f"{MERGES}a: {text}")["a"] == expected


def test_merged_members_keep_their_lines() -> None:
    """A merged member has the line where it is written."""
    document = parse_document("x: &x\n  b: 1\na:\n  <<: *x\n  c: 2\n")
    assert (document.positions["/a/b"][1], document.positions["/a/c"][1]) == (2, 5)


@pytest.mark.parametrize("text", ["1", "[1]", "~", "text", "[*x, 1]"])
def test_merge_of_something_else(text: str) -> None:
    """A merge of what is no mapping is an error at the key."""
    (problem,) = get_problems(lambda: parse_document(f"x: &x {{}}\na:\n  <<: {text}\n"))
    assert (problem.line, problem.pointer) == (3, "/a")


def test_merges_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Merges of merges end at the limit, before they take for ever."""
    monkeypatch.setattr(documents, "MAX_VALUES", 1000)
    bomb = "a0: &a0 {x: 1}\n" + "".join(
        f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 30)
    )
    (problem,) = get_problems(lambda: parse_document(bomb, "bomb.yaml"))
    assert problem.message == "more than 1000 values (aliases of aliases?)"


def test_keys_are_text() -> None:
    """Keys are the text as written, also for statuses and booleans."""
    assert parse_document("200: 1\ntrue: 2\non: 3\nnull: 4\n").value == {
        "200": 1,
        "true": 2,
        "on": 3,
        "null": 4,
    }


@pytest.mark.parametrize(
    ("text", "line", "pointer"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "/"),
        ("x:\n  a: 1\n  a: 1\n", 3, "/x"),
        ('{"a": 1,\n "a": 2}', 2, "/"),
        ("- 1\n- a: 1\n  a: 2\n", 3, "/1"),
        ("1: a\n'1': b\n", 2, "/"),
    ],
)
def test_duplicate_keys(text: str, line: int, pointer: str) -> None:
    """A duplicate key is an error at its second occurrence."""
    (problem,) = get_problems(lambda: parse_document(text, "f.yaml"))
    assert ("f.yaml", line, pointer) == (problem.file, problem.line, problem.pointer)
    assert "is given twice" in problem.message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: [1, 2\n", 3),
        ("a: b: c\n", 1),
        ("a: 1\n\tb: 2\n", 2),
        ("a: *nowhere\n", 1),
        ("'a\n", 2),
        ("a: 1\n---\nb: 2\n", 2),
    ],
)
def test_invalid_yaml(text: str, line: int) -> None:
    """Invalid YAML is an error with its line and a hint."""
    (problem,) = get_problems(lambda: parse_document(text, "f.yaml"))
    assert ("f.yaml", line) == (problem.file, problem.line)
    assert problem.message.startswith("not valid YAML: ")
    assert problem.hint is not None


@pytest.mark.parametrize("text", ["", "\n# only a comment\n"])
def test_empty_text(text: str) -> None:
    """An empty file is an error."""
    assert get_problems(lambda: parse_document(text))[0].message == "the file is empty"


def test_control_character() -> None:
    """A control character is an error, not a crash."""
    assert get_problems(lambda: parse_document("a: \x07"))[0].message.startswith("not valid YAML")


@pytest.mark.parametrize("tag", ["!custom x", "!!binary eA==", "!!timestamp 2022-01-01"])
def test_unknown_tags(tag: str) -> None:
    """An unknown tag is an error at its position."""
    (problem,) = get_problems(lambda: parse_document(f"a: 1\nb: {tag}\n"))
    assert (problem.line, problem.pointer) == (2, "/b")


def test_key_must_be_text() -> None:
    """A key that is not plain text is an error."""
    assert (
        get_problems(lambda: parse_document("? [a]\n: 1\n"))[0].message
        == "a key must be plain text"
    )


def test_alias_bombs_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nested aliases end at the limit, before they fill the memory."""
    monkeypatch.setattr(documents, "MAX_VALUES", 1000)
    bomb = "a0: &a0 [x, x, x]\n" + "".join(
        f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 30)
    )
    (problem,) = get_problems(lambda: parse_document(bomb, "bomb.yaml"))
    assert (problem.file, problem.message) == (
        "bomb.yaml",
        "more than 1000 values (aliases of aliases?)",
    )


def test_aliases_are_copies() -> None:
    """An alias is a copy of the value that it names.

    The content keeps the lines where it was written.
    """
    document = parse_document("a: &x\n  b: 1\nc: *x\n")
    assert document.value == {"a": {"b": 1}, "c": {"b": 1}}
    assert (document.positions["/c/b"][1], document.positions["/c"][1]) == (2, 3)


def test_line_numbers() -> None:
    """Each value has the line of its key, in flow style too."""
    text = "a: 1\nb:\n  c: [x,\n    y]\n  d: {e: 1,\n    f: 2}\ng: >-\n  long\n"
    expected = {
        "/a": 1,
        "/b": 2,
        "/b/c": 3,
        "/b/c/0": 3,
        "/b/c/1": 4,
        "/b/d": 5,
        "/b/d/e": 5,
        "/b/d/f": 6,
        "/g": 7,
    }
    assert expected == {
        pointer: line for pointer, (_, line) in parse_document(text).positions.items() if pointer
    }


def test_line_numbers_of_json() -> None:
    """JSON is parsed with line numbers as well."""
    document = parse_document(
        '{\n  "a": {\n    "b/c": [\n      1,\n      2\n    ]\n  }\n}\n', "x.json"
    )
    assert document.value == {"a": {"b/c": [1, 2]}}
    assert {pointer: line for pointer, (_, line) in document.positions.items() if pointer} == {
        "/a": 2,
        "/a/b~1c": 3,
        "/a/b~1c/0": 4,
        "/a/b~1c/1": 5,
    }


TEXTS = st.text(st.characters(exclude_categories=("C",)))
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
)


@given(JSON_VALUES, st.sampled_from([None, 1]))
def test_json_round_trip(value: Json, indent: int | None) -> None:
    """Serialized JSON is parsed into the same value, and every value has a position."""
    document = parse_document(json.dumps(value, ensure_ascii=False, indent=indent))
    assert json_equal(value, document.value)
    assert {pointer for pointer, _ in pointers.iterate_values(value)} == set(document.positions)


def test_position_of_nearest_ancestor() -> None:
    """A value without a position has the position of its nearest ancestor."""
    document = parse_document("a:\n  b: 1\n")
    assert document.position_of("/a/b/c/d") == ("toy.yaml", 2)
    assert document.position_of("/nowhere") == ("toy.yaml", 1)


def test_problem_text() -> None:
    """A problem shows file, line, pointer and hint."""
    assert (
        str(parse_document("a:\n  b: 1\n").problem_at("wrong", "/a/b", "write it right"))
        == "toy.yaml:2: wrong (at /a/b)\n  hint: write it right"
    )


def test_with_value() -> None:
    """A document with another value keeps its positions and accepts further ones."""
    document = parse_document("a: 1\n").with_value({"b": 2}, {"/b": ("other.yaml", 7)})
    assert (document.value, document.position_of("/b"), document.position_of("/a")) == (
        {"b": 2},
        ("other.yaml", 7),
        ("toy.yaml", 1),
    )
