"""Reads a list page by page until it ends."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from conformance.checks.call import ApiCall, TextWithRunMark, fill_placeholders
from conformance.checks.exchange import Exchange
from conformance.checks.listing import (
    build_mark_filter_arguments,
    find_pagination,
    find_sign_of_more_items,
    find_state_filter,
    get_largest_documented_page_size,
    has_pages,
)
from conformance.checks.scenario import PagedReadStep
from conformance.contract import mark
from conformance.contract import pointer as pointers
from conformance.contract.continuation import ContinuesInPages
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.pagination import PaginationBehavior
from conformance.contract.pointer import MISSING
from conformance.contract.resource import Resource

SendFunction = Callable[[str, ApiCall], Exchange]
MAX_BYTES = 4 * 1024 * 1024  # total bytes of the pages of one paged read
# consecutive identical pages after which a list counts as endless
MAX_REPEATED_PAGES = 3
# times that a list of several pages is read again, while it differs from the previous read
MAX_REREADS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PagedReadResult:
    """The pages of a paged read.

    `truncated` means that there were more pages. `unstable` means that two reads of the list
    differed, so a missing item may have moved to another page.
    """

    pages: tuple[Exchange, ...]
    truncated: bool = False
    unstable: bool = False


def read_list_pages(
    contract: Contract,
    paged_read: PagedReadStep,
    call: ApiCall,
    sought_identity: Json,
    send: SendFunction,
    may_read_next_page: Callable[[], bool] = lambda: True,
    thorough: bool = False,
) -> PagedReadResult:
    """Return the pages of a list.

    Reading stops at the page with the item `sought_identity` (MISSING: reads all pages).
    `may_read_next_page` is called before each page but the first; reading stops if it returns
    False. A `thorough` read continues while the total says that there are more items, even after a
    short page.
    """
    paging = find_pagination(contract, call.operation)
    resource = contract.resource_for(call.operation)
    if paging is None:
        return _follow_pages(
            contract, paged_read, call, resource, sought_identity, send, may_read_next_page
        )
    size = _choose_page_size(
        paged_read,
        call,
        paging,
        paged_read.size or get_largest_documented_page_size(contract, call.operation),
        resource,
        send,
    )
    pages, truncated = _read_pages_of_size(
        paged_read,
        call,
        paging,
        size,
        resource,
        sought_identity,
        send,
        may_read_next_page,
        thorough,
    )
    if (
        len(pages) < 2
        or paged_read.pages
        or paged_read.size
        or sought_identity is not MISSING
        or truncated
        or resource is None
        or mark.contains_mark(repr(call.arguments))
    ):
        return PagedReadResult(pages=pages, truncated=truncated)
    for _ in range(MAX_REREADS):
        # Other clients may add or delete items between two pages, which moves items to other pages:
        # only a list that is the same in two reads was read completely.
        reread, truncated = _read_pages_of_size(
            paged_read,
            call,
            paging,
            size,
            resource,
            sought_identity,
            send,
            may_read_next_page,
            thorough,
        )
        if _get_item_identities(reread, resource) == _get_item_identities(pages, resource):
            return PagedReadResult(pages=pages, truncated=truncated)
        pages = reread
    return PagedReadResult(pages=pages, truncated=truncated, unstable=True)


def _follow_pages(
    contract: Contract,
    paged_read: PagedReadStep,
    call: ApiCall,
    resource: Resource | None,
    sought_identity: Json,
    send: SendFunction,
    may_read_next_page: Callable[[], bool],
) -> PagedReadResult:
    """Return the pages of a list that says itself how to go on, or its only page."""
    continuation = contract.find_behavior(call.operation, ContinuesInPages)
    if continuation is None:
        return PagedReadResult(pages=(send(paged_read.name, call),))
    parameters = [parameter.name for parameter in contract.operations[call.operation].parameters]
    size = paged_read.size or get_largest_documented_page_size(contract, call.operation)
    arguments: dict[str, Json] | None = dict(call.arguments)
    if continuation.size_parameter is not None and arguments is not None:
        arguments[continuation.size_parameter] = size
    pages: list[Exchange] = []
    while arguments is not None:
        if len(pages) == paged_read.max_requests or (pages and not may_read_next_page()):
            return PagedReadResult(pages=tuple(pages), truncated=True)
        page = send(paged_read.name, replace(call, arguments=arguments))
        if any(page.request.url == previous.request.url for previous in pages):
            return PagedReadResult(pages=tuple(pages), truncated=True)  # the list goes in circles
        pages.append(page)
        if page.response is None or not page.succeeded:
            break
        items = pointers.get_at_pointer(page.json, resource.items_pointer) if resource else []
        if (
            resource is not None
            and sought_identity is not MISSING
            and sought_identity in get_identities(items, resource)
        ):
            break
        try:
            arguments = continuation.find_next_arguments(
                arguments, page.json, page.response.headers, parameters
            )
        except ValueError:  # the contract lacks a parameter that the next page needs
            return PagedReadResult(pages=tuple(pages), truncated=True)
    return PagedReadResult(pages=tuple(pages))


def get_identities(items: Json, resource: Resource) -> list[Json]:
    """Return the identities of listed items, none for what is no list."""
    return [
        pointers.get_at_pointer(item, resource.identity_pointer)
        for item in (items if isinstance(items, list) else ())
    ]


def _choose_page_size(
    paged_read: PagedReadStep,
    call: ApiCall,
    paging: PaginationBehavior,
    max_size: int,
    resource: Resource | None,
    send: SendFunction,
) -> int:
    """Return the page size that gives about `paged_read.pages` pages, at most `max_size`."""
    if paged_read.pages is None:
        return max_size
    probe = send(
        paged_read.name,
        replace(call, arguments={**call.arguments, **paging.build_page_arguments(0, max_size)}),
    )
    total = pointers.get_at_pointer(probe.json, paging.total_pointer or "")
    if not isinstance(total, int) and resource is not None:
        items = pointers.get_at_pointer(probe.json, resource.items_pointer)
        total = len(items) if isinstance(items, list) else 0
    return (
        max(2, min(max_size, math.ceil(total / paged_read.pages)))
        if probe.succeeded and isinstance(total, int) and total
        else max_size
    )


def _read_pages_of_size(
    paged_read: PagedReadStep,
    call: ApiCall,
    paging: PaginationBehavior,
    size: int,
    resource: Resource | None,
    sought_identity: Json,
    send: SendFunction,
    may_read_next_page: Callable[[], bool],
    thorough: bool = False,
) -> tuple[tuple[Exchange, ...], bool]:
    pages: list[Exchange] = []
    seen_identities = set[str]()
    item_count = 0
    bytes_left = MAX_BYTES
    for index in range(paged_read.max_requests):
        if pages and not may_read_next_page():
            break
        page = send(
            paged_read.name,
            replace(call, arguments={**call.arguments, **paging.build_page_arguments(index, size)}),
        )
        if pages and page.refused:
            # past the end: the documents do not say whether such a page is empty or refused
            return (tuple(pages), False)
        pages.append(page)
        bytes_left -= len(page.response.body) if page.response else 0
        if bytes_left < 0:
            break  # the list is too large to be read completely
        items = pointers.get_at_pointer(page.json, resource.items_pointer) if resource else MISSING
        if (
            len(pages) > MAX_REPEATED_PAGES
            and items
            and all(
                previous.response and page.response and previous.response.body == page.response.body
                for previous in pages[-MAX_REPEATED_PAGES:]
            )
        ):
            break  # the server repeats the same page: the list does not end
        if not page.succeeded or not isinstance(items, list) or not items:
            return tuple(pages), False
        if (
            resource
            and sought_identity is not MISSING
            and any(
                pointers.get_at_pointer(item, resource.identity_pointer) == sought_identity
                for item in items
            )
        ):
            return tuple(pages), False
        total = pointers.get_at_pointer(page.json, paging.total_pointer or "")
        # a server may give fewer items than asked for, and go on
        item_count += len(items)
        more = isinstance(total, int) and item_count < total
        if thorough and resource is not None:
            new_identities = {
                repr(pointers.get_at_pointer(item, resource.identity_pointer)) for item in items
            } - seen_identities
            seen_identities |= new_identities
            more = isinstance(total, int) and len(seen_identities) < total
            if not new_identities:
                break  # the page repeats items of earlier pages: the server ignores the page number
        # where nothing tells the total, a read of pages goes on until one is empty
        is_end_known = isinstance(total, int) or paged_read.pages is None
        if len(items) < size and not more and is_end_known:
            return tuple(pages), False
    return tuple(pages), True


def _get_item_identities(pages: tuple[Exchange, ...], resource: Resource) -> list[str]:
    identities: list[str] = []
    for page in pages:
        items = pointers.get_at_pointer(page.json, resource.items_pointer)
        identities += (
            [repr(pointers.get_at_pointer(item, resource.identity_pointer)) for item in items]
            if isinstance(items, list)
            else []
        )
    return identities


def build_arguments_for_each_state(contract: Contract, resource: Resource) -> list[dict[str, Json]]:
    """Return the arguments that list the items of each state.

    Returns one empty set of arguments if the list has no state filter.
    """
    state_filter = find_state_filter(contract, resource.list or "")
    return (
        [{state_filter.parameter: value} for value in state_filter.item_values]
        if state_filter
        else [{}]
    )


def explain_incomplete_read(
    contract: Contract, operation: str, result: PagedReadResult
) -> str | None:
    """Return why a list may have more items than were read; None if it was read to its end."""
    failed_page = next((page for page in result.pages if not page.succeeded), None)
    resource = contract.resource_for(operation)
    if failed_page is not None or not result.pages or resource is None:
        return f"{failed_page}"
    if result.unstable:
        return f"others change the list while it is read: {result.pages[-1]}"
    if result.truncated:
        return f"after {len(result.pages)} pages the list had not ended: {result.pages[-1]}"
    last_page = result.pages[-1]
    items = pointers.get_at_pointer(last_page.json, resource.items_pointer)
    if not isinstance(items, list):
        return f"{last_page} holds no list at {resource.items_pointer or 'its top'}"
    for page in result.pages:
        page_items = pointers.get_at_pointer(page.json, resource.items_pointer)
        if any(
            not isinstance(
                pointers.get_at_pointer(item, resource.identity_pointer), str | int | float
            )
            for item in (page_items if isinstance(page_items, list) else ())
        ):
            return f"{page} holds items without an identity"
    count = len(_get_item_identities(result.pages, resource))
    sign_of_more = (
        find_sign_of_more_items(
            last_page, resource, None if has_pages(contract, operation) else count
        )
        if items
        else None
    )
    return sign_of_more and f"{last_page} says that there is more: {sign_of_more}"


def get_mark_filter_arguments(contract: Contract, resource: Resource, mark: str) -> dict[str, Json]:
    """Return the arguments that filter a list by a mark; empty if it has no such filter."""
    return dict(
        fill_placeholders(
            build_mark_filter_arguments(contract, resource),
            lambda placeholder: (
                placeholder.render(mark) if isinstance(placeholder, TextWithRunMark) else None
            ),
        )
    )
