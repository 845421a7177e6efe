"""What a mock remembers."""

from __future__ import annotations

from conformance.contract.json import Json
from conformance.mock.index import build_json_sort_key
from conformance.mock.state import ItemCollection, MockState, build_item


def collection(*values: Json) -> ItemCollection:
    """Return a collection of values."""
    found = ItemCollection()
    for value in values:
        found.add_or_replace_item(value["id"], build_item(value))
    return found


def test_order_is_by_value_then_age() -> None:
    """Equal values keep the order of creation; descending is the exact reverse."""
    found = collection({"id": "1", "n": "b"}, {"id": "2", "n": "a"}, {"id": "3", "n": "b"})
    assert [one.value["id"] for one in found.sort_by_field("/n", False)] == ["2", "1", "3"]
    assert [one.value["id"] for one in found.sort_by_field("/n", True)] == ["3", "1", "2"]


def test_order_follows_changes() -> None:
    """A collection that changed is sorted anew."""
    found = collection({"id": "1", "n": "b"}, {"id": "2", "n": "a"})
    found.sort_by_field("/n", False)
    found.add_or_replace_item("2", build_item({"id": "2", "n": "c"}))
    assert [one.value["id"] for one in found.sort_by_field("/n", False)] == ["1", "2"]


def test_values_of_all_types_can_be_sorted() -> None:
    """Nothing comes first, then booleans, numbers and texts."""
    values = ["b", 2, None, {"x": 1}, True, 1.5, "a", [1]]
    assert sorted(values, key=build_json_sort_key) == [None, True, 1.5, 2, "a", "b", [1], {"x": 1}]


def test_a_copy_is_independent() -> None:
    """What happens to a state does not happen to its copy."""
    state = MockState()
    state.get_or_create_collection("thing", "").add_or_replace_item("1", build_item({"id": "1"}))
    copy = state.copy()
    state.get_or_create_collection("thing", "").delete_item("1")
    assert list(copy.get_or_create_collection("thing", "").items) == ["1"]
