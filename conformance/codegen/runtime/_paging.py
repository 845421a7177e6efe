"""The walk through the pages of a list."""

from __future__ import annotations

from typing import Any

from pydantic import MISSING

from ._error import PagingError

# pages without anything new that are borne where the API does not say how many items there are
STANDSTILL = 10


class Walk:
    """Which page comes next, and which of its items are new.

    `items`, `identity`, `total`, `pages` and `echo` are the attribute names that lead to the items,
    from an item to what identifies it, and from an answer to the number of all items, of all pages,
    and of the page itself. Items that move to a later page because others are added before them are
    given once. Raises PagingError when the server answers with another page than the one asked for,
    or with nothing new while the list does not grow.
    """

    def __init__(
        self,
        *,
        first: int,
        items: tuple[str, ...],
        identity: tuple[str, ...] = (),
        total: tuple[str, ...] = (),
        pages: tuple[str, ...] = (),
        echo: tuple[str, ...] = (),
    ) -> None:
        self.page = first
        self.done = False
        self._first = first
        self._items, self._identity, self._total, self._pages, self._echo = (
            items,
            identity,
            total,
            pages,
            echo,
        )
        self._seen: set[Any] = set()
        self._fetched = 0
        self._known: int | None = None
        self._still = 0

    def take(self, answer: Any) -> list[Any]:
        """Return the new items of the answer for `page`, and turn to the next page."""
        echoed = _at(answer, self._echo)
        if echoed is not None and echoed != self.page:
            raise PagingError(
                f"the server answered with page {echoed} when asked for page {self.page}"
            )
        items = _at(answer, self._items) or []
        fresh = [item for item in items if self._is_new(item)]
        total, pages = _at(answer, self._total), _at(answer, self._pages)
        self._guard(bool(items), bool(fresh), total)
        self._fetched += len(items)
        self._known = total
        self.page += 1
        ended = (total is not None and self._fetched >= total) or (
            pages is not None and self.page - self._first >= pages
        )
        self.done = not items or ended
        return fresh

    def _is_new(self, item: Any) -> bool:
        identity = _at(item, self._identity)
        if identity is None:
            return True
        if identity in self._seen:
            return False
        self._seen.add(identity)
        return True

    def _guard(self, some: bool, fresh: bool, total: int | None) -> None:
        if fresh or not some:
            self._still = 0
            return
        self._still += 1
        grown = total is not None and self._known is not None and total > self._known
        if not grown and (total is not None or self._still >= STANDSTILL):
            raise PagingError(f"page {self.page} holds nothing that was not on an earlier page")


def _at(value: Any, way: tuple[str, ...]) -> Any:
    if not way:
        return None
    for name in way:
        value = getattr(value, name, None)
        if value is MISSING or value is None:
            return None
    return value
