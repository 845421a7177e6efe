"""The operators of a query language that compare texts, numbers, ids and dates."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence

from conformance.contract.equality import json_equal
from conformance.contract.filtering import QueryableFieldType
from conformance.contract.json import Json
from conformance.mock.clock import parse_timestamp_to_milliseconds
from conformance.mock.refusal import Refusal

Values = Sequence[Json]
ValuesPredicate = Callable[[Values], bool]
ComparisonOperator = Callable[[Json, Callable[[Json], Json]], ValuesPredicate]


def build_equality_predicate(operand: Json, fold: Callable[[Json], Json]) -> ValuesPredicate:
    """Match an item if one of its values equals the operand.

    The operand null matches an item without values.
    """
    if operand is None:
        return lambda values: not values
    expected = fold(operand)
    return lambda values: any(json_equal(fold(value), expected) for value in values)


def build_any_of_predicate(operand: Json, fold: Callable[[Json], Json]) -> ValuesPredicate:
    """Match an item if one of its values equals a member of the operand.

    Raises Refusal (400) if the operand is not a list.
    """
    if not isinstance(operand, list):
        raise Refusal(400, "$in and $nin take a list")
    tests = [build_equality_predicate(member, fold) for member in operand]
    return lambda values: any(test(values) for test in tests)


def build_negated_comparison_operator(compare: ComparisonOperator) -> ComparisonOperator:
    """Return the operator that matches exactly the items that `compare` does not match."""

    def negated(operand: Json, fold: Callable[[Json], Json]) -> ValuesPredicate:
        test = compare(operand, fold)
        return lambda values: not test(values)

    return negated


def build_order_comparison_operator(relation: Callable[[Json, Json], bool]) -> ComparisonOperator:
    """Return an operator that compares by an order relation.

    It matches only if both values are texts or both are numbers.
    """

    def build_order_predicate(operand: Json, fold: Callable[[Json], Json]) -> ValuesPredicate:
        bound = fold(operand)
        return lambda values: any(
            _are_comparable(value := fold(raw_value), bound) and relation(value, bound)
            for raw_value in values
        )

    return build_order_predicate


def build_text_search_operator(matches: Callable[[str, str], bool]) -> ComparisonOperator:
    """Return an operator that searches for the operand within a text.

    The operator raises Refusal (400) if the operand is not a text.
    """

    def build_text_predicate(operand: Json, fold: Callable[[Json], Json]) -> ValuesPredicate:
        if not isinstance(operand, str):
            raise Refusal(400, "$startsWith, $endsWith and $contains take a text")
        operand_text = to_lower_case(operand) if fold is to_lower_case else operand
        return lambda values: any(
            isinstance(value, str)
            and matches(value.lower() if fold is to_lower_case else value, operand_text)
            for value in values
        )

    return build_text_predicate


OPERATORS: Mapping[str, ComparisonOperator] = {
    "equal": build_equality_predicate,
    "$eq": build_equality_predicate,
    "$ne": build_negated_comparison_operator(build_equality_predicate),
    "$gt": build_order_comparison_operator(operator.gt),
    "$gte": build_order_comparison_operator(operator.ge),
    "$lt": build_order_comparison_operator(operator.lt),
    "$lte": build_order_comparison_operator(operator.le),
    "$in": build_any_of_predicate,
    "$nin": build_negated_comparison_operator(build_any_of_predicate),
    "$startsWith": build_text_search_operator(str.startswith),
    "$endsWith": build_text_search_operator(str.endswith),
    "$contains": build_text_search_operator(operator.contains),
}


def keep_value(value: Json) -> Json:
    """Return the value unchanged."""
    return value


def to_lower_case(value: Json) -> Json:
    """Return a text in lower case, and any other value unchanged."""
    return value.lower() if isinstance(value, str) else value


def to_milliseconds(value: Json) -> Json:
    """Return a timestamp as a number of milliseconds, and any other value unchanged."""
    milliseconds = parse_timestamp_to_milliseconds(value) if isinstance(value, str) else None
    return value if milliseconds is None else milliseconds


def choose_comparison_normalizer(
    key_type: QueryableFieldType, ignore_case: bool
) -> Callable[[Json], Json]:
    """Return the function that normalizes values of a type before they are compared."""
    if key_type is QueryableFieldType.DATE:
        return to_milliseconds
    return to_lower_case if ignore_case else keep_value


def _are_comparable(left: Json, right: Json) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    return any(isinstance(left, type_) and isinstance(right, type_) for type_ in (str, int | float))
