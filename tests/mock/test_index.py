"""Sorted indexes that are maintained while items change."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.contract.json import Json
from conformance.mock.index import FieldCondition, build_json_sort_key
from conformance.mock.state import Item, ItemCollection, build_item

VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.text("ab\U0010ffff", max_size=3)
    | st.lists(st.text("ab", max_size=1), max_size=2)
)
CHANGES = st.lists(st.tuples(st.integers(0, 5), VALUES | st.just("drop")), max_size=12)


def build_changed_collection(changes: list[tuple[int, Json]], index_first: bool) -> ItemCollection:
    """Return a collection after changes.

    With `index_first`, each order is requested before the changes, so that its index is maintained
    through them.
    """
    collection = ItemCollection()
    if index_first:
        for descending in (False, True):
            collection.sort_by_field("/n", descending)
            collection.view_sorted_items(None, descending, FieldCondition("/n", True))
    for key, value in changes:
        if value == "drop":
            if str(key) in collection.items:
                collection.delete_item(str(key))
        else:
            collection.add_or_replace_item(str(key), build_item({"id": str(key), "n": value}))
    return collection


def sort_items(collection: ItemCollection, descending: bool) -> list[Item]:
    """Return the items sorted from scratch."""
    ascending = sorted(
        collection.items.values(), key=lambda item: build_json_sort_key(item.value["n"])
    )
    return ascending[::-1] if descending else ascending


@settings(database=None, deadline=None)
@given(CHANGES, st.booleans(), st.booleans())
def test_a_maintained_order_equals_a_sort(
    changes: list[tuple[int, Json]], index_first: bool, descending: bool
) -> None:
    """After any changes, and no matter when an order was first requested, the order is that of a
    full sort.
    """
    collection = build_changed_collection(changes, index_first)
    assert list(collection.sort_by_field("/n", descending)) == sort_items(collection, descending)
    assert list(collection.view_sorted_items(None, False, FieldCondition("/n", True))) == [
        item for item in collection.items.values() if item.value["n"] is True
    ]
    assert list(collection.sort_by_age()) == list(collection.items.values())


@settings(database=None, deadline=None)
@given(CHANGES, st.booleans(), st.integers(-9, 9), st.integers(-9, 9))
def test_a_view_is_sliced_like_a_list(
    changes: list[tuple[int, Json]], descending: bool, start: int, stop: int
) -> None:
    """Slices, members and length are those of a list of the same items."""
    collection = build_changed_collection(changes, True)
    view, items = collection.sort_by_field("/n", descending), sort_items(collection, descending)
    assert (view[start:stop], len(view), view[::-1]) == (items[start:stop], len(items), items[::-1])
    assert [view[position] for position in range(-len(items), len(items))] == [
        items[position] for position in range(-len(items), len(items))
    ]


@settings(database=None, deadline=None)
@given(CHANGES, st.booleans(), st.text("ab\U0010ffff", max_size=2), st.booleans())
def test_narrowing_to_a_text_prefix(
    changes: list[tuple[int, Json]], descending: bool, text: str, exact: bool
) -> None:
    """The narrowed view has the items that a full search finds, or there is no narrowed view."""
    collection = build_changed_collection(changes, True)
    view = collection.sort_by_field("/n", descending)
    narrowed = view.narrow_to_text_prefix("/n", text, exact)
    expected = [
        item
        for item in view
        if isinstance(value := item.value["n"], str)
        and (value == text if exact else value.startswith(text))
    ]
    assert narrowed is None or list(narrowed) == expected


def test_a_copy_has_its_own_orders() -> None:
    """A change to one collection leaves the orders of the other unchanged."""
    collection = build_changed_collection([(1, "b"), (2, "a")], True)
    copy = collection.copy()
    collection.add_or_replace_item("3", build_item({"id": "3", "n": "A"}))
    copy.delete_item("1")
    assert [
        [item.value["n"] for item in indexed.sort_by_field("/n", False)]
        for indexed in (collection, copy)
    ] == [["A", "a", "b"], ["a"]]
