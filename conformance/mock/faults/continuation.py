"""Faults in lists whose pages each say how to get the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from conformance.contract.claim import Claim
from conformance.contract.continuation import ContinuedListProperty, HasContinuedListProperty
from conformance.contract.contract import Contract
from conformance.mock.bound_call import BoundCall
from conformance.mock.fault import Fault
from conformance.mock.faults.patches import ServicePatch, build_fault, patch_list_action
from conformance.mock.listing import ListAction
from conformance.mock.page import Page
from conformance.mock.part import PageSlicer
from conformance.mock.state import Item

ChangePage = Callable[[Page, Sequence[Item]], Page]


def generate_continuation_faults(
    contract: Contract, claim: Claim, promise: HasContinuedListProperty
) -> Iterator[Fault]:
    """Yield faults in the pages."""
    if promise.property is ContinuedListProperty.SIZE:
        changes: dict[str, tuple[str, ChangePage]] = {
            "one-more": ("a page holds one item more than asked for", _add_following_item),
            "ignored": ("the size is ignored: the first page holds everything", _add_all_items),
        }
    else:
        changes = {
            "overlap": ("each page repeats the last item of the one before", _repeat_item),
            "gap": ("each page but the first leaves out an item before it", _skip_item),
            "short": ("the second page is said to be the last one", _end_after_second_page),
            "first-again": ("the cursor is ignored: each page is the first", _return_first_page),
            "endless": ("the last page leads to the first one", _start_again),
        }
    for variant, (text, change) in changes.items():
        yield build_fault(claim, variant, text, _patch_pages(claim.operation, change))


def _patch_pages(operation: str, change: ChangePage) -> ServicePatch:
    def replace_slicer(listing: ListAction) -> ListAction:
        slice_page: PageSlicer = listing.slice_page

        def slice_wrongly(items: Sequence[Item], call: BoundCall) -> Page:
            return change(slice_page(items, call), items)

        return replace(listing, slice_page=slice_wrongly)

    return patch_list_action(operation, replace_slicer)


def _add_following_item(page: Page, items: Sequence[Item]) -> Page:
    return replace(page, items=items[page.start : page.start + page.size + 1])


def _add_all_items(page: Page, items: Sequence[Item]) -> Page:
    return replace(page, items=items[page.start :])


def _repeat_item(page: Page, items: Sequence[Item]) -> Page:
    start = max(0, page.start - 1)
    return replace(page, items=items[start : start + page.size], start=start)


def _skip_item(page: Page, items: Sequence[Item]) -> Page:
    start = page.start + 1 if page.start else 0
    return replace(page, items=items[start : start + page.size], start=start)


def _end_after_second_page(page: Page, items: Sequence[Item]) -> Page:
    return page if not page.start else replace(page, total=page.start + len(page.items))


def _return_first_page(page: Page, items: Sequence[Item]) -> Page:
    return replace(page, items=items[: page.size], start=0)


def _start_again(page: Page, items: Sequence[Item]) -> Page:
    is_last = page.start and page.start + len(page.items) >= page.total
    return replace(page, start=-len(page.items), total=max(1, page.total)) if is_last else page


FAULTS = {HasContinuedListProperty.kind: generate_continuation_faults}
