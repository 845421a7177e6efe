"""Example values built from schemas."""

from __future__ import annotations

import pytest

from conformance.contract.json import Json
from conformance.contract.schema import Schema
from conformance.values.plain import make_plain_value

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
    example = make_plain_value(Schema(DOCUMENT, schema))
    assert Schema(DOCUMENT, schema).is_valid(example), example
