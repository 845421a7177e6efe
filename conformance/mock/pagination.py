"""Pagination of lists by page number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conformance.contract.pagination import PagePastEndHandling, PaginationBehavior
from conformance.contract.pointer import MISSING
from conformance.mock.bound_call import BoundCall
from conformance.mock.refusal import Refusal
from conformance.mock.state import Item

DEFAULT_PAGE_SIZE = 50  # if a page is requested and no default is documented


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, with its number and size.

    `total` is the number of matching items on all pages.
    """

    items: Sequence[Item]
    total: int
    number: int
    size: int

    @property
    def page_count(self) -> int:
        """Return the number of pages, 0 if the size is not positive."""
        return -(-self.total // self.size) if self.size > 0 else 0


PageSlicer = Callable[[Sequence[Item], BoundCall], Page]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedPageSlicer:
    """A function that selects the items of the requested page.

    If a call asks for a page without a size, and no default is documented, the size is
    `DEFAULT_PAGE_SIZE`. A call without page and size gets everything, up to `max_size` items. No
    response holds more than `max_size` items, but the reported size is the requested one.
    """

    page_parameter: str
    size_parameter: str
    first_page: int
    max_size: int | None
    past_end: PagePastEndHandling | None = None

    def __call__(self, items: Sequence[Item], call: BoundCall) -> Page:
        """Return the requested page.

        A page past the end is empty, or refused with 404 if `past_end` says so. The first page is
        never refused.
        """
        number, size = self.get_requested_page_number_and_size(items, call)
        start = max(0, number - self.first_page) * max(0, size)
        if self.past_end is PagePastEndHandling.REFUSED and start >= max(1, len(items)):
            raise Refusal(404, f"there is no page {number}")
        returned_size = size if self.max_size is None else min(size, self.max_size)
        return Page(items[start : start + max(0, returned_size)], len(items), number, size)

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


def build_page_slicer(paginates: PaginationBehavior | None) -> PageSlicer:
    """Return the function that selects a page, or all items if the operation has no pages."""
    if paginates is None:
        return lambda items, call: Page(items, len(items), 1, len(items))
    return NumberedPageSlicer(
        page_parameter=paginates.page_parameter,
        size_parameter=paginates.size_parameter,
        first_page=paginates.first_page,
        max_size=paginates.max_items,
        past_end=paginates.past_end,
    )
