"""The state of a mock: items by resource and parent, counters and the last timestamp."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from conformance.contract.json import Json
from conformance.mock.index import FieldCondition, SortedIndex, SortedItemSequence
from conformance.mock.message import encode_json


@dataclass(frozen=True, slots=True)
class Item:
    """An immutable stored value with its JSON text.

    List responses are assembled from these texts.
    """

    value: Json
    json_text: str


def build_item(value: Json) -> Item:
    """Return the item of a value."""
    return Item(value, encode_json(value))


@dataclass(slots=True)
class ItemCollection:
    """The items of one resource under one parent, by id, in the order of creation.

    Each requested order is kept as an index: a change then costs the logarithm of the collection
    size, a page only its own length. `search_cache` holds the results of the latest full searches
    until the next change.
    """

    items: dict[str, Item] = field(default_factory=dict)
    _ages: dict[str, int] = field(default_factory=dict)
    _last_age: int = 0
    _indexes: dict[tuple[str | None, FieldCondition | None], SortedIndex] = field(
        default_factory=dict
    )
    _shared: bool = False
    search_cache: dict[object, Sequence[Item]] = field(default_factory=dict)
    _changed_keys: set[str] | None = None

    def add_or_replace_item(self, key: str, item: Item) -> None:
        """Add or replace an item. A replaced item keeps its position."""
        self._record_change(key)
        previous = self.items.get(key)
        if previous is None:
            self._last_age += 1
            self._ages[key] = self._last_age
        self.items[key] = item
        age = self._ages[key]
        for index in self._indexes.values():
            if previous is not None:
                index.remove(age, previous)
            index.add(age, item)

    def restore_item(self, key: str, item: Item, age: int) -> None:
        """Add an item with the age that it had before; call it in the order of age."""
        self._last_age = max(age, self._last_age + 1)
        self._ages[key] = self._last_age
        self.items[key] = item

    def delete_item(self, key: str) -> None:
        """Delete an item. Raises KeyError if there is none."""
        self._record_change(key)
        item, age = self.items.pop(key), self._ages.pop(key)
        for index in self._indexes.values():
            index.remove(age, item)

    def track_changes(self) -> None:
        """Start to record changed ids for `take_changes`."""
        self._changed_keys = set()

    def take_changes(self) -> set[str]:
        """Return the ids that were added, replaced or deleted since the last call."""
        changes, self._changed_keys = (
            self._changed_keys or set(),
            (self._changed_keys if self._changed_keys is None else set()),
        )
        return changes

    def get_age(self, key: str) -> int:
        """Return the sequence number of an item. Older items have lower numbers."""
        return self._ages[key]

    def _record_change(self, key: str) -> None:
        if self._changed_keys is not None:
            self._changed_keys.add(key)
        if self.search_cache:
            self.search_cache.clear()
        if self._shared:
            self._indexes, self._shared = {}, False

    def sort_by_field(self, pointer: str, descending: bool) -> SortedItemSequence:
        """Return the items sorted by the value at `pointer`, then by age.

        The descending order is the exact reverse.
        """
        return self.view_sorted_items(pointer, descending)

    def sort_by_age(self) -> SortedItemSequence:
        """Return the items in the order of creation."""
        return self.view_sorted_items(None, False)

    def view_sorted_items(
        self, pointer: str | None, descending: bool, condition: FieldCondition | None = None
    ) -> SortedItemSequence:
        """Return the items sorted by the value at `pointer`, or by age if it is None.

        If `condition` is set, only the items that fulfill it are returned.
        """
        index = self._indexes.get((pointer, condition))
        if index is None:
            index = self._indexes[pointer, condition] = SortedIndex(
                pointer, condition, ((self._ages[key], item) for key, item in self.items.items())
            )
        return SortedItemSequence(self, pointer, descending, index.entries, 0, len(index.entries))

    def copy(self) -> ItemCollection:
        """Return an independent copy. The indexes are shared until one of the two changes."""
        self._shared = True
        return ItemCollection(
            dict(self.items), dict(self._ages), self._last_age, self._indexes, True
        )


@dataclass(slots=True)
class MockState:
    """Everything that changes while a mock runs.

    `last_serial` and `response_count` count item ids and request ids. `last_timestamp` is the last
    issued timestamp in milliseconds. `items_of_other_user` holds resource, parent and id of the
    items that the second user created.
    """

    collections: dict[tuple[str, str], ItemCollection] = field(default_factory=dict)
    last_serial: int = 0
    response_count: int = 0
    last_timestamp: int = 0
    tracks_changes: bool = False
    items_of_other_user: set[tuple[str, str, str]] = field(default_factory=set)

    def get_or_create_collection(self, resource: str, parent: str) -> ItemCollection:
        """Return the collection of a resource under a parent, created if it does not exist."""
        collection = self.collections.get((resource, parent))
        if collection is None:
            collection = self.collections[resource, parent] = ItemCollection()
            if self.tracks_changes:
                collection.track_changes()
        return collection

    def track_changes(self) -> None:
        """Start to record changes in all collections."""
        self.tracks_changes = True
        for collection in self.collections.values():
            collection.track_changes()

    def replace_content_with(self, source: MockState) -> None:
        """Replace the content of this state with that of `source`."""
        self.collections, self.last_serial, self.response_count, self.last_timestamp = (
            source.collections,
            source.last_serial,
            source.response_count,
            source.last_timestamp,
        )
        self.items_of_other_user = set(source.items_of_other_user)
        if self.tracks_changes:
            self.track_changes()

    def iterate_sibling_collections(self, resource: str, parent: str) -> Iterator[ItemCollection]:
        """Yield the collections of the same resource under other parents."""
        for (name, other_parent), collection in self.collections.items():
            if name == resource and other_parent != parent:
                yield collection

    def copy(self) -> MockState:
        """Return an independent copy."""
        return MockState(
            {key: collection.copy() for key, collection in self.collections.items()},
            self.last_serial,
            self.response_count,
            self.last_timestamp,
            items_of_other_user=set(self.items_of_other_user),
        )
