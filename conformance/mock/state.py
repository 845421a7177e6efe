"""What a mock remembers: items by resource and parent, counters, the last timestamp."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from conformance.contract.json import Json
from conformance.mock.index import Index, Keep, Ordered
from conformance.mock.message import encode


@dataclass(frozen=True, slots=True)
class Item:
    """A stored value, never changed in place, with its JSON text: lists are put together from these
    texts.
    """

    value: Json
    text: str


def item(value: Json) -> Item:
    """Return the item of a value."""
    return Item(value, encode(value))


@dataclass(slots=True)
class Collection:
    """The items of one resource under one parent, by identity (as text), in the order of their
    creation.

    Each order that was asked for once is kept as an index from then on: a change costs the
    logarithm of the collection, a page its own length. `found` holds what the last few filters that
    had to look at every item have found, until the next change.
    """

    items: dict[str, Item] = field(default_factory=dict)
    _ages: dict[str, int] = field(default_factory=dict)
    _age: int = 0
    _indexes: dict[tuple[str | None, Keep | None], Index] = field(default_factory=dict)
    _shared: bool = False
    found: dict[object, Sequence[Item]] = field(default_factory=dict)
    _changed: set[str] | None = None

    def put(self, key: str, one: Item) -> None:
        """Store an item; one that exists keeps its place."""
        self._changing(key)
        before = self.items.get(key)
        if before is None:
            self._age += 1
            self._ages[key] = self._age
        self.items[key] = one
        age = self._ages[key]
        for index in self._indexes.values():
            if before is not None:
                index.remove(age, before)
            index.add(age, one)

    def drop(self, key: str) -> None:
        """Remove an item."""
        self._changing(key)
        one, age = self.items.pop(key), self._ages.pop(key)
        for index in self._indexes.values():
            index.remove(age, one)

    def watch(self) -> None:
        """Remember from now on what changes, until it is `taken`."""
        self._changed = set()

    def taken(self) -> set[str]:
        """Return the identities of what was put or dropped since the last time."""
        taken, self._changed = (
            self._changed or set(),
            (self._changed if self._changed is None else set()),
        )
        return taken

    def age(self, key: str) -> int:
        """Return the number by which an item is older or younger than others."""
        return self._ages[key]

    def _changing(self, key: str) -> None:
        if self._changed is not None:
            self._changed.add(key)
        if self.found:
            self.found.clear()
        if self._shared:
            self._indexes, self._shared = {}, False

    def ordered(self, pointer: str, descending: bool) -> Ordered:
        """Return the items by what stands at `pointer`, equal ones by age; descending is the exact
        reverse.
        """
        return self.arranged(pointer, descending)

    def aged(self) -> Ordered:
        """Return the items in the order of their creation."""
        return self.arranged(None, False)

    def arranged(self, pointer: str | None, descending: bool, keep: Keep | None = None) -> Ordered:
        """Return the items by what stands at `pointer` (None: by age), those that `keep` names, if
        it does.
        """
        index = self._indexes.get((pointer, keep))
        if index is None:
            index = self._indexes[pointer, keep] = Index(
                pointer, keep, ((self._ages[key], one) for key, one in self.items.items())
            )
        return Ordered(self, pointer, descending, index.entries, 0, len(index.entries))

    def copy(self) -> Collection:
        """Return an independent copy; both use the same indexes until one of them changes."""
        self._shared = True
        return Collection(dict(self.items), dict(self._ages), self._age, self._indexes, True)


@dataclass(slots=True)
class State:
    """Everything that changes. Counters make identities and request ids; `moment` is the last
    timestamp given, in milliseconds.
    """

    collections: dict[tuple[str, str], Collection] = field(default_factory=dict)
    serial: int = 0
    answers: int = 0
    moment: int = 0
    watched: bool = False

    def collection(self, resource: str, parent: str) -> Collection:
        """Return the collection of a resource under a parent, made when there is none."""
        found = self.collections.get((resource, parent))
        if found is None:
            found = self.collections[resource, parent] = Collection()
            if self.watched:
                found.watch()
        return found

    def watch(self) -> None:
        """Remember from now on what changes, in each collection."""
        self.watched = True
        for collection in self.collections.values():
            collection.watch()

    def become(self, other: State) -> None:
        """Take over everything that another state holds."""
        self.collections, self.serial, self.answers, self.moment = (
            other.collections,
            other.serial,
            other.answers,
            other.moment,
        )
        if self.watched:
            self.watch()

    def siblings(self, resource: str, parent: str) -> Iterator[Collection]:
        """Yield the collections of the same resource under other parents."""
        for (name, other), collection in self.collections.items():
            if name == resource and other != parent:
                yield collection

    def copy(self) -> State:
        """Return an independent copy."""
        return State(
            {key: one.copy() for key, one in self.collections.items()},
            self.serial,
            self.answers,
            self.moment,
        )
