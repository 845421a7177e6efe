"""Values that break one keyword."""

from __future__ import annotations

import pytest

from conformance.checks.invalid_values import list_invalid_values
from conformance.contract import schema as schemas
from conformance.contract.json import Json

MEMBERS = {
    "type": "array",
    "items": {"type": "string", "pattern": "^[0-9]{4}$"},
    "maxItems": 3,
    "minItems": 2,
}
TAGS = {
    "type": "object",
    "additionalProperties": False,
    "patternProperties": {"^[a-z]{1,9}$": {"type": "string", "maxLength": 4}},
}


@pytest.mark.parametrize(
    ("schema", "keyword", "expected"),
    [
        ({"type": "string"}, "type", [19, ["text"]]),
        ({"type": ["string", "null"]}, "type", [19, ["text"]]),
        ({"type": "integer"}, "type", ["nineteen", True]),
        ({"type": ["integer", "boolean"]}, "type", ["nineteen", None]),
        ({"type": "number"}, "type", ["nineteen", None]),
        ({"type": "boolean"}, "type", ["maybe", 3]),
        ({"type": "array"}, "type", ["text", {"a": 1}]),
        ({"type": "object"}, "type", ["text", [1]]),
        ({"properties": {}}, "type", ["text", [1]]),
        ({"enum": ["a"]}, "enum", ["no-such-value", "description"]),
        ({"const": "a"}, "const", ["no-such-value", "description"]),
        ({"type": "string", "maxLength": 3}, "maxLength", ["xxxx"]),
        ({"type": "string", "pattern": "^[0-9]+$"}, "pattern", ["~", "not what the pattern says"]),
        ({"type": "integer", "minimum": 1}, "minimum", [0]),
        ({"type": "integer", "maximum": 9}, "maximum", [10]),
        ({"type": "string"}, "no-such-keyword", []),
        ({"type": "array", "items": {"enum": ["a"]}}, "items", []),
    ],
)
def test_values(schema: Json, keyword: str, expected: list[Json]) -> None:
    """At most two values, each just outside the keyword."""
    assert expected == list_invalid_values(schema, keyword)


@pytest.mark.parametrize(
    ("schema", "keyword", "broken"),
    [
        (MEMBERS, "items", "pattern"),
        (MEMBERS, "maxItems", "maxItems"),
        (MEMBERS, "minItems", "minItems"),
        (TAGS, "additionalProperties", "additionalProperties"),
        (TAGS, "patternProperties", "maxLength"),
        (
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {"a": {"type": "integer"}},
            },
            "additionalProperties",
            "additionalProperties",
        ),
        ({"type": "array", "items": {"type": "integer"}}, "items", "type"),
        (
            {"type": "array", "items": {"type": "object", "additionalProperties": False}},
            "items",
            "additionalProperties",
        ),
        ({"type": "string", "minLength": 3}, "minLength", "minLength"),
    ],
)
def test_only_the_keyword_is_broken(schema: Json, keyword: str, broken: str) -> None:
    """Each value breaks the keyword, or one inside it, and nothing else."""
    wider = {**schema, "minItems": 0} if keyword == "items" else schema
    found = list_invalid_values(schema, keyword)
    assert found
    for value in found:
        assert {broken} == {
            one.keyword for one in schemas.compile_validator({}, wider).find_violations(value)
        }, value


def test_similar_values_are_left_out() -> None:
    """What the contract calls similar is not tried; the next value takes its place."""
    assert list_invalid_values({"enum": ["a"]}, "enum", ("no-such-value",)) == ["description", 0]


@pytest.mark.parametrize("bound", [1, 2, 7, 30])
def test_length_is_one_off(bound: int) -> None:
    """A text or a list beyond a bound is one beyond it."""
    assert [bound + 1] == [
        len(one) for one in list_invalid_values({"type": "string", "maxLength": bound}, "maxLength")
    ]
    assert [bound + 1] == [
        len(one)
        for one in list_invalid_values(
            {"type": "array", "maxItems": bound, "items": {"type": "boolean"}}, "maxItems"
        )
    ]
