"""Lists: order, filters, pages, and what an answer tells about itself."""

from __future__ import annotations

import pytest

from conformance.contract.json import Json
from conformance.mock.config import MockConfig

from .client import (
    APP_GROUPS,
    ELSEWHERE,
    GROUPS,
    build_losant_client,
    build_push_express_client,
    build_toy_client,
    get_names,
)

MANY = ("delta", "beta", "Beta", "alpha", "beta two")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["Beta", "alpha", "beta", "beta two", "delta"]),
        (
            {"sortField": "name", "sortDirection": "desc"},
            ["delta", "beta two", "beta", "alpha", "Beta"],
        ),
        ({"sortField": "id"}, list(MANY)),
        ({"sortField": "creationDate", "sortDirection": "desc"}, list(reversed(MANY))),
        ({"sortField": "lastUpdated"}, list(MANY)),
    ],
)
def test_lists_are_sorted(query: Json, expected: list[str]) -> None:
    """By each field, in both directions, by the default field when none is asked for."""
    assert expected == get_names(build_losant_client(*MANY).json("GET", GROUPS, query))


def test_changes_move_the_date_of_the_last_change() -> None:
    """lastUpdated moves with a change, creationDate does not."""
    client = build_losant_client("a", "b")
    first = client.json("GET", GROUPS)["items"][0]
    changed = client.json("PATCH", f"{GROUPS}/{first['id']}", body={"description": "new"})
    assert changed["creationDate"] == first["creationDate"]
    assert changed["lastUpdated"] > first["lastUpdated"]
    assert get_names(client.json("GET", GROUPS, {"sortField": "lastUpdated"})) == ["b", "a"]


def test_without_a_sort_lists_are_in_order_of_age() -> None:
    """Where nothing is said about order, the oldest item comes first."""
    assert get_names(
        build_push_express_client(*MANY).json("GET", APP_GROUPS), "app_groups"
    ) == list(MANY)
    assert get_names(build_toy_client(*MANY).json("GET", "/notes"), "notes", "title") == list(MANY)


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
    """By pattern and by query; blank or absent halves of a filter do nothing; a query takes the say
    from the filter.
    """
    answer = build_losant_client(*MANY).json("GET", GROUPS, query)
    assert expected == get_names(answer)
    assert answer["totalCount"] == len(expected)


@pytest.mark.parametrize(
    ("query", "expected"),
    [({}, ["a", "c"]), ({"archived": False}, ["a", "c"]), ({"archived": True}, ["b"])],
)
def test_lists_show_one_state(query: Json, expected: list[str]) -> None:
    """A state parameter chooses the items of that state, absent those of the documented one."""
    client = build_push_express_client("a", "b", "c")
    client.ask("POST", f"{APP_GROUPS}/1002/archive")
    assert expected == get_names(client.json("GET", APP_GROUPS, query), "app_groups")


def test_a_state_that_is_not_told_filters_nothing() -> None:
    """Without an `absent` value, a list without the parameter holds every state."""
    client = build_toy_client("a", "b")
    client.ask("PUT", "/notes/note-000001/star")
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
def test_pages_from_zero(page: int, expected: list[str]) -> None:
    """Pages are counted from the documented first one; past the end they are empty."""
    answer = build_losant_client(*MANY).json("GET", GROUPS, {"page": page, "perPage": 2})
    assert (
        get_names(answer),
        answer["count"],
        answer["totalCount"],
        answer["page"],
        answer["perPage"],
    ) == (expected, len(expected), 5, page, 2)


@pytest.mark.parametrize(
    ("query", "expected", "told"),
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
        ({"page": 1}, list(MANY), {"page": 1, "per_page": 50, "total_pages": 1, "total_count": 5}),
        (
            {"per_page": 5},
            list(MANY),
            {"page": 1, "per_page": 5, "total_pages": 1, "total_count": 5},
        ),
        ({}, list(MANY), {"page": 1, "per_page": 10000, "total_pages": 1, "total_count": 5}),
        (
            {"archived": True, "page": 1},
            [],
            {"page": 1, "per_page": 50, "total_pages": 0, "total_count": 0},
        ),
    ],
)
def test_pages_from_one_tell_about_themselves(query: Json, expected: list[str], told: Json) -> None:
    """Number, size, pages (rounded up) and total stand in the metadata, also where no page was
    asked for.
    """
    answer = build_push_express_client(*MANY).json("GET", APP_GROUPS, query)
    assert (get_names(answer, "app_groups"), answer["pagination"]) == (expected, told)


@pytest.mark.parametrize(
    ("query", "held"),
    [
        ({}, 10_000),
        ({"per_page": 20_000}, 10_000),
        ({"per_page": 10_000, "page": 2}, 50),
        ({"page": 1}, 50),
    ],
)
def test_no_answer_goes_beyond_the_ceiling(query: Json, held: int) -> None:
    """However large the size, an answer holds no more than the ceiling; all matching items are
    counted.
    """
    answer = build_push_express_client(world=MockConfig(seed_count=10_050)).json(
        "GET", APP_GROUPS, query
    )
    assert (len(answer["app_groups"]), answer["pagination"]["total_count"]) == (held, 10_050)


@pytest.mark.parametrize(("revision", "size"), [("", 100), ("-2017", 1000)])
def test_the_default_size_is_in_force(revision: str, size: int) -> None:
    """Without a size, a page holds as many items as the edition of the page says."""
    answer = build_losant_client(world=MockConfig(seed_count=1_050), revision=revision).json(
        "GET", GROUPS
    )
    assert (answer["count"], answer["perPage"], answer["totalCount"]) == (size, size, 1_050)


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
def test_answers_repeat_what_is_in_force(query: Json, expected: Json) -> None:
    """What was sent, or its default, is repeated; a filter that is blank or overridden is not."""
    answer = build_losant_client().json("GET", GROUPS, query)
    assert answer == {
        "items": [],
        "count": 0,
        "totalCount": 0,
        "applicationId": "575ec8687ae143cd83dc4a97",
        **expected,
    }


def test_a_filter_cannot_disturb_the_answer() -> None:
    """A text that looks like the mock's own placeholder is a text."""
    answer = build_losant_client("a").json(
        "GET", GROUPS, {"filter": "@items@", "filterField": "name"}
    )
    assert (answer["items"], answer["filter"]) == ([], "@items@")


def test_each_parent_has_its_own_list() -> None:
    """What is in one parent is in no other's list, and cannot be read there."""
    client = build_losant_client("a")
    [item] = client.json("GET", GROUPS)["items"]
    assert client.json("GET", ELSEWHERE)["items"] == []
    assert client.status("GET", f"{ELSEWHERE}/{item['id']}") == 404


def test_a_list_holds_what_its_schema_asks_for() -> None:
    """Required properties that no behavior speaks of are filled in from the schema; ids of answers
    never repeat.
    """
    client = build_toy_client("a")
    one, other = client.json("GET", "/notes"), client.json("GET", "/notes")
    assert one["meta"] == {"kind": "page", "page": 1, "here": 1, "total": 1, "pages": 1}
    assert one["request"] != other["request"]
