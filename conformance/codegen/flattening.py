"""Schemas without `allOf`: what all their parts say together, and which keywords mean anything
(JSON Schema 2020-12).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from conformance.codegen.refusal import refusal
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.pointer import join

STRUCTURE = frozenset(
    "$ref type enum const properties required items additionalProperties patternProperties"
    " prefixItems allOf anyOf oneOf".split()
)
LIMITS = frozenset(
    """minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern
    format minItems maxItems uniqueItems minProperties maxProperties""".split()
)
RULES = frozenset(
    """if then else not contains minContains maxContains propertyNames dependentRequired
    dependentSchemas dependencies unevaluatedProperties unevaluatedItems""".split()
)
NOTES = frozenset(
    """title description default example examples deprecated readOnly writeOnly discriminator xml
    externalDocs contentEncoding contentMediaType
    contentSchema $comment $schema $id $anchor $defs definitions""".split()
)
DEEPEST = 40
ORDER = ["string", "integer", "number", "boolean", "array", "object", "null"]


def flattened(contract: Contract, node: Json, at: str, depth: int = 0) -> Json:
    """Return a schema without `allOf`: what all its parts say together."""
    if depth > DEEPEST:
        raise refusal("allOf that holds itself", at, contract)
    if "$ref" in node:
        target_at = str(node["$ref"]).removeprefix("#")
        target = pointers.get(contract.document, target_at)
        if not isinstance(target, dict):
            return {}
        check(contract, target, target_at)
        rest = {key: value for key, value in node.items() if key != "$ref"}
        whole = flattened(contract, target, target_at, depth + 1)
        return (
            _merged(contract, whole, flattened(contract, rest, at, depth + 1), at)
            if rest
            else whole
        )
    if "allOf" not in node:
        return node
    parts = [{key: value for key, value in node.items() if key != "allOf"}]
    for number, part in enumerate(node["allOf"]):
        here = join(at, "allOf", number)
        if part is True:
            continue
        if not isinstance(part, dict):
            raise refusal("nothing fits this part", here, contract)
        check(contract, part, here)
        parts.append(flattened(contract, part, here, depth + 1))
    return reduce(lambda one, other: _merged(contract, one, other, at), parts)


def _merged(contract: Contract, one: Json, other: Json, at: str) -> Json:
    found = {**other, **one}
    for key in ("properties", "patternProperties"):
        if key in one and key in other:
            both = {
                name: {"allOf": [one[key][name], other[key][name]]}
                for name in one[key]
                if name in other[key] and one[key][name] != other[key][name]
            }
            found[key] = {**other[key], **one[key], **both}
    if "required" in one and "required" in other:
        found["required"] = list(dict.fromkeys([*one["required"], *other["required"]]))
    if "type" in one and "type" in other:
        shared = _shared(_listed(one["type"]), _listed(other["type"]))
        if not shared:
            raise refusal(f"nothing is both {one['type']} and {other['type']}", at, contract)
        found["type"] = shared
    if "enum" in one and "enum" in other:
        found["enum"] = [value for value in one["enum"] if value in other["enum"]]
    if "items" in one and "items" in other and one["items"] != other["items"]:
        found["items"] = {"allOf": [one["items"], other["items"]]}
    if "additionalProperties" in one and "additionalProperties" in other:
        closed = one["additionalProperties"] is False or other["additionalProperties"] is False
        found["additionalProperties"] = (
            False
            if closed
            else (one if isinstance(one["additionalProperties"], dict) else other)[
                "additionalProperties"
            ]
        )
    for key in ("anyOf", "oneOf"):
        if key in one and key in other and one[key] != other[key]:
            told = [
                which[key]
                for which in (one, other)
                if any(structural(branch) for branch in which[key])
            ]
            if len(told) > 1:
                found[key] = [{"allOf": [first, second]} for first in told[0] for second in told[1]]
            elif told:
                found[key] = told[0]
    return found


def check(contract: Contract, node: Json, at: str) -> None:
    """Raise ContractError, with the pointer, for a keyword that means nothing in a schema."""
    for key in node:
        if (
            key not in STRUCTURE
            and key not in LIMITS
            and key not in RULES
            and key not in NOTES
            and not key.startswith("x-")
        ):
            hint = (
                "OpenAPI 3.1 writes type: [string, 'null']"
                if key == "nullable"
                else "a misspelt keyword would silently promise nothing; extensions begin with x-"
            )
            raise refusal(
                f"the keyword {key[:60]!r} has no meaning in a schema",
                join(at, key),
                contract,
                hint,
            )


def kinds_of(node: Mapping[str, Json]) -> list[str]:
    """Return the JSON types that a schema allows, where it says so or where its keywords can only
    mean one.
    """
    if "type" in node:
        kinds = [kind for kind in ORDER if kind in _listed(node["type"])]
        return [kind for kind in kinds if not (kind == "integer" and "number" in kinds)]
    if any(key in node for key in ("properties", "additionalProperties", "patternProperties")):
        return ["object"]
    return ["array"] if "items" in node or "prefixItems" in node else []


def _listed(kinds: Json) -> list[str]:
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _shared(one: list[str], other: list[str]) -> list[str]:
    wide = [set(kinds) | ({"integer"} if "number" in kinds else set()) for kinds in (one, other)]
    return [kind for kind in ORDER if kind in wide[0] & wide[1]]


def structural(branch: Json) -> bool:
    """Tell whether a branch of a choice says what a value is, rather than only demand or limit."""
    return isinstance(branch, dict) and any(
        key in STRUCTURE and key != "required" for key in branch
    )
