"""Validation against schemas of a document."""

from __future__ import annotations

import pytest

from conformance.contract.json import Json
from conformance.contract.schema import Schema, SchemaViolation

DOCUMENT = {
    "components": {
        "schemas": {
            "Id": {"type": "string", "pattern": "^[0-9]{2}$"},
            "Tree": {
                "type": "object",
                "properties": {"child": {"$ref": "#/components/schemas/Tree"}},
            },
        }
    },
    "x-files": {"a.yaml": {"type": "integer"}},
}


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"type": "integer"}, 1, True),
        ({"type": "integer"}, True, False),
        ({"type": "integer"}, 1.5, False),
        ({"type": "number"}, True, False),
        ({"type": "boolean"}, 1, False),
        ({"const": 1}, True, False),
        ({"type": "string", "format": "date-time"}, "2022-01-30T17:18:11.911Z", True),
        ({"type": "string", "format": "date-time"}, "2022-01-30", False),
        ({"type": "string", "format": "uuid"}, "no", False),
        ({"$ref": "#/components/schemas/Id"}, "12", True),
        ({"$ref": "#/components/schemas/Id"}, "1", False),
        ({"$ref": "#/components/schemas/Id", "maxLength": 1}, "12", False),
        ({"$ref": "#/components/schemas/Tree"}, {"child": {"child": {}}}, True),
        ({"$ref": "#/components/schemas/Tree"}, {"child": {"child": 1}}, False),
        ({"$ref": "#/x-files/a.yaml"}, 3, True),
        ({"$ref": "#/x-files/a.yaml"}, "3", False),
        ({"type": "string", "minLength": 2}, "😀", False),
        ({}, None, True),
        (
            {
                "if": {"properties": {"a": {"const": True}}, "required": ["a"]},
                "then": {"required": ["b"]},
            },
            {"a": True},
            False,
        ),
        ({"x-source": {"enum": "A"}, "x-refused": ["type"]}, 1, True),
    ],
)
def test_validity(schema: Json, value: Json, expected: bool) -> None:
    """Values are validated as in JSON Schema 2020-12.

    Formats are asserted, booleans are no integers, and references are resolved.
    """
    validator = Schema(DOCUMENT, schema).compile()
    assert (expected, expected) == (
        validator.is_valid(value),
        not list(validator.find_violations(value)),
    )


def test_violation_fields() -> None:
    """A violation has the pointer in the value, the keyword, and the pointer in the schema."""
    (violation,) = (
        Schema(DOCUMENT, {"properties": {"a/b": {"items": {"maxLength": 1}}}})
        .compile()
        .find_violations({"a/b": ["x", "yy"]})
    )
    assert (
        SchemaViolation(
            pointer="/a~1b/1",
            keyword="maxLength",
            schema_pointer=violation.schema_pointer,
            message=violation.message,
        )
        == violation
    )
    assert violation.schema_pointer.endswith("/properties/a~1b/items/maxLength")


def test_all_violations_are_reported() -> None:
    """Each error is a separate violation."""
    violations = (
        Schema({}, {"required": ["a"], "properties": {"b": {"type": "string"}}})
        .compile()
        .find_violations({"b": 1})
    )
    assert {("", "required"), ("/b", "type")} == {
        (violation.pointer, violation.keyword) for violation in violations
    }


def test_messages_are_bounded() -> None:
    """The message about a large value is truncated."""
    assert [
        len(violation.message) <= 500
        for violation in Schema({}, {"type": "integer"}).compile().find_violations("x" * 9000)
    ] == [True]
