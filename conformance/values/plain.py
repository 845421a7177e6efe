"""The plainest value that a schema allows: what the mock answers with where nothing was sent."""

from __future__ import annotations

from conformance.contract.json import Json
from conformance.contract.schema import Schema

FORMAT_EXAMPLES = {
    "date-time": "2020-01-01T00:00:00.000Z",
    "date": "2020-01-01",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "email": "someone@example.com",
    "uri": "https://example.com/",
}
MAX_DEPTH = 8


def make_plain_value(schema: Schema) -> Json:
    """Return a small value for a schema, the same each time.

    This is the documented const, default, example or enum value, else a minimal value of the type
    with its required properties. Where that is not valid, it is a drawn one. A schema that allows
    no value, or only endless ones, ends in null.
    """
    return schema.derived.get("plain value", lambda: _make_valid_value(schema))


def _make_valid_value(schema: Schema) -> Json:
    value = sketch_value(schema)
    if schema.is_valid(value):
        return value
    # a slow import (0.3 s) that few documents need
    from conformance.values.valid import ValueMaker

    try:
        return ValueMaker(schema).make("plain")
    except ValueError:
        return value


def sketch_value(schema: Schema, references: tuple[str, ...] = ()) -> Json:
    """Return a small value that may violate rules which a simple reading does not see.

    `references` are the references that led here.
    """
    reference = schema.reference or ""
    if len(references) > MAX_DEPTH or (reference and reference in references):
        return None
    references = (*references, reference)
    node = schema.merged
    for keyword in ("const", "default", "example"):
        if keyword in node:
            return node[keyword]
    for keyword in ("examples", "enum"):
        if node.get(keyword):
            return node[keyword][0]
    for alternative in schema.alternatives:
        if isinstance(alternative.node, dict):
            siblings = {name: node[name] for name in node if name not in ("anyOf", "oneOf")}
            return sketch_value(schema.with_node({**alternative.node, **siblings}), references)
    return _make_value_of_type(schema, references)


def _make_value_of_type(schema: Schema, references: tuple[str, ...]) -> Json:
    node = schema.merged
    match (schema.types or (("object",) if "properties" in node else ()))[:1]:
        case ("object",):
            anything = schema.with_node({})
            return {
                name: sketch_value(schema.properties.get(name, anything), references)
                for name in dict.fromkeys(schema.required)
            }
        case ("array",):
            items = schema.items or schema.with_node({})
            return [sketch_value(items, references) for _ in range(node.get("minItems", 0))]
        case ("integer",) | ("number",):
            return _choose_number(node)
        case ("boolean",):
            return False
        case ("string",):
            if isinstance(node.get("pattern"), str):
                return _make_matching_text(schema.with_node(node))
            return FORMAT_EXAMPLES.get(node.get("format", ""), "text").ljust(
                node.get("minLength", 0), "x"
            )[: node.get("maxLength")]
    return None


def _make_matching_text(schema: Schema) -> Json:
    """Return a valid text of a schema with a pattern, or `text` if none is found."""
    # a slow import (0.3 s) that few documents need
    from conformance.values.valid import ValueMaker

    try:
        return ValueMaker(schema).make("plain")
    except ValueError:
        return "text"


def _choose_number(node: dict[str, Json]) -> Json:
    low = node.get("minimum", node.get("exclusiveMinimum", -1) + 1)
    high = node.get("maximum", node.get("exclusiveMaximum", 1) - 1)
    return low if low > 0 else high if high < 0 else 0
