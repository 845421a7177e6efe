"""Requests that list the items of the run, and the items in their responses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from conformance.checks.call import ApiCall, EarlierResponseValue, TextWithRunMark
from conformance.checks.cause import Cause
from conformance.checks.check import CheckContext
from conformance.checks.exchange import Exchange, InconclusiveError, Trace
from conformance.checks.scenario import AnyStep, PagedReadStep, Setup, Step
from conformance.contract import pointer as pointers
from conformance.contract.continuation import ContinuesInPages
from conformance.contract.contract import Contract
from conformance.contract.filtering import FiltersByGlob, FiltersByQuery, FiltersByState
from conformance.contract.json import Json
from conformance.contract.pagination import PaginationBehavior
from conformance.contract.pointer import MISSING
from conformance.contract.resource import Resource
from conformance.contract.sorting import SortingBehavior

SAFE_PAGE_SIZE = 50  # a page size below every documented default and example


def find_pagination(contract: Contract, operation: str) -> PaginationBehavior | None:
    """Return the pagination of an operation's list, or None if it is not paginated."""
    return contract.find_behavior(operation, PaginationBehavior)


def has_pages(contract: Contract, operation: str) -> bool:
    """Tell whether the contract says how an operation's list goes on."""
    return (
        find_pagination(contract, operation) is not None
        or contract.find_behavior(operation, ContinuesInPages) is not None
    )


def get_largest_documented_page_size(contract: Contract, operation: str) -> int:
    """Return the largest page size that the documentation shows to be accepted.

    This is the default or an example of the size parameter, at most 100. Without either, it is
    `SAFE_PAGE_SIZE`.
    """
    pagination = find_pagination(contract, operation)
    continuation = contract.find_behavior(operation, ContinuesInPages)
    name = (pagination and pagination.size_parameter) or (
        continuation and continuation.size_parameter
    )
    parameter = contract.operations[operation].parameter(name) if name else None
    documented_sizes = (
        []
        if parameter is None
        else [value for value in (parameter.default, *parameter.examples) if isinstance(value, int)]
    )
    return min(100, max(documented_sizes, default=SAFE_PAGE_SIZE))


def build_mark_filter_arguments(contract: Contract, resource: Resource) -> dict[str, Json]:
    """Return the arguments that restrict a list to items with the mark of the run.

    They are empty if the list has no suitable filter.
    """
    if resource.list is None or resource.mark_pointer is None:
        return {}
    for behavior in contract.list_behaviors(resource.list, FiltersByGlob):
        for value, pointer in behavior.pointers_by_field.items():
            if pointer == resource.mark_pointer:
                return {
                    behavior.field_parameter: value,
                    behavior.pattern_parameter: TextWithRunMark("{m}*"),
                }
    return {}


def build_newest_first_arguments(contract: Contract, operation: str) -> dict[str, Json]:
    """Return the arguments that put the newest items first.

    They are empty if the list cannot be sorted by a creation date.
    """
    sorts = contract.find_behavior(operation, SortingBehavior)
    if sorts is not None and sorts.can_descend:
        for key in sorts.pointers_by_key:
            if "creat" in key.lower():
                return sorts.build_arguments(key, descending=True)
    return {}


def find_state_filter(contract: Contract, operation: str) -> FiltersByState | None:
    """Return the state filter of a list, or None if it has none."""
    return contract.find_behavior(operation, FiltersByState)


def build_list_all_step(
    context: CheckContext,
    name: str,
    arguments: Mapping[str, Json] | None = None,
    **paging_options: Any,
) -> AnyStep:
    """Return the step that reads a whole list, restricted to items of the run if possible.

    Raises InconclusiveError if the resource has no list.
    """
    list_operation = context.resource.list
    if list_operation is None:
        raise InconclusiveError("the contract has no operation that lists", Cause.NO_WAY)
    call = ApiCall(
        operation=list_operation,
        arguments={
            **build_mark_filter_arguments(context.contract, context.resource),
            **(arguments or {}),
        },
    )
    return (
        PagedReadStep(name=name, call=call, **paging_options)
        if has_pages(context.contract, list_operation)
        else Step(name=name, call=call)
    )


def build_read_back_step(context: CheckContext, name: str, item_step: str) -> AnyStep:
    """Return the step that reads an item back, by the documented read operation or in the list."""
    resource = context.resource
    if (
        resource.read
        and resource.id_parameter
        and not context.contract.operations[resource.read].auxiliary
    ):
        return Step(
            name=name,
            call=ApiCall(
                operation=resource.read,
                arguments={
                    resource.id_parameter: EarlierResponseValue(
                        item_step, resource.identity_pointer
                    )
                },
            ),
        )
    return build_list_all_step(context, name)


def build_read_back_by_id_step(context: CheckContext, name: str, item_step: str) -> AnyStep:
    """Return the step that reads an item back without relying on its name.

    It uses the read operation, or else the list with the newest items first.
    """
    read_step = build_read_back_step(context, name, item_step)
    return (
        read_step
        if read_step.call.operation == context.resource.read
        else build_read_back_in_list_step(context, name, item_step)
    )


def build_read_back_in_list_step(context: CheckContext, name: str, item_step: str) -> AnyStep:
    """Return the step that reads an item back in the list, without relying on its name.

    The newest items come first. Raises InconclusiveError if the resource has no list.
    """
    list_operation = context.resource.list
    if list_operation is None:
        raise InconclusiveError("the contract has no operation that lists", Cause.NO_WAY)
    call = ApiCall(
        operation=list_operation,
        arguments=build_newest_first_arguments(context.contract, list_operation),
    )
    return (
        PagedReadStep(
            name=name,
            call=call,
            stop_at=EarlierResponseValue(item_step, context.resource.identity_pointer),
        )
        if has_pages(context.contract, list_operation)
        else Step(name=name, call=call)
    )


def build_mark_query_arguments(contract: Contract, resource: Resource) -> dict[str, Json]:
    """Return the arguments that restrict a list to items of the run by a query.

    They are empty if the list has no suitable query parameter.
    """
    for behavior in (
        contract.behaviors[resource.list] if resource.list and resource.mark_pointer else ()
    ):
        if isinstance(behavior, FiltersByQuery):
            for key in behavior.keys.values():
                if (
                    key.pointer == resource.mark_pointer
                    and key.name in behavior.keys_by_operator.get("$startsWith", ())
                ):
                    cleared_filters = dict.fromkeys(
                        build_mark_filter_arguments(contract, resource), MISSING
                    )
                    return {
                        **cleared_filters,
                        behavior.parameter: {key.name: {"$startsWith": TextWithRunMark("{m}")}},
                    }
    return {}


def get_read_item_and_exchange(
    context: CheckContext, trace: Trace, name: str, item_step: str
) -> tuple[Json, Exchange]:
    """Return the item that step `item_step` created, as step `name` read it, with its exchange.

    Raises InconclusiveError if the step did not read it.
    """
    resource = context.resource
    exchange = trace.get_successful_exchange(name)
    if exchange.call.operation == resource.read:
        if not isinstance(exchange.json, dict):
            raise InconclusiveError(f"{exchange} is not a JSON object")
        return exchange.json, exchange
    identity = get_created_id(context, trace, item_step)
    for page in trace.get_exchanges(name):
        for candidate in get_listed_items(context, page):
            if pointers.get_at_pointer(candidate, resource.identity_pointer) == identity:
                return candidate, page
    raise InconclusiveError(f"{exchange} does not list {identity}")


def get_created_id(context: CheckContext, trace: Trace, item_step: str) -> Json:
    """Return the id of the item that step `item_step` created.

    Raises InconclusiveError if the response has none.
    """
    identity = pointers.get_at_pointer(
        trace.get_successful_exchange(item_step).json, context.resource.identity_pointer
    )
    if not isinstance(identity, str | int) or isinstance(identity, bool):
        raise InconclusiveError(
            f"{trace[item_step]} names no identity at {context.resource.identity_pointer}"
        )
    return identity


def get_listed_items(context: CheckContext, exchange: Exchange) -> list[Json]:
    """Return the items of a list response.

    Raises InconclusiveError if the request failed or the response has no item array.
    """
    if not exchange.succeeded:
        raise InconclusiveError(f"{exchange}", Cause.REFUSED)
    items = pointers.get_at_pointer(exchange.json, context.resource.items_pointer)
    if not isinstance(items, list):
        raise InconclusiveError(f"{exchange} holds no array at {context.resource.items_pointer}")
    return items


def get_items_of_all_pages(context: CheckContext, trace: Trace, name: str) -> list[Json]:
    """Return the items of every page of a paged read, in order.

    Raises InconclusiveError if the read was truncated.
    """
    pages = trace.get_exchanges(name)
    if name in trace.truncated:
        raise InconclusiveError(
            f"the list is too long to read as a whole ({len(pages)} requests were not enough)",
            Cause.INCOMPLETE_LIST,
        )
    return [item for page in pages for item in get_listed_items(context, page)]


def get_item_ids(context: CheckContext, items: Iterable[Json]) -> list[Json]:
    """Return the ids of items."""
    return [pointers.get_at_pointer(item, context.resource.identity_pointer) for item in items]


def map_created_ids_to_steps(
    context: CheckContext, trace: Trace, setup: Setup | Iterable[str]
) -> dict[Json, str]:
    """Return the ids of the items that the steps of a setup created, each with its step.

    `setup` may also be the names of the creation steps.
    """
    if not isinstance(setup, Setup):
        return {get_created_id(context, trace, name): name for name in setup}
    return {
        get_created_id(context, trace, step.name): step.name
        for step in setup.steps
        if step.call.operation == context.resource.create
    }


def build_longer_list_steps(context: CheckContext) -> tuple[AnyStep, ...]:
    """Return a read of the whole list, beside which a selection is seen not to be cut.

    There is none for a list with pages, which are read to their end.
    """
    list_operation = context.resource.list or ""
    if has_pages(context.contract, list_operation):
        return ()
    return (Step(name="everything", call=ApiCall(operation=list_operation)),)


def explain_possible_cut(context: CheckContext, trace: Trace, name: str) -> str:
    """Return why a list may hold more items than step `name` has read; empty if it cannot.

    A list without pages may be cut where the contract promises neither how many items it holds nor
    how to go on. That it is not is known if it is empty, or if it was longer at another time.
    """
    list_operation = context.resource.list or ""
    if has_pages(context.contract, list_operation):
        return ""
    exchange = trace[name]
    count = len(get_listed_items(context, exchange))
    was_longer = any(
        step_name.call.operation == list_operation
        and step_name.succeeded
        and len(get_listed_items(context, step_name)) > count
        for step_name in trace
    )
    sign = find_sign_of_more_items(exchange, context.resource, count)
    if count == 0 or (was_longer and sign is None):
        return ""
    reason = f"says that there is more: {sign}" if sign else "promises no more than it holds"
    return f"a list of {count} items may be cut: the answer {reason}"


NEXT_PAGE_FIELDS = frozenset(
    [
        "next",
        "nexturl",
        "nextlink",
        "nextpage",
        "nextcursor",
        "nexttoken",
        "nextpagetoken",
        "nextoffset",
    ]
)
MORE_PAGES_FIELDS = frozenset(
    ["more", "hasmore", "hasnext", "hasnextpage", "truncated", "istruncated"]
)
TOTAL_FIELDS = frozenset(
    ["total", "totalcount", "totalitems", "totalresults", "totalelements", "count"]
)


def find_sign_of_more_items(page: Exchange, resource: Resource, count: int | None) -> str | None:
    """Return where a page of items indicates that there are more; None if it does not.

    `count` is the number of items that were read; None if the contract describes the total of a
    page.
    """
    link = page.response.headers.get("link", "") if page.response else ""
    if re.search(r"""rel="?'?next\b""", link, re.IGNORECASE):
        return "a Link header to the next page"
    for pointer, value in pointers.iterate_values(page.json):
        if pointer == resource.items_pointer or (
            resource.items_pointer and pointers.is_within(pointer, resource.items_pointer)
        ):
            continue
        if pointer.count("/") > 3:
            continue
        name = re.sub(r"[^a-z]", "", pointer.rpartition("/")[2].lower())
        if name in NEXT_PAGE_FIELDS and value not in (None, "", False, 0, [], {}):
            return pointer
        if name in MORE_PAGES_FIELDS and value is True:
            return pointer
        if (
            count is not None
            and name in TOTAL_FIELDS
            and isinstance(value, int)
            and not isinstance(value, bool)
            and value > count
        ):
            return f"{pointer} is {value}"
    return None
