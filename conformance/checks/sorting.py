"""Check that a list is in the requested order, on one page and across pages."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.check import Check, CheckContext
from conformance.checks.datasets import build_named_items_setup
from conformance.checks.exchange import Exchange, InconclusiveError, Trace
from conformance.checks.listing import (
    build_list_all_step,
    build_mark_query_arguments,
    find_state_filter,
    get_items_of_all_pages,
    has_pages,
    map_created_ids_to_steps,
)
from conformance.checks.observation import (
    Failed,
    FailureKind,
    Inconclusive,
    Observation,
    Passed,
    describe_value,
)
from conformance.checks.scenario import Scenario
from conformance.contract import pointer as pointers
from conformance.contract.json import Json
from conformance.contract.sorting import ListsInOrder
from conformance.protocol import parse_datetime

NOT_IN_ORDER = FailureKind(
    "not-in-order", "the list is not in {direction} order of {key}: {before} comes before {after}"
)


def plan_list_order(context: CheckContext, promise: ListsInOrder) -> Iterator[Scenario]:
    """Yield scenarios that read the named items in that order, in one page and in small pages."""
    arguments = promise.arguments
    steps = [build_list_all_step(context, "whole", arguments)]
    if context.example_count and has_pages(context.contract, context.claim.operation):
        steps.append(build_list_all_step(context, "paged", arguments, size=3))
    yield Scenario(label="order", setup=build_named_items_setup(context), steps=tuple(steps))
    state_filter = find_state_filter(context.contract, context.claim.operation)
    if state_filter is not None and context.example_count:
        text = next(
            (text for text, value in state_filter.item_values.items() if value is False),
            pointers.MISSING,
        )
        yield Scenario(
            label=f"order beside {state_filter.parameter}",
            setup=build_named_items_setup(context),
            steps=(
                build_list_all_step(context, "whole", {**arguments, state_filter.parameter: text}),
            ),
        )
    if context.example_count and (
        query_arguments := build_mark_query_arguments(context.contract, context.resource)
    ):
        yield Scenario(
            label="order of a query",
            setup=build_named_items_setup(context),
            steps=(
                build_list_all_step(context, "paged", {**query_arguments, **arguments}, size=3),
            ),
        )


def evaluate_list_order(
    context: CheckContext, promise: ListsInOrder, trace: Trace
) -> Iterator[Observation]:
    """Check that the created items are in ascending (or descending) order of the key.

    Items with equal keys may come in any order. Raises InconclusiveError if fewer than two created
    items are listed.
    """
    own_items = map_created_ids_to_steps(context, trace, build_named_items_setup(context))
    pointer = promise.behavior.pointers_by_key[promise.key]
    for name in ("whole", "paged"):
        if name not in trace:
            continue
        listed_items = [
            item
            for item in get_items_of_all_pages(context, trace, name)
            if pointers.get_at_pointer(item, context.resource.identity_pointer) in own_items
        ]
        if len(listed_items) < 2:
            raise InconclusiveError(
                f"{trace[name]} lists fewer than two of the items made for this"
            )
        yield _evaluate_sort_key_order(
            [pointers.get_at_pointer(item, pointer) for item in listed_items],
            promise,
            trace.get_exchanges(name),
        )


def _evaluate_sort_key_order(
    keys: list[Json], promise: ListsInOrder, exchanges: tuple[Exchange, ...]
) -> Observation:
    if any(not isinstance(key, str | int | float) or isinstance(key, bool) for key in keys):
        return Inconclusive(f"{exchanges[-1]} lists items without a {promise.key}")
    ranks = [_get_sort_rank(key) for key in keys]
    if any(type(rank) is str for rank in ranks):
        ranks = list(keys)
    if len({type(rank) is str for rank in ranks}) > 1:
        return Inconclusive(f"the items' {promise.key} are of different types: {keys[:3]}")
    if len({str(rank) for rank in ranks}) < 2:
        return Inconclusive(f"all items made for this have the same {promise.key}")
    for before, after, rank, following in zip(keys, keys[1:], ranks, ranks[1:], strict=False):
        first, second = (following, rank) if promise.descending else (rank, following)
        if first > second:  # type: ignore[operator]
            direction = "descending" if promise.descending else "ascending"
            return Failed(
                NOT_IN_ORDER,
                exchanges,
                pointer=promise.behavior.pointers_by_key[promise.key],
                actual=[before, after],
                details={
                    "direction": direction,
                    "key": promise.key,
                    "before": describe_value(before),
                    "after": describe_value(after),
                },
            )
    return Passed(exchanges[0])


def _get_sort_rank(key: Json) -> object:
    moment = parse_datetime(key) if isinstance(key, str) else None
    return key if moment is None else moment.timestamp()


CHECKS = {ListsInOrder.kind: Check(plan=plan_list_order, evaluate=evaluate_list_order)}
