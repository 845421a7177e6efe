"""What one answer, of a list above all, shows of the promises made for it, whoever asked for it and
whatever the list holds.

A run makes things of its own and knows what the list must say of them; who only looks on does not.
So these judges look at the items of a single answer, and only where no reading of the documents, no
collation and no other client could excuse what they see. What an answer leaves out they cannot see:
where that matters, nothing is found to hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any

from conformance.checks.check import CheckContext
from conformance.checks.exchange import Exchange, InconclusiveError
from conformance.checks.listing import find_pagination, get_items
from conformance.checks.observation import Failed, Inconclusive, Observation, Passed
from conformance.contract import pointer as pointers
from conformance.contract.filtering import GlobClaim as GlobPart
from conformance.contract.filtering import SelectsGlobMatches, SelectsItemsInState
from conformance.contract.json import Json
from conformance.contract.pagination import HasPagingProperty, Paginates, PagingClaim
from conformance.contract.precedence import OverridesParameters
from conformance.contract.requests import AnswersRequest
from conformance.contract.sorting import ListsInOrder

MIN_DISTINCT_KEYS = 3  # keys of one list that must differ before its order says that it was sorted
# no character that any dialect reads in a way of its own
PLAIN_PATTERN = re.compile(r"(?! )[A-Za-z0-9 *-]+(?<! )", re.ASCII)
LOWERCASE_LETTER = re.compile(r"[a-z]", re.ASCII)
OMISSIONS_UNKNOWN = (
    "what passed was as promised, but whether anything is left out can be seen only by who knows"
    " what there is"
)

ExchangeEvaluator = Callable[[CheckContext, Any, Exchange], Iterator[Observation]]


def evaluate_passively(context: CheckContext, exchange: Exchange) -> list[Observation]:
    """Return what an answer shows of a claim about its list; the call's arguments must be what was
    asked, for certain.
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
        return [Inconclusive(str(error))]


def _is_overridden(context: CheckContext, exchange: Exchange, *parameters: str | None) -> bool:
    """Tell whether another argument takes the effect of these away."""
    overrides = context.contract.behavior(context.claim.operation, OverridesParameters)
    return (
        isinstance(overrides, OverridesParameters)
        and overrides.parameter in exchange.call.arguments
        and bool(set(parameters) & set(overrides.disables))
    )


def evaluate_order(
    context: CheckContext, promise: ListsInOrder, exchange: Exchange
) -> Iterator[Observation]:
    """Items whose keys are certainly of different rank must come in the order asked for, in so many
    words.
    """
    sorts, arguments = promise.behavior, exchange.call.arguments
    direction = (
        None
        if sorts.direction_parameter is None
        else sorts.descending_value
        if promise.descending
        else sorts.ascending_value
    )
    is_requested = arguments.get(sorts.key_parameter) == promise.key and (
        sorts.direction_parameter is None or arguments.get(sorts.direction_parameter) == direction
    )
    if not is_requested or _is_overridden(
        context, exchange, sorts.key_parameter, sorts.direction_parameter
    ):
        return
    keys = [
        pointers.get(item, sorts.pointers_by_key[promise.key])
        for item in get_items(context, exchange)
    ]
    comparisons = [_compare_keys(before, after) for before, after in pairwise(keys)]
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
            f"the list is not in {direction_name} order of {promise.key}: {keys[wrong_index]!r} comes before"
            f" {keys[wrong_index + 1]!r}",
            (exchange,),
        )
    elif (
        None in comparisons
        or sum(map(bool, comparisons)) < MIN_DISTINCT_KEYS - 1
        or not _is_whole_list(context, exchange)
    ):
        yield Inconclusive(
            f"no whole list passed in which {MIN_DISTINCT_KEYS} items differ in {promise.key} so that"
            " their order is beyond dispute"
        )
    else:
        yield Passed(exchange)


def _is_whole_list(context: CheckContext, exchange: Exchange) -> bool:
    pagination = find_pagination(context.contract, context.claim.operation)
    return pagination is None or (
        pagination.total_pointer is not None
        and pointers.get(exchange.json, pagination.total_pointer)
        == len(get_items(context, exchange))
    )


def _compare_keys(before: Json, after: Json) -> int | None:
    """Return -1, 0 or 1 as `before` is less than, equal to or more than `after` under every
    collation; None where collations differ.
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
    if not text[:4].isdecimal() or "T" not in text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None


def evaluate_glob(
    context: CheckContext, promise: SelectsGlobMatches, exchange: Exchange
) -> Iterator[Observation]:
    """No item is listed whose field does not match the pattern even when case does not count."""
    globs, arguments = promise.behavior, exchange.call.arguments
    pattern = arguments.get(globs.pattern_parameter)
    if (
        arguments.get(globs.field_parameter) != promise.field
        or not isinstance(pattern, str)
        or _classify_pattern(pattern) is not promise.aspect
        or _is_overridden(context, exchange, globs.pattern_parameter)
    ):
        return
    for item in get_items(context, exchange):
        value = pointers.get(item, globs.pointers_by_field[promise.field])
        if (
            isinstance(value, str)
            and value.isascii()
            and not fnmatchcase(value.strip().lower(), pattern.lower())
        ):
            yield Failed(
                f"{globs.pattern_parameter}={pattern} lists {value!r}, which it should leave out",
                (exchange,),
            )
            return
    yield Inconclusive(OMISSIONS_UNKNOWN)


def _classify_pattern(pattern: str) -> GlobPart | None:
    """Return the form of a pattern; None for one that is of several, or that holds what may mean
    more than itself.
    """
    if not PLAIN_PATTERN.fullmatch(pattern) or not pattern.strip("*"):
        return None
    begins, ends, inside = pattern.startswith("*"), pattern.endswith("*"), "*" in pattern.strip("*")
    match (begins, ends, inside):
        case (False, False, False):
            return GlobPart.EXACT
        case (False, True, False):
            return GlobPart.PREFIX
        case (True, False, False):
            return GlobPart.SUFFIX
        case _:
            return GlobPart.INFIX


def evaluate_state(
    context: CheckContext, promise: SelectsItemsInState, exchange: Exchange
) -> Iterator[Observation]:
    """No item is listed that says of itself that it is in the other state."""
    states = promise.behavior
    if (
        exchange.call.arguments.get(states.parameter) != promise.parameter_value
        or promise.parameter_value is None
        or _is_overridden(context, exchange, states.parameter)
    ):
        return
    for item in get_items(context, exchange):
        value = pointers.get(item, states.item_pointer)
        if (
            isinstance(value, bool)
            and isinstance(promise.item_value, bool)
            and value is not promise.item_value
        ):
            yield Failed(
                f"the list with {states.parameter}={promise.parameter_value} holds an item whose"
                f" {states.item_pointer[1:]} is {str(value).lower()}",
                (exchange,),
            )
            return
    yield Inconclusive(OMISSIONS_UNKNOWN)


def evaluate_page(
    context: CheckContext, promise: HasPagingProperty, exchange: Exchange
) -> Iterator[Observation]:
    """An answer has no more items than were asked for, or than any may have, and counts those that
    it has.
    """
    pagination, count = promise.behavior, len(get_items(context, exchange))
    match promise.aspect:
        case PagingClaim.SIZE:
            yield from _evaluate_page_size(context, pagination, exchange, count)
        case PagingClaim.MAX_ITEMS if (
            pagination.max_items is not None and count >= pagination.max_items
        ):
            yield (
                Passed(exchange)
                if count == pagination.max_items
                else Failed(
                    f"one answer holds {count} items, more than {pagination.max_items}", (exchange,)
                )
            )
        case PagingClaim.COUNT:
            reported_count = pointers.get(exchange.json, pagination.count_pointer or "")
            if reported_count is pointers.MISSING:
                yield Inconclusive(f"{exchange} says nothing at {pagination.count_pointer}")
            elif reported_count != count or isinstance(reported_count, bool):
                yield Failed(
                    f"{pagination.count_pointer} is {reported_count!r} where it should be {count!r}",
                    (exchange,),
                )
            else:
                yield Passed(exchange)
        case PagingClaim.METADATA if {pagination.page_parameter, pagination.size_parameter} <= set(
            exchange.call.arguments
        ) and _is_regular_page(pagination, exchange):
            if isinstance(pointers.get(exchange.json, pagination.metadata_pointer or ""), dict):
                yield Passed(exchange)
            else:
                yield Failed(
                    f"a paged answer has no object at {pagination.metadata_pointer}", (exchange,)
                )
        case _:
            yield Inconclusive("the answers that passed do not show it, each taken by itself")


def _is_regular_page(pagination: Paginates, exchange: Exchange) -> bool:
    """Tell whether page and size, where they are given, are numbers that mean a page."""
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


def _evaluate_page_size(
    context: CheckContext, pagination: Paginates, exchange: Exchange, count: int
) -> Iterator[Observation]:
    size = exchange.call.arguments.get(pagination.size_parameter)
    parameter = context.operation.parameter(pagination.size_parameter)
    if (
        not isinstance(size, int)
        or not _is_regular_page(pagination, exchange)
        or _is_overridden(context, exchange, pagination.size_parameter)
    ):
        return
    if parameter is None or not context.get_validator(parameter.schema).is_valid(size):
        return
    if count > size:
        yield Failed(
            f"a page of {pagination.size_parameter}={size} holds {count} items", (exchange,)
        )
    elif count == size:
        yield Passed(exchange)
    else:
        yield Inconclusive("no full page passed: whether more items were left is not known")


def evaluate_answer(
    context: CheckContext, promise: AnswersRequest, exchange: Exchange
) -> Iterator[Observation]:
    """A documented success shows that the operation answers; what else is wrong with an answer,
    other judges say.
    """
    if str(exchange.status) == context.operation.success_response.status:
        yield Passed(exchange)


EVALUATORS: dict[str, ExchangeEvaluator] = {
    AnswersRequest.kind: evaluate_answer,
    ListsInOrder.kind: evaluate_order,
    SelectsGlobMatches.kind: evaluate_glob,
    SelectsItemsInState.kind: evaluate_state,
    HasPagingProperty.kind: evaluate_page,
}
