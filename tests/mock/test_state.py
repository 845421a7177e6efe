"""The state of a mock."""

from __future__ import annotations

from conformance.contract.json import Json
from conformance.mock.index import build_json_sort_key
from conformance.mock.state import ItemCollection, MockState, build_item


def build_collection(*values: Json) -> ItemCollection:
    """Return a collection with these items."""
    collection = ItemCollection()
    for value in values:
        collection.add_or_replace_item(value["id"], build_item(value))
    return collection


def test_order_is_by_value_then_age() -> None:
    """Equal values keep the order of creation; descending order is the exact reverse."""
    collection = build_collection(
        {"id": "1", "n": "b"}, {"id": "2", "n": "a"}, {"id": "3", "n": "b"}
    )
    assert [item.value["id"] for item in collection.sort_by_field("/n", False)] == ["2", "1", "3"]
    assert [item.value["id"] for item in collection.sort_by_field("/n", True)] == ["3", "1", "2"]


def test_order_follows_changes() -> None:
    """A changed collection is sorted again."""
    collection = build_collection({"id": "1", "n": "b"}, {"id": "2", "n": "a"})
    collection.sort_by_field("/n", False)
    collection.add_or_replace_item("2", build_item({"id": "2", "n": "c"}))
    assert [item.value["id"] for item in collection.sort_by_field("/n", False)] == ["1", "2"]


def test_values_of_all_types_can_be_sorted() -> None:
    """null sorts first, then booleans, numbers and strings."""
    values = ["b", 2, None, {"x": 1}, True, 1.5, "a", [1]]
    assert sorted(values, key=build_json_sort_key) == [None, True, 1.5, 2, "a", "b", [1], {"x": 1}]


def test_a_copy_is_independent() -> None:
    """A change to a state does not affect its copy."""
    state = MockState()
    state.get_or_create_collection("thing", "").add_or_replace_item("1", build_item({"id": "1"}))
    copy = state.copy()
    state.get_or_create_collection("thing", "").delete_item("1")
    assert list(copy.get_or_create_collection("thing", "").items) == ["1"]
