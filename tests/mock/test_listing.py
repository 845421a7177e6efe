"""Lists: sorting, filters, pagination and metadata."""

from __future__ import annotations

import pytest

from conformance.contract.json import Json
from conformance.mock.config import MockConfig

from .client import (
    APP_GROUPS,
    GROUPS,
    OTHER_PARENT_GROUPS,
    build_losant_client,
    build_push_express_client,
    build_toy_client,
    get_names,
)

MIXED_NAMES = ("delta", "beta", "Beta", "alpha", "beta two")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["Beta", "alpha", "beta", "beta two", "delta"]),
        (
            {"sortField": "name", "sortDirection": "desc"},
            ["delta", "beta two", "beta", "alpha", "Beta"],
        ),
        ({"sortField": "id"}, list(MIXED_NAMES)),
        ({"sortField": "creationDate", "sortDirection": "desc"}, list(reversed(MIXED_NAMES))),
        ({"sortField": "lastUpdated"}, list(MIXED_NAMES)),
    ],
)
def test_lists_are_sorted(query: Json, expected: list[str]) -> None:
    """Lists are sorted by each field in both directions, and by the default field without a sort
    parameter.
    """
    assert expected == get_names(build_losant_client(*MIXED_NAMES).json("GET", GROUPS, query))


def test_an_update_changes_last_updated() -> None:
    """An update changes lastUpdated, but not creationDate."""
    client = build_losant_client("a", "b")
    item = client.json("GET", GROUPS)["items"][0]
    changed = client.json("PATCH", f"{GROUPS}/{item['id']}", body={"description": "new"})
    assert changed["creationDate"] == item["creationDate"]
    assert changed["lastUpdated"] > item["lastUpdated"]
    assert get_names(client.json("GET", GROUPS, {"sortField": "lastUpdated"})) == ["b", "a"]


def test_lists_without_sorting_are_in_creation_order() -> None:
    """If the documents state no order, the oldest item comes first."""
    assert get_names(
        build_push_express_client(*MIXED_NAMES).json("GET", APP_GROUPS), "app_groups"
    ) == list(MIXED_NAMES)
    assert get_names(
        build_toy_client(*MIXED_NAMES).json("GET", "/notes"), "notes", "title"
    ) == list(MIXED_NAMES)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"filterField": "name", "filter": "beta"}, ["beta"]),
        ({"filterField": "name", "filter": "beta*"}, ["beta", "beta two"]),
        ({"filterField": "name", "filter": "*eta"}, ["Beta", "beta"]),
        ({"filterField": "name", "filter": "b*o"}, ["beta two"]),
        ({"filterField": "name", "filter": "nothing"}, []),
        ({"filterField": "", "filter": "beta"}, ["Beta", "alpha", "beta", "beta two", "delta"]),
        ({"filterField": "name", "filter": ""}, ["Beta", "alpha", "beta", "beta two", "delta"]),
        ({"filter": "beta"}, ["Beta", "alpha", "beta", "beta two", "delta"]),
        ({"filterField": "name"}, ["Beta", "alpha", "beta", "beta two", "delta"]),
        ({"query": {"name": {"$contains": "eta"}}}, ["Beta", "beta", "beta two"]),
        ({"query": {"name": "alpha"}, "filterField": "name", "filter": "beta"}, ["alpha"]),
    ],
)
def test_lists_are_filtered(query: Json, expected: list[str]) -> None:
    """Lists are filtered by pattern and by query.

    A filter with a blank or absent half has no effect. A query overrides the filter.
    """
    body = build_losant_client(*MIXED_NAMES).json("GET", GROUPS, query)
    assert expected == get_names(body)
    assert body["totalCount"] == len(expected)


@pytest.mark.parametrize(
    ("query", "expected"),
    [({}, ["a", "c"]), ({"archived": False}, ["a", "c"]), ({"archived": True}, ["b"])],
)
def test_a_state_parameter_filters_by_state(query: Json, expected: list[str]) -> None:
    """A state parameter selects the items of that state.

    Without it, the documented state is selected.
    """
    client = build_push_express_client("a", "b", "c")
    client.send_request("POST", f"{APP_GROUPS}/1002/archive")
    assert expected == get_names(client.json("GET", APP_GROUPS, query), "app_groups")


def test_an_absent_state_parameter_may_filter_nothing() -> None:
    """Without an `absent` value, a list without the parameter has the items of every state."""
    client = build_toy_client("a", "b")
    client.send_request("PUT", "/notes/note-000001/star")
    assert get_names(client.json("GET", "/notes"), "notes", "title") == ["a", "b"]
    assert get_names(client.json("GET", "/notes", {"starred": "yes"}), "notes", "title") == ["a"]
    assert get_names(client.json("GET", "/notes", {"starred": "any"}), "notes", "title") == [
        "a",
        "b",
    ]


@pytest.mark.parametrize(
    ("page", "expected"),
    [(0, ["Beta", "alpha"]), (1, ["beta", "beta two"]), (2, ["delta"]), (3, []), (10**30, [])],
)
def test_pages_counted_from_zero(page: int, expected: list[str]) -> None:
    """Pages are counted from the documented first page; pages past the end are empty."""
    body = build_losant_client(*MIXED_NAMES).json("GET", GROUPS, {"page": page, "perPage": 2})
    assert (get_names(body), body["count"], body["totalCount"], body["page"], body["perPage"]) == (
        expected,
        len(expected),
        5,
        page,
        2,
    )


@pytest.mark.parametrize(
    ("query", "expected", "metadata"),
    [
        (
            {"page": 1, "per_page": 2},
            ["delta", "beta"],
            {"page": 1, "per_page": 2, "total_pages": 3, "total_count": 5},
        ),
        (
            {"page": 3, "per_page": 2},
            ["beta two"],
            {"page": 3, "per_page": 2, "total_pages": 3, "total_count": 5},
        ),
        (
            {"page": 1},
            list(MIXED_NAMES),
            {"page": 1, "per_page": 50, "total_pages": 1, "total_count": 5},
        ),
        (
            {"per_page": 5},
            list(MIXED_NAMES),
            {"page": 1, "per_page": 5, "total_pages": 1, "total_count": 5},
        ),
        ({}, list(MIXED_NAMES), {"page": 1, "per_page": 10000, "total_pages": 1, "total_count": 5}),
        (
            {"archived": True, "page": 1},
            [],
            {"page": 1, "per_page": 50, "total_pages": 0, "total_count": 0},
        ),
    ],
)
def test_pages_counted_from_one_have_metadata(
    query: Json, expected: list[str], metadata: Json
) -> None:
    """The metadata has page number, page size, page count (rounded up) and total, also without a
    page parameter.
    """
    body = build_push_express_client(*MIXED_NAMES).json("GET", APP_GROUPS, query)
    assert (get_names(body, "app_groups"), body["pagination"]) == (expected, metadata)


@pytest.mark.parametrize(
    ("query", "item_count"),
    [
        ({}, 10_000),
        ({"per_page": 20_000}, 10_000),
        ({"per_page": 10_000, "page": 2}, 50),
        ({"page": 1}, 50),
    ],
)
def test_no_page_exceeds_the_maximum_size(query: Json, item_count: int) -> None:
    """A page never has more items than the maximum, whatever the requested size.

    The total counts all matching items.
    """
    body = build_push_express_client(config=MockConfig(seed_count=10_050)).json(
        "GET", APP_GROUPS, query
    )
    assert (len(body["app_groups"]), body["pagination"]["total_count"]) == (item_count, 10_050)


@pytest.mark.parametrize(("revision", "size"), [("", 100), ("-2017", 1000)])
def test_the_default_page_size_applies(revision: str, size: int) -> None:
    """Without a size parameter, a page has the default size of the revision."""
    body = build_losant_client(config=MockConfig(seed_count=1_050), revision=revision).json(
        "GET", GROUPS
    )
    assert (body["count"], body["perPage"], body["totalCount"]) == (size, size, 1_050)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, {"sortField": "name", "sortDirection": "asc", "page": 0, "perPage": 100}),
        (
            {"sortField": "id", "sortDirection": "desc"},
            {"sortField": "id", "sortDirection": "desc", "page": 0, "perPage": 100},
        ),
        (
            {"filter": "x", "filterField": "name"},
            {
                "sortField": "name",
                "sortDirection": "asc",
                "page": 0,
                "perPage": 100,
                "filter": "x",
                "filterField": "name",
            },
        ),
        (
            {"filter": "", "filterField": ""},
            {"sortField": "name", "sortDirection": "asc", "page": 0, "perPage": 100},
        ),
        (
            {"query": {}, "filter": "x", "filterField": "name"},
            {"sortField": "name", "sortDirection": "asc", "page": 0, "perPage": 100},
        ),
    ],
)
def test_responses_echo_effective_parameters(query: Json, expected: Json) -> None:
    """Sent values and defaults are echoed. A blank or overridden filter is not."""
    body = build_losant_client().json("GET", GROUPS, query)
    assert body == {
        "items": [],
        "count": 0,
        "totalCount": 0,
        "applicationId": "575ec8687ae143cd83dc4a97",
        **expected,
    }


def test_a_filter_text_is_never_a_placeholder() -> None:
    """A filter that looks like the mock's own placeholder is plain text."""
    body = build_losant_client("a").json(
        "GET", GROUPS, {"filter": "@items@", "filterField": "name"}
    )
    assert (body["items"], body["filter"]) == ([], "@items@")


def test_each_parent_has_its_own_list() -> None:
    """An item of one parent is in no other parent's list and cannot be read there."""
    client = build_losant_client("a")
    [item] = client.json("GET", GROUPS)["items"]
    assert client.json("GET", OTHER_PARENT_GROUPS)["items"] == []
    assert client.status("GET", f"{OTHER_PARENT_GROUPS}/{item['id']}") == 404


def test_required_list_properties_are_filled_in() -> None:
    """Required properties that no behavior sets are filled in from the schema.

    Request ids are never repeated.
    """
    client = build_toy_client("a")
    first, second = client.json("GET", "/notes"), client.json("GET", "/notes")
    assert first["meta"] == {"kind": "page", "page": 1, "here": 1, "total": 1, "pages": 1}
    assert first["request"] != second["request"]
