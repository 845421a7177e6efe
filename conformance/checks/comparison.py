"""Check that a parameter selects the items whose field compares so with its value."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.call import EarlierResponseValue
from conformance.checks.cause import Cause
from conformance.checks.check import Check, CheckContext
from conformance.checks.datasets import build_named_items_setup
from conformance.checks.exchange import InconclusiveError, Trace
from conformance.checks.filtering import evaluate_selection
from conformance.checks.listing import (
    build_list_all_step,
    build_mark_filter_arguments,
    get_items_of_all_pages,
    map_created_ids_to_steps,
)
from conformance.checks.observation import Observation
from conformance.checks.scenario import Scenario
from conformance.contract import pointer as pointers
from conformance.contract.comparison import ComparisonOperator, SelectsComparedItems
from conformance.contract.equality import json_equal
from conformance.contract.json import Json
from conformance.protocol import parse_datetime

COMPARED_ITEMS = (2, 5, 0)  # whose values are asked for; of these, a quick run takes the first
OTHER_ITEM = 1  # whose value is the second one of an array


def plan_comparison(context: CheckContext, promise: SelectsComparedItems) -> Iterator[Scenario]:
    """Yield a scenario that reads all items, and those that several values select."""
    comparison = promise.comparison
    numbers = COMPARED_ITEMS if context.example_count else COMPARED_ITEMS[:1]
    steps = [build_list_all_step(context, "all")]
    for number in numbers:
        arguments = {comparison.parameter: _build_argument(promise, number)}
        steps.append(build_list_all_step(context, f"like item {number}", arguments))
    yield Scenario(
        label="comparison",
        setup=build_named_items_setup(context),
        needs_quiescence=not build_mark_filter_arguments(context.contract, context.resource),
        steps=tuple(steps),
    )


def _build_argument(promise: SelectsComparedItems, number: int) -> Json:
    pointer = promise.comparison.item_pointer
    value = EarlierResponseValue(f"item {number}", pointer)
    if promise.comparison.operator is ComparisonOperator.AMONG:
        return [value, EarlierResponseValue(f"item {OTHER_ITEM}", pointer)]
    return value


def evaluate_comparison(
    context: CheckContext, promise: SelectsComparedItems, trace: Trace
) -> Iterator[Observation]:
    """Compare what is listed with what is selected among all items, as they were listed.

    What happens to an item without a value is not promised. Raises InconclusiveError if the items
    do not show a difference.
    """
    comparison = promise.comparison
    own_items = map_created_ids_to_steps(context, trace, build_named_items_setup(context))
    values = _read_values(context, promise, trace, own_items)
    judged_items = {id: step for id, step in own_items.items() if step in values}
    shown = 0
    for number in COMPARED_ITEMS:
        name = f"like item {number}"
        if name not in trace:
            continue
        argument = trace[name].call.arguments[comparison.parameter]
        expected = _select_steps(comparison.operator, values, argument)
        if not 0 < len(expected) < len(values):
            continue
        shown += 1
        yield from evaluate_selection(
            context,
            trace,
            name,
            expected,
            judged_items,
            f"the list with {comparison.parameter}={argument}",
        )
    if not shown:
        field = comparison.item_pointer[1:]
        raise InconclusiveError(
            f"the items made for this do not differ in {field}", Cause.NOT_SHOWN
        )


def _read_values(
    context: CheckContext, promise: SelectsComparedItems, trace: Trace, own_items: dict[Json, str]
) -> dict[str, Json]:
    """Return the value of each item that has one, by its step."""
    values = {}
    for item in get_items_of_all_pages(context, trace, "all"):
        step = own_items.get(pointers.get_at_pointer(item, context.resource.identity_pointer))
        value = pointers.get_at_pointer(item, promise.comparison.item_pointer)
        if step is not None and value is not pointers.MISSING and value is not None:
            values[step] = value
    return values


def _select_steps(
    operator: ComparisonOperator, values: dict[str, Json], argument: Json
) -> set[str]:
    """Return the steps of the items that an argument selects."""
    if operator is ComparisonOperator.AMONG:
        return {
            step
            for step, value in values.items()
            if any(json_equal(value, candidate) for candidate in argument)
        }
    return {step for step, value in values.items() if _compares(operator, value, argument)}


def _compares(operator: ComparisonOperator, value: Json, operand: Json) -> bool:
    """Tell whether a value compares so.

    Raises InconclusiveError for values whose order is not defined: texts have one for each
    collation.
    """
    if not operator.is_of_order:
        return json_equal(value, operand) is (operator is ComparisonOperator.EQUAL)
    first, second = _get_rank(value), _get_rank(operand)
    if first is None or second is None:
        raise InconclusiveError(
            "the order of texts is not defined by the documents", Cause.UNSPECIFIED
        )
    return {
        ComparisonOperator.LESS: first < second,
        ComparisonOperator.AT_MOST: first <= second,
        ComparisonOperator.MORE: first > second,
        ComparisonOperator.AT_LEAST: first >= second,
    }[operator]


def _get_rank(value: Json) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    moment = parse_datetime(value) if isinstance(value, str) else None
    return None if moment is None else moment.timestamp()


CHECKS = {SelectsComparedItems.kind: Check(plan=plan_comparison, evaluate=evaluate_comparison)}
