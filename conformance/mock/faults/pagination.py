"""Faults in pagination: pages of the wrong size, at the wrong position or with wrong metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.pagination import (
    HasPagedListProperty,
    PagedListProperty,
    PagePastEndHandling,
    PaginationBehavior,
)
from conformance.contract.pointer import MISSING
from conformance.mock.bound_call import BoundCall
from conformance.mock.fault import Fault
from conformance.mock.faults import deletion, interactions
from conformance.mock.faults.patches import ServicePatch, build_fault, patch_list_action
from conformance.mock.listing import ListAction
from conformance.mock.page import Page
from conformance.mock.pagination import DEFAULT_PAGE_SIZE, NumberedPageSlicer
from conformance.mock.part import MetadataField
from conformance.mock.state import Item

Items = Sequence[Item]
SliceItems = Callable[[NumberedPageSlicer, Items, BoundCall], Page]
EXCESS_ITEMS = 50  # items beyond the maximum, so that a violation is observable


def generate_paging_property_faults(
    contract: Contract, claim: Claim, promise: HasPagedListProperty
) -> Iterator[Fault]:
    """Yield faults that violate one property of a paginated list."""
    paginates = promise.behavior
    for variant, text, slice_wrongly in _SLICING_MISTAKES.get(promise.property, ()):
        seed_count = (
            (paginates.max_items or 0) + EXCESS_ITEMS
            if promise.property is PagedListProperty.MAX_ITEMS
            else 0
        )
        yield build_fault(
            claim, variant, text, _patch_page_slicer(claim.operation, slice_wrongly), seed_count
        )
    for variant, text, get_wrong_metadata in _METADATA_MISTAKES.get(promise.property, ()):
        pointer = {
            PagedListProperty.COUNT: paginates.count_pointer,
            PagedListProperty.TOTAL: paginates.total_pointer,
            PagedListProperty.PAGE_COUNT: paginates.page_count_pointer,
        }[promise.property]
        yield build_fault(
            claim,
            variant,
            text,
            patch_list_metadata(
                claim.operation, partial(_replace_at_pointer, pointer, get_wrong_metadata)
            ),
        )
    if promise.property is PagedListProperty.TOTAL and paginates.total_pointer:
        yield from deletion.generate_deleted_still_counted_faults(
            contract, claim, paginates.total_pointer
        )
    yield from interactions.generate_paging_with_filter_faults(
        contract, claim, paginates, promise.property
    )
    if promise.property is PagedListProperty.METADATA:
        yield from _generate_missing_page_metadata_faults(claim, paginates)
    if promise.property is PagedListProperty.UNPAGED_HAS_METADATA:
        yield build_fault(
            claim,
            "otherwise",
            "it is the other way round",
            _patch_page_metadata_presence_inverted(claim.operation, paginates),
        )


def _patch_page_slicer(operation: str, slice_wrongly: SliceItems) -> ServicePatch:
    def replace_slicer(listing: ListAction) -> ListAction:
        slicer = listing.slice_page
        assert isinstance(slicer, NumberedPageSlicer)
        return replace(listing, slice_page=lambda items, call: slice_wrongly(slicer, items, call))

    return patch_list_action(operation, replace_slicer)


def _replace_at_pointer(
    target: str | None, replacement: MetadataField, pointer: str, current: MetadataField
) -> MetadataField:
    return replacement if pointer == target else current


def patch_list_metadata(
    operation: str, change: Callable[[str, MetadataField], MetadataField]
) -> ServicePatch:
    """Replace metadata fields in the response of a list operation.

    `change` receives the pointer and the current function of each field, and returns the function
    to use.
    """
    return patch_list_action(
        operation,
        lambda listing: replace(
            listing,
            metadata_fields={
                pointer: change(pointer, get_metadata)
                for pointer, get_metadata in listing.metadata_fields.items()
            },
        ),
    )


def _build_wrong_size_slicer(size_offset: int) -> SliceItems:
    def slice_page_of_wrong_size(slicer: NumberedPageSlicer, items: Items, call: BoundCall) -> Page:
        page = slicer(items, call)
        size = page.size + size_offset
        if slicer.size_parameter not in call.sent or size < 1:
            return page
        start = slicer.get_start(page.number, size)
        return replace(page, items=items[start : start + size])

    return slice_page_of_wrong_size


def _ignore_page_size(slicer: NumberedPageSlicer, items: Items, call: BoundCall) -> Page:
    page = slicer(items, call)
    if slicer.size_parameter not in call.sent:
        return page
    return replace(page, items=items[: slicer.max_size] if page.number == slicer.first_page else ())


def _build_shifted_start_slicer(start_offset: int) -> SliceItems:
    def slice_page_from_shifted_start(
        slicer: NumberedPageSlicer, items: Items, call: BoundCall
    ) -> Page:
        page = slicer(items, call)
        if page.number <= slicer.first_page:
            return page
        start = page.start + start_offset
        return replace(page, items=items[start : start + page.size])

    return slice_page_from_shifted_start


def _shorten_last_page(slicer: NumberedPageSlicer, items: Items, call: BoundCall) -> Page:
    page = slicer(items, call)
    is_last_page = page.start > 0 and page.start + page.size >= len(items)
    return replace(page, items=page.items[:-1]) if is_last_page else page


def _build_renumbered_page_slicer(number_offset: int) -> SliceItems:
    def slice_renumbered_page(slicer: NumberedPageSlicer, items: Items, call: BoundCall) -> Page:
        page = slicer(items, call)
        if slicer.page_parameter not in call.sent:
            return page
        start = max(0, page.start + number_offset * page.size)
        return replace(page, items=items[start : start + page.size])

    return slice_renumbered_page


def _build_oversized_page_slicer(offset: int | None) -> SliceItems:
    def slice_oversized_page(slicer: NumberedPageSlicer, items: Items, call: BoundCall) -> Page:
        raised_maximum = (
            None if offset is None or slicer.max_size is None else slicer.max_size + offset
        )
        page = slicer(items, call)
        number, size = slicer.get_requested_page_number_and_size(items, call)
        # without a size, the page holds as many items as allowed
        if slicer.size_parameter not in call.sent:
            size = len(items) if raised_maximum is None else raised_maximum
        oversized_page = replace(slicer, max_size=raised_maximum)(
            items,
            BoundCall(
                call.request,
                call.path_arguments,
                call.sent,
                {**call.arguments, slicer.page_parameter: number, slicer.size_parameter: size},
            ),
        )
        return replace(page, items=oversized_page.items)

    return slice_oversized_page


def _truncate_unpaged_list(slicer: NumberedPageSlicer, items: Items, call: BoundCall) -> Page:
    page = slicer(items, call)
    return (
        page
        if slicer.page_parameter in call.sent or slicer.size_parameter in call.sent
        else replace(page, items=page.items[:DEFAULT_PAGE_SIZE])
    )


def _mishandle_page_past_end(
    slicer: NumberedPageSlicer, items: Items, call: BoundCall, swap_handling: bool
) -> Page:
    number, size = slicer.get_requested_page_number_and_size(items, call)
    if slicer.get_start(number, size) < max(1, len(items)):
        return slicer(items, call)
    if not swap_handling:
        return replace(
            slicer(
                items,
                BoundCall(
                    call.request,
                    call.path_arguments,
                    call.sent,
                    {**call.arguments, slicer.page_parameter: slicer.first_page},
                ),
            ),
            number=number,
        )
    swapped_handling = (
        PagePastEndHandling.EMPTY
        if slicer.past_end is PagePastEndHandling.REFUSED
        else PagePastEndHandling.REFUSED
    )
    return replace(slicer, past_end=swapped_handling)(items, call)


_SLICING_MISTAKES: dict[PagedListProperty, tuple[tuple[str, str, SliceItems], ...]] = {
    PagedListProperty.SIZE: (
        ("one-more", "a page holds one item more than asked for", _build_wrong_size_slicer(1)),
        ("one-less", "a page holds one item less than asked for", _build_wrong_size_slicer(-1)),
        ("ignored", "the size is ignored: the first page holds everything", _ignore_page_size),
    ),
    PagedListProperty.ALL_PAGES: (
        (
            "overlap",
            "each page but the first repeats the last item of the one before",
            _build_shifted_start_slicer(-1),
        ),
        (
            "gap",
            "each page but the first leaves out an item before it",
            _build_shifted_start_slicer(1),
        ),
        ("short-last", "the last page lacks its last item", _shorten_last_page),
    ),
    PagedListProperty.FIRST_PAGE: (
        (
            "late",
            "counting starts one higher: the first page comes twice",
            _build_renumbered_page_slicer(-1),
        ),
        (
            "early",
            "counting starts one lower: the first page cannot be had",
            _build_renumbered_page_slicer(1),
        ),
    ),
    PagedListProperty.UNPAGED_IS_COMPLETE: (
        (
            "cut",
            "such a list stops at 50 items",
            lambda slicer, items, call: _truncate_unpaged_list(slicer, items, call),
        ),
    ),
    PagedListProperty.PAST_END: (
        (
            "first",
            "the first page comes instead",
            lambda slicer, items, call: _mishandle_page_past_end(
                slicer, items, call, swap_handling=False
            ),
        ),
        (
            "other",
            "it is answered as the other reading has it",
            lambda slicer, items, call: _mishandle_page_past_end(
                slicer, items, call, swap_handling=True
            ),
        ),
    ),
    PagedListProperty.MAX_ITEMS: (
        (
            "one-more",
            "an answer may hold one item more than the maximum",
            _build_oversized_page_slicer(1),
        ),
        ("ignored", "there is no maximum", _build_oversized_page_slicer(None)),
    ),
}

_METADATA_MISTAKES: dict[PagedListProperty, tuple[tuple[str, str, MetadataField], ...]] = {
    PagedListProperty.COUNT: (
        (
            "total",
            "all matching items are counted, not those of the page",
            lambda page, call: page.total,
        ),
        ("one-more", "one item too many is counted", lambda page, call: len(page.items) + 1),
    ),
    PagedListProperty.TOTAL: (
        (
            "page",
            "the items of the page are counted, not all that match",
            lambda page, call: len(page.items),
        ),
        ("one-more", "one item too many is counted", lambda page, call: page.total + 1),
    ),
    PagedListProperty.PAGE_COUNT: (
        (
            "floor",
            "the number of pages is rounded down",
            lambda page, call: page.total // page.size if page.size else 0,
        ),
        ("one-more", "one page too many is counted", lambda page, call: page.page_count + 1),
    ),
}


def _patch_page_metadata_presence_inverted(
    operation: str, paginates: PaginationBehavior
) -> ServicePatch:
    def invert_metadata_field_presence(pointer: str, get_metadata: MetadataField) -> MetadataField:
        if not pointer.startswith(f"{paginates.metadata_pointer}/"):
            return get_metadata
        return lambda page, call: (
            (MISSING if paginates.unpaged_has_metadata else page.total)
            if _is_unpaged_call(paginates, call)
            else get_metadata(page, call)
        )

    return patch_list_metadata(operation, invert_metadata_field_presence)


def _is_unpaged_call(paginates: PaginationBehavior, call: BoundCall) -> bool:
    return paginates.page_parameter not in call.sent and paginates.size_parameter not in call.sent


def _generate_missing_page_metadata_faults(
    claim: Claim, paginates: PaginationBehavior
) -> Iterator[Fault]:
    def build_metadata_omission(*parameters: str) -> Callable[[str, MetadataField], MetadataField]:
        def omit_page_metadata_field_when_sent(
            pointer: str, get_metadata: MetadataField
        ) -> MetadataField:
            if not pointer.startswith(f"{paginates.metadata_pointer}/"):
                return get_metadata
            return lambda page, call: (
                MISSING
                if any(name in call.sent for name in parameters)
                else get_metadata(page, call)
            )

        return omit_page_metadata_field_when_sent

    yield build_fault(
        claim,
        "missing",
        "a paged answer tells nothing about its page",
        patch_list_metadata(
            claim.operation,
            build_metadata_omission(paginates.page_parameter, paginates.size_parameter),
        ),
    )
    yield build_fault(
        claim,
        "missing-with-page",
        f"an answer tells nothing about its page when {paginates.page_parameter} is sent",
        patch_list_metadata(claim.operation, build_metadata_omission(paginates.page_parameter)),
    )


FAULTS = {"pagination.property": generate_paging_property_faults}
