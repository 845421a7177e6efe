"""Orders that are kept while items change."""

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


def changed(changes: list[tuple[int, Json]], look: bool) -> ItemCollection:
    """Return a collection after changes; `look`: each order is asked for before, so that it is kept
    from then on.
    """
    found = ItemCollection()
    if look:
        for descending in (False, True):
            found.sort_by_field("/n", descending)
            found.view_sorted_items(None, descending, FieldCondition("/n", True))
    for key, value in changes:
        if value == "drop":
            if str(key) in found.items:
                found.delete_item(str(key))
        else:
            found.add_or_replace_item(str(key), build_item({"id": str(key), "n": value}))
    return found


def plain(collection: ItemCollection, descending: bool) -> list[Item]:
    """Return the order as a single sort makes it."""
    ascending = sorted(
        collection.items.values(), key=lambda one: build_json_sort_key(one.value["n"])
    )
    return ascending[::-1] if descending else ascending


@settings(database=None, deadline=None)
@given(CHANGES, st.booleans(), st.booleans())
def test_an_order_that_is_kept_is_that_of_a_sort(
    changes: list[tuple[int, Json]], look: bool, descending: bool
) -> None:
    """Whatever changes, and whenever an order is first asked for, it is what sorting everything
    anew gives.
    """
    found = changed(changes, look)
    assert list(found.sort_by_field("/n", descending)) == plain(found, descending)
    assert list(found.view_sorted_items(None, False, FieldCondition("/n", True))) == [
        one for one in found.items.values() if one.value["n"] is True
    ]
    assert list(found.sort_by_age()) == list(found.items.values())


@settings(database=None, deadline=None)
@given(CHANGES, st.booleans(), st.integers(-9, 9), st.integers(-9, 9))
def test_a_view_is_sliced_like_a_list(
    changes: list[tuple[int, Json]], descending: bool, start: int, stop: int
) -> None:
    """Slices, members and length are those of the list of the same items."""
    found = changed(changes, True)
    view, whole = found.sort_by_field("/n", descending), plain(found, descending)
    assert (view[start:stop], len(view), view[::-1]) == (whole[start:stop], len(whole), whole[::-1])
    assert [view[place] for place in range(-len(whole), len(whole))] == [
        whole[place] for place in range(-len(whole), len(whole))
    ]


@settings(database=None, deadline=None)
@given(CHANGES, st.booleans(), st.text("ab\U0010ffff", max_size=2), st.booleans())
def test_a_stretch_holds_what_begins_so(
    changes: list[tuple[int, Json]], descending: bool, text: str, whole: bool
) -> None:
    """The stretch of a text is what looking at each item finds, or there is none to be had."""
    found = changed(changes, True)
    view = found.sort_by_field("/n", descending)
    near = view.narrow_to_text_prefix("/n", text, whole)
    fits = [
        one
        for one in view
        if isinstance(value := one.value["n"], str)
        and (value == text if whole else value.startswith(text))
    ]
    assert near is None or list(near) == fits


def test_a_copy_has_orders_of_its_own() -> None:
    """A change to either leaves the orders of the other as they were."""
    found = changed([(1, "b"), (2, "a")], True)
    copy = found.copy()
    found.add_or_replace_item("3", build_item({"id": "3", "n": "A"}))
    copy.delete_item("1")
    assert [
        [one.value["n"] for one in each.sort_by_field("/n", False)] for each in (found, copy)
    ] == [["A", "a", "b"], ["a"]]
