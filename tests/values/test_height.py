"""Schemas that refer to themselves: values end wherever one can."""

from __future__ import annotations

import jsonschema
import pytest

from conformance.contract.json import Json
from conformance.contract.schema import Schema
from conformance.docs.reference import describe_schema_type
from conformance.values.height import HeightMeter
from conformance.values.plain import make_plain_value
from conformance.values.valid import ValueMaker


def refer(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def require(**properties: Json) -> Json:
    return {"type": "object", "required": [*properties], "properties": properties}


SCHEMAS: dict[str, Json] = {
    "Tree": {"type": "object", "properties": {"left": refer("Tree"), "right": refer("Tree")}},
    "List": {"type": "array", "items": refer("List")},
    "Map": {"type": "object", "additionalProperties": refer("Map")},
    "Union": {
        "oneOf": [{"type": "array", "minItems": 1, "items": refer("Union")}, {"type": "null"}]
    },
    "First": require(second=refer("Second")),
    "Second": {"oneOf": [refer("First"), {"type": "array", "items": refer("Second")}]},
    "Optional": {"type": "object", "properties": {"endless": refer("Endless"), "a": {"const": 1}}},
    "Holder": {"type": "array", "items": refer("Endless")},
    "Choice": {"anyOf": [refer("Endless"), {"type": "string"}]},
    "Child": {"allOf": [refer("Base"), {"properties": {"child": refer("Child")}}]},
    "Base": {"type": "object", "properties": {"of": {"anyOf": [refer("Child"), {"type": "null"}]}}},
    "Nullable": {
        "type": ["object", "null"],
        "required": ["next"],
        "properties": {"next": refer("Nullable")},
    },
    "Endless": require(endless=refer("Endless")),
    "EndlessList": {"type": "array", "minItems": 1, "items": refer("EndlessList")},
    "EndlessPair": require(other=require(back=refer("EndlessPair"))),
    "EndlessUnion": {"oneOf": [refer("Endless"), refer("EndlessUnion")]},
}
DOCUMENT: Json = {"components": {"schemas": SCHEMAS}}
ENDLESS = [name for name in SCHEMAS if name.startswith("Endless")]


@pytest.mark.parametrize("name", [name for name in SCHEMAS if name not in ENDLESS])
def test_values_of_recursive_schemas_end(name: str) -> None:
    """A plain value and drawn ones are valid, by another validator, and not deep."""
    schema = Schema(DOCUMENT, refer(name))
    judge = jsonschema.Draft202012Validator({**refer(name), **DOCUMENT})
    for value in [make_plain_value(schema), *ValueMaker(schema).make_many("seed", 5)]:
        assert [*judge.iter_errors(value)] == []
        assert measure_depth(value) < 10


def measure_depth(value: Json) -> int:
    children = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    )
    return 1 + max(map(measure_depth, children), default=0)


@pytest.mark.parametrize("name", ENDLESS)
def test_endless_schemas_are_recognized(name: str) -> None:
    """Where each value has to hold another one of its kind, none is made, and nothing crashes."""
    schema = Schema(DOCUMENT, refer(name))
    assert HeightMeter(schema).is_endless(refer(name))
    with pytest.raises(ValueError, match="no value ends"):
        ValueMaker(schema).make("seed")
    make_plain_value(schema)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("List", "list of List"),
        ("Union", "list of Union or null"),
        ("Second", "object or list of Second"),
        ("Holder", "list of object"),
    ],
)
def test_recursive_types_have_words(name: str, words: str) -> None:
    """The reference names a type where it comes again."""
    assert describe_schema_type(Schema(DOCUMENT, refer(name))) == words
