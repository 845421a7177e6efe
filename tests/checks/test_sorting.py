"""Judging the order of a list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.call import MarkedText
from conformance.checks.exchange import Trace
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

RISES, FALLS = "listBooks/sort/orders-by/title", "listBooks/way/descends-by/title"
CREATED = "listBooks/sort/orders-by/created"


def keyed(claim: str, keys: list[Json], step: str = "whole") -> Trace:
    """Return a trace in which a list names our items with these keys, in this order."""
    found = execute_on_honest_server(claim)
    field = claim.rpartition("/")[2]
    items = [
        {**item, field: key} if key is not MISSING else {"id": item["id"]}
        for item, key in zip(get_books(found, "whole"), keys, strict=False)
    ]
    return with_listed_items(found, step, items)


@pytest.mark.parametrize("claim", [RISES, FALLS, CREATED, "listBooks/way/descends-by/created"])
def test_order_holds(claim: str) -> None:
    """A list in order keeps the promise, as a whole and in pages."""
    assert evaluate(claim, execute_on_honest_server(claim)) == ["passed", "passed"]


@pytest.mark.parametrize(
    ("claim", "keys", "expected"),
    [
        (RISES, ["a", "b", "c"], "passed"),
        (RISES, ["a", "a", "b"], "passed"),
        (RISES, ["a", "b", "b"], "passed"),
        (
            RISES,
            ["b", "a", "c"],
            "failed: the list is not in ascending order of title: 'b' comes before 'a'",
        ),
        (
            RISES,
            ["a", "c", "b"],
            "failed: the list is not in ascending order of title: 'c' comes before 'b'",
        ),
        (RISES, ["a", "a"], "inconclusive: all items made for this have the same title"),
        (FALLS, ["c", "b", "a"], "passed"),
        (FALLS, ["b", "b", "a"], "passed"),
        (FALLS, ["b", "a", "a"], "passed"),
        (
            FALLS,
            ["c", "a", "b"],
            "failed: the list is not in descending order of title: 'a' comes before 'b'",
        ),
        (
            FALLS,
            ["a", "b"],
            "failed: the list is not in descending order of title: 'a' comes before 'b'",
        ),
        (RISES, [2, 10], "passed"),
        (RISES, [10, 2], "failed: the list is not in ascending order of title: 10 comes before 2"),
        (RISES, [1.5, 2], "passed"),
    ],
)
def test_keys_decide(claim: str, keys: list[Json], expected: str) -> None:
    """Keys rise (or fall); equal ones may come in any order, and equal ones alone show nothing."""
    assert expected == evaluate(claim, keyed(claim, keys))[0]


@pytest.mark.parametrize("strange", [None, True, ["a"], {}, MISSING])
@pytest.mark.parametrize("place", [0, 1])
def test_items_without_a_key_decide_nothing(strange: Json, place: int) -> None:
    """Items that do not show the field cannot be told to be in its order."""
    keys: list[Json] = ["a", "b", "c"]
    keys[place] = strange
    found = evaluate(RISES, keyed(RISES, keys))[0]
    assert "lists items without a title" in found
    assert found.startswith("inconclusive")


def test_pages_are_judged_too() -> None:
    """An order that breaks from page to page is found."""
    assert evaluate(RISES, keyed(RISES, ["b", "a"], "paged")) == [
        "passed",
        "failed: the list is not in ascending order of title: 'b' comes before 'a'",
    ]


def test_order_across_pages_is_judged() -> None:
    """Pages that are ordered each by itself are not enough."""
    found = execute_on_honest_server(RISES)
    pages = found.exchanges["paged"]
    swapped = Trace(exchanges={**found.exchanges, "paged": (pages[1], pages[0], *pages[2:])})
    assert "failed: the list is not in ascending order" in evaluate(RISES, swapped)[1]


def test_moments_are_compared_as_moments() -> None:
    """Dates count as moments: their offset and precision do not matter."""
    assert (
        evaluate(
            CREATED,
            keyed(
                CREATED,
                ["2026-01-01T12:00:00+02:00", "2026-01-01T11:00:00Z", "2026-01-01T11:00:00.500Z"],
            ),
        )[0]
        == "passed"
    )
    broken = (
        "failed: the list is not in ascending order of created: '2026-01-01T11:00:00Z' comes before"
        " '2026-01-01T12:00:00+02:00'"
    )
    assert (
        broken
        == evaluate(CREATED, keyed(CREATED, ["2026-01-01T11:00:00Z", "2026-01-01T12:00:00+02:00"]))[
            0
        ]
    )


def test_text_that_only_looks_like_a_moment_is_text() -> None:
    """What is no date is compared as the text that it is."""
    assert evaluate(RISES, keyed(RISES, ["2026 Tales", "2026 Tunes"]))[0] == "passed"


@given(
    st.lists(
        st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)),
        min_size=2,
        max_size=9,
        unique=True,
    ),
    st.integers(-12, 12),
)
def test_any_moments_in_order_hold(moments: list[datetime], hours: int) -> None:
    """Sorted moments keep the promise however they are written; reversed ones break it."""
    zone = timezone(timedelta(hours=hours))
    written = [
        moment.replace(tzinfo=UTC).astimezone(zone).isoformat() for moment in sorted(moments)
    ]
    assert evaluate(CREATED, keyed(CREATED, list(written)))[0] == "passed"
    assert evaluate(CREATED, keyed(CREATED, list(written[::-1])))[0].startswith("failed")


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_items_decide_nothing(count: int) -> None:
    """One item has no order."""
    found = evaluate(
        RISES,
        with_listed_items(
            execute_on_honest_server(RISES),
            "whole",
            get_books(execute_on_honest_server(RISES), "whole")[:count],
        ),
    )
    assert found == [
        "inconclusive: GET"
        " http://toy/shelves/aaaaaa/books?sort=title&way=up&page=0&size=20&field=title&glob=run%2A"
        " → 200 lists fewer than two of the items made for this"
    ]


def test_items_of_others_do_not_matter() -> None:
    """Only what we made is judged: the list is shared."""
    found = execute_on_honest_server(RISES)
    theirs = [{"id": "theirs", "title": "zzz"}, *get_books(found, "whole")]
    assert evaluate(RISES, with_listed_items(found, "whole", theirs)) == ["passed", "passed"]


def test_cut_list_decides_nothing() -> None:
    """A list that was not read to its end is not judged."""
    assert ("the list is too long to read as a whole") in evaluate(
        RISES, with_truncated_lists(execute_on_honest_server(RISES), "whole")
    )[0]


def test_failed_list_decides_nothing() -> None:
    """A list that does not come is not judged."""
    assert evaluate(RISES, with_response(execute_on_honest_server(RISES), "whole", 500, page=0))[
        0
    ].startswith("inconclusive")


def test_unmade_item_decides_nothing() -> None:
    """Without the things that were to be listed, nothing is judged."""
    assert evaluate(
        RISES, with_skipped_step(execute_on_honest_server(RISES), "item 3", "full")
    ) == ["inconclusive: full"]


@pytest.mark.parametrize(
    ("claim", "arguments"),
    [
        (RISES, {"sort": "title", "way": "up"}),
        (FALLS, {"sort": "title", "way": "down"}),
        (CREATED, {"sort": "created", "way": "up"}),
    ],
)
def test_plan(claim: str, arguments: dict[str, str]) -> None:
    """The list is asked for by that field and direction, whole and in pages of three."""
    script = map_scenarios(claim)["order"]
    assert describe_steps(script) == ["whole: listBooks", "paged: listBooks"]
    assert [arguments] * 2 == [
        {name: move.call.arguments[name] for name in arguments} for move in script.steps
    ]
    assert [move.size for move in script.steps] == [None, 3]


QUERIED, BESIDE = "order of a query", "order beside lent"


@pytest.mark.parametrize(
    ("claim", "arguments"),
    [
        (RISES, {"sort": "title", "way": "up"}),
        (FALLS, {"sort": "title", "way": "down"}),
        (CREATED, {"sort": "created", "way": "up"}),
    ],
)
def test_plan_beside_a_state(claim: str, arguments: dict[str, str]) -> None:
    """The same order is asked of the things in a state, which are all of the same ones: nothing of
    the catalog was switched on.
    """
    script = map_scenarios(claim)[BESIDE]
    assert describe_steps(script) == ["whole: listBooks"]
    assert {
        "field": "title",
        "glob": MarkedText("{m}*"),
        "lent": "false",
        **arguments,
    } == script.steps[0].call.arguments
    assert script.setup == map_scenarios(claim)["order"].setup
    assert BESIDE not in map_scenarios(claim, examples=0)


def test_plan_without_states() -> None:
    """A list that is not filtered by a state is asked for no order beside one; where no value
    stands for off, the parameter is left out.
    """
    states = "{state: lent, field: /lent, values: {'true': true, 'false': false}, absent: false}"
    assert list(map_scenarios(RISES, build_toy_variant((f"      - filters: {states}\n", "")))) == [
        "order",
        QUERIED,
    ]
    only = map_scenarios(
        RISES,
        build_toy_variant(
            (states, ("{state: lent, field: /lent, values: {'true': true}, absent: false}"))
        ),
    )[BESIDE]
    assert only.steps[0].call.arguments["lent"] is MISSING


def test_order_beside_a_state_is_judged() -> None:
    """The things in a state come in order."""
    found = execute_on_honest_server(RISES, BESIDE)
    assert evaluate(RISES, found) == ["passed"]
    items = get_books(found, "whole")
    assert evaluate(RISES, with_listed_items(found, "whole", [items[1], items[0], *items[2:]]))[
        0
    ].startswith("failed: the list is not in ascending order of title")
    assert evaluate(RISES, with_response(found, "whole", 400))[0].startswith("inconclusive")


@pytest.mark.parametrize(
    ("claim", "arguments"),
    [
        (RISES, {"sort": "title", "way": "up"}),
        (FALLS, {"sort": "title", "way": "down"}),
        (CREATED, {"sort": "created", "way": "up"}),
    ],
)
def test_plan_of_a_query(claim: str, arguments: dict[str, str]) -> None:
    """The same order is asked of what a query finds, by that query alone, in pages of three, of the
    same things.
    """
    assert list(map_scenarios(claim)) == ["order", BESIDE, QUERIED]
    script = map_scenarios(claim)[QUERIED]
    assert describe_steps(script) == ["paged: listBooks"]
    assert {
        "field": MISSING,
        "glob": MISSING,
        "q": {"title": {"$startsWith": MarkedText("{m}")}},
        **arguments,
    } == script.steps[0].call.arguments
    assert [move.size for move in script.steps] == [3]
    assert script.setup == map_scenarios(claim)["order"].setup


def test_plan_without_queries() -> None:
    """A list that cannot be narrowed by a query, and a run that draws no examples, ask for no order
    of one.
    """
    assert list(
        map_scenarios(RISES, build_toy_variant(("$startsWith: [title]", "$startsWith: [id]")))
    ) == ["order", BESIDE]
    assert list(map_scenarios(RISES, examples=0)) == ["order"]


def test_order_of_a_query_is_judged() -> None:
    """What a query finds comes in order from page to page; fewer than two of ours decide
    nothing.
    """
    found = execute_on_honest_server(RISES, QUERIED)
    assert evaluate(RISES, found) == ["passed"]
    items = get_books(found, "paged")
    first, second = items[1]["title"], items[0]["title"]
    swapped = with_listed_items(found, "paged", [items[1], items[0], *items[2:]])
    assert [
        f"failed: the list is not in ascending order of title: {first!r} comes before {second!r}"
    ] == evaluate(RISES, swapped)
    pages = found.exchanges["paged"]
    assert len(pages) > 2
    turned = Trace(exchanges={**found.exchanges, "paged": (pages[1], pages[0], *pages[2:])})
    assert evaluate(RISES, turned)[0].startswith("failed: the list is not in ascending order")
    assert evaluate(RISES, with_listed_items(found, "paged", items[:1]))[0].startswith(
        "inconclusive"
    )
    assert evaluate(RISES, with_response(found, "paged", 400))[0].startswith("inconclusive")


def test_plan_without_direction() -> None:
    """A list that has no direction is asked for without one."""
    contract = build_toy_variant(
        ((", direction: {parameter: way, ascending: up, descending: down}"), "")
    )
    assert {"sort", "field", "glob"} == set(
        map_scenarios(RISES, contract)["order"].steps[0].call.arguments
    )


def test_plan_without_pages() -> None:
    """A list that has no pages is read as a whole only."""
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
    assert describe_steps(map_scenarios(RISES, contract)["order"]) == ["whole: listBooks"]
    assert describe_steps(map_scenarios(RISES, contract)[QUERIED]) == ["paged: listBooks"]
    assert isinstance(map_scenarios(RISES, contract)[QUERIED].steps[0], Step)
