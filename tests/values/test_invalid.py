"""Invalid values: each violates one keyword and is close to a valid value."""

from __future__ import annotations

import jsonschema_rs
import pytest

from conformance.contract.json import Json
from conformance.contract.schema import Schema
from conformance.values.invalid import list_invalid
from conformance.values.valid import ValueMaker

TAGS_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "patternProperties": {"^[a-z]{1,9}$": {"type": "string", "maxLength": 4}},
}
CASES: list[tuple[Json, str]] = [
    ({"type": "string"}, "type"),
    ({"type": ["string", "null"]}, "type"),
    ({"type": "integer"}, "type"),
    ({"type": ["integer", "boolean"]}, "type"),
    ({"type": "object", "properties": {}}, "type"),
    ({"enum": ["name", "description"]}, "enum"),
    ({"enum": [1, 2]}, "enum"),
    ({"const": "a"}, "const"),
    ({"type": "string", "maxLength": 3}, "maxLength"),
    ({"type": "string", "minLength": 3}, "minLength"),
    ({"type": "string", "pattern": "^[0-9]+$"}, "pattern"),
    ({"type": "string", "pattern": "^.+$"}, "pattern"),
    ({"type": "string", "format": "email", "maxLength": 70}, "maxLength"),
    ({"type": "string", "format": "date"}, "format"),
    ({"type": "string", "format": "uuid"}, "format"),
    ({"type": "integer", "minimum": 1}, "minimum"),
    ({"type": "integer", "multipleOf": 5, "maximum": 20}, "maximum"),
    ({"type": "number", "exclusiveMinimum": 0}, "exclusiveMinimum"),
    ({"type": "integer", "multipleOf": 7}, "multipleOf"),
    ({"type": "array", "minItems": 2, "items": {"type": "string"}}, "minItems"),
    ({"type": "array", "maxItems": 30, "items": {"type": "boolean"}}, "maxItems"),
    (
        {"type": "array", "uniqueItems": True, "maxItems": 12, "items": {"type": "integer"}},
        "maxItems",
    ),
    ({"type": "array", "uniqueItems": True, "items": {"type": "integer"}}, "uniqueItems"),
    ({"type": "array", "minItems": 2, "items": {"type": "string", "maxLength": 3}}, "items"),
    ({"type": "array", "items": {"type": "object", "additionalProperties": False}}, "items"),
    ({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}, "required"),
    ({"type": "object", "properties": {"a": {"type": "integer"}}}, "properties"),
    (TAGS_SCHEMA, "additionalProperties"),
    (TAGS_SCHEMA, "patternProperties"),
    ({"type": "object", "minProperties": 2}, "minProperties"),
    ({"type": "object", "maxProperties": 2}, "maxProperties"),
    ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "anyOf"),
    ({"oneOf": [{"type": "integer"}, {"type": "array"}]}, "oneOf"),
    ({"not": {"type": "string"}}, "not"),
]


@pytest.mark.parametrize(("schema", "keyword"), CASES, ids=str)
def test_only_the_keyword_is_violated(schema: Json, keyword: str) -> None:
    """A value is invalid with the keyword and valid without it if no other depends on it."""
    values = list_invalid(ValueMaker(Schema({}, schema)), keyword, "seed")
    assert values
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    assert not any(validator.is_valid(value) for value in values)
    if keyword not in ("patternProperties", "items"):  # other keywords depend on these
        schema_without_keyword = {key: value for key, value in schema.items() if key != keyword}
        validator_without_keyword = jsonschema_rs.Draft202012Validator(
            schema_without_keyword, validate_formats=True
        )
        assert all(validator_without_keyword.is_valid(value) for value in values)


@pytest.mark.parametrize(
    ("schema", "keyword"),
    [
        ({"type": "string"}, "no-such-keyword"),
        ({"type": "string", "minLength": 0}, "minLength"),
        ({"enum": []}, "enum"),
        ({"type": "integer", "format": "int32"}, "format"),
        ({"type": "string", "pattern": "("}, "pattern"),
    ],
    ids=str,
)
def test_no_invalid_values(schema: Json, keyword: str) -> None:
    """If nothing violates the keyword alone, there are no values."""
    assert list_invalid(ValueMaker(Schema({}, schema)), keyword, "seed") == []


@pytest.mark.parametrize("bound", [1, 2, 7, 30])
def test_lengths_exceed_the_bound_by_one(bound: int) -> None:
    """A text or list that exceeds a bound exceeds it by one."""
    text_schema = {"type": "string", "maxLength": bound}
    array_schema = {"type": "array", "maxItems": bound, "items": {"type": "integer"}}
    values = list_invalid(ValueMaker(Schema({}, text_schema)), "maxLength", "seed")
    values += list_invalid(ValueMaker(Schema({}, array_schema)), "maxItems", "seed")
    assert {len(value) for value in values} == {bound + 1}


def test_members_of_an_enum_are_never_invalid() -> None:
    """A value that the schema allows is never listed as invalid, whatever it looks like."""
    schema = {"enum": ["name", "description", "no-such-value", "namex"]}
    values = list_invalid(ValueMaker(Schema({}, schema)), "enum", "seed", count=8)
    assert values
    assert not set(map(str, values)) & set(schema["enum"])
