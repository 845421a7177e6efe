"""Merges `allOf` into one schema, and checks and classifies keywords (JSON Schema 2020-12)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from conformance.codegen.generation_error import make_generation_error
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.pointer import join

STRUCTURAL_KEYWORDS = frozenset(
    "$ref type enum const properties required items additionalProperties patternProperties"
    " prefixItems allOf anyOf oneOf".split()
)
LIMIT_KEYWORDS = frozenset(
    """minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern
    format minItems maxItems uniqueItems minProperties maxProperties""".split()
)
CONDITIONAL_KEYWORDS = frozenset(
    """if then else not contains minContains maxContains propertyNames dependentRequired
    dependentSchemas dependencies unevaluatedProperties unevaluatedItems""".split()
)
ANNOTATION_KEYWORDS = frozenset(
    """title description default example examples deprecated readOnly writeOnly discriminator xml
    externalDocs contentEncoding contentMediaType
    contentSchema $comment $schema $id $anchor $defs definitions""".split()
)
MAX_DEPTH = 40
JSON_TYPES = ["string", "integer", "number", "boolean", "array", "object", "null"]


def flatten_all_of(contract: Contract, schema: Json, pointer: str, depth: int = 0) -> Json:
    """Return a schema with references and `allOf` merged into it.

    Raises ContractError, with the pointer, for an `allOf` that contains itself, for a part that no
    value fits, and for unknown keywords.
    """
    if depth > MAX_DEPTH:
        raise make_generation_error("allOf that holds itself", pointer, contract)
    if "$ref" in schema:
        target_pointer = str(schema["$ref"]).removeprefix("#")
        target = pointers.get_at_pointer(contract.document, target_pointer)
        if not isinstance(target, dict):
            return {}
        check_schema_keywords(contract, target, target_pointer)
        siblings = {key: value for key, value in schema.items() if key != "$ref"}
        flat_target = flatten_all_of(contract, target, target_pointer, depth + 1)
        return (
            _merge_schemas(
                contract,
                flat_target,
                flatten_all_of(contract, siblings, pointer, depth + 1),
                pointer,
            )
            if siblings
            else flat_target
        )
    if "allOf" not in schema:
        return schema
    parts = [{key: value for key, value in schema.items() if key != "allOf"}]
    for index, part in enumerate(schema["allOf"]):
        part_pointer = join(pointer, "allOf", index)
        if part is True:
            continue
        if not isinstance(part, dict):
            raise make_generation_error("nothing fits this part", part_pointer, contract)
        check_schema_keywords(contract, part, part_pointer)
        parts.append(flatten_all_of(contract, part, part_pointer, depth + 1))
    return reduce(lambda left, right: _merge_schemas(contract, left, right, pointer), parts)


def _merge_schemas(contract: Contract, left: Json, right: Json, pointer: str) -> Json:
    merged = {**right, **left}
    for key in ("properties", "patternProperties"):
        if key in left and key in right:
            combined = {
                name: {"allOf": [left[key][name], right[key][name]]}
                for name in left[key]
                if name in right[key] and left[key][name] != right[key][name]
            }
            merged[key] = {**right[key], **left[key], **combined}
    if "required" in left and "required" in right:
        merged["required"] = list(dict.fromkeys([*left["required"], *right["required"]]))
    if "type" in left and "type" in right:
        common_types = _intersect_types(
            _convert_to_list(left["type"]), _convert_to_list(right["type"])
        )
        if not common_types:
            raise make_generation_error(
                f"nothing is both {left['type']} and {right['type']}", pointer, contract
            )
        merged["type"] = common_types
    if "enum" in left and "enum" in right:
        merged["enum"] = [value for value in left["enum"] if value in right["enum"]]
    if "items" in left and "items" in right and left["items"] != right["items"]:
        merged["items"] = {"allOf": [left["items"], right["items"]]}
    if "additionalProperties" in left and "additionalProperties" in right:
        closed = left["additionalProperties"] is False or right["additionalProperties"] is False
        merged["additionalProperties"] = (
            False
            if closed
            else (left if isinstance(left["additionalProperties"], dict) else right)[
                "additionalProperties"
            ]
        )
    for key in ("anyOf", "oneOf"):
        if key in left and key in right and left[key] != right[key]:
            structural_choices = [
                schema[key]
                for schema in (left, right)
                if any(is_structural(branch) for branch in schema[key])
            ]
            if len(structural_choices) > 1:
                merged[key] = [
                    {"allOf": [first, second]}
                    for first in structural_choices[0]
                    for second in structural_choices[1]
                ]
            elif structural_choices:
                merged[key] = structural_choices[0]
    return merged


def check_schema_keywords(contract: Contract, schema: Json, pointer: str) -> None:
    """Raise ContractError, with the pointer, for a keyword that has no meaning in a schema."""
    for key in schema:
        if (
            key not in STRUCTURAL_KEYWORDS
            and key not in LIMIT_KEYWORDS
            and key not in CONDITIONAL_KEYWORDS
            and key not in ANNOTATION_KEYWORDS
            and not key.startswith("x-")
        ):
            hint = (
                "OpenAPI 3.1 writes type: [string, 'null']"
                if key == "nullable"
                else "a misspelled keyword would silently promise nothing; extensions begin with x-"
            )
            raise make_generation_error(
                f"the keyword {key[:60]!r} has no meaning in a schema",
                join(pointer, key),
                contract,
                hint,
            )


def get_allowed_json_types(schema: Mapping[str, Json]) -> list[str]:
    """Return the JSON types that a schema allows, empty if it does not restrict them.

    Without `type`, keywords that apply to a single type imply it.
    """
    if "type" in schema:
        json_types = [
            json_type for json_type in JSON_TYPES if json_type in _convert_to_list(schema["type"])
        ]
        return [
            json_type
            for json_type in json_types
            if not (json_type == "integer" and "number" in json_types)
        ]
    if any(key in schema for key in ("properties", "additionalProperties", "patternProperties")):
        return ["object"]
    return ["array"] if "items" in schema or "prefixItems" in schema else []


def _convert_to_list(json_types: Json) -> list[str]:
    return [json_types] if isinstance(json_types, str) else list(json_types)


def _intersect_types(left: list[str], right: list[str]) -> list[str]:
    widened = [
        set(json_types) | ({"integer"} if "number" in json_types else set())
        for json_types in (left, right)
    ]
    return [json_type for json_type in JSON_TYPES if json_type in widened[0] & widened[1]]


def is_structural(branch: Json) -> bool:
    """Return whether a branch of a choice describes a value, not only limits it."""
    return isinstance(branch, dict) and any(
        key in STRUCTURAL_KEYWORDS and key != "required" for key in branch
    )
