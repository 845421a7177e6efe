"""The operators of a query language that compare texts, numbers, ids and dates."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence

from conformance.contract.equality import json_equal
from conformance.contract.filtering import QueryKeyType
from conformance.contract.json import Json
from conformance.mock.clock import parse_timestamp
from conformance.mock.refusal import Refusal

Values = Sequence[Json]
ValuesPredicate = Callable[[Values], bool]
ComparisonOperator = Callable[[Json, Callable[[Json], Json]], ValuesPredicate]


def match_equal(operand: Json, fold: Callable[[Json], Json]) -> ValuesPredicate:
    """Match an item if one of its values equals the operand.

    The operand null matches an item without values.
    """
    if operand is None:
        return lambda values: not values
    expected = fold(operand)
    return lambda values: any(json_equal(fold(value), expected) for value in values)


def match_any_of(operand: Json, fold: Callable[[Json], Json]) -> ValuesPredicate:
    """Match an item if one of its values equals a member of the operand.

    Raises Refusal (400) if the operand is not a list.
    """
    if not isinstance(operand, list):
        raise Refusal(400, "$in and $nin take a list")
    tests = [match_equal(member, fold) for member in operand]
    return lambda values: any(test(values) for test in tests)


def negate_operator(compare: ComparisonOperator) -> ComparisonOperator:
    """Return the operator that matches exactly the items that `compare` does not match."""

    def negated(operand: Json, fold: Callable[[Json], Json]) -> ValuesPredicate:
        test = compare(operand, fold)
        return lambda values: not test(values)

    return negated


def build_order_operator(relation: Callable[[Json, Json], bool]) -> ComparisonOperator:
    """Return an operator that compares by an order relation.

    It matches only if both values are texts or both are numbers.
    """

    def compare(operand: Json, fold: Callable[[Json], Json]) -> ValuesPredicate:
        bound = fold(operand)
        return lambda values: any(
            _are_comparable(value := fold(raw_value), bound) and relation(value, bound)
            for raw_value in values
        )

    return compare


def build_text_operator(matches: Callable[[str, str], bool]) -> ComparisonOperator:
    """Return an operator that searches for the operand within a text.

    The operator raises Refusal (400) if the operand is not a text.
    """

    def compare(operand: Json, fold: Callable[[Json], Json]) -> ValuesPredicate:
        if not isinstance(operand, str):
            raise Refusal(400, "$startsWith, $endsWith and $contains take a text")
        operand_text = to_lower_case(operand) if fold is to_lower_case else operand
        return lambda values: any(
            isinstance(value, str)
            and matches(value.lower() if fold is to_lower_case else value, operand_text)
            for value in values
        )

    return compare


OPERATORS: Mapping[str, ComparisonOperator] = {
    "equal": match_equal,
    "$eq": match_equal,
    "$ne": negate_operator(match_equal),
    "$gt": build_order_operator(operator.gt),
    "$gte": build_order_operator(operator.ge),
    "$lt": build_order_operator(operator.lt),
    "$lte": build_order_operator(operator.le),
    "$in": match_any_of,
    "$nin": negate_operator(match_any_of),
    "$startsWith": build_text_operator(str.startswith),
    "$endsWith": build_text_operator(str.endswith),
    "$contains": build_text_operator(operator.contains),
}


def keep_value(value: Json) -> Json:
    """Return the value unchanged."""
    return value


def to_lower_case(value: Json) -> Json:
    """Return a text in lower case, and any other value unchanged."""
    return value.lower() if isinstance(value, str) else value


def to_milliseconds(value: Json) -> Json:
    """Return a timestamp as a number of milliseconds, and any other value unchanged."""
    milliseconds = parse_timestamp(value) if isinstance(value, str) else None
    return value if milliseconds is None else milliseconds


def choose_folding(key_type: QueryKeyType, ignore_case: bool) -> Callable[[Json], Json]:
    """Return the function that normalizes values of a type before they are compared."""
    if key_type is QueryKeyType.DATE:
        return to_milliseconds
    return to_lower_case if ignore_case else keep_value


def _are_comparable(left: Json, right: Json) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    return any(isinstance(left, type_) and isinstance(right, type_) for type_ in (str, int | float))
