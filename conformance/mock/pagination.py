"""Pagination of lists by page number or offset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.contract.contract import Contract
from conformance.contract.operation import Operation
from conformance.contract.pagination import PagePastEndHandling, PaginationBehavior
from conformance.contract.pointer import MISSING
from conformance.mock.bound_call import BoundCall
from conformance.mock.page import Page
from conformance.mock.part import MetadataField, MockPart, PageSlicer
from conformance.mock.refusal import Refusal
from conformance.mock.state import Item

DEFAULT_PAGE_SIZE = 50  # if a page is requested and no default is documented


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedPageSlicer:
    """A function that selects the items of the requested page.

    If `counts_items`, the page is asked for by its offset. If a call asks for a page without a
    size, and no default is documented, the size is `DEFAULT_PAGE_SIZE`. A call without page and
    size gets everything, up to `max_size` items. No response holds more than `max_size` items, but
    the reported size is the requested one.
    """

    page_parameter: str
    size_parameter: str
    first_page: int
    max_size: int | None
    past_end: PagePastEndHandling | None = None
    counts_items: bool = False

    def __call__(self, items: Sequence[Item], call: BoundCall) -> Page:
        """Return the requested page.

        A page past the end is empty, or refused with 404 if `past_end` says so. The first page is
        never refused.
        """
        number, size = self.get_requested_page_number_and_size(items, call)
        start = self.get_start(number, size)
        if self.past_end is PagePastEndHandling.REFUSED and start >= max(1, len(items)):
            raise Refusal(404, f"there is no page {number}")
        returned_size = size if self.max_size is None else min(size, self.max_size)
        end = start + max(0, returned_size)
        return Page(items[start:end], len(items), number, size, start)

    def get_start(self, number: int, size: int) -> int:
        """Return the position of the first item of a page, by its number or its offset."""
        return max(0, number - self.first_page) * (1 if self.counts_items else max(0, size))

    def get_requested_page_number_and_size(
        self, items: Sequence[Item], call: BoundCall
    ) -> tuple[int, int]:
        """Return the number and the size of the requested page."""
        number, size = (
            call.arguments.get(self.page_parameter, self.first_page),
            call.arguments.get(self.size_parameter, MISSING),
        )
        if size is MISSING:
            size = (
                DEFAULT_PAGE_SIZE
                if self.page_parameter in call.sent
                else self.max_size or max(len(items), 1)
            )
        return number, size


def build_page_slicer(
    contract: Contract, operation: Operation, paginates: PaginationBehavior
) -> PageSlicer:
    """Return the function that selects the requested page."""
    return NumberedPageSlicer(
        page_parameter=paginates.page_parameter,
        size_parameter=paginates.size_parameter,
        first_page=paginates.first_page,
        max_size=paginates.max_items,
        past_end=paginates.past_end,
        counts_items=paginates.counts_items,
    )


def build_page_count_fields(
    contract: Contract, operation: Operation, paginates: PaginationBehavior
) -> dict[str, MetadataField]:
    """Return the metadata fields with the item counts and the page count of a response."""
    fields: dict[str | None, MetadataField] = {
        paginates.count_pointer: lambda page, call: len(page.items),
        paginates.total_pointer: lambda page, call: page.total,
        paginates.page_count_pointer: lambda page, call: page.page_count,
    }
    return {pointer: get_metadata for pointer, get_metadata in fields.items() if pointer}


PART = MockPart(build_slicer=build_page_slicer, build_metadata_fields=build_page_count_fields)
