"""Generate values that violate one keyword of a schema and, if possible, nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from conformance.checks import generation
from conformance.contract.json import Json

WRONG_TYPE_VALUES: Mapping[str, list[Json]] = {
    "string": [19, ["text"]],
    "integer": ["nineteen", True],
    "number": ["nineteen"],
    "boolean": ["maybe", 3],
    "array": ["text", {"a": 1}],
    "object": ["text", [1]],
}


def list_invalid_values(schema: Json, keyword: str, excluded: tuple[Json, ...] = ()) -> list[Json]:
    """Return up to two values that violate `keyword` of a schema.

    References in the schema must be resolved. Values in `excluded` are not returned.
    """
    values = [value for value in _generate_invalid_values(schema, keyword) if value not in excluded]
    return values[:2]


def _generate_invalid_values(schema: Json, keyword: str) -> Iterator[Json]:
    valid_value: Json = generation.generate_value(generation.build_strategy(schema), keyword)
    match keyword:
        case "type":
            yield from _generate_wrong_types(schema)
        case "enum" | "const":
            yield from ("no-such-value", "description", 0)
        case "minLength":
            yield cast(str, valid_value)[: max(0, schema["minLength"] - 1)]
        case "maxLength":
            yield "x" * (schema["maxLength"] + 1)
        case "pattern":
            yield from ("~", "not what the pattern says")
        case "minItems":
            yield valid_value[: schema["minItems"] - 1]
        case "maxItems":
            yield [
                generation.generate_value(generation.build_strategy(schema["items"]), "member")
            ] * (schema["maxItems"] + 1)
        case "minimum":
            yield schema["minimum"] - 1
        case "maximum":
            yield schema["maximum"] + 1
        case "items":
            yield from ([member] for member in _generate_invalid_members(schema["items"]))
        case "additionalProperties":
            yield {
                **(valid_value if isinstance(valid_value, dict) else {}),
                _make_undeclared_name(schema): "x",
            }
        case "patternProperties":
            child = next(iter(schema["patternProperties"].values()))
            name = next(iter(valid_value))
            yield from ({name: member} for member in _generate_invalid_members(child))
        case _:
            return


def _generate_wrong_types(schema: Json) -> Iterator[Json]:
    schema_type = schema.get("type", "object")
    allowed = schema_type if isinstance(schema_type, list) else [schema_type]
    yield from (
        value
        for value in WRONG_TYPE_VALUES[
            next(type_name for type_name in allowed if type_name != "null")
        ]
        if _get_json_type(value) not in allowed
    )
    if "null" not in allowed:
        yield None


def _get_json_type(value: Json) -> str:
    type_names: dict[type, str] = {
        bool: "boolean",
        int: "integer",
        str: "string",
        list: "array",
        dict: "object",
    }
    return type_names[type(value)]


def _generate_invalid_members(schema: Json) -> Iterator[Json]:
    """Yield values that violate the first keyword of a schema that can be violated alone."""
    for keyword in ("pattern", "maxLength", "additionalProperties", "type"):
        if keyword in schema:
            yield from _generate_invalid_values(schema, keyword)
            return


def _make_undeclared_name(schema: Json) -> str:
    name_patterns = schema.get("patternProperties")
    return "not a tag name!" if name_patterns else "undeclared_property"
