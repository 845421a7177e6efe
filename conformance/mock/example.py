"""Generation of minimal values that fit a schema.

The mock uses them for values that no request has sent.
"""

from __future__ import annotations

from functools import lru_cache

from conformance.contract.json import Json
from conformance.contract.merging import list_schema_types, merge_schema

FORMAT_EXAMPLES = {
    "date-time": "2020-01-01T00:00:00.000Z",
    "date": "2020-01-01",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "email": "someone@example.com",
    "uri": "https://example.com/",
}


MAX_DEPTH = 8


def build_schema_example(document: Json, schema: Json, references: tuple[str, ...] = ()) -> Json:
    """Return a small value for `schema`.

    This is the documented const, default, example or enum value, else a minimal value of the type
    with its required properties. `references` are the references that led here. A schema that
    requires itself ends in null.
    """
    reference = str(schema.get("$ref", "")) if isinstance(schema, dict) else ""
    if len(references) > MAX_DEPTH or (reference and reference in references):
        return None
    references = (*references, reference)
    node = merge_schema(document, schema)
    for keyword in ("const", "default", "example"):
        if keyword in node:
            return node[keyword]
    for keyword in ("examples", "enum"):
        if node.get(keyword):
            return node[keyword][0]
    for keyword in ("anyOf", "oneOf"):
        if node.get(keyword):
            return build_schema_example(
                document,
                {
                    **node[keyword][0],
                    **{
                        name: value
                        for name, value in node.items()
                        if name not in ("anyOf", "oneOf")
                    },
                },
                references,
            )
    return _build_minimal_schema_example(document, node, references)


def _build_minimal_schema_example(document: Json, node: Json, references: tuple[str, ...]) -> Json:
    match (list_schema_types(node) or (("object",) if "properties" in node else ()))[:1]:
        case ("object",):
            return {
                name: build_schema_example(
                    document, node.get("properties", {}).get(name, {}), references
                )
                for name in dict.fromkeys(node.get("required", ()))
            }
        case ("array",):
            return [
                build_schema_example(document, node.get("items", {}), references)
                for _ in range(node.get("minItems", 0))
            ]
        case ("integer",) | ("number",):
            return _choose_number(node)
        case ("boolean",):
            return False
        case ("string",):
            if isinstance(node.get("pattern"), str):
                return generate_text_matching_pattern(node["pattern"])
            return FORMAT_EXAMPLES.get(node.get("format", ""), "text").ljust(
                node.get("minLength", 0), "x"
            )[: node.get("maxLength")]
    return None


@lru_cache(maxsize=256)
def generate_text_matching_pattern(pattern: str) -> str:
    """Return a short text that matches a regular expression.

    Returns `text` if no such text was found.
    """
    # a slow import (0.3 s) that few documents need
    from conformance.values.sampling import draw
    from conformance.values.valid import build_pattern_strategy

    try:
        return draw(build_pattern_strategy(pattern), pattern)
    except ValueError:
        return "text"


def _choose_number(node: Json) -> Json:
    low, high = (
        node.get("minimum", node.get("exclusiveMinimum", -1) + 1),
        node.get("maximum", node.get("exclusiveMaximum", 1) - 1),
    )
    return low if low > 0 else high if high < 0 else 0
