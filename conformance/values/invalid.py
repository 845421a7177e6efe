"""Values that violate one keyword of a schema and nothing else of it.

Candidates are near misses first: a value that almost is valid finds more than one that is far off.
A candidate counts only if the validator reports the keyword, and no other, for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contract.equality import json_equal
from conformance.contract.json import Json
from conformance.contract.merging import list_schema_types
from conformance.values.formats import NOT_OF_FORMAT
from conformance.values.valid import ValueMaker

# Values of each type, the likelier mistakes first.
_OF_TYPE: Mapping[str, tuple[Json, ...]] = {
    "string": ("text", "nineteen"),
    "integer": (19,),
    "number": (19.5,),
    "boolean": (True,),
    "array": (["text"], []),
    "object": ({"a": 1}, {}),
    "null": (None,),
}
# For each type the wrong types in the order in which they are tried.
_WRONG_TYPES: Mapping[str, tuple[str, ...]] = {
    "string": ("integer", "array", "object", "boolean", "null"),
    "integer": ("string", "boolean", "number", "array", "object", "null"),
    "number": ("string", "boolean", "array", "object", "null"),
    "boolean": ("string", "integer", "array", "object", "null"),
    "array": ("string", "object", "integer", "null"),
    "object": ("string", "array", "integer", "null"),
    "null": ("string", "integer", "object"),
}
MAX_CANDIDATES = 200
MAX_DISTINCT_MEMBERS = 10  # of a list that is to be too long


def list_invalid(maker: ValueMaker, keyword: str, seed: str, count: int = 2) -> list[Json]:
    """Return up to `count` values that violate `keyword` of a schema, and nothing else of it.

    The result is empty where no such value is known.
    """
    values: list[Json] = []
    for number, candidate in enumerate(_generate_candidates(maker, keyword, seed)):
        if len(values) == count or number == MAX_CANDIDATES:
            break
        known = any(json_equal(candidate, value) for value in values)
        if not known and violates_only(maker, keyword, candidate):
            values.append(candidate)
    return values


def violates_only(maker: ValueMaker, keyword: str, value: Json) -> bool:
    """Tell whether a value violates one keyword of a schema and no other."""
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    if maker.validator.is_valid(value):
        return False
    if keyword in _WITH_CHILDREN:
        relaxed = {**maker.node, keyword: _accept_everything(keyword, maker.node[keyword])}
        return maker.schema.with_node(relaxed).is_valid(value, maker.direction)
    violations = list(maker.validator.find_violations(value))
    return {(violation.keyword, violation.pointer) for violation in violations} <= {
        (keyword, violation.pointer) for violation in violations if violation.keyword == keyword
    }


def _accept_everything(keyword: str, value: Json) -> Json:
    """Return a keyword's value that constrains nothing, but still evaluates the same children."""
    if isinstance(value, dict) and keyword in ("properties", "patternProperties"):
        return dict.fromkeys(value, True)
    if isinstance(value, list) and keyword == "prefixItems":
        return [True for _ in value]
    return _UNCONSTRAINED.get(keyword, True)


_UNCONSTRAINED: Mapping[str, Json] = {
    "anyOf": [True],
    "oneOf": [True],
    "dependentSchemas": {},
    "not": False,
}


# Keywords whose schemas are violated below them: the violation names the keyword of the child.
_WITH_CHILDREN = (
    *("items", "prefixItems", "contains", "properties", "patternProperties", "propertyNames"),
    *("additionalProperties", "dependentSchemas", "anyOf", "oneOf", "not", "if"),
)


def _generate_candidates(maker: ValueMaker, keyword: str, seed: str) -> Iterator[Json]:
    node = maker.node
    try:
        valid: Json = maker.make(f"{seed}/{keyword}")
    except ValueError:
        return
    limit: Any = node.get(keyword)
    match keyword:
        case "type":
            for name in list_schema_types(node):
                for wrong_value in _WRONG_TYPES[name]:
                    yield from _OF_TYPE[wrong_value]
        case "enum" | "const":
            yield from _miss_members(node["enum"] if keyword == "enum" else [node["const"]])
        case "minLength" if isinstance(valid, str):
            yield valid[: max(0, limit - 1)]
            yield "x" * (limit - 1)
            yield ""
        case "maxLength" if isinstance(valid, str):
            missing = limit + 1 - len(valid)
            yield from (valid + valid[-1:] * missing, valid[:1] * missing + valid)
            yield "x" * (limit + 1)
            if "@" in valid:
                yield "a" * missing + valid
        case "pattern" if isinstance(valid, str):
            yield from _miss_text(valid)
            yield from ("~", "not what the pattern says", "")
        case "format" if isinstance(valid, str):
            yield from (valid + "!", valid[:-1], *NOT_OF_FORMAT)
        case "contentMediaType" | "contentEncoding":
            return
        case "minimum":
            yield from (limit - 1, *_shift(limit, -0.5), limit - (node.get("multipleOf") or 1))
        case "maximum":
            yield from (limit + 1, *_shift(limit, 0.5), limit + (node.get("multipleOf") or 1))
        case "exclusiveMinimum" | "exclusiveMaximum":
            yield limit
        case "multipleOf":
            yield from (valid + 1, valid - 1)
            yield from (*_shift(valid, limit / 2), *_shift(valid, -limit / 2))
        case "minItems" if isinstance(valid, list):
            yield valid[: max(0, limit - 1)]
        case "maxItems" if isinstance(valid, list):
            yield from _lengthen_list(maker, node, valid, limit + 1, seed)
        case "uniqueItems" if isinstance(valid, list) and valid:
            yield from ([*valid, valid[0]], [*valid[:-1], valid[0]], [valid[0], valid[0]])
        case "items":
            for member in _generate_violations(maker, node["items"], seed):
                yield from ([member], [*(valid or [])[:-1], member])
        case "prefixItems":
            for index, child in enumerate(limit):
                for member in _generate_violations(maker, child, f"{seed}/{index}"):
                    yield [*valid[:index], member, *valid[index + 1 :]]
        case "contains" if isinstance(valid, list):
            for member in _generate_violations(maker, limit, seed):
                yield [member for _ in valid]
            yield []
        case "minContains" | "maxContains" if isinstance(valid, list):
            yield from (valid[:-1], valid + valid[-1:] * (limit + 1))
        case "required":
            for name in limit:
                if isinstance(valid, dict):
                    yield {key: value for key, value in valid.items() if key != name}
        case "properties":
            for name, child in limit.items():
                for value in _generate_violations(maker, child, f"{seed}/{name}"):
                    yield {**valid, name: value}
        case "patternProperties":
            name = next(iter(valid), "")
            for value in _generate_violations(maker, next(iter(limit.values())), seed):
                yield {name: value}
        case "additionalProperties" if isinstance(valid, dict):
            if limit is False:
                yield from ({**valid, name: "x"} for name in ("undeclared_property", "not a name!"))
            else:
                for value in _generate_violations(maker, limit, seed):
                    yield {**valid, "additional": value}
        case "propertyNames" if isinstance(valid, dict):
            for name in ("not a name!", "", "x" * 300, "undeclared_property"):
                yield {**valid, name: next(iter(valid.values()), "x")}
        case "minProperties" if isinstance(valid, dict):
            names = list(valid)
            for kept_names in (names[: max(0, limit - 1)], names[-max(0, limit - 1) :]):
                yield {name: valid[name] for name in kept_names}
            yield {}
        case "maxProperties" if isinstance(valid, dict):
            yield {**valid, **{f"more{number}": "x" for number in range(limit + 1)}}
        case "dependentRequired" if isinstance(valid, dict):
            for name, needed in limit.items():
                yield {
                    key: member_value
                    for key, member_value in {name: "x", **valid}.items()
                    if key not in needed
                }
        case "anyOf" | "oneOf" | "not":
            for values in _OF_TYPE.values():
                yield from values
        case _:
            return


def _miss_members(members: list[Json]) -> Iterator[Json]:
    for member in members:
        if isinstance(member, str):
            yield from _miss_text(member)
        elif isinstance(member, int | float) and not isinstance(member, bool):
            yield from (member + 1, member - 1, max(_numbers(members)) + 1)
    yield from ("no-such-value", "description", 0, "", 987654)


def _numbers(members: list[Json]) -> list[Any]:
    return [
        member
        for member in members
        if isinstance(member, int | float) and not isinstance(member, bool)
    ]


def _miss_text(text: str) -> Iterator[str]:
    """Yield texts that almost are `text`: one character more, fewer, another, another case."""
    yield f"{text}x"
    if len(text) > 1:
        yield text[:-1]
    yield f"{text}!"
    yield f"!{text}"
    yield f"{text[:-1]}~"
    if text.swapcase() != text:
        yield text.swapcase()


def _shift(number: float, difference: float) -> list[float]:
    """Return a number moved by a fraction; nothing for an integer that no float can hold."""
    try:
        return [number + difference]
    except OverflowError:
        return []


def _lengthen_list(
    maker: ValueMaker, node: Mapping[str, Json], valid: list[Json], length: int, seed: str
) -> Iterator[Json]:
    """Yield lists of a length: some members and their repetition, or different ones if need be."""
    items = ValueMaker(maker.schema.with_node(node.get("items", {})), maker.direction)
    members = list(valid)
    wanted = length if node.get("uniqueItems") else min(length, MAX_DISTINCT_MEMBERS)
    try:
        for number in range(wanted * 3):
            if len(members) >= wanted:
                break
            member = items.make(f"{seed}/more/{number}")
            if member not in members:
                members.append(member)
    except ValueError:
        return
    if members:
        yield [members[index % len(members)] for index in range(length)]


def _generate_violations(maker: ValueMaker, schema: Json, seed: str) -> Iterator[Json]:
    """Yield values that violate one of the keywords of a schema within another."""
    if schema is False:
        yield "x"
        return
    child = ValueMaker(maker.schema.with_node(schema), maker.direction)
    order = ("pattern", "maxLength", "additionalProperties", "type")
    keywords = [*order, *(key for key in child.node if key not in order)]
    for keyword in keywords:
        if keyword in child.node:
            yield from list_invalid(child, keyword, seed)
