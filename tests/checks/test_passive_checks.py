"""Tests of the checks on single captured responses: what fails, what passes and what is not
decided.
"""

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

LIST_OPERATION = "listExperienceGroups"


def evaluate_named_items(
    claim: str, arguments: dict[str, Json], names: list[str], **fields: Json
) -> set[type]:
    """Return the types of the observations on a response body with items of these names."""
    body = {
        "items": [{"name": name} for name in names],
        "count": len(names),
        "totalCount": len(names),
        **fields,
    }
    return evaluate_body("losant", f"{LIST_OPERATION}/{claim}", arguments, body)


def evaluate_body(
    contract_name: str, claim: str, arguments: dict[str, Json], body: Json, status: int = 200
) -> set[type]:
    """Return the types of the observations on a response body, Failed and Passed only."""
    contract = loader.load_contract(contract_name)
    checked_claim = next(candidate for candidate in contract.claims if candidate.id == claim)
    response = HttpResponse(status=status, headers={}, body=json.dumps(body).encode())
    request = HttpRequest(method="GET", url="http://h/", headers={}, body=None)
    exchange = Exchange(
        step="passed",
        call=ApiCall(operation=checked_claim.operation, arguments=arguments),
        request=request,
        response=response,
    )
    return {
        type(observation)
        for observation in evaluate_response_in_exchange(
            CheckContext(contract=contract, claim=checked_claim, seed=""), exchange
        )
    } & {Failed, Passed}


ASCENDING_BY_NAME = {"sortField": "name", "sortDirection": "asc"}


@pytest.mark.parametrize("names", [["b", "a"], ["alpha", "golf", "delta"], ["x-b", "x-a"]])
def test_wrong_order_of_lowercase_letters_fails(names: list[str]) -> None:
    """Two lowercase letters after the same prefix have only one order."""
    assert evaluate_named_items("sortField/orders-by/name", ASCENDING_BY_NAME, names) == {Failed}


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
def test_order_that_a_collation_could_explain_is_undecided(names: list[str]) -> None:
    """Case, digits, punctuation and accents can be sorted in more than one way."""
    assert evaluate_named_items("sortField/orders-by/name", ASCENDING_BY_NAME, names) == set()


def test_order_is_checked_only_if_requested() -> None:
    """Without the sort parameters, the default decides the order. Another claim covers it."""
    assert evaluate_named_items("sortField/orders-by/name", {}, ["b", "a"]) == set()
    assert (
        evaluate_named_items("sortField/orders-by/name", {"sortField": "name"}, ["b", "a"]) == set()
    )


def test_partial_list_is_undecided_about_the_order() -> None:
    """A complete list of three items in order passes. Two items, or a page of a longer list, may be
    in order by chance.
    """
    assert evaluate_named_items("sortField/orders-by/name", ASCENDING_BY_NAME, ["a", "b", "c"]) == {
        Passed
    }
    assert evaluate_named_items("sortField/orders-by/name", ASCENDING_BY_NAME, ["a", "b"]) == set()
    assert (
        evaluate_named_items(
            "sortField/orders-by/name", ASCENDING_BY_NAME, ["a", "b", "c"], totalCount=9
        )
        == set()
    )


@pytest.mark.parametrize(
    ("pattern", "name", "fails"),
    [
        ("al*", "golf", True),
        ("al*", "ALPHA", False),
        ("al*", "älpha", False),
        ("al?", "golf", False),
        ("a_b*", "axb", False),
        ("", "golf", False),
    ],
)
def test_filter_fails_only_on_impossible_matches(pattern: str, name: str, fails: bool) -> None:
    """Case is ignored, and so are patterns that a dialect may interpret in its own way. A filter
    never passes.
    """
    arguments = {"filterField": "name", "filter": pattern}
    assert evaluate_named_items("filter/prefix/name", arguments, [name]) == (
        {Failed} if fails else set()
    )
    assert evaluate_named_items("filter/prefix/name", {**arguments, "query": {}}, [name]) == set()
    assert evaluate_named_items("filter/prefix/name", {"filter": pattern}, [name]) == set()


@pytest.mark.parametrize(
    ("size", "names", "expected"),
    [
        (1, ["a", "b"], {Failed}),
        (2, ["a", "b"], {Passed}),
        (3, ["a", "b"], set()),
        (0, ["a"], set()),
        (-1, ["a"], set()),
    ],
)
def test_page_size_limits_the_items(size: int, names: list[str], expected: set[type]) -> None:
    """More items than requested fail and a full page passes. Sizes that are not valid decide
    nothing.
    """
    assert evaluate_named_items("perPage/size", {"perPage": size}, names) == expected


def test_count_equals_the_number_of_items() -> None:
    """The count fails if it differs from the number of items in the response."""
    assert evaluate_named_items("count/count", {}, ["a"]) == {Passed}
    assert evaluate_named_items("count/count", {}, ["a"], count=2) == {Failed}
    assert evaluate_named_items("count/count", {}, ["a"], count=True) == {Failed}
    assert evaluate_named_items("count/count", {}, ["a"], count=None) == {Failed}


def build_note_list(field: str, values: list[Json], **fields: Json) -> Json:
    """Build the body of a complete list of the toy contract."""
    return {
        "notes": [{"id": str(number), field: value} for number, value in enumerate(values)],
        "shown": len(values),
        "all": len(values),
        **fields,
    }


@pytest.mark.parametrize(
    ("stars", "expected"),
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
def test_order_of_numbers(stars: list[Json], expected: set[type]) -> None:
    """Equal numbers may come in any order and decide nothing. A value that is not a number has no
    position among numbers.
    """
    assert (
        evaluate_body(
            "tests/toy",
            "listNotes/order/orders-by/stars",
            {"order": "stars"},
            build_note_list("stars", stars),
        )
        == expected
    )


TIMESTAMPS = [
    "2020-01-01T00:00:00Z",
    "2020-01-01T02:00:00+01:00",
    "2020-01-01T02:00:00.000Z",
    "2021-01-01T00:00:00Z",
]


@pytest.mark.parametrize(
    ("descending", "slice_step", "expected"),
    [(False, 1, {Passed}), (False, -1, {Failed}), (True, 1, {Failed}), (True, -1, {Passed})],
)
def test_order_of_timestamps(descending: bool, slice_step: int, expected: set[type]) -> None:
    """Time zones count and the notation does not, in both directions."""
    body = {
        "items": [{"creationDate": text} for text in TIMESTAMPS[::slice_step]],
        "count": 4,
        "totalCount": 4,
    }
    claim = (
        "sortDirection/descends-by/creationDate"
        if descending
        else "sortField/orders-by/creationDate"
    )
    arguments: dict[str, Json] = {
        "sortField": "creationDate",
        "sortDirection": "desc" if descending else "asc",
    }
    assert evaluate_body("losant", f"{LIST_OPERATION}/{claim}", arguments, body) == expected


@pytest.mark.parametrize(
    ("claim", "value", "pinned", "expected"),
    [
        ("true", "true", [True, False], {Failed}),
        ("true", "true", [True], set()),
        ("false", "false", [True], {Failed}),
        ("false", "false", [False], set()),
        ("true", "false", [False], set()),
        ("true", "true", ["false", None], set()),
    ],
)
def test_item_in_the_opposite_state_fails(
    claim: str, value: str, pinned: list[Json], expected: set[type]
) -> None:
    """An item in the opposite state fails. The claim never passes, because an omitted item is not
    visible.
    """
    assert (
        evaluate_body(
            "tests/toy",
            f"listNotes/pinned/{claim}",
            {"pinned": value},
            build_note_list("pinned", pinned),
        )
        == expected
    )


def test_state_that_was_not_requested_is_undecided() -> None:
    """Only a run that creates items can check which state a list shows by default. Captured traffic
    cannot.
    """
    assert (
        evaluate_body(
            "push-express",
            "listAppGroups/archived/absent",
            {},
            {"app_groups": [{"id": 1, "archived": True}]},
        )
        == set()
    )


@pytest.mark.parametrize(("status", "expected"), [(200, {Passed}), (201, set()), (404, set())])
def test_only_the_documented_success_passes(status: int, expected: set[type]) -> None:
    """Other checks cover everything else that is wrong with a response."""
    assert (
        evaluate_body("tests/toy", "listNotes/answers", {}, build_note_list("stars", []), status)
        == expected
    )


@pytest.mark.parametrize(
    ("count", "expected"),
    [(9_999, set()), (10_000, {Passed}), (10_001, {Failed})],
    ids=["below", "at", "above"],
)
def test_max_items_is_undecided_below_the_maximum(count: int, expected: set[type]) -> None:
    """Fewer items than the maximum decide nothing."""
    body = {"app_groups": [{"id": number} for number in range(count)], "pagination": {}}
    assert evaluate_body("push-express", "listAppGroups/per_page/maxItems", {}, body) == expected


@pytest.mark.parametrize(
    ("arguments", "body", "expected"),
    [
        ({"page": 1, "per_page": 2}, {"pagination": {}}, {Passed}),
        ({"page": 1, "per_page": 2}, {"pagination": []}, {Failed}),
        ({"page": 1, "per_page": 2}, {}, {Failed}),
        ({"page": 0, "per_page": 2}, {}, set()),
        ({"page": 1, "per_page": 0}, {}, set()),
        ({"page": 1}, {}, set()),
    ],
)
def test_paged_response_has_metadata(
    arguments: dict[str, Json], body: dict[str, Json], expected: set[type]
) -> None:
    """The metadata is required where page and size request a page. Other values are not
    documented.
    """
    assert (
        evaluate_body(
            "push-express",
            "listAppGroups/pagination/metadata",
            arguments,
            {"app_groups": [], **body},
        )
        == expected
    )
