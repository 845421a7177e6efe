"""Tests of the matching of items against queries in the advanced dialect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.exchange import InconclusiveError
from conformance.checks.query_dialect import matches_query
from conformance.contract.filtering import QueryableField, QueryableFieldType
from conformance.contract.json import Json

FIELDS = {
    "name": QueryableField(name="name", pointer="/name", type=QueryableFieldType.TEXT),
    "at": QueryableField(name="at", pointer="/at", type=QueryableFieldType.DATE),
    "ids": QueryableField(name="ids", pointer="/ids", type=QueryableFieldType.ID),
    "tags": QueryableField(name="tags", pointer="/tags", type=QueryableFieldType.TAGS),
}
ITEM: dict[str, Json] = {
    "name": "Beta",
    "at": "2026-01-02T00:00:00.000Z",
    "ids": ["1", "2"],
    "tags": {"floor": "1", "wing": "north"},
}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, True),
        ({"name": "Beta"}, True),
        ({"name": "beta"}, False),
        ({"name": None}, False),
        ({"name": {}}, True),
        ({"name": {"$eq": "Beta"}}, True),
        ({"name": {"$eq": "Bet"}}, False),
        ({"name": {"$ne": "Beta"}}, False),
        ({"name": {"$ne": "x"}}, True),
        ({"name": {"$gt": "Beta"}}, False),
        ({"name": {"$gt": "Bet"}}, True),
        ({"name": {"$gte": "Beta"}}, True),
        ({"name": {"$gte": "Betb"}}, False),
        ({"name": {"$lt": "Beta"}}, False),
        ({"name": {"$lt": "Betb"}}, True),
        ({"name": {"$lte": "Beta"}}, True),
        ({"name": {"$lte": "Bet"}}, False),
        ({"name": {"$in": ["Beta", "x"]}}, True),
        ({"name": {"$in": []}}, False),
        ({"name": {"$nin": ["x"]}}, True),
        ({"name": {"$nin": ["Beta"]}}, False),
        ({"name": {"$startsWith": "Be"}}, True),
        ({"name": {"$startsWith": "be"}}, False),
        ({"name": {"$endsWith": "ta"}}, True),
        ({"name": {"$endsWith": "Be"}}, False),
        ({"name": {"$contains": "et"}}, True),
        ({"name": {"$contains": "ET"}}, False),
        ({"name": {"$contains": "ET", "$ci": True}}, True),
        ({"name": {"$contains": "ET", "$ci": False}}, False),
        ({"name": {"$in": ["BETA"], "$ci": True}}, True),
        ({"name": {"$nin": ["BETA"], "$ci": True}}, False),
        ({"name": {"$ci": True}}, True),
        ({"name": {"$startsWith": "B", "$endsWith": "x"}}, False),
        ({"name": {"$startsWith": "B", "$endsWith": "a"}}, True),
        ({"name": "Beta", "at": {"$gt": "2026-01-01T00:00:00.000Z"}}, True),
        ({"name": "Beta", "at": {"$lt": "2026-01-01T00:00:00.000Z"}}, False),
        ({"name": "x", "at": {"$gt": "2026-01-01T00:00:00.000Z"}}, False),
        ({"ids": "1"}, True),
        ({"ids": "2"}, True),
        ({"ids": "3"}, False),
        ({"ids": {"$in": ["3", "2"]}}, True),
        ({"tags": {"floor": "1"}}, True),
        ({"tags": {"floor": "2"}}, False),
        ({"tags": {"floor": "1", "wing": "south"}}, False),
        ({"tags": {"floor": "1", "wing": "north"}}, True),
        ({"tags": {"roof": None}}, True),
        ({"tags": {"floor": None}}, False),
        ({"tags": {"floor": {"$in": ["1"]}}}, True),
        ({"tags": {"floor": {"$in": ["2"]}}}, False),
        ({"tags": {"floor": {"$nin": ["1"]}}}, False),
        ({"tags": {"roof": {"$nin": ["1"]}}}, True),
        ({"tags": {"$tagKey": "floor"}}, True),
        ({"tags": {"$tagKey": "north"}}, False),
        ({"tags": {"$tagValue": "north"}}, True),
        ({"tags": {"$tagValue": "floor"}}, False),
        ({"tags": {"$tagKey": "wing", "$tagValue": "north"}}, True),
        ({"tags": {"$tagKey": "floor", "$tagValue": "north"}}, False),
        ({"tags": {"$eq": {"floor": "1"}}}, True),
        ({"tags": {"$eq": {"floor": "2"}}}, False),
        ({"tags": {"$ne": {"floor": "1"}}}, False),
        ({"tags": {"$ne": {"floor": "2"}}}, True),
        ({"$and": []}, True),
        ({"$or": []}, True),
        ({"$nor": []}, False),
        ({"$and": [{"name": "Beta"}, {"name": "x"}]}, False),
        ({"$and": [{"name": "Beta"}, {"ids": "1"}]}, True),
        ({"$or": [{"name": "Beta"}, {"name": "x"}]}, True),
        ({"$or": [{"name": "y"}, {"name": "x"}]}, False),
        ({"$nor": [{"name": "Beta"}, {"name": "x"}]}, False),
        ({"$nor": [{"name": "y"}, {"name": "x"}]}, True),
        ({"name": "x", "$or": [{"name": "Beta"}]}, False),
        ({"$or": [{"name": "x"}], "name": "Beta"}, False),
    ],
)
def test_operators(query: Json, expected: bool) -> None:
    """Each operator selects the items that the documents say."""
    assert expected == matches_query(query, ITEM, FIELDS)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"$gt": ""}, False),
        ({"$gte": ""}, False),
        ({"$lt": "z"}, False),
        ({"$lte": "z"}, False),
        ({"$ne": "x"}, True),
        ({"$startsWith": "x"}, False),
        (None, True),
    ],
)
def test_missing_field_is_null(condition: Json, expected: bool) -> None:
    """A field that an item does not have is treated as null."""
    assert expected == matches_query({"name": condition}, {}, FIELDS)


def test_missing_date_is_inconclusive() -> None:
    """A comparison with an unknown date is inconclusive."""
    with pytest.raises(InconclusiveError):
        matches_query({"at": {"$gt": "2026"}}, {}, FIELDS)


def test_missing_tags_are_empty() -> None:
    """An item without tags matches like one with no tags."""
    assert [
        matches_query({"tags": condition}, {}, FIELDS)
        for condition in ({"$tagKey": "a"}, {"$ne": {"a": "b"}})
    ] == [False, True]


@given(st.text(max_size=6), st.text(max_size=6))
def test_comparison_operators_are_complementary(value: str, operand: str) -> None:
    """Each comparison operator is the negation of its counterpart, for any text."""

    def matches(operator: str) -> bool:
        return matches_query({"name": {operator: operand}}, {"name": value}, FIELDS)

    assert (matches("$eq"), matches("$gt"), matches("$lt")) == (
        not matches("$ne"),
        not matches("$lte"),
        not matches("$gte"),
    )
    assert sum((matches("$eq"), matches("$gt"), matches("$lt"))) == 1


@given(st.lists(st.sampled_from(["Beta", "x", "y"]), max_size=4))
def test_nor_negates_or(names: list[str]) -> None:
    """`$nor` selects what `$or` does not, for any list of queries, even an empty one."""
    queries = [{"name": name} for name in names]
    assert matches_query({"$or": queries}, ITEM, FIELDS) is not matches_query(
        {"$nor": queries}, ITEM, FIELDS
    )
