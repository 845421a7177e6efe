"""Values that break one keyword of a schema, and if possible nothing else of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from conformance.checks import drawing
from conformance.contract.json import Json

WRONG: Mapping[str, list[Json]] = {
    "string": [19, ["text"]],
    "integer": ["nineteen", True],
    "number": ["nineteen"],
    "boolean": ["maybe", 3],
    "array": ["text", {"a": 1}],
    "object": ["text", [1]],
}


def violations(schema: Json, keyword: str, similar: tuple[Json, ...] = ()) -> list[Json]:
    """Return values that break `keyword` of a schema (references in it resolved), none of them in
    `similar`.
    """
    found = [value for value in _violations(schema, keyword) if value not in similar]
    return found[:2]


def _violations(schema: Json, keyword: str) -> Iterator[Json]:
    valid: Json = drawing.draw(drawing.value(schema), keyword)
    match keyword:
        case "type":
            yield from _wrong_types(schema)
        case "enum" | "const":
            yield from ("no-such-value", "description", 0)
        case "minLength":
            yield cast(str, valid)[: max(0, schema["minLength"] - 1)]
        case "maxLength":
            yield "x" * (schema["maxLength"] + 1)
        case "pattern":
            yield from ("~", "not what the pattern says")
        case "minItems":
            yield valid[: schema["minItems"] - 1]
        case "maxItems":
            yield [drawing.draw(drawing.value(schema["items"]), "member")] * (
                schema["maxItems"] + 1
            )
        case "minimum":
            yield schema["minimum"] - 1
        case "maximum":
            yield schema["maximum"] + 1
        case "items":
            yield from ([member] for member in _broken(schema["items"]))
        case "additionalProperties":
            yield {**(valid if isinstance(valid, dict) else {}), _undeclared(schema): "x"}
        case "patternProperties":
            child = next(iter(schema["patternProperties"].values()))
            name = next(iter(valid))
            yield from ({name: member} for member in _broken(child))
        case _:
            return


def _wrong_types(schema: Json) -> Iterator[Json]:
    kinds = schema.get("type", "object")
    allowed = kinds if isinstance(kinds, list) else [kinds]
    yield from (
        value
        for value in WRONG[next(kind for kind in allowed if kind != "null")]
        if _kind(value) not in allowed
    )
    if "null" not in allowed:
        yield None


def _kind(value: Json) -> str:
    names: dict[type, str] = {
        bool: "boolean",
        int: "integer",
        str: "string",
        list: "array",
        dict: "object",
    }
    return names[type(value)]


def _broken(schema: Json) -> Iterator[Json]:
    """Yield members that break a schema somewhere: in its type, and in the first keyword that can
    be broken alone.
    """
    for keyword in ("pattern", "maxLength", "additionalProperties", "type"):
        if keyword in schema:
            yield from _violations(schema, keyword)
            return


def _undeclared(schema: Json) -> str:
    names = schema.get("patternProperties")
    return "not a tag name!" if names else "undeclared_property"
