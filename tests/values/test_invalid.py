"""Invalid values: each violates one keyword, and is near to what is valid."""

from __future__ import annotations

import jsonschema_rs
import pytest

from conformance.contract.json import Json
from conformance.values.invalid import list_invalid
from conformance.values.valid import ValueMaker

TAGS = {
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
    (TAGS, "additionalProperties"),
    (TAGS, "patternProperties"),
    ({"type": "object", "minProperties": 2}, "minProperties"),
    ({"type": "object", "maxProperties": 2}, "maxProperties"),
    ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "anyOf"),
    ({"oneOf": [{"type": "integer"}, {"type": "array"}]}, "oneOf"),
    ({"not": {"type": "string"}}, "not"),
]


@pytest.mark.parametrize(("schema", "keyword"), CASES, ids=str)
def test_only_the_keyword_is_violated(schema: Json, keyword: str) -> None:
    """Invalid with the keyword and, where it stands alone, valid without it."""
    values = list_invalid(ValueMaker({}, schema), keyword, "seed")
    assert values
    strict = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    assert not any(strict.is_valid(value) for value in values)
    if keyword not in ("patternProperties", "items"):  # others speak of what they have left
        loose = {key: value for key, value in schema.items() if key != keyword}
        lenient = jsonschema_rs.Draft202012Validator(loose, validate_formats=True)
        assert all(lenient.is_valid(value) for value in values)


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
def test_nothing_is_made_up(schema: Json, keyword: str) -> None:
    """Where nothing violates the keyword alone, there is no value."""
    assert list_invalid(ValueMaker({}, schema), keyword, "seed") == []


@pytest.mark.parametrize("bound", [1, 2, 7, 30])
def test_lengths_are_one_off(bound: int) -> None:
    """A text or a list beyond a bound is one beyond it."""
    text = {"type": "string", "maxLength": bound}
    numbers = {"type": "array", "maxItems": bound, "items": {"type": "integer"}}
    values = list_invalid(ValueMaker({}, text), "maxLength", "seed")
    values += list_invalid(ValueMaker({}, numbers), "maxItems", "seed")
    assert {len(value) for value in values} == {bound + 1}


def test_members_of_an_enum_are_never_tried() -> None:
    """A value that a schema allows is not taken for an invalid one, whatever it looks like."""
    schema = {"enum": ["name", "description", "no-such-value", "namex"]}
    values = list_invalid(ValueMaker({}, schema), "enum", "seed", count=8)
    assert values
    assert not set(map(str, values)) & set(schema["enum"])
