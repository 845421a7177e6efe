"""Evaluate claims on single captured responses, mostly of lists, whoever sent the request.

A run creates its own items and knows what a list must show of them; an observer of traffic does
not. So these checks look only at the items of one response. They fail only on what no
interpretation of the documentation, no collation and no other client could explain. They cannot see
what a response leaves out. Where that matters, they never pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any

from conformance.checks.cause import Cause
from conformance.checks.check import CheckContext
from conformance.checks.exchange import Exchange, InconclusiveError
from conformance.checks.listing import find_pagination, get_listed_items
from conformance.checks.observation import (
    Failed,
    FailureKind,
    Inconclusive,
    Observation,
    Passed,
    describe_value,
)
from conformance.checks.pagination import NO_METADATA, TOO_MANY_ITEMS, WRONG_COUNT, WRONG_PAGE_SIZE
from conformance.checks.sorting import NOT_IN_ORDER
from conformance.contract import pointer as pointers
from conformance.contract.filtering import GlobFilterProperty as GlobClaim
from conformance.contract.filtering import SelectsGlobMatches, SelectsItemsInState
from conformance.contract.json import Json
from conformance.contract.pagination import (
    HasPagedListProperty,
    PagedListProperty,
    PaginationBehavior,
)
from conformance.contract.precedence import DisablesOtherParameters
from conformance.contract.requests import AcceptsMinimalRequest
from conformance.contract.sorting import ListsInOrder
from conformance.protocol import parse_datetime

MIN_DISTINCT_KEYS = 3  # fewer distinct keys do not show that a list is sorted
# no character that is special in any pattern dialect
PLAIN_PATTERN = re.compile(r"(?! )[A-Za-z0-9 *-]+(?<! )", re.ASCII)
LOWERCASE_LETTER = re.compile(r"[a-z]", re.ASCII)
OMISSIONS_UNKNOWN_MESSAGE = (
    "what passed was as promised, but whether anything is left out can be seen only by who knows"
    " what there is"
)

ExchangeEvaluator = Callable[[CheckContext, Any, Exchange], Iterator[Observation]]

_LISTS_OTHER_TEXT = FailureKind(
    "pattern-lists-other", "{parameter}={pattern} lists {actual}, which it should leave out"
)
_LISTS_OTHER_STATE = FailureKind(
    "filter-lists-other-state",
    "the list with {parameter}={value} holds an item whose {field} is {actual}",
)


def evaluate_response_in_exchange(context: CheckContext, exchange: Exchange) -> list[Observation]:
    """Return what a response shows about a claim on its list.

    The arguments of the call must be known for certain.
    """
    evaluate = EVALUATORS.get(context.claim.kind)
    if (
        evaluate is None
        or exchange.call.operation != context.claim.operation
        or not exchange.succeeded
    ):
        return []
    try:
        return list(evaluate(context, context.claim.promise, exchange))
    except InconclusiveError as error:
        return [Inconclusive(str(error), error.cause)]


def _is_any_parameter_overridden(
    context: CheckContext, exchange: Exchange, *parameters: str | None
) -> bool:
    """Return whether another argument disables one of these parameters."""
    overrides = context.contract.find_behavior(context.claim.operation, DisablesOtherParameters)
    return (
        overrides is not None
        and overrides.parameter in exchange.call.arguments
        and bool(set(parameters) & set(overrides.overridden_parameters))
    )


def evaluate_list_order_in_exchange(
    context: CheckContext, promise: ListsInOrder, exchange: Exchange
) -> Iterator[Observation]:
    """Check that items with clearly different sort keys are in the requested order.

    The request must name the key and the direction explicitly.
    """
    sorts, arguments = promise.behavior, exchange.call.arguments
    is_requested = not promise.is_default and all(
        arguments.get(name) == value for name, value in promise.arguments.items()
    )
    if not is_requested or _is_any_parameter_overridden(
        context, exchange, sorts.key_parameter, sorts.direction_parameter
    ):
        return
    keys = [
        pointers.get_at_pointer(item, sorts.pointers_by_key[promise.key])
        for item in get_listed_items(context, exchange)
    ]
    comparisons = [_compare_sort_keys(before, after) for before, after in pairwise(keys)]
    wrong_index = next(
        (
            index
            for index, comparison in enumerate(comparisons)
            if comparison == (1 if not promise.descending else -1)
        ),
        None,
    )
    if wrong_index is not None:
        direction_name = "descending" if promise.descending else "ascending"
        yield Failed(
            NOT_IN_ORDER,
            (exchange,),
            pointer=sorts.pointers_by_key[promise.key],
            actual=keys[wrong_index : wrong_index + 2],
            details={
                "direction": direction_name,
                "key": promise.key,
                "before": describe_value(keys[wrong_index]),
                "after": describe_value(keys[wrong_index + 1]),
            },
        )
    elif (
        None in comparisons
        or sum(map(bool, comparisons)) < MIN_DISTINCT_KEYS - 1
        or not _holds_whole_list(context, exchange)
    ):
        yield Inconclusive(
            f"no whole list passed in which {MIN_DISTINCT_KEYS} items differ in {promise.key} so"
            " that"
            " their order is beyond dispute"
        )
    else:
        yield Passed(exchange)


def _holds_whole_list(context: CheckContext, exchange: Exchange) -> bool:
    pagination = find_pagination(context.contract, context.claim.operation)
    return pagination is None or (
        pagination.total_pointer is not None
        and pointers.get_at_pointer(exchange.json, pagination.total_pointer)
        == len(get_listed_items(context, exchange))
    )


def _compare_sort_keys(before: Json, after: Json) -> int | None:
    """Return -1, 0 or 1 if `before` is less than, equal to or greater than `after`.

    The result holds under every collation. It is None if collations differ.
    """
    if isinstance(before, bool) or isinstance(after, bool):
        return None
    if isinstance(before, int | float) and isinstance(after, int | float):
        return (before > after) - (before < after)
    if not isinstance(before, str) or not isinstance(after, str):
        return None
    if before == after:
        return 0
    time_before, time_after = _parse_timestamp(before), _parse_timestamp(after)
    if time_before is not None and time_after is not None:
        return (time_before > time_after) - (time_before < time_after)
    difference_index = next(
        (
            index
            for index, (left, right) in enumerate(zip(before, after, strict=False))
            if left != right
        ),
        None,
    )
    if difference_index is None:
        return None
    first, second = before[difference_index], after[difference_index]
    return (
        ((first > second) - (first < second))
        if LOWERCASE_LETTER.fullmatch(first) and LOWERCASE_LETTER.fullmatch(second)
        else None
    )


def _parse_timestamp(text: str) -> float | None:
    moment = parse_datetime(text)
    return moment.timestamp() if moment is not None and moment.tzinfo else None


def evaluate_glob_filter_in_exchange(
    context: CheckContext, promise: SelectsGlobMatches, exchange: Exchange
) -> Iterator[Observation]:
    """Check that every listed item matches the pattern, at least without regard to case."""
    globs, arguments = promise.behavior, exchange.call.arguments
    pattern = arguments.get(globs.pattern_parameter)
    if (
        arguments.get(globs.field_parameter) != promise.field
        or not isinstance(pattern, str)
        or _classify_glob_pattern(pattern) is not promise.pattern_form
        or _is_any_parameter_overridden(context, exchange, globs.pattern_parameter)
    ):
        return
    for item in get_listed_items(context, exchange):
        value = pointers.get_at_pointer(item, globs.pointers_by_field[promise.field])
        if (
            isinstance(value, str)
            and value.isascii()
            and not fnmatchcase(value.strip().lower(), pattern.lower())
        ):
            yield Failed(
                _LISTS_OTHER_TEXT,
                (exchange,),
                pointer=globs.pointers_by_field[promise.field],
                actual=value,
                details={"parameter": globs.pattern_parameter, "pattern": pattern},
            )
            return
    yield Inconclusive(OMISSIONS_UNKNOWN_MESSAGE, Cause.INCOMPLETE_LIST)


def _classify_glob_pattern(pattern: str) -> GlobClaim | None:
    """Return the form of a pattern.

    Returns None if the pattern has several forms, or has characters that may be special.
    """
    if not PLAIN_PATTERN.fullmatch(pattern) or not pattern.strip("*"):
        return None
    begins, ends, inside = pattern.startswith("*"), pattern.endswith("*"), "*" in pattern.strip("*")
    match (begins, ends, inside):
        case (False, False, False):
            return GlobClaim.EXACT
        case (False, True, False):
            return GlobClaim.PREFIX
        case (True, False, False):
            return GlobClaim.SUFFIX
        case _:
            return GlobClaim.INFIX


def evaluate_state_filter_in_exchange(
    context: CheckContext, promise: SelectsItemsInState, exchange: Exchange
) -> Iterator[Observation]:
    """Check that no listed item shows the other state."""
    states = promise.behavior
    if (
        exchange.call.arguments.get(states.parameter) != promise.parameter_value
        or promise.parameter_value is None
        or _is_any_parameter_overridden(context, exchange, states.parameter)
    ):
        return
    for item in get_listed_items(context, exchange):
        value = pointers.get_at_pointer(item, states.item_pointer)
        if (
            isinstance(value, bool)
            and isinstance(promise.item_value, bool)
            and value is not promise.item_value
        ):
            yield Failed(
                _LISTS_OTHER_STATE,
                (exchange,),
                pointer=states.item_pointer,
                expected=promise.item_value,
                actual=value,
                details={"parameter": states.parameter, "value": str(promise.parameter_value)},
            )
            return
    yield Inconclusive(OMISSIONS_UNKNOWN_MESSAGE, Cause.INCOMPLETE_LIST)


def evaluate_page_in_exchange(
    context: CheckContext, promise: HasPagedListProperty, exchange: Exchange
) -> Iterator[Observation]:
    """Check the number of items in a response.

    It must not exceed the requested or the maximum number, and the response must count it
    correctly.
    """
    pagination, count = promise.behavior, len(get_listed_items(context, exchange))
    match promise.property:
        case PagedListProperty.SIZE:
            yield from _evaluate_captured_page_size(context, pagination, exchange, count)
        case PagedListProperty.MAX_ITEMS if (
            pagination.max_items is not None and count >= pagination.max_items
        ):
            yield (
                Passed(exchange)
                if count == pagination.max_items
                else Failed(
                    TOO_MANY_ITEMS, (exchange,), expected=pagination.max_items, actual=count
                )
            )
        case PagedListProperty.COUNT:
            reported_count = pointers.get_at_pointer(exchange.json, pagination.count_pointer or "")
            if reported_count is pointers.MISSING:
                yield Inconclusive(f"{exchange} says nothing at {pagination.count_pointer}")
            elif reported_count != count or isinstance(reported_count, bool):
                yield Failed(
                    WRONG_COUNT,
                    (exchange,),
                    pointer=pagination.count_pointer or "",
                    expected=count,
                    actual=reported_count,
                )
            else:
                yield Passed(exchange)
        case PagedListProperty.METADATA if {
            pagination.page_parameter,
            pagination.size_parameter,
        } <= set(exchange.call.arguments) and _has_possible_page_arguments(pagination, exchange):
            if isinstance(
                pointers.get_at_pointer(exchange.json, pagination.metadata_pointer or ""), dict
            ):
                yield Passed(exchange)
            else:
                yield Failed(NO_METADATA, (exchange,), pointer=pagination.metadata_pointer or "")
        case _:
            yield Inconclusive("the answers that passed do not show it, each taken by itself")


def _has_possible_page_arguments(pagination: PaginationBehavior, exchange: Exchange) -> bool:
    """Return whether the page and size arguments, if given, are numbers of a possible page."""
    arguments = exchange.call.arguments
    page, size = (
        arguments.get(pagination.page_parameter, pagination.first_page),
        arguments.get(pagination.size_parameter, 1),
    )
    return (
        isinstance(page, int)
        and page >= pagination.first_page
        and isinstance(size, int)
        and size >= 1
    )


def _evaluate_captured_page_size(
    context: CheckContext, pagination: PaginationBehavior, exchange: Exchange, count: int
) -> Iterator[Observation]:
    size = exchange.call.arguments.get(pagination.size_parameter)
    parameter = context.operation.parameter(pagination.size_parameter)
    if (
        not isinstance(size, int)
        or not _has_possible_page_arguments(pagination, exchange)
        or _is_any_parameter_overridden(context, exchange, pagination.size_parameter)
    ):
        return
    if parameter is None or not parameter.schema.is_valid(size):
        return
    if count > size:
        yield Failed(
            WRONG_PAGE_SIZE,
            (exchange,),
            expected=size,
            actual=count,
            details={"parameter": pagination.size_parameter or ""},
        )
    elif count == size:
        yield Passed(exchange)
    else:
        yield Inconclusive(
            "no full page passed: whether more items were left is not known", Cause.INCOMPLETE_LIST
        )


def evaluate_success_status_in_exchange(
    context: CheckContext, promise: AcceptsMinimalRequest, exchange: Exchange
) -> Iterator[Observation]:
    """Yield Passed if the response has the documented success status.

    Other checks evaluate the rest of the response.
    """
    if str(exchange.status) == context.operation.success_response.status:
        yield Passed(exchange)


EVALUATORS: dict[str, ExchangeEvaluator] = {
    AcceptsMinimalRequest.kind: evaluate_success_status_in_exchange,
    ListsInOrder.kind: evaluate_list_order_in_exchange,
    SelectsGlobMatches.kind: evaluate_glob_filter_in_exchange,
    SelectsItemsInState.kind: evaluate_state_filter_in_exchange,
    HasPagedListProperty.kind: evaluate_page_in_exchange,
}
