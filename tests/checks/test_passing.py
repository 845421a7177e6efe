"""What a single list answer may be accused of, and of what it may not."""

from __future__ import annotations

import json

import pytest

from conformance.checks.call import Call
from conformance.checks.check import Setting
from conformance.checks.exchange import Exchange, Request, Response
from conformance.checks.observation import Broken, Held
from conformance.checks.passing import passed
from conformance.contract import library
from conformance.contract.json import Json

LISTER = "listExperienceGroups"


def sights(claim: str, arguments: dict[str, Json], names: list[str], **more: Json) -> set[type]:
    """Return of what sort the observations are that an answer with items of these names yields."""
    contract = library.load("losant")
    found = next(one for one in contract.claims if one.id == f"{LISTER}/{claim}")
    answer = {"items": [{"name": name} for name in names], "count": len(names), "totalCount": len(names), **more}
    response = Response(status=200, headers={}, body=json.dumps(answer).encode())
    request = Request(method="GET", url="http://h/", headers={}, body=None)
    exchange = Exchange(step="passed", call=Call(operation=LISTER, arguments=arguments), request=request, response=response)
    return {type(one) for one in passed(Setting(contract=contract, claim=found, seed=""), exchange)} & {Broken, Held}


RISING = {"sortField": "name", "sortDirection": "asc"}


@pytest.mark.parametrize("names", [["b", "a"], ["alpha", "golf", "delta"], ["x-b", "x-a"]])
def test_letters_in_the_wrong_order_are_a_breach(names: list[str]) -> None:
    """Two lower-case letters behind the same beginning have one order only."""
    assert sights("sortField/orders-by/name", RISING, names) == {Broken}


@pytest.mark.parametrize(
    "names", [["a", "B"], ["B", "a"], ["item 9", "item 10"], ["item 10", "item 9"], ["a-b", "ab"], ["ab", "a-b"], ["é", "z"], ["z", "é"], ["a ", "a"]]
)
def test_no_collation_is_accused(names: list[str]) -> None:
    """Case, digits, punctuation and accents are sorted in more than one way."""
    assert sights("sortField/orders-by/name", RISING, names) == set()


def test_order_is_judged_only_where_it_was_asked_for() -> None:
    """Without the words, the default says what comes, and that is another claim's business."""
    assert sights("sortField/orders-by/name", {}, ["b", "a"]) == set()
    assert sights("sortField/orders-by/name", {"sortField": "name"}, ["b", "a"]) == set()


def test_a_part_of_a_list_proves_no_order() -> None:
    """A whole list of three in order holds; two items, or a page of more, may be chance."""
    assert sights("sortField/orders-by/name", RISING, ["a", "b", "c"]) == {Held}
    assert sights("sortField/orders-by/name", RISING, ["a", "b"]) == set()
    assert sights("sortField/orders-by/name", RISING, ["a", "b", "c"], totalCount=9) == set()


@pytest.mark.parametrize(
    ("pattern", "name", "wrong"),
    [("al*", "golf", True), ("al*", "ALPHA", False), ("al*", "älpha", False), ("al?", "golf", False), ("a_b*", "axb", False), ("", "golf", False)],
)
def test_a_filter_is_accused_of_what_cannot_match(pattern: str, name: str, wrong: bool) -> None:
    """Case does not count, nor do patterns that a dialect may read in a way of its own; what holds is never proven."""
    given = {"filterField": "name", "filter": pattern}
    assert sights("filter/prefix/name", given, [name]) == ({Broken} if wrong else set())
    assert sights("filter/prefix/name", {**given, "query": {}}, [name]) == set()


@pytest.mark.parametrize(
    ("size", "names", "found"), [(1, ["a", "b"], {Broken}), (2, ["a", "b"], {Held}), (3, ["a", "b"], set()), (0, ["a"], set()), (-1, ["a"], set())]
)
def test_a_page_is_no_longer_than_asked_for(size: int, names: list[str], found: set[type]) -> None:
    """More items than asked for are a breach, a full page holds; sizes that are no sizes say nothing."""
    assert sights("perPage/size", {"perPage": size}, names) == found


def test_a_count_is_of_the_items_that_are_there() -> None:
    """The answer contradicts itself, or does not."""
    assert sights("count/count", {}, ["a"]) == {Held}
    assert sights("count/count", {}, ["a"], count=2) == {Broken}
