"""What a single list answer may be accused of, and of what it may not."""

from __future__ import annotations

import json

import pytest

from conformance.checks.call import ApiCall
from conformance.checks.check import CheckContext
from conformance.checks.exchange import Exchange, HttpRequest, HttpResponse
from conformance.checks.observation import Failed, Passed
from conformance.checks.passive_checks import evaluate_response_in_exchange
from conformance.contract import loader
from conformance.contract.json import Json

LISTER = "listExperienceGroups"


def sights(claim: str, arguments: dict[str, Json], names: list[str], **more: Json) -> set[type]:
    """Return of what sort the observations are that an answer with items of these names yields."""
    answer = {
        "items": [{"name": name} for name in names],
        "count": len(names),
        "totalCount": len(names),
        **more,
    }
    return seen("losant", f"{LISTER}/{claim}", arguments, answer)


def seen(
    contract_name: str, claim: str, arguments: dict[str, Json], answer: Json, status: int = 200
) -> set[type]:
    """Return of what sort the observations are that an answer yields."""
    contract = loader.load_contract(contract_name)
    found = next(one for one in contract.claims if one.id == claim)
    response = HttpResponse(status=status, headers={}, body=json.dumps(answer).encode())
    request = HttpRequest(method="GET", url="http://h/", headers={}, body=None)
    exchange = Exchange(
        step="passed",
        call=ApiCall(operation=found.operation, arguments=arguments),
        request=request,
        response=response,
    )
    return {
        type(one)
        for one in evaluate_response_in_exchange(
            CheckContext(contract=contract, claim=found, seed=""), exchange
        )
    } & {Failed, Passed}


RISING = {"sortField": "name", "sortDirection": "asc"}


@pytest.mark.parametrize("names", [["b", "a"], ["alpha", "golf", "delta"], ["x-b", "x-a"]])
def test_letters_in_the_wrong_order_are_a_breach(names: list[str]) -> None:
    """Two lower-case letters behind the same beginning have one order only."""
    assert sights("sortField/orders-by/name", RISING, names) == {Failed}


@pytest.mark.parametrize(
    "names",
    [
        ["a", "B"],
        ["B", "a"],
        ["item 9", "item 10"],
        ["item 10", "item 9"],
        ["a-b", "ab"],
        ["ab", "a-b"],
        ["é", "z"],
        ["z", "é"],
        ["a ", "a"],
    ],
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
    assert sights("sortField/orders-by/name", RISING, ["a", "b", "c"]) == {Passed}
    assert sights("sortField/orders-by/name", RISING, ["a", "b"]) == set()
    assert sights("sortField/orders-by/name", RISING, ["a", "b", "c"], totalCount=9) == set()


@pytest.mark.parametrize(
    ("pattern", "name", "wrong"),
    [
        ("al*", "golf", True),
        ("al*", "ALPHA", False),
        ("al*", "älpha", False),
        ("al?", "golf", False),
        ("a_b*", "axb", False),
        ("", "golf", False),
    ],
)
def test_a_filter_is_accused_of_what_cannot_match(pattern: str, name: str, wrong: bool) -> None:
    """Case does not count, nor do patterns that a dialect may read in a way of its own; what holds
    is never proven.
    """
    given = {"filterField": "name", "filter": pattern}
    assert sights("filter/prefix/name", given, [name]) == ({Failed} if wrong else set())
    assert sights("filter/prefix/name", {**given, "query": {}}, [name]) == set()
    assert sights("filter/prefix/name", {"filter": pattern}, [name]) == set()


@pytest.mark.parametrize(
    ("size", "names", "found"),
    [
        (1, ["a", "b"], {Failed}),
        (2, ["a", "b"], {Passed}),
        (3, ["a", "b"], set()),
        (0, ["a"], set()),
        (-1, ["a"], set()),
    ],
)
def test_a_page_is_no_longer_than_asked_for(size: int, names: list[str], found: set[type]) -> None:
    """More items than asked for are a breach, a full page holds; sizes that are no sizes say
    nothing.
    """
    assert sights("perPage/size", {"perPage": size}, names) == found


def test_a_count_is_of_the_items_that_are_there() -> None:
    """The answer contradicts itself, or does not."""
    assert sights("count/count", {}, ["a"]) == {Passed}
    assert sights("count/count", {}, ["a"], count=2) == {Failed}
    assert sights("count/count", {}, ["a"], count=True) == {Failed}
    assert sights("count/count", {}, ["a"], count=None) == {Failed}


def listed(field: str, values: list[Json], **more: Json) -> Json:
    """Return a whole list of the toy contract."""
    return {
        "notes": [{"id": str(number), field: value} for number, value in enumerate(values)],
        "shown": len(values),
        "all": len(values),
        **more,
    }


@pytest.mark.parametrize(
    ("stars", "found"),
    [
        ([1, 2, 3], {Passed}),
        ([1, 2, 3, 4.5], {Passed}),
        ([1, 2, 2, 3], {Passed}),
        ([2, 2, 2], set()),
        ([1, 1, 2], set()),
        ([2, 1], {Failed}),
        ([1, 2, 1], {Failed}),
        ([10, 9], {Failed}),
        ([True, False], set()),
        ([2, None, 1], set()),
        (["2", 1], set()),
    ],
)
def test_numbers_have_one_order(stars: list[Json], found: set[type]) -> None:
    """Equal ones may come in any order, and say nothing; what is no number has no place among
    them.
    """
    assert (
        seen(
            "tests/toy",
            "listNotes/order/orders-by/stars",
            {"order": "stars"},
            listed("stars", stars),
        )
        == found
    )


MOMENTS = [
    "2020-01-01T00:00:00Z",
    "2020-01-01T02:00:00+01:00",
    "2020-01-01T02:00:00.000Z",
    "2021-01-01T00:00:00Z",
]


@pytest.mark.parametrize(
    ("descending", "turn", "found"),
    [(False, 1, {Passed}), (False, -1, {Failed}), (True, 1, {Failed}), (True, -1, {Passed})],
)
def test_moments_are_ordered_by_when_they_are(
    descending: bool, turn: int, found: set[type]
) -> None:
    """Zones count, spelling does not; both directions."""
    answer = {
        "items": [{"creationDate": text} for text in MOMENTS[::turn]],
        "count": 4,
        "totalCount": 4,
    }
    claim = (
        "sortDirection/descends-by/creationDate"
        if descending
        else "sortField/orders-by/creationDate"
    )
    given: dict[str, Json] = {
        "sortField": "creationDate",
        "sortDirection": "desc" if descending else "asc",
    }
    assert seen("losant", f"{LISTER}/{claim}", given, answer) == found


@pytest.mark.parametrize(
    ("claim", "given", "pinned", "found"),
    [
        ("true", "true", [True, False], {Failed}),
        ("true", "true", [True], set()),
        ("false", "false", [True], {Failed}),
        ("false", "false", [False], set()),
        ("true", "false", [False], set()),
        ("true", "true", ["false", None], set()),
    ],
)
def test_a_state_is_accused_of_its_contrary(
    claim: str, given: str, pinned: list[Json], found: set[type]
) -> None:
    """An item in the other state is a breach; that none is left out is never proven."""
    assert (
        seen("tests/toy", f"listNotes/pinned/{claim}", {"pinned": given}, listed("pinned", pinned))
        == found
    )


def test_what_was_not_asked_for_accuses_nobody() -> None:
    """Which state a list shows that was not asked for is shown by what a run makes, not by what
    passes.
    """
    assert (
        seen(
            "push-express",
            "listAppGroups/archived/absent",
            {},
            {"app_groups": [{"id": 1, "archived": True}]},
        )
        == set()
    )


@pytest.mark.parametrize(("status", "found"), [(200, {Passed}), (201, set()), (404, set())])
def test_only_the_documented_success_is_an_answer(status: int, found: set[type]) -> None:
    """What else is wrong with an answer, other judges say."""
    assert seen("tests/toy", "listNotes/answers", {}, listed("stars", []), status) == found


@pytest.mark.parametrize(
    ("count", "found"),
    [(9_999, set()), (10_000, {Passed}), (10_001, {Failed})],
    ids=["below", "at", "above"],
)
def test_a_ceiling_is_seen_by_what_reaches_it(count: int, found: set[type]) -> None:
    """Fewer items say nothing of the most there may be."""
    answer = {"app_groups": [{"id": number} for number in range(count)], "pagination": {}}
    assert seen("push-express", "listAppGroups/per_page/maxItems", {}, answer) == found


@pytest.mark.parametrize(
    ("given", "answer", "found"),
    [
        ({"page": 1, "per_page": 2}, {"pagination": {}}, {Passed}),
        ({"page": 1, "per_page": 2}, {"pagination": []}, {Failed}),
        ({"page": 1, "per_page": 2}, {}, {Failed}),
        ({"page": 0, "per_page": 2}, {}, set()),
        ({"page": 1, "per_page": 0}, {}, set()),
        ({"page": 1}, {}, set()),
    ],
)
def test_a_paged_answer_tells_about_its_pages(
    given: dict[str, Json], answer: dict[str, Json], found: set[type]
) -> None:
    """It does where page and size mean a page; what they do else is not documented."""
    assert (
        seen(
            "push-express", "listAppGroups/pagination/metadata", given, {"app_groups": [], **answer}
        )
        == found
    )
