"""What a mock remembers: items by resource and parent, counters, the last timestamp."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.mock.field import at
from conformance.mock.message import encode


@dataclass(frozen=True, slots=True)
class Item:
    """A stored value, never changed in place, with its JSON text: lists are put together from these texts."""

    value: Json
    text: str


def item(value: Json) -> Item:
    """Return the item of a value."""
    return Item(value, encode(value))


@dataclass(slots=True)
class Collection:
    """The items of one resource under one parent, by identity (as text), in the order of their creation."""

    items: dict[str, Item] = field(default_factory=dict)
    orders: dict[tuple[str, bool], tuple[Item, ...]] = field(default_factory=dict)

    def put(self, key: str, one: Item) -> None:
        """Store an item; one that exists keeps its place."""
        self.items[key] = one
        self.orders.clear()

    def drop(self, key: str) -> None:
        """Remove an item."""
        del self.items[key]
        self.orders.clear()

    def ordered(self, pointer: str, descending: bool) -> tuple[Item, ...]:
        """Return the items by what stands at `pointer`, equal ones by age; descending is the exact reverse. Sorted once per change."""
        if (pointer, descending) not in self.orders:
            get = at(pointer)
            ascending = sorted(self.items.values(), key=lambda one: rank(get(one.value)))
            self.orders[pointer, descending] = tuple(reversed(ascending) if descending else ascending)
        return self.orders[pointer, descending]

    def copy(self) -> Collection:
        """Return an independent copy."""
        return Collection(dict(self.items), dict(self.orders))


@dataclass(slots=True)
class State:
    """Everything that changes. Counters make identities and request ids; `moment` is the last timestamp given, in milliseconds."""

    collections: dict[tuple[str, str], Collection] = field(default_factory=dict)
    serial: int = 0
    answers: int = 0
    moment: int = 0

    def collection(self, resource: str, parent: str) -> Collection:
        """Return the collection of a resource under a parent, made when there is none."""
        found = self.collections.get((resource, parent))
        if found is None:
            found = self.collections[resource, parent] = Collection()
        return found

    def siblings(self, resource: str, parent: str) -> Iterator[Collection]:
        """Yield the collections of the same resource under other parents."""
        for (name, other), collection in self.collections.items():
            if name == resource and other != parent:
                yield collection

    def copy(self) -> State:
        """Return an independent copy."""
        return State({key: one.copy() for key, one in self.collections.items()}, self.serial, self.answers, self.moment)


def rank(value: Json) -> tuple[int, Json]:
    """Return a sort key under which values of all JSON types can be compared: nothing, booleans, numbers, texts (by code point), the rest."""
    if value is MISSING or value is None:
        return (0, 0)
    if isinstance(value, bool):
        return (1, value)
    if isinstance(value, int | float):
        return (2, value)
    return (3, value) if isinstance(value, str) else (4, encode(value))
