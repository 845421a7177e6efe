"""Sorted indexes over items, and lazy slices of them.

The cost of a slice depends on the number of items that are read, not on the size of the collection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, overload

from sortedcontainers import SortedList

from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.mock.accessors import Getter, build_pointer_getter
from conformance.mock.message import encode_json

if TYPE_CHECKING:
    from conformance.mock.state import Item, ItemCollection

TEXT_RANK = 3  # rank of texts in the order of types


def build_json_sort_key(value: Json) -> tuple[int, Json]:
    """Return a sort key that makes values of all JSON types comparable.

    The order is: missing or null, booleans, numbers, texts (by code point), other values.
    """
    if value is MISSING or value is None:
        return (0, 0)
    if isinstance(value, bool):
        return (1, value)
    if isinstance(value, int | float):
        return (2, value)
    return (TEXT_RANK, value) if isinstance(value, str) else (4, encode_json(value))


@dataclass(frozen=True, slots=True)
class FieldCondition:
    """A condition that restricts an index to items with one value at `pointer`.

    The type counts too: true is not 1.
    """

    pointer: str
    value: Json

    def matches(self, item: Item) -> bool:
        """Return whether an item fulfills the condition."""
        actual = build_pointer_getter(self.pointer)(item.value)
        return actual == self.value and type(actual) is type(self.value)


class SortedIndex:
    """Items sorted by the value at `pointer`, then by age.

    If `pointer` is None, items are sorted by age alone. If `condition` is set, the index holds only
    the items that fulfill it.
    """

    __slots__ = ("_condition", "_get_value", "entries")

    def __init__(
        self,
        pointer: str | None,
        condition: FieldCondition | None,
        items: Iterator[tuple[int, Item]],
    ) -> None:
        self._get_value: Getter | None = None if pointer is None else build_pointer_getter(pointer)
        self._condition = condition
        self.entries: Any = SortedList(
            self._build_sort_entry(age, item)
            for age, item in items
            if condition is None or condition.matches(item)
        )

    def _build_sort_entry(self, age: int, item: Item) -> tuple[tuple[int, Json], int, Item]:
        return (
            (0, 0) if self._get_value is None else build_json_sort_key(self._get_value(item.value)),
            age,
            item,
        )

    def add(self, age: int, item: Item) -> None:
        """Add an item with its age if it fulfills the condition."""
        if self._condition is None or self._condition.matches(item):
            self.entries.add(self._build_sort_entry(age, item))

    def remove(self, age: int, item: Item) -> None:
        """Remove an item with its age if it fulfills the condition."""
        if self._condition is None or self._condition.matches(item):
            self.entries.remove(self._build_sort_entry(age, item))


class SortedItemSequence(Sequence["Item"]):
    """A contiguous part of an index as a sequence of items, ascending or descending.

    It is only valid until the collection changes.
    """

    __slots__ = ("_entries", "_start", "_stop", "collection", "descending", "pointer")

    def __init__(
        self,
        collection: ItemCollection,
        pointer: str | None,
        descending: bool,
        entries: Any,
        start: int,
        stop: int,
    ) -> None:
        self.collection, self.pointer, self.descending = collection, pointer, descending
        self._entries, self._start, self._stop = entries, start, stop

    def __len__(self) -> int:
        return self._stop - self._start

    def __iter__(self) -> Iterator[Item]:
        return (
            entry[2] for entry in self._entries.islice(self._start, self._stop, self.descending)
        )

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> list[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | list[Item]:
        if isinstance(index, int):
            return self[index : index + 1 or None][0]
        first, last, step = index.indices(len(self))
        if step != 1:
            return list(self)[index]
        if self.descending:
            first, last = self._stop - max(first, last), self._stop - first
        else:
            first, last = self._start + first, self._start + max(first, last)
        return [entry[2] for entry in self._entries.islice(first, last, self.descending)]

    @property
    def cache_key(self) -> tuple[int, int, int, bool]:
        """Return a key that identifies this slice within its collection until the next change."""
        return id(self._entries), self._start, self._stop, self.descending

    def narrow_to_condition(self, condition: FieldCondition) -> SortedItemSequence | None:
        """Return the items that fulfill a condition, in the same order.

        Returns None if this slice is not the whole collection.
        """
        if len(self) != len(self.collection.items):
            return None
        return self.collection.view_sorted_items(self.pointer, self.descending, condition)

    def narrow_to_text_prefix(
        self, pointer: str, text: str, exact: bool
    ) -> SortedItemSequence | None:
        """Return the items whose text at `pointer` starts with `text`.

        If `exact` is true, the text must be equal. Returns None if this slice is not sorted by
        `pointer`. Also returns None if some values are lists, because any member of a list could
        match, regardless of its position in the order.
        """
        entries = self._entries
        if (
            pointer != self.pointer
            or not text
            or not entries
            or entries[-1][0][0] > TEXT_RANK
            or text[-1] == "\U0010ffff"
        ):
            return None
        end_key = (
            ((TEXT_RANK, text), inf)
            if exact
            else ((TEXT_RANK, text[:-1] + chr(ord(text[-1]) + 1)),)
        )
        start, stop = entries.bisect_left(((TEXT_RANK, text),)), entries.bisect_left(end_key)
        start, stop = max(start, self._start), min(stop, self._stop)
        return SortedItemSequence(
            self.collection, self.pointer, self.descending, entries, start, max(start, stop)
        )
