"""A value that fits a schema, for what a mock must fill in and nobody has sent."""

from __future__ import annotations

import re
from functools import lru_cache

from conformance.contract.inferring import laid
from conformance.contract.json import Json
from conformance.contract.operation import merged
from conformance.contract.pointer import MISSING

FORMATS = {
    "date-time": "2020-01-01T00:00:00.000Z",
    "date": "2020-01-01",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "email": "someone@example.com",
    "uri": "https://example.com/",
}


DEEPEST = 8


def sample(document: Json, schema: Json, above: tuple[str, ...] = ()) -> Json:
    """Return a small value for `schema`: what it documents (const, default, example, enum), else
    the least of its type with required parts.

    A schema that needs itself ends in null. `above` are the references that led here.
    """
    reference = str(schema.get("$ref", "")) if isinstance(schema, dict) else ""
    if len(above) > DEEPEST or (reference and reference in above):
        return None
    above = (*above, reference)
    node = flat(document, schema)
    for key in ("const", "default", "example"):
        if key in node:
            return node[key]
    for key in ("examples", "enum"):
        if node.get(key):
            return node[key][0]
    for key in ("anyOf", "oneOf"):
        if node.get(key):
            return sample(
                document,
                {
                    **node[key][0],
                    **{
                        word: value
                        for word, value in node.items()
                        if word not in ("anyOf", "oneOf")
                    },
                },
                above,
            )
    return _plain(document, node, above)


def flat(document: Json, schema: Json) -> Json:
    """Return a schema with its references followed and the parts of `allOf` laid together, one
    level deep.
    """
    node = schema if isinstance(schema, dict) else {}
    seen = set[str]()
    while isinstance(node.get("$ref"), str) and node["$ref"] not in seen:
        seen.add(node["$ref"])
        node = merged(document, node)
        node = node if isinstance(node, dict) else {}
    own, declared = node.get("properties", {}), dict[str, Json]()
    for part in node.get("allOf", ()):
        below = flat(document, part)
        required = [*below.get("required", ()), *node.get("required", ())]
        declared = laid(declared, below.get("properties", {}))
        node = {**below, **node, "required": required, "properties": laid(declared, own)}
    return node


def types(node: Json) -> tuple[str, ...]:
    """Return the types that a schema node lists; none listed is none told."""
    listed = node.get("type", ())
    return (listed,) if isinstance(listed, str) else tuple(listed)


def item_schema(document: Json, schema: Json, way: tuple[str, ...]) -> Json:
    """Return the schema that lies below `schema` on the way of these property names, or MISSING."""
    node = flat(document, schema)
    for name in way:
        below = node.get("properties", {}).get(name, MISSING)
        if below is MISSING:
            return MISSING
        node = flat(document, below)
    return node


def _plain(document: Json, node: Json, above: tuple[str, ...]) -> Json:
    match (types(node) or (("object",) if "properties" in node else ()))[:1]:
        case ("object",):
            return {
                name: sample(document, node.get("properties", {}).get(name, {}), above)
                for name in dict.fromkeys(node.get("required", ()))
            }
        case ("array",):
            return [
                sample(document, node.get("items", {}), above)
                for _ in range(node.get("minItems", 0))
            ]
        case ("integer",) | ("number",):
            return _number(node)
        case ("boolean",):
            return False
        case ("string",):
            if isinstance(node.get("pattern"), str):
                return patterned(node["pattern"])
            return FORMATS.get(node.get("format", ""), "text").ljust(node.get("minLength", 0), "x")[
                : node.get("maxLength")
            ]
    return None


@lru_cache(maxsize=256)
def patterned(pattern: str) -> str:
    """Return a short text that matches a regular expression, `text` for one that Python does not
    understand.
    """
    from hypothesis import Phase, find, settings  # a third of a second, which few documents need
    from hypothesis import strategies as st
    from hypothesis.errors import HypothesisException

    try:
        strategy = st.from_regex(
            re.compile(pattern, re.ASCII),
            alphabet=st.characters(min_codepoint=33, max_codepoint=126),
        )
        return find(
            strategy,
            lambda text: True,
            settings=settings(
                database=None, derandomize=True, phases=[Phase.generate], max_examples=20
            ),
        )
    except (re.error, HypothesisException):
        return "text"


def _number(node: Json) -> Json:
    low, high = (
        node.get("minimum", node.get("exclusiveMinimum", -1) + 1),
        node.get("maximum", node.get("exclusiveMaximum", 1) - 1),
    )
    return low if low > 0 else high if high < 0 else 0
