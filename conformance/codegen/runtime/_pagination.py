"""Pagination of lists."""

from __future__ import annotations

from typing import Any

from pydantic import MISSING

from ._error import PagingError

# successive pages without new items that are accepted if the API gives no total
MAX_STALLED_PAGES = 10


class PaginationState:
    """Tracks which page to fetch next and which of its items are new.

    The arguments are attribute paths: `items_path` from a response to its items, `identity_path`
    from an item to its id, and `total_path`, `page_count_path` and `page_number_path` from a
    response to the number of all items, the number of all pages and the number of the page itself.
    If `counts_items` is set, pages are asked for by their offset instead of their number.

    An item that moves to a later page, because others are added before it, is returned once.
    """

    def __init__(
        self,
        *,
        first_page: int,
        items_path: tuple[str, ...],
        identity_path: tuple[str, ...] = (),
        total_path: tuple[str, ...] = (),
        page_count_path: tuple[str, ...] = (),
        page_number_path: tuple[str, ...] = (),
        counts_items: bool = False,
    ) -> None:
        self.page_number = first_page
        self.finished = False
        self._first_page, self._counts_items = first_page, counts_items
        (
            self._items_path,
            self._identity_path,
            self._total_path,
            self._page_count_path,
            self._page_number_path,
        ) = (items_path, identity_path, total_path, page_count_path, page_number_path)
        self._seen_identities: set[Any] = set()
        self._fetched_count = 0
        self._last_total: int | None = None
        self._stalled_pages = 0

    def take_new_items(self, page: Any) -> list[Any]:
        """Return the new items of the response for `page_number`, and advance to the next page.

        Raises PagingError if the server returned a different page, or returned nothing new although
        the list did not grow.
        """
        actual_number = _get_attribute_at_path(page, self._page_number_path)
        if actual_number is not None and actual_number != self.page_number:
            raise PagingError(
                f"the server answered with page {actual_number} when asked for page"
                f" {self.page_number}"
            )
        items = _get_attribute_at_path(page, self._items_path) or []
        new_items = [item for item in items if self._add_if_unseen(item)]
        total, page_count = (
            _get_attribute_at_path(page, self._total_path),
            _get_attribute_at_path(page, self._page_count_path),
        )
        self._check_progress(bool(items), bool(new_items), total)
        self._fetched_count += len(items)
        self._last_total = total
        self.page_number += len(items) if self._counts_items else 1
        ended = (total is not None and self._fetched_count >= total) or (
            page_count is not None
            and not self._counts_items
            and self.page_number - self._first_page >= page_count
        )
        self.finished = not items or ended
        return new_items

    def _add_if_unseen(self, item: Any) -> bool:
        identity = _get_attribute_at_path(item, self._identity_path)
        if identity is None:
            return True
        if identity in self._seen_identities:
            return False
        self._seen_identities.add(identity)
        return True

    def _check_progress(self, has_items: bool, has_new_items: bool, total: int | None) -> None:
        if has_new_items or not has_items:
            self._stalled_pages = 0
            return
        self._stalled_pages += 1
        grown = total is not None and self._last_total is not None and total > self._last_total
        if not grown and (total is not None or self._stalled_pages >= MAX_STALLED_PAGES):
            raise PagingError(
                f"page {self.page_number} holds nothing that was not on an earlier page"
            )


def _get_attribute_at_path(value: Any, path: tuple[str, ...]) -> Any:
    if not path:
        return None
    for name in path:
        value = getattr(value, name, None)
        if value is MISSING or value is None:
            return None
    return value
