"""A page of a list, as the mock returns it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.mock.bound_call import BoundCall
from conformance.mock.state import Item


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, with its number and size.

    `total` is the number of matching items on all pages, and `start` the position of the
    first item of this page among them.
    """

    items: Sequence[Item]
    total: int
    number: int
    size: int
    start: int = 0

    @property
    def page_count(self) -> int:
        """Return the number of pages, 0 if the size is not positive."""
        return -(-self.total // self.size) if self.size > 0 else 0


def build_whole_page(items: Sequence[Item], call: BoundCall) -> Page:
    """Return all items as the only page: what a list without pages returns."""
    return Page(items, len(items), 1, len(items))
