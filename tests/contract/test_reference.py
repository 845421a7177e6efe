"""References within a contract's folder."""

from __future__ import annotations

import pytest

from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.contract.reference import bundle_referenced_files, resolve_reference
from conformance.contract.schema import Schema

from .toy import get_problems, parse_document

FILES = {
    "other.yaml": "a: {b: 1}\nback: {$ref: 'main.yaml#/x'}\n",
    "sub/deep.yaml": (
        "one: {$ref: '#/three'}\ntwo: {$ref: '#/three'}\nthree: {$ref: sibling.yaml}\n"
    ),
    "sub/sibling.yaml": "n: 1\n",
    "main.yaml": "x: {y: 1}\n",
    "loop.yaml": "a: {$ref: 'pool.yaml#/b'}\n",
    "pool.yaml": "b: {$ref: 'loop.yaml#/a'}\n",
}


def bundle(text: str) -> Document:
    """Return a document with its referenced files bundled."""
    return bundle_referenced_files(
        parse_document(text, "main.yaml"), lambda path: parse_document(FILES[path], path)
    )


def resolve_top_level_reference(document: Document, pointer: str) -> Json:
    """Return the value that the reference at a top-level key resolves to."""
    return resolve_reference(document.value, document.value[pointer], f"/{pointer}")[0]


def test_internal_references() -> None:
    """A document that needs no other file is unchanged."""
    document = parse_document("a: {$ref: '#/b'}\nb: {$ref: '#/c'}\nc: 3\n")
    assert document.value == bundle_referenced_files(document, lambda path: document).value
    assert resolve_reference(document.value, document.value["a"], "/a") == (3, "/c")


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("other.yaml#/a", {"b": 1}),
        ("./other.yaml#/a", {"b": 1}),
        ("sub/deep.yaml#/two", {"n": 1}),
        ("main.yaml#/x", {"y": 1}),
        ("other.yaml#/back", {"y": 1}),
    ],
)
def test_references_to_files(reference: str, expected: Json) -> None:
    """References to other files of the folder, and from those files onwards, resolve within the one
    document.
    """
    assert expected == resolve_top_level_reference(
        bundle(f"r: {{$ref: '{reference}'}}\nx: {{y: 1}}\n"), "r"
    )


def test_line_numbers_of_other_files() -> None:
    """A value from another file keeps that file's name and line."""
    assert bundle("r: {$ref: 'other.yaml#/a'}\n").position_of("/x-files/other.yaml/back") == (
        "other.yaml",
        2,
    )


@pytest.mark.parametrize(
    "reference",
    [
        "../outside.yaml",
        "sub/../../outside.yaml",
        "/etc/passwd",
        "http://example.com/a.yaml",
        "https://example.com/a.yaml#/x",
        "file:///etc/passwd",
    ],
)
def test_references_outside(reference: str) -> None:
    """A reference that leaves the folder, or is a network address, is refused at its line.

    No file is read.
    """
    (problem,) = get_problems(
        lambda: bundle_referenced_files(
            parse_document(f"a: 1\nr: {{$ref: '{reference}'}}\n", "main.yaml"),
            lambda path: pytest.fail(f"{path} was read"),
        )
    )
    assert (problem.file, problem.line, problem.pointer) == ("main.yaml", 2, "/r")
    assert "leaves the contract's folder" in problem.message


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: 1\nr: {$ref: '#/nowhere'}\n", 2), ("r: {$ref: 'other.yaml#/nowhere'}\n", 1)],
)
def test_dangling_references(text: str, line: int) -> None:
    """A dangling reference is an error at its line."""
    (problem,) = get_problems(lambda: bundle(text))
    assert ("main.yaml", line, "/r") == (problem.file, problem.line, problem.pointer)
    assert problem.message.startswith("nothing stands at #/")


def test_all_dangling_references_are_reported() -> None:
    """Several errors are reported together."""
    assert len(get_problems(lambda: bundle("a: {$ref: '#/x'}\nb: {$ref: '#/y'}\n"))) == 2


@pytest.mark.parametrize(
    "text",
    ["a: {$ref: '#/a'}\n", "a: {$ref: '#/b'}\nb: {$ref: '#/a'}\n", "a: {$ref: 'loop.yaml#/a'}\n"],
)
def test_cyclic_references_terminate(text: str) -> None:
    """Cyclic references do not hang."""
    document = bundle(text)
    assert isinstance(resolve_top_level_reference(document, "a"), dict)
    assert Schema(document.value, document.value["a"]).merged == {}


def test_resolve_missing_target() -> None:
    """A dangling reference resolves to MISSING, a node without a reference to itself."""
    assert resolve_reference({}, {"$ref": "#/b"}, "/a") == (MISSING, "/b")
    assert resolve_reference({}, {"x": 1}, "/a") == ({"x": 1}, "/a")


@pytest.mark.parametrize(
    "text",
    [
        "{example: {$ref: 'nowhere.yaml'}}",
        "{schema: {default: {$ref: '#/nowhere'}, enum: [{$ref: '#/nowhere'}]}}",
        "{schema: {examples: [{$ref: 'nowhere.yaml'}], const: {$ref: nowhere.yaml}}}",
        "{examples: {a: {value: {$ref: 'nowhere.yaml'}}}}",
        "{properties: {$ref: {type: string}}}",
    ],
)
def test_data_that_looks_like_a_reference(text: str) -> None:
    """What stands in examples, defaults and lists of values is data, whatever its names."""
    assert bundle(text).value == parse_document(text).value


@pytest.mark.parametrize(
    "text",
    [
        "{responses: {default: {$ref: '#/nowhere'}}}",
        "{properties: {default: {$ref: '#/nowhere'}, example: {type: string}}}",
        "{schemas: {const: {$ref: '#/nowhere'}}}",
        "{examples: {value: {$ref: '#/nowhere'}}}",
        "{properties: {properties: {properties: {enum: {$ref: '#/nowhere'}}}}}",
    ],
)
def test_names_that_look_like_keywords(text: str) -> None:
    """A property, a schema, an example or a status may have the name of a keyword."""
    (problem,) = get_problems(lambda: bundle(text))
    assert problem.message == "nothing stands at #/nowhere"


def test_references_to_files_may_be_percent_encoded() -> None:
    """A reference is a URI: braces and blanks in the names of files may be encoded."""
    files = {"paths/{id}/a b.yaml": "x: {$ref: '../c.yaml#/n'}", "paths/c.yaml": "n: 1"}
    for reference in ("paths/%7Bid%7D/a%20b.yaml", "paths/{id}/a b.yaml"):
        document = bundle_referenced_files(
            parse_document(f"a: {{$ref: '{reference}'}}", "main.yaml"),
            lambda path: parse_document(files[path], path),
        )
        assert resolve_top_level_reference(document, "a") == {
            "x": {"$ref": "#/x-files/paths~1c.yaml/n"}
        }
