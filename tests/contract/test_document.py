"""YAML and JSON texts as values that remember their lines."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.contract import document as documents
from conformance.contract import pointer as pointers
from conformance.contract.equality import json_equal
from conformance.contract.json import Json

from .toy import problems, read


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
    ],
)
def test_core_schema(text: str, expected: Json) -> None:
    """Scalars are those of YAML 1.2's core schema: dates, `on` and `no` stay text."""
    assert json_equal(expected, read(f"a: {text}").value["a"])


def test_keys_are_text() -> None:
    """Keys are text as written, statuses and booleans too."""
    assert read("200: 1\ntrue: 2\non: 3\nnull: 4\n").value == {
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
    """A key given twice is refused where it is given the second time."""
    (problem,) = problems(lambda: read(text, "f.yaml"))
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
def test_broken_text(text: str, line: int) -> None:
    """What is no YAML is refused, at its line, with a hint."""
    (problem,) = problems(lambda: read(text, "f.yaml"))
    assert ("f.yaml", line) == (problem.file, problem.line)
    assert problem.message.startswith("not valid YAML: ")
    assert problem.hint is not None


@pytest.mark.parametrize("text", ["", "\n# only a comment\n"])
def test_empty_text(text: str) -> None:
    """An empty file is refused."""
    assert problems(lambda: read(text))[0].message == "the file is empty"


def test_characters_that_yaml_does_not_have() -> None:
    """A control character is refused, not crashed on."""
    assert problems(lambda: read("a: \x07"))[0].message.startswith("not valid YAML")


@pytest.mark.parametrize("tag", ["!custom x", "!!binary eA==", "!!timestamp 2022-01-01"])
def test_unknown_tags(tag: str) -> None:
    """A tag without a meaning here is refused at its place."""
    (problem,) = problems(lambda: read(f"a: 1\nb: {tag}\n"))
    assert (problem.line, problem.pointer) == (2, "/b")


def test_key_that_is_no_text() -> None:
    """A key is plain text."""
    assert problems(lambda: read("? [a]\n: 1\n"))[0].message == "a key must be plain text"


def test_alias_bombs_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Aliases of aliases end at the limit, instead of in all memory."""
    monkeypatch.setattr(documents, "MAX_VALUES", 1000)
    bomb = "a0: &a0 [x, x, x]\n" + "".join(
        f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 30)
    )
    (problem,) = problems(lambda: read(bomb, "bomb.yaml"))
    assert (problem.file, problem.message) == (
        "bomb.yaml",
        "more than 1000 values (aliases of aliases?)",
    )


def test_aliases_are_copies() -> None:
    """An alias is the value that it names, at the line where that was written."""
    document = read("a: &x\n  b: 1\nc: *x\n")
    assert document.value == {"a": {"b": 1}, "c": {"b": 1}}
    assert (document.positions["/c/b"][1], document.positions["/c"][1]) == (2, 3)


def test_lines() -> None:
    """Each value has the line on which its key stands, in flow style too."""
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
        pointer: line for pointer, (_, line) in read(text).positions.items() if pointer
    }


def test_lines_of_json() -> None:
    """JSON is read with its lines as well."""
    document = read('{\n  "a": {\n    "b/c": [\n      1,\n      2\n    ]\n  }\n}\n', "x.json")
    assert document.value == {"a": {"b/c": [1, 2]}}
    assert {pointer: line for pointer, (_, line) in document.positions.items() if pointer} == {
        "/a": 2,
        "/a/b~1c": 3,
        "/a/b~1c/0": 4,
        "/a/b~1c/1": 5,
    }


TEXTS = st.text(st.characters(exclude_categories=("C",)))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
)


@given(JSON, st.sampled_from([None, 1]))
def test_json_is_read_as_json(value: Json, indent: int | None) -> None:
    """What JSON writes is read as the same value, and every value has a place."""
    document = read(json.dumps(value, ensure_ascii=False, indent=indent))
    assert json_equal(value, document.value)
    assert {pointer for pointer, _ in pointers.iterate_values(value)} == set(document.positions)


def test_place_of_what_has_none() -> None:
    """A value without a place has that of the nearest one above it."""
    document = read("a:\n  b: 1\n")
    assert document.position_of("/a/b/c/d") == ("toy.yaml", 2)
    assert document.position_of("/nowhere") == ("toy.yaml", 1)


def test_problem_has_its_place() -> None:
    """A problem says file, line, pointer and hint."""
    assert (
        str(read("a:\n  b: 1\n").problem_at("wrong", "/a/b", "write it right"))
        == "toy.yaml:2: wrong (at /a/b)\n  hint: write it right"
    )


def test_with_value() -> None:
    """A document with another value keeps its places and takes further ones."""
    document = read("a: 1\n").with_value({"b": 2}, {"/b": ("other.yaml", 7)})
    assert (document.value, document.position_of("/b"), document.position_of("/a")) == (
        {"b": 2},
        ("other.yaml", 7),
        ("toy.yaml", 1),
    )
