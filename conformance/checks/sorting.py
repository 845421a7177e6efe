"""Check that a list is in the requested order, on one page and across pages."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.check import Check, CheckContext
from conformance.checks.datasets import named_items
from conformance.checks.exchange import Exchange, InconclusiveError, Trace
from conformance.checks.listing import (
    build_mark_query,
    find_pagination,
    find_state_filter,
    get_all_items,
    list_all,
    map_ids_to_steps,
)
from conformance.checks.observation import Failed, Inconclusive, Observation, Passed
from conformance.checks.scenario import Scenario
from conformance.contract import pointer as pointers
from conformance.contract.json import Json
from conformance.contract.sorting import ListsInOrder
from conformance.protocol import parse_datetime


def plan_order(context: CheckContext, promise: ListsInOrder) -> Iterator[Scenario]:
    """Yield scenarios that read the named items in that order, in one page and in small pages."""
    sorts = promise.behavior
    arguments: dict[str, Json] = {sorts.key_parameter: promise.key}
    if promise.descending and sorts.direction_parameter:
        arguments[sorts.direction_parameter] = sorts.descending_value
    elif sorts.direction_parameter:
        arguments[sorts.direction_parameter] = sorts.ascending_value
    steps = [list_all(context, "whole", arguments)]
    if context.example_count and find_pagination(context.contract, context.claim.operation):
        steps.append(list_all(context, "paged", arguments, size=3))
    yield Scenario(label="order", setup=named_items(context), steps=tuple(steps))
    state_filter = find_state_filter(context.contract, context.claim.operation)
    if state_filter is not None and context.example_count:
        text = next(
            (text for text, value in state_filter.item_values.items() if value is False),
            pointers.MISSING,
        )
        yield Scenario(
            label=f"order beside {state_filter.parameter}",
            setup=named_items(context),
            steps=(list_all(context, "whole", {**arguments, state_filter.parameter: text}),),
        )
    if context.example_count and (
        query_arguments := build_mark_query(context.contract, context.resource)
    ):
        yield Scenario(
            label="order of a query",
            setup=named_items(context),
            steps=(list_all(context, "paged", {**query_arguments, **arguments}, size=3),),
        )


def evaluate_order(
    context: CheckContext, promise: ListsInOrder, trace: Trace
) -> Iterator[Observation]:
    """Check that the created items are in ascending (or descending) order of the key.

    Items with equal keys may come in any order. Raises InconclusiveError if fewer than two created
    items are listed.
    """
    own_items = map_ids_to_steps(context, trace, named_items(context))
    pointer = promise.behavior.pointers_by_key[promise.key]
    for name in ("whole", "paged"):
        if name not in trace:
            continue
        listed_items = [
            item
            for item in get_all_items(context, trace, name)
            if pointers.get(item, context.resource.identity_pointer) in own_items
        ]
        if len(listed_items) < 2:
            raise InconclusiveError(
                f"{trace[name]} lists fewer than two of the items made for this"
            )
        yield _evaluate_key_order(
            [pointers.get(item, pointer) for item in listed_items],
            promise,
            trace.get_exchanges(name),
        )


def _evaluate_key_order(
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
                f"the list is not in {direction} order of {promise.key}: {before!r} comes before"
                f" {after!r}",
                exchanges,
            )
    return Passed(exchanges[0])


def _get_sort_rank(key: Json) -> object:
    moment = parse_datetime(key) if isinstance(key, str) else None
    return key if moment is None else moment.timestamp()


CHECKS = {ListsInOrder.kind: Check(plan=plan_order, evaluate=evaluate_order)}
