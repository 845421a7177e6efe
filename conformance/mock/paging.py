"""Lists in numbered pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conformance.contract.paging import Beyond, Paginates
from conformance.contract.pointer import MISSING
from conformance.mock.call import Call
from conformance.mock.refusal import Refusal
from conformance.mock.state import Item

SIZE = 50  # of a page that is asked for where no default is documented


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the `matching` items, and the number and size of the page they are."""

    items: Sequence[Item]
    matching: int
    number: int
    size: int

    @property
    def pages(self) -> int:
        """Return the number of pages: the matching items by the size, rounded up."""
        return -(-self.matching // self.size) if self.size > 0 else 0


Turn = Callable[[Sequence[Item], Call], Page]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Which slice of the matching items a call gets.

    Without a size, and no default documented, a page has SIZE items; a call that does not ask for a
    page at all gets everything. No answer holds more than `ceiling` items, whatever the size; the
    size is still told as it was asked for.
    """

    page: str
    size: str
    first: int
    ceiling: int | None
    beyond: Beyond | None = None

    def __call__(self, items: Sequence[Item], call: Call) -> Page:
        """Return the page asked for; one past the end is empty, unless it is refused (the first
        never is).
        """
        number, size = self.asked(items, call)
        start = max(0, number - self.first) * max(0, size)
        if self.beyond is Beyond.REFUSED and start >= max(1, len(items)):
            raise Refusal(404, f"there is no page {number}")
        held = size if self.ceiling is None else min(size, self.ceiling)
        return Page(items[start : start + max(0, held)], len(items), number, size)

    def asked(self, items: Sequence[Item], call: Call) -> tuple[int, int]:
        """Return the number and the size of the page that the call asks for."""
        number, size = (
            call.arguments.get(self.page, self.first),
            call.arguments.get(self.size, MISSING),
        )
        if size is MISSING:
            size = SIZE if self.page in call.sent else self.ceiling or max(len(items), 1)
        return number, size


def paging(paginates: Paginates | None) -> Turn:
    """Return how a list is cut into pages; without the behaviour, it is not."""
    if paginates is None:
        return lambda items, call: Page(items, len(items), 1, max(len(items), 1))
    return Paging(
        page=paginates.page,
        size=paginates.size,
        first=paginates.first,
        ceiling=paginates.ceiling,
        beyond=paginates.beyond,
    )
