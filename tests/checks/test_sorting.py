"""Tests of the checks that a list is sorted as promised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.call import TextWithRunMark
from conformance.checks.exchange import Trace
from conformance.checks.observation import describe_value
from conformance.checks.scenario import Step
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING

from .toy import (
    build_toy_variant,
    describe_steps,
    evaluate,
    execute_on_honest_server,
    get_books,
    map_scenarios,
    with_listed_items,
    with_response,
    with_skipped_step,
    with_truncated_lists,
)

ASCENDING, DESCENDING = "listBooks/sort/orders-by/title", "listBooks/way/descends-by/title"
CREATED = "listBooks/sort/orders-by/created"


def build_trace_with_keys(claim: str, keys: list[Json], step: str = "whole") -> Trace:
    """Build a trace in which a list holds the created items with these keys, in this order."""
    trace = execute_on_honest_server(claim)
    field = claim.rpartition("/")[2]
    items = [
        {**item, field: key} if key is not MISSING else {"id": item["id"]}
        for item, key in zip(get_books(trace, "whole"), keys, strict=False)
    ]
    return with_listed_items(trace, step, items)


@pytest.mark.parametrize(
    "claim", [ASCENDING, DESCENDING, CREATED, "listBooks/way/descends-by/created"]
)
def test_honest_server_passes(claim: str) -> None:
    """A sorted list passes, as a whole and in pages."""
    assert evaluate(claim, execute_on_honest_server(claim)) == ["passed", "passed"]


@pytest.mark.parametrize(
    ("claim", "keys", "expected"),
    [
        (ASCENDING, ["a", "b", "c"], "passed"),
        (ASCENDING, ["a", "a", "b"], "passed"),
        (ASCENDING, ["a", "b", "b"], "passed"),
        (
            ASCENDING,
            ["b", "a", "c"],
            'failed: the list is not in ascending order of title: "b" comes before "a"',
        ),
        (
            ASCENDING,
            ["a", "c", "b"],
            'failed: the list is not in ascending order of title: "c" comes before "b"',
        ),
        (ASCENDING, ["a", "a"], "inconclusive: all items made for this have the same title"),
        (DESCENDING, ["c", "b", "a"], "passed"),
        (DESCENDING, ["b", "b", "a"], "passed"),
        (DESCENDING, ["b", "a", "a"], "passed"),
        (
            DESCENDING,
            ["c", "a", "b"],
            'failed: the list is not in descending order of title: "a" comes before "b"',
        ),
        (
            DESCENDING,
            ["a", "b"],
            'failed: the list is not in descending order of title: "a" comes before "b"',
        ),
        (ASCENDING, [2, 10], "passed"),
        (
            ASCENDING,
            [10, 2],
            "failed: the list is not in ascending order of title: 10 comes before 2",
        ),
        (ASCENDING, [1.5, 2], "passed"),
    ],
)
def test_order_of_keys(claim: str, keys: list[Json], expected: str) -> None:
    """Keys ascend or descend. Equal keys may come in any order and are inconclusive if all keys are
    equal.
    """
    assert expected == evaluate(claim, build_trace_with_keys(claim, keys))[0]


@pytest.mark.parametrize("invalid_key", [None, True, ["a"], {}, MISSING])
@pytest.mark.parametrize("position", [0, 1])
def test_items_without_a_key_are_inconclusive(invalid_key: Json, position: int) -> None:
    """The position of items without the sort field cannot be checked."""
    keys: list[Json] = ["a", "b", "c"]
    keys[position] = invalid_key
    observation = evaluate(ASCENDING, build_trace_with_keys(ASCENDING, keys))[0]
    assert "lists items without a title" in observation
    assert observation.startswith("inconclusive")


def test_order_within_pages_is_checked() -> None:
    """The list that was read in pages is checked as well."""
    assert evaluate(ASCENDING, build_trace_with_keys(ASCENDING, ["b", "a"], "paged")) == [
        "passed",
        'failed: the list is not in ascending order of title: "b" comes before "a"',
    ]


def test_order_across_pages_is_checked() -> None:
    """It is not enough that each page is sorted by itself."""
    trace = execute_on_honest_server(ASCENDING)
    pages = trace.exchanges["paged"]
    swapped_trace = Trace(exchanges={**trace.exchanges, "paged": (pages[1], pages[0], *pages[2:])})
    assert "failed: the list is not in ascending order" in evaluate(ASCENDING, swapped_trace)[1]


def test_dates_are_compared_as_instants() -> None:
    """The offset and the precision of dates are ignored."""
    assert (
        evaluate(
            CREATED,
            build_trace_with_keys(
                CREATED,
                ["2026-01-01T12:00:00+02:00", "2026-01-01T11:00:00Z", "2026-01-01T11:00:00.500Z"],
            ),
        )[0]
        == "passed"
    )
    expected = (
        'failed: the list is not in ascending order of created: "2026-01-01T11:00:00Z" comes'
        ' before "2026-01-01T12:00:00+02:00"'
    )
    assert (
        expected
        == evaluate(
            CREATED,
            build_trace_with_keys(CREATED, ["2026-01-01T11:00:00Z", "2026-01-01T12:00:00+02:00"]),
        )[0]
    )


def test_text_that_resembles_a_date_is_text() -> None:
    """A value that is not a date is compared as text."""
    assert (
        evaluate(ASCENDING, build_trace_with_keys(ASCENDING, ["2026 Tales", "2026 Tunes"]))[0]
        == "passed"
    )


@given(
    st.lists(
        st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)),
        min_size=2,
        max_size=9,
        unique=True,
    ),
    st.integers(-12, 12),
)
def test_sorted_dates_pass_and_reversed_dates_fail(dates: list[datetime], hours: int) -> None:
    """Sorted dates pass in any time zone. Reversed dates break the promise."""
    zone = timezone(timedelta(hours=hours))
    texts = [date.replace(tzinfo=UTC).astimezone(zone).isoformat() for date in sorted(dates)]
    assert evaluate(CREATED, build_trace_with_keys(CREATED, list(texts)))[0] == "passed"
    assert evaluate(CREATED, build_trace_with_keys(CREATED, list(texts[::-1])))[0].startswith(
        "failed"
    )


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_items_are_inconclusive(count: int) -> None:
    """A single item has no order."""
    observations = evaluate(
        ASCENDING,
        with_listed_items(
            execute_on_honest_server(ASCENDING),
            "whole",
            get_books(execute_on_honest_server(ASCENDING), "whole")[:count],
        ),
    )
    assert observations == [
        "inconclusive: GET"
        " http://toy/shelves/aaaaaa/books?sort=title&way=up&page=0&size=20&field=title&glob=run%2A"
        " → 200 lists fewer than two of the items made for this"
    ]


def test_foreign_items_are_ignored() -> None:
    """The list is shared, so only the items that the run created are checked."""
    trace = execute_on_honest_server(ASCENDING)
    items = [{"id": "theirs", "title": "zzz"}, *get_books(trace, "whole")]
    assert evaluate(ASCENDING, with_listed_items(trace, "whole", items)) == ["passed", "passed"]


def test_truncated_list_is_inconclusive() -> None:
    """A list that was not read to its end is inconclusive."""
    assert ("the list is too long to read as a whole") in evaluate(
        ASCENDING, with_truncated_lists(execute_on_honest_server(ASCENDING), "whole")
    )[0]


def test_failed_list_is_inconclusive() -> None:
    """A list that cannot be read is inconclusive."""
    assert evaluate(
        ASCENDING, with_response(execute_on_honest_server(ASCENDING), "whole", 500, page=0)
    )[0].startswith("inconclusive")


def test_item_that_was_not_created_is_inconclusive() -> None:
    """Without all items of the setup, the order is inconclusive."""
    assert evaluate(
        ASCENDING, with_skipped_step(execute_on_honest_server(ASCENDING), "item 3", "full")
    ) == ["inconclusive: full"]


@pytest.mark.parametrize(
    ("claim", "arguments"),
    [
        (ASCENDING, {"sort": "title", "way": "up"}),
        (DESCENDING, {"sort": "title", "way": "down"}),
        (CREATED, {"sort": "created", "way": "up"}),
    ],
)
def test_plan(claim: str, arguments: dict[str, str]) -> None:
    """The steps request the list by that field and direction, as a whole and in pages of three."""
    scenario = map_scenarios(claim)["order"]
    assert describe_steps(scenario) == ["whole: listBooks", "paged: listBooks"]
    assert [arguments] * 2 == [
        {name: step.call.arguments[name] for name in arguments} for step in scenario.steps
    ]
    assert [step.size for step in scenario.steps] == [None, 3]


WITH_QUERY, WITH_STATE = "order of a query", "order beside lent"


@pytest.mark.parametrize(
    ("claim", "arguments"),
    [
        (ASCENDING, {"sort": "title", "way": "up"}),
        (DESCENDING, {"sort": "title", "way": "down"}),
        (CREATED, {"sort": "created", "way": "up"}),
    ],
)
def test_plan_with_a_state(claim: str, arguments: dict[str, str]) -> None:
    """The step requests the same order of the items in one state. The catalog has no switched-on
    item, so these are all of its items.
    """
    scenario = map_scenarios(claim)[WITH_STATE]
    assert describe_steps(scenario) == ["whole: listBooks"]
    assert {
        "field": "title",
        "glob": TextWithRunMark("{m}*"),
        "lent": "false",
        **arguments,
    } == scenario.steps[0].call.arguments
    assert scenario.setup == map_scenarios(claim)["order"].setup
    assert WITH_STATE not in map_scenarios(claim, examples=0)


def test_plan_without_states() -> None:
    """A list without a state filter has no scenario with a state. If no parameter value stands for
    the off state, the parameter is omitted.
    """
    state_filter = (
        "{state: lent, field: /lent, values: {'true': true, 'false': false}, absent: false}"
    )
    assert list(
        map_scenarios(ASCENDING, build_toy_variant((f"      - filters: {state_filter}\n", "")))
    ) == ["order", WITH_QUERY]
    scenario = map_scenarios(
        ASCENDING,
        build_toy_variant(
            (state_filter, ("{state: lent, field: /lent, values: {'true': true}, absent: false}"))
        ),
    )[WITH_STATE]
    assert scenario.steps[0].call.arguments["lent"] is MISSING


def test_order_with_a_state_is_checked() -> None:
    """The items in a state are sorted."""
    trace = execute_on_honest_server(ASCENDING, WITH_STATE)
    assert evaluate(ASCENDING, trace) == ["passed"]
    items = get_books(trace, "whole")
    assert evaluate(ASCENDING, with_listed_items(trace, "whole", [items[1], items[0], *items[2:]]))[
        0
    ].startswith("failed: the list is not in ascending order of title")
    assert evaluate(ASCENDING, with_response(trace, "whole", 400))[0].startswith("inconclusive")


@pytest.mark.parametrize(
    ("claim", "arguments"),
    [
        (ASCENDING, {"sort": "title", "way": "up"}),
        (DESCENDING, {"sort": "title", "way": "down"}),
        (CREATED, {"sort": "created", "way": "up"}),
    ],
)
def test_plan_with_a_query(claim: str, arguments: dict[str, str]) -> None:
    """The step requests the same order of the same items through a query alone, in pages of
    three.
    """
    assert list(map_scenarios(claim)) == ["order", WITH_STATE, WITH_QUERY]
    scenario = map_scenarios(claim)[WITH_QUERY]
    assert describe_steps(scenario) == ["paged: listBooks"]
    assert {
        "field": MISSING,
        "glob": MISSING,
        "q": {"title": {"$startsWith": TextWithRunMark("{m}")}},
        **arguments,
    } == scenario.steps[0].call.arguments
    assert [step.size for step in scenario.steps] == [3]
    assert scenario.setup == map_scenarios(claim)["order"].setup


def test_plan_without_queries() -> None:
    """A list that a query cannot narrow, and a run without generated examples, have no scenario
    with a query.
    """
    assert list(
        map_scenarios(ASCENDING, build_toy_variant(("$startsWith: [title]", "$startsWith: [id]")))
    ) == ["order", WITH_STATE]
    assert list(map_scenarios(ASCENDING, examples=0)) == ["order"]


def test_order_with_a_query_is_checked() -> None:
    """The items that a query selects are sorted across pages. Fewer than two created items are
    inconclusive.
    """
    trace = execute_on_honest_server(ASCENDING, WITH_QUERY)
    assert evaluate(ASCENDING, trace) == ["passed"]
    items = get_books(trace, "paged")
    first, second = items[1]["title"], items[0]["title"]
    swapped_trace = with_listed_items(trace, "paged", [items[1], items[0], *items[2:]])
    assert [
        f"failed: the list is not in ascending order of title: {describe_value(first)} comes"
        f" before {describe_value(second)}"
    ] == evaluate(ASCENDING, swapped_trace)
    pages = trace.exchanges["paged"]
    assert len(pages) > 2
    swapped_pages_trace = Trace(
        exchanges={**trace.exchanges, "paged": (pages[1], pages[0], *pages[2:])}
    )
    assert evaluate(ASCENDING, swapped_pages_trace)[0].startswith(
        "failed: the list is not in ascending order"
    )
    assert evaluate(ASCENDING, with_listed_items(trace, "paged", items[:1]))[0].startswith(
        "inconclusive"
    )
    assert evaluate(ASCENDING, with_response(trace, "paged", 400))[0].startswith("inconclusive")


def test_plan_without_direction() -> None:
    """A list without a direction parameter is requested without one."""
    contract = build_toy_variant(
        ((", direction: {parameter: way, ascending: up, descending: down}"), "")
    )
    assert {"sort", "field", "glob"} == set(
        map_scenarios(ASCENDING, contract)["order"].steps[0].call.arguments
    )


def test_plan_without_pages() -> None:
    """A list without pages is read only as a whole."""
    contract = build_toy_variant(
        (
            (
                "      - paginates: {page: page, size: size, first: 0, count: /meta/count, total:"
                " /meta/total, pages: /meta/pages, metadata: /meta, maxItems: 40,"
                " unpagedHasMetadata: true,"
                " pastEnd: empty}\n"
            ),
            "",
        )
    )
    assert describe_steps(map_scenarios(ASCENDING, contract)["order"]) == ["whole: listBooks"]
    assert describe_steps(map_scenarios(ASCENDING, contract)[WITH_QUERY]) == ["paged: listBooks"]
    assert isinstance(map_scenarios(ASCENDING, contract)[WITH_QUERY].steps[0], Step)
