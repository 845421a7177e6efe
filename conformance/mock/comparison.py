"""The operators of a query language on texts, numbers, ids and dates."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence

from conformance.contract.filtering import KeyType
from conformance.contract.json import Json, same
from conformance.mock.moment import instant
from conformance.mock.refusal import Refusal

Values = Sequence[Json]
Test = Callable[[Values], bool]
Compare = Callable[[Json, Callable[[Json], Json]], Test]


def equal(operand: Json, fold: Callable[[Json], Json]) -> Test:
    """Match an item one of whose values is the operand; null matches an item that has none."""
    if operand is None:
        return lambda values: not values
    wanted = fold(operand)
    return lambda values: any(same(fold(value), wanted) for value in values)


def one_of(operand: Json, fold: Callable[[Json], Json]) -> Test:
    """Match an item that equals one member of a list."""
    if not isinstance(operand, list):
        raise Refusal(400, "$in and $nin take a list")
    tests = [equal(member, fold) for member in operand]
    return lambda values: any(test(values) for test in tests)


def opposite(compare: Compare) -> Compare:
    """Return the comparison that matches exactly the other items."""

    def other(operand: Json, fold: Callable[[Json], Json]) -> Test:
        test = compare(operand, fold)
        return lambda values: not test(values)

    return other


def ordered(relation: Callable[[Json, Json], bool]) -> Compare:
    """Return the comparison by an order, which holds between two texts or two numbers only."""

    def compare(operand: Json, fold: Callable[[Json], Json]) -> Test:
        bound = fold(operand)
        return lambda values: any(
            _comparable(value := fold(one), bound) and relation(value, bound) for one in values
        )

    return compare


def textual(holds: Callable[[str, str], bool]) -> Compare:
    """Return the comparison that looks for a text within a text."""

    def compare(operand: Json, fold: Callable[[Json], Json]) -> Test:
        if not isinstance(operand, str):
            raise Refusal(400, "$startsWith, $endsWith and $contains take a text")
        part = lower(operand) if fold is lower else operand
        return lambda values: any(
            isinstance(value, str) and holds(value.lower() if fold is lower else value, part)
            for value in values
        )

    return compare


COMPARISONS: Mapping[str, Compare] = {
    "equal": equal,
    "$eq": equal,
    "$ne": opposite(equal),
    "$gt": ordered(operator.gt),
    "$gte": ordered(operator.ge),
    "$lt": ordered(operator.lt),
    "$lte": ordered(operator.le),
    "$in": one_of,
    "$nin": opposite(one_of),
    "$startsWith": textual(str.startswith),
    "$endsWith": textual(str.endswith),
    "$contains": textual(operator.contains),
}


def plain(value: Json) -> Json:
    """Return a value as it is."""
    return value


def lower(value: Json) -> Json:
    """Return a text without upper case, any other value as it is."""
    return value.lower() if isinstance(value, str) else value


def moment(value: Json) -> Json:
    """Return a timestamp as a number of milliseconds, any other value as it is."""
    found = instant(value) if isinstance(value, str) else None
    return value if found is None else found


def folding(type_: KeyType, ignore_case: bool) -> Callable[[Json], Json]:
    """Return how values of a type are made comparable."""
    if type_ is KeyType.DATE:
        return moment
    return lower if ignore_case else plain


def _comparable(one: Json, other: Json) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return False
    return any(isinstance(one, kind) and isinstance(other, kind) for kind in (str, int | float))
