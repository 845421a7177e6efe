"""Schemas whose references and `allOf` are merged into one node, as far as JSON Schema allows.

A merged node says what all its parts say together. Where two keywords cannot be expressed as one
(two patterns, two `anyOf`), the first stands in the node and the rest stays in `allOf`; a validator
of the original schema has the last word.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from conformance.contract.equality import json_equal
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING, get_at_pointer

TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")
_NEVER: Json = {"not": {}}
_LARGEST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains")
_SMALLEST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains")
_OF_NAMES = ("properties", "patternProperties", "dependentSchemas", "$defs")


def merge_schema(document: Json, node: Json) -> dict[str, Json]:
    """Return a schema as one node without `$ref`, its siblings kept, and without `allOf`.

    Boolean schemas become `{}` and `{"not": {}}`. References that lead in a circle are ignored.
    """
    return _merge_schema(document, node, frozenset())


def _merge_schema(document: Json, node: Json, visited: frozenset[str]) -> dict[str, Json]:
    if not isinstance(node, dict):
        return {} if node is not False else dict(_NEVER)
    merged: dict[str, Json] = {}
    reference = node.get("$ref")
    if isinstance(reference, str) and reference not in visited:
        target = get_at_pointer(document, unquote(reference.removeprefix("#")))
        if target is not MISSING:
            merged = _merge_schema(document, target, visited | {reference})
    residual: list[Json] = []
    for part in node.get("allOf", ()) if isinstance(node.get("allOf"), list) else ():
        merged = merge_two_schemas(merged, _merge_schema(document, part, visited))
    residual += merged.pop("allOf", [])
    own = {key: value for key, value in node.items() if key not in ("$ref", "allOf")}
    merged = merge_two_schemas(merged, own)
    residual += merged.pop("allOf", [])
    return {**merged, "allOf": residual} if residual else merged


def merge_two_schemas(left: Mapping[str, Json], right: Mapping[str, Json]) -> dict[str, Json]:
    """Return one node that says what two nodes without `$ref` and `allOf` say together."""
    merged: dict[str, Json] = dict(left)
    residual = [*left.get("allOf", ()), *right.get("allOf", ())]
    for keyword, value in right.items():
        if keyword == "allOf":
            continue
        if keyword not in merged:
            merged[keyword] = value
            continue
        first = merged[keyword]
        if keyword == "type":
            merged[keyword] = _intersect_types(first, value)
        elif keyword == "required":
            merged[keyword] = [*dict.fromkeys([*first, *value])]
        elif keyword == "enum":
            merged[keyword] = [
                member
                for member in first
                if any(json_equal(member, candidate) for candidate in value)
            ]
        elif keyword in _LARGEST:
            merged[keyword] = max(first, value)
        elif keyword in _SMALLEST:
            merged[keyword] = min(first, value)
        elif keyword == "multipleOf" and isinstance(first, int) and isinstance(value, int):
            merged[keyword] = math.lcm(first, value)
        elif keyword == "uniqueItems":
            merged[keyword] = bool(first or value)
        elif keyword in _OF_NAMES and isinstance(first, dict) and isinstance(value, dict):
            merged[keyword] = {
                name: _combine_subschemas(first.get(name), value.get(name))
                for name in [*first, *value]
            }
        elif keyword in ("items", "additionalProperties", "propertyNames", "contains"):
            merged[keyword] = _combine_subschemas(first, value)
        elif keyword in ("pattern", "anyOf", "oneOf", "not", "if", "format", "const") and not (
            json_equal(first, value)
        ):
            residual.append(
                {key: right[key] for key in _list_keyword_with_branches(keyword) if key in right}
            )
        else:
            merged[keyword] = value
    return {**merged, "allOf": residual} if residual else merged


def _list_keyword_with_branches(keyword: str) -> tuple[str, ...]:
    return ("if", "then", "else") if keyword == "if" else (keyword,)


def _combine_subschemas(first: Json, second: Json) -> Json:
    if first is None or first is True or first == {}:
        return second
    if second is None or second is True or second == {}:
        return first
    if first is False or second is False:
        return False
    return {"allOf": [first, second]}


def _intersect_types(first: Any, second: Any) -> Json:
    left, right = list_schema_types({"type": first}), list_schema_types({"type": second})
    common = [
        name
        for name in TYPES
        if (name in left or (name == "integer" and "number" in left))
        and (name in right or (name == "integer" and "number" in right))
    ]
    if "number" in common:
        common.remove("integer") if "integer" in common else None
    return common[0] if len(common) == 1 else common


def list_schema_types(node: Mapping[str, Json]) -> tuple[str, ...]:
    """Return the types that `type` of a node names, in the order of `TYPES`; none if it has none.

    A number that may be an integer is named once, as `number`.
    """
    named = node.get("type", ())
    names = (named,) if isinstance(named, str) else tuple(named)
    return tuple(name for name in TYPES if name in names)
