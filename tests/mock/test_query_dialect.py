"""The query language."""

from __future__ import annotations

import pytest

from conformance.contract.filtering import FiltersByQuery
from conformance.contract.json import Json
from conformance.mock.query_dialect import build_query_language, compile_query_predicate
from conformance.mock.refusal import Refusal

from .contracts import load

A = {
    "id": "a" * 24,
    "name": "alpha",
    "creationDate": "2022-01-30T17:18:11.911Z",
    "groupTags": {"floor": "8", "wing": "east"},
    "experienceUserIds": ["1" * 24, "2" * 24],
}
B = {
    "id": "b" * 24,
    "name": "Beta two",
    "creationDate": "2022-01-30T17:18:11.912Z",
    "groupTags": {"floor": "9", "east": "wing"},
    "parentId": "a" * 24,
    "experienceUserIds": [],
}
C = {"id": "c" * 24, "name": "beta", "creationDate": "2023-01-01T00:00:00.000Z", "parentId": None}
BY_NAME = {"alpha": {"name": "alpha"}, "beta": {"name": "beta"}}


def select_items(query: Json) -> str:
    """Return the letters of the items that match a query."""
    behavior = load("losant").find_behavior("listExperienceGroups", FiltersByQuery)
    assert isinstance(behavior, FiltersByQuery)
    matches = compile_query_predicate(query, build_query_language(behavior))
    return "".join(letter for letter, item in zip("ABC", (A, B, C), strict=True) if matches(item))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "ABC"),
        ({"name": "alpha"}, "A"),
        ({"name": "ALPHA"}, ""),
        ({"name": {}}, "ABC"),
        ({"name": None}, ""),
        ({"name": True}, ""),
        ({"name": "alpha", "id": "b" * 24}, ""),
        ({"name": {"$eq": "beta"}}, "C"),
        ({"name": {"$ne": "beta"}}, "AB"),
        ({"name": {"$gt": "alpha"}}, "C"),
        ({"name": {"$gte": "alpha"}}, "AC"),
        ({"name": {"$lt": "alpha"}}, "B"),
        ({"name": {"$lte": "alpha"}}, "AB"),
        ({"name": {"$gt": 5}}, ""),
        ({"name": {"$in": ["alpha", "beta", "gamma"]}}, "AC"),
        ({"name": {"$nin": ["alpha", "beta"]}}, "B"),
        ({"name": {"$in": []}}, ""),
        ({"name": {"$startsWith": "Beta"}}, "B"),
        ({"name": {"$endsWith": "ta"}}, "C"),
        ({"name": {"$contains": "et"}}, "BC"),
        ({"name": {"$contains": ".*"}}, ""),
        ({"name": {"$gt": "alpha", "$startsWith": "b"}}, "C"),
    ],
)
def test_text_operators(query: Json, expected: str) -> None:
    """Several operators must all match. A value without an operator means $eq."""
    assert expected == select_items(query)


@pytest.mark.parametrize(
    ("operator", "operand", "expected"),
    [
        ("$eq", "BETA", "C"),
        ("$ne", "BETA", "AB"),
        ("$in", ["ALPHA", "Beta"], "AC"),
        ("$nin", ["ALPHA"], "BC"),
        ("$startsWith", "BETA", "BC"),
        ("$endsWith", "TWO", "B"),
        ("$contains", "LP", "A"),
        ("$gte", "BETA TWO", "B"),
    ],
)
def test_case_can_be_ignored(operator: str, operand: Json, expected: str) -> None:
    """With $ci true, case is ignored; with $ci false, it is not."""
    assert expected == select_items({"name": {operator: operand, "$ci": True}})
    assert select_items({"name": {operator: operand, "$ci": False}}) == select_items(
        {"name": {operator: operand}}
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"creationDate": "2022-01-30T17:18:11.911Z"}, "A"),
        ({"creationDate": "2022-01-30T18:18:11.911+01:00"}, "A"),
        ({"creationDate": {"$gt": "2022-01-30T17:18:11.911Z"}}, "BC"),
        ({"creationDate": {"$lte": "2022-01-30T17:18:11.912Z"}}, "AB"),
        ({"creationDate": {"$ne": "2022-01-30T17:18:11.912Z"}}, "AC"),
        ({"creationDate": {"$in": ["2023-01-01T00:00:00Z"]}}, "C"),
        ({"creationDate": {"$lt": 1643563091912}}, "A"),
        ({"creationDate": {"$startsWith": "2022"}}, "AB"),
        ({"creationDate": {"$gt": "yesterday"}}, ""),
    ],
)
def test_dates_are_compared_as_instants(query: Json, expected: str) -> None:
    """Timestamps are compared as instants, whatever their notation."""
    assert expected == select_items(query)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"id": "b" * 24}, "B"),
        ({"id": {"$in": ["a" * 24, "c" * 24]}}, "AC"),
        ({"id": {"$nin": ["a" * 24]}}, "BC"),
        ({"id": {"$gt": "a" * 24}}, "BC"),
        ({"parentId": None}, "AC"),
        ({"parentId": {"$ne": None}}, "B"),
        ({"parentId": {"$ne": "a" * 24}}, "AC"),
        ({"experienceUserId": "2" * 24}, "A"),
        ({"experienceUserId": {"$ne": "2" * 24}}, "BC"),
        ({"experienceUserId": None}, "BC"),
    ],
)
def test_id_operators(query: Json, expected: str) -> None:
    """An id matches the same id, or a list that contains it. null matches an absent or empty
    value.
    """
    assert expected == select_items(query)


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ({"$tagKey": "floor"}, "AB"),
        ({"$tagValue": "wing"}, "B"),
        ({"$tagKey": "floor", "$tagValue": "8"}, "A"),
        ({"$tagKey": "floor", "$tagValue": "east"}, ""),
        ({"floor": "8"}, "A"),
        ({"floor": None}, "C"),
        ({"floor": {"$in": ["8", "9"]}}, "AB"),
        ({"floor": {"$nin": ["8"]}}, "BC"),
        ({"floor": "8", "wing": "east"}, "A"),
        ({"floor": "8", "$tagKey": "east"}, ""),
        ({"$eq": {"floor": "8"}}, "A"),
        ({"$ne": {"floor": "8"}}, "BC"),
        ({"$ne": {"$tagKey": "floor"}}, "C"),
    ],
)
def test_tags_are_searched(search: Json, expected: str) -> None:
    """Tags are matched by key, by value, by both on one tag, and by their own name. $eq and $ne may
    wrap a tag search.
    """
    assert expected == select_items({"groupTags": search})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"$and": [{"name": {"$contains": "eta"}}, {"name": {"$startsWith": "b"}}]}, "C"),
        ({"$or": [{"name": "alpha"}, {"name": "beta"}]}, "AC"),
        ({"$nor": [{"name": "alpha"}, {"name": "beta"}]}, "B"),
        ({"$and": []}, "ABC"),
        ({"$or": []}, "ABC"),
        ({"$nor": []}, ""),
        ({"$or": [{"$nor": [{"name": "alpha"}]}, {"$and": [{"name": "alpha"}, {}]}]}, "ABC"),
        ({"$or": [{"name": "alpha"}], "name": "beta"}, ""),
    ],
)
def test_queries_are_combined(query: Json, expected: str) -> None:
    """$and, $or and $nor combine lists of queries. Fields beside them must match too."""
    assert expected == select_items(query)


@pytest.mark.parametrize(
    "query",
    [
        5,
        {"$not": []},
        {"$and": {}},
        {"name": {"$regex": "x"}},
        {"name": {"equal": "x"}},
        {"name": {"$in": "x"}},
        {"name": {"$contains": 5}},
        {"groupTags": None},
        {"groupTags": {}},
        {"groupTags": {"$regex": "x"}},
        {"groupTags": {"floor": {"$gt": "8"}}},
        {"groupTags": {"$eq": "floor"}},
    ],
)
def test_invalid_queries_are_refused(query: Json) -> None:
    """An invalid query is refused, even where a lax schema would accept it."""
    with pytest.raises(Refusal):
        select_items(query)
