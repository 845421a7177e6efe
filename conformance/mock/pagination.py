"""Lists in numbered pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conformance.contract.pagination import Paginates, PastEndHandling
from conformance.contract.pointer import MISSING
from conformance.mock.bound_call import BoundCall
from conformance.mock.refusal import Refusal
from conformance.mock.state import Item

DEFAULT_PAGE_SIZE = 50  # of a page that is asked for where no default is documented


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the `matching` items, and the number and size of the page they are."""

    items: Sequence[Item]
    total: int
    number: int
    size: int

    @property
    def page_count(self) -> int:
        """Return the number of pages: the matching items by the size, rounded up."""
        return -(-self.total // self.size) if self.size > 0 else 0


PageSlicer = Callable[[Sequence[Item], BoundCall], Page]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedPageSlicer:
    """Which slice of the matching items a call gets.

    Without a size, and no default documented, a page has SIZE items; a call that does not ask for a
    page at all gets everything. No answer holds more than `ceiling` items, whatever the size; the
    size is still told as it was asked for.
    """

    page_parameter: str
    size_parameter: str
    first_page: int
    max_size: int | None
    past_end: PastEndHandling | None = None

    def __call__(self, items: Sequence[Item], call: BoundCall) -> Page:
        """Return the page asked for; one past the end is empty, unless it is refused (the first
        never is).
        """
        number, size = self.get_requested_page(items, call)
        start = max(0, number - self.first_page) * max(0, size)
        if self.past_end is PastEndHandling.REFUSED and start >= max(1, len(items)):
            raise Refusal(404, f"there is no page {number}")
        returned_size = size if self.max_size is None else min(size, self.max_size)
        return Page(items[start : start + max(0, returned_size)], len(items), number, size)

    def get_requested_page(self, items: Sequence[Item], call: BoundCall) -> tuple[int, int]:
        """Return the number and the size of the page that the call asks for."""
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


def build_page_slicer(paginates: Paginates | None) -> PageSlicer:
    """Return how a list is cut into pages; without the behavior, it is not."""
    if paginates is None:
        return lambda items, call: Page(items, len(items), 1, max(len(items), 1))
    return NumberedPageSlicer(
        page_parameter=paginates.page_parameter,
        size_parameter=paginates.size_parameter,
        first_page=paginates.first_page,
        max_size=paginates.max_items,
        past_end=paginates.past_end,
    )
