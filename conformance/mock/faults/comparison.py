"""Faults in filters that compare a field with the value of a parameter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from conformance.contract.claim import Claim
from conformance.contract.comparison import (
    ComparisonOperator,
    FieldComparison,
    SelectsComparedItems,
)
from conformance.contract.contract import Contract
from conformance.mock.bound_call import BoundCall
from conformance.mock.comparison import COMPARISONS, Compare, ComparisonFilter
from conformance.mock.fault import Fault
from conformance.mock.faults.patches import ServicePatch, build_fault, patch_list_filters
from conformance.mock.part import ItemFilter
from conformance.mock.state import Item

# the operator that differs in what it does with equal values
_NEIGHBORS = {
    ComparisonOperator.LESS: ComparisonOperator.AT_MOST,
    ComparisonOperator.AT_MOST: ComparisonOperator.LESS,
    ComparisonOperator.MORE: ComparisonOperator.AT_LEAST,
    ComparisonOperator.AT_LEAST: ComparisonOperator.MORE,
}


def generate_comparison_faults(
    contract: Contract, claim: Claim, promise: SelectsComparedItems
) -> Iterator[Fault]:
    """Yield faults in the filter of one parameter."""
    comparison = promise.comparison
    compare = COMPARISONS[comparison.operator]

    def patch_comparison(wrong_compare: Compare) -> ServicePatch:
        return _patch_filter(
            claim.operation,
            comparison,
            lambda own_filter: replace(own_filter, compare=wrong_compare),
        )

    yield build_fault(
        claim, "ignored", "the parameter is ignored", patch_comparison(lambda value, operand: True)
    )
    yield build_fault(
        claim,
        "inverted",
        "the items are listed that it should leave out",
        patch_comparison(lambda value, operand: not compare(value, operand)),
    )
    yield build_fault(
        claim,
        "last-missing",
        "the last item that it selects is left out",
        _patch_filter(claim.operation, comparison, _drop_last_match),
    )
    if comparison.operator in _NEIGHBORS:
        yield build_fault(
            claim,
            "boundary",
            "equal values are treated the other way",
            patch_comparison(COMPARISONS[_NEIGHBORS[comparison.operator]]),
        )
    if comparison.operator is ComparisonOperator.AMONG:
        yield build_fault(
            claim,
            "first-only",
            "only the first of several values counts",
            patch_comparison(lambda value, operands: compare(value, operands[:1])),
        )


def _patch_filter(
    operation: str, comparison: FieldComparison, change: Callable[[ComparisonFilter], ItemFilter]
) -> ServicePatch:
    def change_own_filter(item_filter: ItemFilter) -> ItemFilter:
        is_own = (
            isinstance(item_filter, ComparisonFilter)
            and item_filter.parameter == comparison.parameter
        )
        return change(item_filter) if is_own else item_filter  # type: ignore[arg-type]

    return patch_list_filters(operation, ComparisonFilter, change_own_filter)


def _drop_last_match(own_filter: ComparisonFilter) -> ItemFilter:
    def filter_items(items: Sequence[Item], call: BoundCall) -> Sequence[Item]:
        selected = own_filter(items, call)
        return selected[:-1] if own_filter.parameter in call.arguments else selected

    return filter_items


FAULTS = {SelectsComparedItems.kind: generate_comparison_faults}
