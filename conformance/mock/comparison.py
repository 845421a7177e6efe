"""Filters of lists that compare a field with the value of a parameter."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from conformance.contract.comparison import ComparesFields, ComparisonOperator, FieldComparison
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.pointer import MISSING
from conformance.mock.accessors import build_pointer_getter
from conformance.mock.bound_call import BoundCall
from conformance.mock.clock import parse_timestamp_to_milliseconds
from conformance.mock.part import ItemFilter, MockPart
from conformance.mock.state import Item

Compare = Callable[[Json, Json], bool]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComparisonFilter:
    """A filter that keeps the items whose field compares so with the value of a parameter.

    It keeps all items if the call lacks the parameter. An item without the field is kept by `!=`
    only.
    """

    parameter: str
    get_value: Callable[[Json], Json]
    compare: Compare

    def __call__(self, items: Sequence[Item], call: BoundCall) -> Sequence[Item]:
        """Return the items that the argument selects."""
        operand = call.arguments.get(self.parameter, MISSING)
        if operand is MISSING or operand is None:
            return items
        return [item for item in items if self.compare(self.get_value(item.value), operand)]


def _normalize(value: Json) -> Json:
    """Return what stands for a value in comparisons: moments by time, texts and numbers as such."""
    moment = parse_timestamp_to_milliseconds(value) if isinstance(value, str) else None
    return value if moment is None else moment


def _are_equal(value: Json, operand: Json) -> bool:
    first, second = _normalize(value), _normalize(operand)
    return (type(first) is type(second) and first == second) or (
        _is_number(first) and _is_number(second) and first == second
    )


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _build_order_comparison(compare: Callable[[Json, Json], bool]) -> Compare:
    def is_in_order(value: Json, operand: Json) -> bool:
        first, second = _normalize(value), _normalize(operand)
        are_comparable = (_is_number(first) and _is_number(second)) or (
            isinstance(first, str) and isinstance(second, str)
        )
        return are_comparable and compare(first, second)

    return is_in_order


COMPARISONS: Mapping[ComparisonOperator, Compare] = {
    ComparisonOperator.EQUAL: _are_equal,
    ComparisonOperator.NOT_EQUAL: lambda value, operand: not _are_equal(value, operand),
    ComparisonOperator.LESS: _build_order_comparison(operator.lt),
    ComparisonOperator.AT_MOST: _build_order_comparison(operator.le),
    ComparisonOperator.MORE: _build_order_comparison(operator.gt),
    ComparisonOperator.AT_LEAST: _build_order_comparison(operator.ge),
    ComparisonOperator.AMONG: lambda value, operands: any(
        _are_equal(value, operand)
        for operand in (operands if isinstance(operands, list) else [operands])
    ),
}


def build_comparison_filter(comparison: FieldComparison) -> ComparisonFilter:
    """Return the filter of one parameter."""
    return ComparisonFilter(
        parameter=comparison.parameter,
        get_value=build_pointer_getter(comparison.item_pointer),
        compare=COMPARISONS[comparison.operator],
    )


def build_comparison_filters(
    contract: Contract, operation: Operation, behavior: ComparesFields
) -> tuple[ItemFilter, ...]:
    """Return the filters of a list operation, one for each parameter."""
    return tuple(map(build_comparison_filter, behavior.comparisons))


PART = MockPart(build_filters=build_comparison_filters)
