"""Faults in interactions: lists that are wrong only in combination with a filter.

With the filter, items are sorted, paginated, counted or separated by parent as if there were no
filter, or at the wrong time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.filtering import FiltersByGlob, FiltersByQuery, FiltersByState
from conformance.contract.json import Json
from conformance.contract.pagination import PagedListProperty, PaginationBehavior
from conformance.contract.sorting import SortingBehavior
from conformance.mock.bound_call import BoundCall
from conformance.mock.fault import Fault
from conformance.mock.faults.patches import (
    ServicePatch,
    build_fault,
    patch_action,
    patch_list_action,
)
from conformance.mock.handler import Action
from conformance.mock.listing import ListAction
from conformance.mock.message import MockResponse
from conformance.mock.page import Page
from conformance.mock.pagination import NumberedPageSlicer
from conformance.mock.part import SortItems
from conformance.mock.sorting import ListSorter, SortCollection, sort_by_age
from conformance.mock.state import Item, MockState

CallPredicate = Callable[[BoundCall], bool]


def generate_filter_parameter_predicates(
    contract: Contract, operation: str
) -> Iterator[tuple[str, CallPredicate]]:
    """Yield each parameter that narrows a list, with a check whether a call uses it."""
    for behavior in contract.behaviors[operation]:
        match behavior:
            case FiltersByQuery():
                yield behavior.parameter, _build_sent_check(behavior.parameter)
            case FiltersByGlob():
                yield (
                    behavior.pattern_parameter,
                    _build_sent_check(behavior.field_parameter, behavior.pattern_parameter),
                )
            case FiltersByState():
                yield behavior.parameter, _build_sent_check(behavior.parameter)


def _build_sent_check(*parameters: str) -> Callable[[BoundCall], bool]:
    return lambda call: all(name in call.arguments for name in parameters)


def generate_order_with_filter_faults(
    contract: Contract,
    claim: Claim,
    requested_order: tuple[Json, bool],
    wrong_order: SortCollection,
    text: str,
    *,
    is_first_field: bool,
) -> Iterator[Fault]:
    """Yield faults in which a list is sorted incorrectly if a filter is used as well.

    Every order is combined with query filters. Only the order by the first sort field
    (`is_first_field`) is combined with the other filters too. `text` describes `wrong_order`.
    """
    query_parameters = {
        behavior.parameter for behavior in contract.list_behaviors(claim.operation, FiltersByQuery)
    }
    for parameter, applies in generate_filter_parameter_predicates(contract, claim.operation):
        if is_first_field or parameter in query_parameters:
            yield build_fault(
                claim,
                f"beside-{parameter}",
                f"beside {parameter}, {text}",
                _patch_order_for_matching_calls(
                    claim.operation, requested_order, wrong_order, applies
                ),
            )


def _patch_order_for_matching_calls(
    operation: str,
    requested_order: tuple[Json, bool],
    wrong_order: SortCollection,
    applies: CallPredicate,
) -> ServicePatch:
    def wrap_sort_function(sort: SortItems) -> SortItems:
        assert isinstance(sort, ListSorter)
        return lambda collection, call: (
            wrong_order(collection)
            if sort.get_requested_key_and_direction(call) == requested_order and applies(call)
            else sort(collection, call)
        )

    return patch_list_action(
        operation, lambda listing: replace(listing, sort=wrap_sort_function(listing.sort))
    )


def generate_paging_with_filter_faults(
    contract: Contract, claim: Claim, paginates: PaginationBehavior, aspect: PagedListProperty
) -> Iterator[Fault]:
    """Yield faults in which page size, page number or counts are wrong beside a filter."""
    conditions = list(generate_filter_parameter_predicates(contract, claim.operation))
    for parameter, applies in conditions:
        if aspect is PagedListProperty.SIZE:
            yield build_fault(
                claim,
                f"ignored-beside-{parameter}",
                f"beside {parameter}, the size is ignored",
                _patch_page_slicer_for_matching_calls(claim.operation, applies, _ignore_page_size),
            )
        elif aspect is PagedListProperty.ALL_PAGES:
            text = f"beside {parameter}, every page is the first"
            yield build_fault(
                claim,
                f"first-beside-{parameter}",
                text,
                _patch_page_slicer_for_matching_calls(claim.operation, applies, _return_first_page),
            )
        elif aspect is PagedListProperty.TOTAL and paginates.total_pointer:
            text = f"beside {parameter}, the items of the whole collection are counted"
            yield build_fault(
                claim,
                f"unfiltered-beside-{parameter}",
                text,
                _patch_count_metadata(
                    claim.operation, paginates.total_pointer, applies, lambda total, page: total
                ),
            )
        elif aspect is PagedListProperty.PAGE_COUNT and paginates.page_count_pointer:
            text = f"beside {parameter}, the pages of the whole collection are counted"

            def count_pages(total: int, page: Page) -> int:
                return replace(page, total=total).page_count

            yield build_fault(
                claim,
                f"unfiltered-beside-{parameter}",
                text,
                _patch_count_metadata(
                    claim.operation, paginates.page_count_pointer, applies, count_pages
                ),
            )
    if conditions and aspect is PagedListProperty.SIZE:
        text = (
            "the list is cut into pages before it is filtered: a page lacks what the filter leaves"
            " out of it"
        )
        yield build_fault(
            claim,
            "cut-before-filter",
            text,
            patch_list_action(claim.operation, _make_list_slice_before_filtering),
        )
    if (
        aspect is PagedListProperty.ALL_PAGES
        and contract.find_behavior(claim.operation, SortingBehavior)
        and contract.find_behavior(claim.operation, FiltersByGlob)
    ):
        yield build_fault(
            claim,
            "sorted-late",
            "the pages are cut by age, and each is sorted by itself",
            patch_action(claim.operation, _make_list_sort_after_slicing),
        )


def _patch_page_slicer_for_matching_calls(
    operation: str,
    applies: CallPredicate,
    slice_wrongly: Callable[[NumberedPageSlicer, Sequence[Item], BoundCall], Page],
) -> ServicePatch:
    def replace_page_slicer(listing: ListAction) -> ListAction:
        slicer = listing.slice_page
        assert isinstance(slicer, NumberedPageSlicer)
        return replace(
            listing,
            slice_page=lambda items, call: (
                slice_wrongly(slicer, items, call) if applies(call) else slicer(items, call)
            ),
        )

    return patch_list_action(operation, replace_page_slicer)


def _ignore_page_size(slicer: NumberedPageSlicer, items: Sequence[Item], call: BoundCall) -> Page:
    page = slicer(items, call)
    if slicer.size_parameter not in call.sent:
        return page
    return replace(page, items=items[: slicer.max_size] if page.number == slicer.first_page else ())


def _return_first_page(slicer: NumberedPageSlicer, items: Sequence[Item], call: BoundCall) -> Page:
    page = slicer(items, call)
    return replace(
        page,
        items=items[: page.size] if page.number > slicer.first_page and page.items else page.items,
    )


def _patch_count_metadata(
    operation: str, pointer: str, applies: CallPredicate, count: Callable[[int, Page], int]
) -> ServicePatch:
    def replace_count_metadata(action: Action) -> Action:
        assert isinstance(action, ListAction)
        listing = action

        def list_with_wrong_count(state: MockState, call: BoundCall) -> MockResponse:
            get_metadata = listing.metadata_fields.get(pointer)
            if get_metadata is None or not applies(call):
                return listing(state, call)
            total = len(listing.get_collection(state, call).items)

            def get_wrong_count(page: Page, call: BoundCall) -> Json:
                return count(total, page)

            return replace(
                listing, metadata_fields={**listing.metadata_fields, pointer: get_wrong_count}
            )(state, call)

        return list_with_wrong_count

    return patch_action(operation, replace_count_metadata)


def _make_list_slice_before_filtering(listing: ListAction) -> ListAction:
    """Return a listing that slices the unfiltered list and filters only the resulting page.

    Counts and other metadata remain correct.
    """
    filters, slicer = listing.filters, listing.slice_page
    assert isinstance(slicer, NumberedPageSlicer)

    def apply_filters(items: Sequence[Item], call: BoundCall) -> Sequence[Item]:
        for apply_filter in filters:
            items = apply_filter(items, call)
        return items

    def slice_then_filter(items: Sequence[Item], call: BoundCall) -> Page:
        page = slicer(apply_filters(items, call), call)
        unfiltered_items = items if slicer.size_parameter in call.sent else ()
        return (
            replace(page, items=apply_filters(slicer(items, call).items, call))
            if unfiltered_items
            else page
        )

    return replace(listing, filters=(), slice_page=slice_then_filter)


def _make_list_sort_after_slicing(action: Action) -> Action:
    assert isinstance(action, ListAction)
    listing = action

    def list_with_late_sorting(state: MockState, call: BoundCall) -> MockResponse:
        positions = {
            id(item): position
            for position, item in enumerate(listing.sort(listing.get_collection(state, call), call))
        }

        def slice_then_sort(items: Sequence[Item], call: BoundCall) -> Page:
            page = listing.slice_page(items, call)
            return replace(page, items=sorted(page.items, key=lambda item: positions[id(item)]))

        return replace(
            listing,
            sort=lambda collection, call: sort_by_age(collection),
            slice_page=slice_then_sort,
        )(state, call)

    return list_with_late_sorting
