"""Items kept in order while they change, and views of them that cost what is looked at, not what
there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, overload

from sortedcontainers import SortedList

from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.mock.field import Get, at
from conformance.mock.message import encode

if TYPE_CHECKING:
    from conformance.mock.state import Collection, Item

TEXT = 3  # the rank of texts


def rank(value: Json) -> tuple[int, Json]:
    """Return a sort key under which values of all JSON types can be compared: nothing, booleans,
    numbers, texts (by code point), the rest.
    """
    if value is MISSING or value is None:
        return (0, 0)
    if isinstance(value, bool):
        return (1, value)
    if isinstance(value, int | float):
        return (2, value)
    return (TEXT, value) if isinstance(value, str) else (4, encode(value))


@dataclass(frozen=True, slots=True)
class Keep:
    """The items of which an index is made: those whose `field` is `value` (True is not 1)."""

    field: str
    value: Json

    def holds(self, one: Item) -> bool:
        """Tell whether an item is among them."""
        found = at(self.field)(one.value)
        return found == self.value and type(found) is type(self.value)


class Index:
    """Items by what stands at `pointer` (None: by age alone), equal ones by age; all, or those that
    `keep` names.
    """

    __slots__ = ("_get", "_keep", "entries")

    def __init__(
        self, pointer: str | None, keep: Keep | None, items: Iterator[tuple[int, Item]]
    ) -> None:
        self._get: Get | None = None if pointer is None else at(pointer)
        self._keep = keep
        self.entries: Any = SortedList(
            self._entry(age, one) for age, one in items if keep is None or keep.holds(one)
        )

    def _entry(self, age: int, one: Item) -> tuple[tuple[int, Json], int, Item]:
        return ((0, 0) if self._get is None else rank(self._get(one.value)), age, one)

    def add(self, age: int, one: Item) -> None:
        """Put in an item of that age."""
        if self._keep is None or self._keep.holds(one):
            self.entries.add(self._entry(age, one))

    def remove(self, age: int, one: Item) -> None:
        """Take out an item of that age."""
        if self._keep is None or self._keep.holds(one):
            self.entries.remove(self._entry(age, one))


class Ordered(Sequence["Item"]):
    """A stretch of an index, upwards or downwards, as a sequence of items. It lives until the
    collection changes.
    """

    __slots__ = ("_entries", "_start", "_stop", "collection", "descending", "pointer")

    def __init__(
        self,
        collection: Collection,
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
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> list[Item]: ...
    def __getitem__(self, place: int | slice) -> Item | list[Item]:
        if isinstance(place, int):
            return self[place : place + 1 or None][0]
        first, last, step = place.indices(len(self))
        if step != 1:
            return list(self)[place]
        if self.descending:
            first, last = self._stop - max(first, last), self._stop - first
        else:
            first, last = self._start + first, self._start + max(first, last)
        return [entry[2] for entry in self._entries.islice(first, last, self.descending)]

    @property
    def place(self) -> tuple[int, int, int, bool]:
        """Return what tells this stretch from all others of the same collection, until that
        changes.
        """
        return id(self._entries), self._start, self._stop, self.descending

    def where(self, keep: Keep) -> Ordered | None:
        """Return those of all items that `keep` names, in the same order; None when this is not the
        whole collection.
        """
        if len(self) != len(self.collection.items):
            return None
        return self.collection.arranged(self.pointer, self.descending, keep)

    def beginning(self, pointer: str, text: str, whole: bool) -> Ordered | None:
        """Return the items whose text at `pointer` begins with `text` (`whole`: is it), when this
        is the order of those texts, else None.

        None also where there are lists, any member of which would count, and so can stand anywhere
        in the order.
        """
        entries = self._entries
        if (
            pointer != self.pointer
            or not text
            or not entries
            or entries[-1][0][0] > TEXT
            or text[-1] == "\U0010ffff"
        ):
            return None
        after = ((TEXT, text), inf) if whole else ((TEXT, text[:-1] + chr(ord(text[-1]) + 1)),)
        start, stop = entries.bisect_left(((TEXT, text),)), entries.bisect_left(after)
        start, stop = max(start, self._start), min(stop, self._stop)
        return Ordered(
            self.collection, self.pointer, self.descending, entries, start, max(start, stop)
        )
