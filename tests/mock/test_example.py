"""Example values built from schemas."""

from __future__ import annotations

import pytest

from conformance.contract import schema as schemas
from conformance.contract.json import Json
from conformance.mock.example import build_schema_example

DOCUMENT = {"components": {"schemas": {"Name": {"type": "string", "minLength": 3}}}}


@pytest.mark.parametrize(
    "schema",
    [
        {"const": 5},
        {"enum": ["a", "b"]},
        {"type": "string", "minLength": 9},
        {"type": "string", "maxLength": 2},
        {"type": "string", "format": "date-time"},
        {"type": "integer", "minimum": 3},
        {"type": "number", "maximum": -3},
        {"type": ["string", "null"]},
        {"type": "array", "minItems": 2, "items": {"type": "boolean"}},
        {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"$ref": "#/components/schemas/Name"}},
        },
        {
            "allOf": [
                {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}},
                {"required": ["b"]},
            ]
        },
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
    ],
)
def test_examples_are_valid(schema: Json) -> None:
    """An example is valid against its schema."""
    example = build_schema_example(DOCUMENT, schema)
    assert schemas.compile_validator(DOCUMENT, schema).is_valid(example), example
