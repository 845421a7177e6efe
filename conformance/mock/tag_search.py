"""Searches of tags in a query language. A tag has a name and a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conformance.contract.equality import json_equal
from conformance.contract.json import Json
from conformance.mock.refusal import Refusal

Tags = Mapping[str, Json]
TagsPredicate = Callable[[Tags], bool]
PairPredicate = Callable[[str, Json], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class TagSearchOperators:
    """The operators of a tag search.

    `pair_operators` test the name or the value of one tag, `value_operators` the value of the tag
    with a given name. `search_operators` apply to a whole search.
    """

    pair_operators: Mapping[str, Callable[[Json], PairPredicate]]
    value_operators: Mapping[str, Callable[[str, Json], TagsPredicate]]
    search_operators: Mapping[str, Callable[[TagsPredicate], TagsPredicate]]


def match_key(operand: Json) -> PairPredicate:
    """Match a tag with this name."""
    return lambda key, value: key == operand


def match_value(operand: Json) -> PairPredicate:
    """Match a tag with this value."""
    return lambda key, value: json_equal(value, operand)


def build_tag_value_predicate(name: str, operand: Json) -> TagsPredicate:
    """Match tags if `name` has this value. Null matches if the name is absent."""
    return lambda tags: (
        name not in tags if operand is None else name in tags and json_equal(tags[name], operand)
    )


def match_any_value(name: str, operand: Json) -> TagsPredicate:
    """Match tags if `name` has one of these values."""
    tests = [build_tag_value_predicate(name, member) for member in operand]
    return lambda tags: any(test(tags) for test in tests)


def match_no_value(name: str, operand: Json) -> TagsPredicate:
    """Match tags if `name` has none of these values or is absent."""
    test = match_any_value(name, operand)
    return lambda tags: not test(tags)


def keep_predicate(test: TagsPredicate) -> TagsPredicate:
    """Return the search unchanged."""
    return test


def negate_predicate(test: TagsPredicate) -> TagsPredicate:
    """Match tags if the search does not match them."""
    return lambda tags: not test(tags)


TAG_OPERATORS = TagSearchOperators(
    pair_operators={"$tagKey": match_key, "$tagValue": match_value},
    value_operators={
        "equal": build_tag_value_predicate,
        "$in": match_any_value,
        "$nin": match_no_value,
    },
    search_operators={"$eq": keep_predicate, "$ne": negate_predicate},
)


def compile_tag_search_predicate(query: Json, operators: TagSearchOperators) -> TagsPredicate:
    """Return the predicate for a tag search.

    `$tagKey` and `$tagValue` in the same object refer to the same tag. Raises Refusal (400) if the
    search is invalid.
    """
    if not isinstance(query, dict) or not query:
        raise Refusal(400, "a search for tags is an object that is not empty")
    pairs = [
        operators.pair_operators[name](operand)
        for name, operand in query.items()
        if name in operators.pair_operators
    ]
    tests = [
        _compile_single_tag_predicate(name, operand, operators)
        for name, operand in query.items()
        if name not in operators.pair_operators
    ]
    if pairs:
        tests.append(
            lambda tags: any(all(pair(key, value) for pair in pairs) for key, value in tags.items())
        )
    return lambda tags: all(test(tags) for test in tests)


def normalize_tags_to_mapping(value: Json) -> Tags:
    """Return the tags of an item by name.

    An item holds them as an object, or as a list of objects with `key` and `value`.
    """
    if isinstance(value, list):
        return {
            str(entry["key"]): entry.get("value")
            for entry in value
            if isinstance(entry, dict) and "key" in entry
        }
    return value if isinstance(value, dict) else {}


def _compile_single_tag_predicate(
    tag_name: str, operand: Json, operators: TagSearchOperators
) -> TagsPredicate:
    if tag_name in operators.search_operators:
        return operators.search_operators[tag_name](
            compile_tag_search_predicate(operand, operators)
        )
    if tag_name.startswith("$"):
        raise Refusal(400, f"{tag_name} is no operator on tags")
    if not isinstance(operand, dict):
        return operators.value_operators["equal"](tag_name, operand)
    unknown = [
        operator
        for operator, members in operand.items()
        if operator not in operators.value_operators
        or operator == "equal"
        or not isinstance(members, list)
    ]
    if unknown or not operand:
        raise Refusal(
            400, f"the tag {tag_name} is searched by a value, null, or $in or $nin with a list"
        )
    tests = [
        operators.value_operators[operator](tag_name, members)
        for operator, members in operand.items()
    ]
    return lambda tags: all(test(tags) for test in tests)
