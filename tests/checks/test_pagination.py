"""Tests of the checks that a paginated list is split into pages and counted as promised."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

from conformance.checks.call import ApiCall, EarlierResponseValue, TextWithRunMark
from conformance.checks.exchange import Exchange, Trace
from conformance.checks.observation import describe_value
from conformance.checks.scenario import PagedReadStep
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING

from .toy import (
    build_exchange,
    build_toy_variant,
    build_trace,
    describe_steps,
    evaluate,
    execute_on_honest_server,
    get_books,
    list_evidence,
    map_scenarios,
    with_lost_response,
    with_response,
    with_skipped_step,
    with_truncated_lists,
)

SIZE, ALL_PAGES, FIRST = "listBooks/size/size", "listBooks/page/allPages", "listBooks/page/first"
COUNT, TOTAL, PAGES = (
    "listBooks/meta.count/count",
    "listBooks/meta.total/total",
    "listBooks/meta.pages/pages",
)
METADATA, MAX_ITEMS = "listBooks/meta/metadata", "listBooks/size/maxItems"
DELETED = "after a deletion"
UNSTABLE_OBSERVATION = "unstable: the list was changed by someone else while it was read"


def edit_items(edit: Callable[[list[Json]], list[Json]]) -> Callable[[Json], Json]:
    """Return an edit that changes the items of a response body."""
    return lambda body: {**body, "books": edit(body["books"])}


def set_metadata(**meta: Json) -> Callable[[Json], Json]:
    """Return an edit that sets fields of the metadata of a response body."""
    return lambda body: {**body, "meta": {**body["meta"], **meta}}


def drop_metadata(name: str) -> Callable[[Json], Json]:
    """Return an edit that removes a field of the metadata of a response body."""
    return lambda body: {
        **body,
        "meta": {key: value for key, value in body["meta"].items() if key != name},
    }


@pytest.mark.parametrize("claim", [SIZE, ALL_PAGES, FIRST, COUNT, TOTAL, PAGES, METADATA])
def test_honest_server_passes(claim: str) -> None:
    """A list that is split and counted as promised passes in every scenario."""
    for label in map_scenarios(claim):
        assert {"passed"} == set(evaluate(claim, execute_on_honest_server(claim, label))), label


class TestPageSize:
    def test_page_sizes_of_the_honest_trace(self) -> None:
        """The tests below rely on four full pages of fifteen items."""
        assert [
            len(page.json["books"]) for page in execute_on_honest_server(SIZE).exchanges["paged"]
        ][:5] + [0] * (5 - len(execute_on_honest_server(SIZE).exchanges["paged"])) == [
            15,
            15,
            15,
            15,
            0,
        ]

    def test_oversized_page_fails(self) -> None:
        """A page with one item too many breaks the promise."""
        trace = with_response(
            execute_on_honest_server(SIZE),
            "paged",
            edit=edit_items(lambda items: [*items, {"id": "more"}]),
            page=1,
        )
        assert evaluate(SIZE, trace) == ["failed: a page of size=15 holds 16 items"]

    def test_oversized_last_page_fails(self) -> None:
        """The last page has the same limit."""
        trace = execute_on_honest_server(SIZE)
        full_pages_trace = Trace(
            exchanges={**trace.exchanges, "paged": trace.exchanges["paged"][:4]}
        )
        assert evaluate(
            SIZE,
            with_response(
                full_pages_trace,
                "paged",
                edit=edit_items(lambda items: [*items, {"id": "x"}]),
                page=3,
            ),
        ) == ["failed: a page of size=15 holds 16 items"]

    @pytest.mark.parametrize("page", [0, 1, 2])
    def test_short_page_before_the_end_fails(self, page: int) -> None:
        """A page with too few items breaks the promise if more items follow."""
        trace = with_response(
            execute_on_honest_server(SIZE),
            "paged",
            edit=edit_items(lambda items: items[:-1]),
            page=page,
        )
        assert evaluate(SIZE, trace) == [
            "failed: a page of size=15 holds 14 items although more follow"
        ]
        pages = trace.exchanges["paged"]
        assert list_evidence(SIZE, trace) == [(pages[page], pages[page + 1])]

    def test_short_last_page_passes(self) -> None:
        """The last page may hold fewer items."""
        trace = execute_on_honest_server(SIZE)
        full_pages = tuple(page for page in trace.exchanges["paged"] if page.json["books"])
        assert evaluate(
            SIZE,
            with_response(
                Trace(exchanges={**trace.exchanges, "paged": full_pages}),
                "paged",
                edit=edit_items(lambda items: items[:3]),
                page=-1,
            ),
        ) == ["passed"]

    def test_empty_page_after_the_last_one_is_ignored(self) -> None:
        """An empty page after the end does not turn the page before it into a short page."""
        trace = execute_on_honest_server(SIZE)
        full_pages = tuple(page for page in trace.exchanges["paged"] if page.json["books"])
        ended_trace = Trace(exchanges={**trace.exchanges, "paged": (*full_pages, full_pages[-1])})
        ended_trace = with_response(
            with_response(ended_trace, "paged", edit=edit_items(lambda items: []), page=-1),
            "paged",
            edit=edit_items(lambda items: items[:3]),
            page=-2,
        )
        assert evaluate(SIZE, ended_trace) == ["passed"]

    def test_concurrent_change_is_unstable(self) -> None:
        """A short page in a list that someone else changed is unstable, not failed."""
        trace = with_response(
            execute_on_honest_server(SIZE),
            "paged",
            edit=edit_items(lambda items: items[:-1]),
            page=0,
        )
        assert evaluate(
            SIZE, with_response(trace, "after", edit=edit_items(lambda items: items[:-1]), page=0)
        ) == [UNSTABLE_OBSERVATION]

    def test_single_page_is_inconclusive(self) -> None:
        """A list of one page is inconclusive about the size, unless the page is too large."""
        one_page = Trace(
            exchanges={
                **execute_on_honest_server(SIZE).exchanges,
                "paged": execute_on_honest_server(SIZE).exchanges["paged"][:1],
            }
        )
        assert evaluate(SIZE, one_page) == ["inconclusive: the list has no more than one page"]
        oversized_page = with_response(
            one_page, "paged", edit=edit_items(lambda items: [*items, {"id": "more"}])
        )
        assert "failed: a page of size=15 holds 16 items" in evaluate(SIZE, oversized_page)

    def test_first_page_is_the_evidence(self) -> None:
        """The first page is the evidence of a page size that passes."""
        assert list_evidence(SIZE, execute_on_honest_server(SIZE)) == [
            (execute_on_honest_server(SIZE).exchanges["paged"][0],)
        ]

    def test_two_pages_suffice(self) -> None:
        """Two pages are enough to check the size."""
        two_pages = Trace(
            exchanges={
                **execute_on_honest_server(SIZE).exchanges,
                "paged": execute_on_honest_server(SIZE).exchanges["paged"][:2],
            }
        )
        assert evaluate(SIZE, two_pages) == ["passed"]


class TestAllPages:
    def test_last_page_is_the_evidence(self) -> None:
        """The last page is the evidence of pages that pass."""
        assert list_evidence(ALL_PAGES, execute_on_honest_server(ALL_PAGES)) == [
            (execute_on_honest_server(ALL_PAGES).exchanges["paged"][-1],)
        ]

    def test_lost_item_fails(self) -> None:
        """An item that is on no page breaks the promise."""
        lost_id = get_books(execute_on_honest_server(ALL_PAGES), "paged")[0]["id"]
        trace = with_response(
            execute_on_honest_server(ALL_PAGES),
            "paged",
            edit=edit_items(lambda items: items[1:]),
            page=0,
        )
        assert [
            (f"failed: 1 of 60 items are on no page, for example {describe_value(lost_id)}")
        ] == evaluate(ALL_PAGES, trace)

    def test_item_on_two_pages_fails(self) -> None:
        """An item that is on two pages breaks the promise."""
        duplicate = get_books(execute_on_honest_server(ALL_PAGES), "paged")[0]
        trace = with_response(
            execute_on_honest_server(ALL_PAGES),
            "paged",
            edit=edit_items(lambda items: [*items, duplicate]),
            page=1,
        )
        assert [
            f"failed: 1 items are on two pages, for example {describe_value(duplicate['id'])}"
        ] == evaluate(ALL_PAGES, trace)

    @pytest.mark.parametrize("edit", [lambda items: items[1:], lambda items: [*items, items[0]]])
    def test_concurrent_change_is_unstable(self, edit: Callable[[list[Json]], list[Json]]) -> None:
        """A lost or repeated item is unstable in a list that someone else changed."""
        trace = with_response(
            execute_on_honest_server(ALL_PAGES), "paged", edit=edit_items(edit), page=0
        )
        assert evaluate(
            ALL_PAGES,
            with_response(
                trace, "after", edit=edit_items(lambda items: [*items, {"id": "theirs"}]), page=0
            ),
        ) == [UNSTABLE_OBSERVATION]
        assert evaluate(ALL_PAGES, trace)[0].startswith("failed")

    def test_different_order_fails(self) -> None:
        """Pages in a different order from the complete list break the promise, whichever of the two
        is reversed.
        """
        for step, page in (("paged", 2), ("before", 0)):
            trace = with_response(
                execute_on_honest_server(ALL_PAGES),
                step,
                edit=edit_items(lambda items: items[::-1]),
                page=page,
            )
            assert evaluate(ALL_PAGES, trace) == [
                "failed: the pages, put together, are not in the order of the whole list"
            ]

    def test_order_of_an_unfiltered_list_is_not_checked(self) -> None:
        """The order is not checked where no filter can exclude foreign items."""
        contract = build_toy_variant(
            (
                (
                    "      - filters: {field: field, glob: glob, keys: {title: /title},"
                    " withoutField:"
                    " ignored}\n"
                ),
                "",
            ),
            ("      - overrides: {parameter: q, disables: [field, glob]}\n", ""),
        )
        trace = with_response(
            execute_on_honest_server(ALL_PAGES),
            "paged",
            edit=edit_items(lambda items: items[::-1]),
            page=2,
        )
        assert evaluate(ALL_PAGES, trace, contract) == ["passed"]

    def test_foreign_items_are_ignored(self) -> None:
        """Items that the run did not create may appear, disappear and repeat."""
        trace = with_response(
            execute_on_honest_server(ALL_PAGES),
            "paged",
            edit=edit_items(lambda items: [{"id": "theirs"}, *items]),
        )
        assert evaluate(ALL_PAGES, trace) == ["passed"]

    @pytest.mark.parametrize(
        ("count", "expected"),
        [(1, ("inconclusive: the list has no more than one page")), (2, "passed")],
    )
    def test_single_page_is_inconclusive(self, count: int, expected: str) -> None:
        """A list on a single page is inconclusive. An empty second page is enough to check it."""
        trace = execute_on_honest_server(ALL_PAGES)
        pages = (trace.exchanges["paged"][0],) * count
        joined_trace = Trace(exchanges={**trace.exchanges, "paged": pages})
        joined_trace = with_response(
            joined_trace, "paged", edit=edit_items(lambda items: get_books(trace, "paged")), page=0
        )
        if count > 1:
            joined_trace = with_response(
                joined_trace, "paged", edit=edit_items(lambda items: []), page=1
            )
        assert [expected] == evaluate(ALL_PAGES, joined_trace)

    def test_truncated_list_is_inconclusive(self) -> None:
        """A list that was not read to its end is inconclusive."""
        assert evaluate(
            ALL_PAGES, with_truncated_lists(execute_on_honest_server(ALL_PAGES), "paged")
        )[0].startswith("inconclusive: the list is too long")

    @pytest.mark.parametrize("state", ["true", "false"])
    def test_pages_of_each_state(self, state: str) -> None:
        """The pages of a state hold all items in that state."""
        label = f"state {state}"
        assert evaluate(ALL_PAGES, execute_on_honest_server(ALL_PAGES, label)) == ["passed"]
        trace = with_response(
            execute_on_honest_server(ALL_PAGES, label),
            "paged",
            edit=edit_items(lambda items: []),
            page=0,
        )
        assert evaluate(ALL_PAGES, trace)[0].startswith("failed: 2 of 4 items are on no page")


class TestFirstPage:
    def test_page_parameter_defaults_to_the_first_page(self) -> None:
        """Without a page parameter, the list is the first page. Any other items break the
        promise.
        """
        trace = with_response(
            execute_on_honest_server(FIRST), "first", edit=edit_items(lambda items: items[1:])
        )
        assert evaluate(FIRST, trace) == ["failed: page=0 is not what comes without page"]

    def test_order_within_the_page_is_ignored(self) -> None:
        """The same items in another order are the same page."""
        assert evaluate(
            FIRST,
            with_response(
                execute_on_honest_server(FIRST), "first", edit=edit_items(lambda items: items[::-1])
            ),
        ) == ["passed"]

    def test_repeated_item_fails(self) -> None:
        """A second page that repeats an item of the first breaks the promise."""
        repeated_item = get_books(execute_on_honest_server(FIRST), "first")[-1]
        trace = with_response(
            execute_on_honest_server(FIRST),
            "second",
            edit=edit_items(lambda items: [repeated_item, *items[1:]]),
        )
        assert evaluate(FIRST, trace) == ["failed: page=1 repeats items of page=0"]

    def test_empty_second_page_fails(self) -> None:
        """An empty second page breaks the promise if more items were created than fit on
        one page.
        """
        trace = with_response(
            execute_on_honest_server(FIRST), "second", edit=edit_items(lambda items: [])
        )
        assert evaluate(FIRST, trace) == [
            "failed: page=1 is empty although more items were made than fit on the first page"
        ]

    def test_empty_list_is_inconclusive(self) -> None:
        """An empty list is inconclusive."""
        assert evaluate(
            FIRST,
            with_response(
                execute_on_honest_server(FIRST), "absent", edit=edit_items(lambda items: [])
            ),
        ) == ["inconclusive: the list is empty"]

    @pytest.mark.parametrize("step", ["absent", "first", "second"])
    def test_failed_page_is_inconclusive(self, step: str) -> None:
        """A page that cannot be read is inconclusive."""
        assert evaluate(FIRST, with_response(execute_on_honest_server(FIRST), step, 500))[
            0
        ].startswith("inconclusive")

    def test_plan(self) -> None:
        """The steps read pages of seven items: without a page number, the first page and the second
        page.
        """
        scenario = map_scenarios(FIRST)["first"]
        assert describe_steps(scenario) == [
            "absent: listBooks",
            "first: listBooks",
            "second: listBooks",
        ]
        assert [
            (step.call.arguments.get("page"), step.call.arguments["size"])
            for step in scenario.steps
        ] == [(None, 7), (0, 7), (1, 7)]


class TestCounters:
    @pytest.mark.parametrize(
        ("claim", "name", "pointer", "expected"),
        [
            (COUNT, "count", "/meta/count", 15),
            (TOTAL, "total", "/meta/total", 60),
            (PAGES, "pages", "/meta/pages", 4),
        ],
    )
    @pytest.mark.parametrize("difference", [-1, 1])
    def test_wrong_count_fails(
        self, claim: str, name: str, pointer: str, expected: int, difference: int
    ) -> None:
        """A count that is one too high or too low breaks the promise, on any page."""
        for page in (0, 2):
            trace = with_response(
                execute_on_honest_server(claim),
                "paged",
                edit=set_metadata(**{name: expected + difference}),
                page=page,
            )
            assert (
                f"failed: {pointer} is {expected + difference} where it should be {expected}"
                == evaluate(claim, trace)[-1]
            )

    @pytest.mark.parametrize(
        ("claim", "name"), [(COUNT, "count"), (TOTAL, "total"), (PAGES, "pages")]
    )
    def test_metadata_of_the_complete_list_is_checked(self, claim: str, name: str) -> None:
        """The metadata of the complete list is checked like the metadata of its pages."""
        assert evaluate(
            claim,
            with_response(
                execute_on_honest_server(claim), "before", edit=set_metadata(**{name: 77}), page=0
            ),
        )[-1].startswith("failed: /meta/")

    @pytest.mark.parametrize("value", [None, "15", [15], True])
    def test_count_that_is_not_a_number_fails(self, value: Json) -> None:
        """A count that is not a number breaks the promise."""
        assert (
            evaluate(
                COUNT,
                with_response(
                    execute_on_honest_server(COUNT), "paged", edit=set_metadata(count=value), page=0
                ),
            )[-1]
            == f"failed: /meta/count is {describe_value(value)} where it should be 15"
        )

    def test_true_is_not_counted_as_one(self) -> None:
        """A boolean is not a number, even where the expected number is one."""

        def keep_one_item(body: Json) -> Json:
            return {"books": body["books"][:1], "meta": {**body["meta"], "count": True}}

        assert (
            evaluate(
                COUNT,
                with_response(execute_on_honest_server(COUNT), "paged", edit=keep_one_item, page=0),
            )[-1]
            == "failed: /meta/count is true where it should be 1"
        )

    def test_missing_count_is_inconclusive(self) -> None:
        """A page without the count is inconclusive. The other pages are still checked."""
        observations = evaluate(
            COUNT,
            with_response(
                execute_on_honest_server(COUNT), "paged", edit=drop_metadata("count"), page=0
            ),
        )
        assert observations[0].startswith("inconclusive")
        assert observations[0].endswith("says nothing at /meta/count")
        assert {"passed"} == set(observations[1:])

    @pytest.mark.parametrize("claim", [COUNT, TOTAL, PAGES, METADATA])
    def test_concurrent_change_is_unstable(self, claim: str) -> None:
        """A list that someone else changed is unstable and its counts are not checked."""
        assert evaluate(
            claim,
            with_response(
                execute_on_honest_server(claim),
                "after",
                edit=edit_items(lambda items: [*items, {"id": "theirs"}]),
                page=0,
            ),
        ) == [UNSTABLE_OBSERVATION]

    @pytest.mark.parametrize("claim", [COUNT, TOTAL, PAGES, METADATA])
    def test_complete_list_without_own_items_is_inconclusive(self, claim: str) -> None:
        """The counts are inconclusive if the complete list lacks items that the run created."""
        trace = execute_on_honest_server(claim)
        for step in ("before", "after"):
            trace = with_response(trace, step, edit=edit_items(lambda items: items[1:]), page=0)
        assert evaluate(claim, trace) == [
            "inconclusive: the whole list lacks items that were made for this"
        ]

    def test_foreign_items_are_counted(self) -> None:
        """The total also counts items that the run did not create."""
        trace = execute_on_honest_server(TOTAL)
        for step in ("before", "after"):
            trace = with_response(
                trace, step, edit=edit_items(lambda items: [{"id": "theirs"}, *items]), page=0
            )
        assert evaluate(TOTAL, trace)[-1] == "failed: /meta/total is 60 where it should be 61"

    def test_page_count_of_an_empty_list_is_not_checked(self) -> None:
        """The number of pages of an empty list is unspecified."""
        label = "all pages"
        assert set(evaluate(PAGES, execute_on_honest_server(PAGES, label))) == {"passed"}

    def test_total_in_each_state(self) -> None:
        """The total of a list of one state counts the items in that state."""
        assert {"passed"} == set(evaluate(TOTAL, execute_on_honest_server(TOTAL, "state true")))
        assert (
            evaluate(
                TOTAL,
                with_response(
                    execute_on_honest_server(TOTAL, "state true"),
                    "paged",
                    edit=set_metadata(total=8),
                    page=0,
                ),
            )[-1]
            == "failed: /meta/total is 8 where it should be 4"
        )


class TestMetadata:
    @pytest.mark.parametrize("value", [None, [], "text", 3])
    def test_metadata_that_is_not_an_object_fails(self, value: Json) -> None:
        """Metadata that is not an object breaks the promise."""
        trace = with_response(
            execute_on_honest_server(METADATA),
            "paged",
            edit=lambda body: {**body, "meta": value},
            page=1,
        )
        assert evaluate(METADATA, trace)[-1] == "failed: a paged answer has no object at /meta"

    def test_missing_metadata_fails(self) -> None:
        """Missing metadata breaks the promise, even if all items fit on one page."""
        assert evaluate(
            METADATA,
            with_response(
                execute_on_honest_server(METADATA, "one page"), "short", body={"books": []}
            ),
        ) == ["failed: a paged answer has no object at /meta"]
        assert evaluate(
            METADATA,
            with_response(
                execute_on_honest_server(METADATA, "one page"), "short", body={"meta": {}}
            ),
        ) == ["passed"]

    def test_failed_page_is_inconclusive(self) -> None:
        """A page that cannot be read is inconclusive."""
        assert evaluate(
            METADATA, with_response(execute_on_honest_server(METADATA, "one page"), "short", 500)
        )[0].startswith("inconclusive")

    @pytest.mark.parametrize("arguments", [{"page": 0}, {"size": 5}])
    def test_either_parameter_requests_a_page(self, arguments: dict[str, Json]) -> None:
        """A request with a page number or a size gets a paged response."""
        trace = execute_on_honest_server(METADATA)
        page = build_exchange(
            "paged",
            200,
            {"books": get_books(trace, "paged")},
            ApiCall(operation="listBooks", arguments=arguments),
        )
        assert (
            evaluate(METADATA, Trace(exchanges={**trace.exchanges, "paged": (page,)}))[-1]
            == "failed: a paged answer has no object at /meta"
        )

    def test_unpaged_response_may_omit_metadata(self) -> None:
        """A response to a request without paging parameters may omit the metadata."""
        trace = execute_on_honest_server(METADATA)
        page = build_exchange(
            "paged", 200, {"books": get_books(trace, "paged")}, ApiCall(operation="listBooks")
        )
        assert {"passed"} == set(
            evaluate(METADATA, Trace(exchanges={**trace.exchanges, "paged": (page,)}))
        )

    def test_plan_of_one_page(self) -> None:
        """The step requests the first page by number, in the safe size."""
        assert [step.call.arguments for step in map_scenarios(METADATA)["one page"].steps] == [
            {"page": 0, "size": 50}
        ]


class TestMaxItems:
    @pytest.mark.parametrize(
        ("item_count", "total", "expected"),
        [
            (41, 41, "failed: one answer holds 41 items, more than 40"),
            (40, 41, "passed"),
            (20, 41, "passed"),
            (40, 40, "passed"),
            (40, None, "passed"),
            (41, None, "failed: one answer holds 41 items, more than 40"),
            (
                39,
                40,
                "inconclusive: the list holds 40 items: more than 40 are needed to reach"
                " the maximum",
            ),
            (
                39,
                None,
                "inconclusive: the list holds 39 items: more than 40 are needed to reach"
                " the maximum",
            ),
            (
                39,
                "41",
                "inconclusive: the list holds 39 items: more than 40 are needed to reach"
                " the maximum",
            ),
            (
                0,
                7,
                "inconclusive: the list holds 7 items: more than 40 are needed to reach"
                " the maximum",
            ),
        ],
    )
    def test_item_count_of_one_response(self, item_count: int, total: Json, expected: str) -> None:
        """More items than the maximum break the promise. Exactly the maximum passes, and fewer
        items pass if the list holds more than the maximum.
        """
        meta = {} if total is None else {"total": total}
        body = {"books": [{"id": str(number)} for number in range(item_count)], "meta": meta}
        assert [expected] == evaluate(MAX_ITEMS, build_trace(build_exchange("plain", 200, body)))

    def test_failed_list_is_inconclusive(self) -> None:
        """A list that cannot be read is inconclusive."""
        assert evaluate(MAX_ITEMS, build_trace(build_exchange("plain", 400)))[0].startswith(
            "inconclusive"
        )

    def test_plan(self) -> None:
        """The step requests the list without parameters. The list needs more items than the maximum
        where the target can be filled in advance, and the scenario itself creates none.
        """
        scenario = map_scenarios(MAX_ITEMS)["maximum"]
        assert (
            describe_steps(scenario),
            scenario.steps[0].call.arguments,
            scenario.setup,
            scenario.min_items,
        ) == (["plain: listBooks"], {}, None, 90)


@pytest.mark.parametrize(
    ("claim", "labels"),
    [
        (
            SIZE,
            [
                "all pages",
                "state true",
                "state false",
                "all pages of more items",
                "all pages of a part",
                "all pages of a query",
            ],
        ),
        (
            ALL_PAGES,
            [
                "all pages",
                "state true",
                "state false",
                "all pages of more items",
                "all pages of a part",
                "all pages of a query",
            ],
        ),
        (
            COUNT,
            ["all pages", "all pages of more items", "all pages of a part", "all pages of a query"],
        ),
        (
            TOTAL,
            [
                "all pages",
                "state true",
                "state false",
                "all pages of more items",
                "all pages of a part",
                "all pages of a query",
                DELETED,
            ],
        ),
        (
            PAGES,
            [
                "all pages",
                "state true",
                "state false",
                "all pages of more items",
                "all pages of a part",
                "all pages of a query",
            ],
        ),
        (METADATA, ["all pages", "one page"]),
    ],
)
def test_plan_of_paged_reads(claim: str, labels: list[str]) -> None:
    """The steps read the complete list, then its pages, then the complete list again. There are
    about four pages in one scenario and about seven in another, or two if the list is short.
    """
    scenarios = map_scenarios(claim)
    assert labels == list(scenarios)
    for label, pages in (
        ("all pages", 4),
        ("all pages of more items", 7),
        ("state true", 2),
        ("state false", 2),
        ("all pages of a part", 4),
        ("all pages of a query", 4),
        (DELETED, 2),
    ):
        if label in scenarios:
            assert describe_steps(scenarios[label])[-3:] == [
                "before: listBooks",
                "paged: listBooks",
                "after: listBooks",
            ]
            assert [None, pages, None] == [
                cast(PagedReadStep, step).pages for step in scenarios[label].steps[-3:]
            ]
            assert len(scenarios[label].steps) == (5 if label == DELETED else 3)


FILTER_ARGUMENTS = {"field": "title", "glob": TextWithRunMark("{m}-crowd*")}
QUERY_ARGUMENTS = {
    "field": MISSING,
    "glob": MISSING,
    "q": {"title": {"$startsWith": TextWithRunMark("{m}-crowd")}},
}


@pytest.mark.parametrize(
    ("label", "arguments"),
    [("all pages of a part", FILTER_ARGUMENTS), ("all pages of a query", QUERY_ARGUMENTS)],
)
@pytest.mark.parametrize("claim", [SIZE, ALL_PAGES, COUNT, TOTAL, PAGES])
def test_plan_of_filtered_and_queried_pages(
    claim: str, label: str, arguments: dict[str, Json]
) -> None:
    """The same glob pattern, or a query instead, selects all but three of the items in every step.
    There is no such scenario if no examples are generated.
    """
    scenario = map_scenarios(claim)[label]
    assert [arguments] * 3 == [step.call.arguments for step in scenario.steps]
    assert scenario.setup is not None
    assert scenario.setup == map_scenarios(claim)["all pages"].setup
    names = [cast(TextWithRunMark, step.call.body["title"]).text for step in scenario.setup.steps]
    assert [number for number, name in enumerate(names) if not name.startswith("{m}-crowd-")] == [
        2,
        5,
        8,
    ]
    assert [name for name in names if not name.startswith("{m}-crowd-")] == [
        "{m}-aside-014",
        "{m}-aside-005",
        "{m}-aside-056",
    ]
    assert label not in map_scenarios(claim, examples=0)


def test_filtered_pages_are_compared_with_the_filtered_list() -> None:
    """The filtered pages hold 57 of 60 items. The three items that the filter excludes are not
    missed, and each of the other items is.
    """
    label = "all pages of a part"
    trace = execute_on_honest_server(ALL_PAGES, label)
    assert len(get_books(trace, "paged")) == 57
    assert {"run-crowd"} == {item["title"][:9] for item in get_books(trace, "paged")}
    assert evaluate(
        ALL_PAGES, with_response(trace, "paged", edit=edit_items(lambda items: items[1:]), page=0)
    )[0].startswith("failed: 1 of 57 items are on no page")
    assert (
        evaluate(
            TOTAL,
            with_response(
                execute_on_honest_server(TOTAL, label), "paged", edit=set_metadata(total=60)
            ),
        )[-1]
        == "failed: /meta/total is 60 where it should be 57"
    )


class TestAfterDeletion:
    def test_plan(self) -> None:
        """One more item is created and deleted before the list is counted."""
        scenario = map_scenarios(TOTAL)[DELETED]
        assert describe_steps(scenario)[:2] == ["passing: createBook", "delete: deleteBook"]
        assert (scenario.steps[0].call.body["title"], scenario.steps[1].call.arguments) == (
            TextWithRunMark("{m}-crowd-passing"),
            {"book": EarlierResponseValue("passing", "/id")},
        )
        assert scenario.setup == map_scenarios(TOTAL)["all pages"].setup

    def test_plan_without_deletions(self) -> None:
        """There is no such scenario if nothing can be deleted or no examples are generated."""
        assert DELETED not in map_scenarios(TOTAL, examples=0)
        assert DELETED not in map_scenarios(
            TOTAL, build_toy_variant(("    delete: deleteBook\n", ""))
        )

    def test_total(self) -> None:
        """The total no longer counts the deleted item."""
        trace = execute_on_honest_server(TOTAL, DELETED)
        assert set(evaluate(TOTAL, trace)) == {"passed"}
        assert (
            evaluate(TOTAL, with_response(trace, "paged", edit=set_metadata(total=61)))[-1]
            == "failed: /meta/total is 61 where it should be 60"
        )


@pytest.mark.parametrize("claim", [SIZE, ALL_PAGES, COUNT, TOTAL, PAGES])
def test_plan_without_a_glob_filter(claim: str) -> None:
    """A list without a glob filter is narrowed by a query only."""
    contract = build_toy_variant(
        (
            "      - filters: {field: field, glob: glob, keys: {title: /title},"
            " withoutField: ignored}\n",
            "",
        ),
        ("      - overrides: {parameter: q, disables: [field, glob]}\n", ""),
    )
    scenarios = map_scenarios(claim, contract)
    assert "all pages of a part" not in scenarios
    assert [{"q": QUERY_ARGUMENTS["q"]}] * 3 == [
        step.call.arguments for step in scenarios["all pages of a query"].steps
    ]


@pytest.mark.parametrize("claim", [SIZE, ALL_PAGES, COUNT, TOTAL, PAGES])
def test_plan_without_queries(claim: str) -> None:
    """A list that a query cannot narrow has no scenario with a query."""
    assert list(
        map_scenarios(claim, build_toy_variant(("$startsWith: [title]", "$startsWith: []")))
    ) == [label for label in map_scenarios(claim) if label != "all pages of a query"]


@pytest.mark.parametrize("label", ["all pages of a part", "all pages of a query"])
@pytest.mark.parametrize("claim", [SIZE, ALL_PAGES, COUNT, TOTAL, PAGES])
def test_filtered_and_queried_pages_are_checked(claim: str, label: str) -> None:
    """The filtered pages of an honest server pass. A page that loses its items breaks the
    promise.
    """
    trace = execute_on_honest_server(claim, label)
    assert {"passed"} == set(evaluate(claim, trace))
    empty_page_trace = with_response(
        trace, "paged", edit=lambda body: {**body, "books": []}, page=0
    )
    assert evaluate(claim, empty_page_trace)[-1].startswith("failed") is (
        claim in (SIZE, ALL_PAGES, COUNT)
    )
    miscounted_trace = with_response(
        trace,
        "paged",
        edit=lambda body: {**body, "meta": {**body["meta"], "count": 99, "total": 99, "pages": 99}},
    )
    assert evaluate(claim, miscounted_trace)[-1].startswith("failed") is (
        claim in (COUNT, TOTAL, PAGES)
    )


def test_order_of_the_pages_of_a_query() -> None:
    """The pages of a query, joined, are in the order of the complete list of that query."""
    trace = execute_on_honest_server(ALL_PAGES, "all pages of a query")
    reversed_page_trace = with_response(
        trace, "paged", edit=lambda body: {**body, "books": body["books"][::-1]}, page=0
    )
    assert evaluate(ALL_PAGES, reversed_page_trace) == [
        "failed: the pages, put together, are not in the order of the whole list"
    ]


@pytest.mark.parametrize("state", ["true", "false"])
def test_plan_of_states(state: str) -> None:
    """Each step requests the same state from a list with items in both states."""
    scenario = map_scenarios(ALL_PAGES)[f"state {state}"]
    assert [state] * 3 == [step.call.arguments["lent"] for step in scenario.steps]
    assert scenario.setup is not None
    assert scenario.setup.name == "states of book"


def test_setup_of_the_long_list() -> None:
    """The setup creates as many items with different names as the context says, sixty by
    default.
    """
    for count, setup in (
        (60, map_scenarios(SIZE)["all pages"].setup),
        (9, map_scenarios(SIZE, long_list_size=9)["all pages"].setup),
    ):
        assert setup is not None
        assert (f"crowd of {count} book", count, count) == (
            setup.name,
            len(setup.steps),
            len({step.call.body["title"].text for step in setup.steps}),
        )


def build_list_exchange(step: str, count: int, status: int = 200, **meta: Json) -> Exchange:
    """Build the exchange of a list response with this many items."""
    return build_exchange(
        step,
        status,
        {
            "books": [{"id": str(number)} for number in range(count)],
            **({"meta": meta} if meta else {}),
        },
    )


def build_many_items_trace(listed_count: int, plain_count: int) -> Trace:
    """Build a trace in which sixty items were created, the complete list holds `listed_count` items
    (any more are foreign) and a plain response holds `plain_count`.
    """
    creations = (
        build_exchange(f"item {number}", 201, {"id": str(number)}, ApiCall(operation="createBook"))
        for number in range(60)
    )
    pages = [
        {"books": [{"id": str(number)} for number in page]}
        for page in (range(listed_count // 2), range(listed_count // 2, listed_count))
    ]
    return build_trace(
        *creations,
        *(build_exchange("before", 200, page) for page in pages),
        build_list_exchange("plain", plain_count),
    )


def build_contract_with_paging(**properties: str) -> Contract:
    """Build the toy contract with other paging properties."""
    paging_properties = "maxItems: 40, unpagedHasMetadata: true, pastEnd: empty}"
    return build_toy_variant(
        (
            paging_properties,
            "maxItems: 40, "
            + ", ".join(f"{name}: {value}" for name, value in properties.items())
            + "}",
        )
    )


class TestUnpagedIsComplete:
    CLAIM = "listBooks/size/unpagedIsComplete"

    @pytest.mark.parametrize(
        ("listed_count", "plain_count", "expected"),
        [
            (60, 40, "passed"),
            (60, 41, "passed"),
            (60, 39, "failed: without a page asked for, the answer holds 39 of 60 items"),
            (70, 40, "passed"),
            (70, 39, "failed: without a page asked for, the answer holds 39 of 70 items"),
            (59, 40, "inconclusive: the whole list lacks items that were made for this"),
            (0, 0, "inconclusive: the whole list lacks items that were made for this"),
        ],
    )
    def test_item_count_of_a_plain_response(
        self, listed_count: int, plain_count: int, expected: str
    ) -> None:
        """A plain response holds the complete list, or as many of its items as the maximum
        allows.
        """
        assert [expected] == evaluate(
            self.CLAIM,
            build_many_items_trace(listed_count, plain_count),
            build_contract_with_paging(unpagedIsComplete="true"),
        )

    def test_without_max_items(self) -> None:
        """Without a maximum, the complete list is expected."""
        contract = build_toy_variant(
            ("maxItems: 40, unpagedHasMetadata: true, pastEnd: empty}", "unpagedIsComplete: true}")
        )
        assert evaluate(self.CLAIM, build_many_items_trace(60, 60), contract) == ["passed"]
        assert get_outcomes(evaluate(self.CLAIM, build_many_items_trace(60, 59), contract)) == [
            "failed"
        ]

    def test_list_shorter_than_max_items_is_complete(self) -> None:
        """A list shorter than the maximum is expected to be complete."""
        contract = build_toy_variant(
            (
                "maxItems: 40, unpagedHasMetadata: true, pastEnd: empty}",
                "maxItems: 90, unpagedIsComplete: true}",
            )
        )
        assert evaluate(self.CLAIM, build_many_items_trace(60, 60), contract) == ["passed"]
        assert get_outcomes(evaluate(self.CLAIM, build_many_items_trace(60, 59), contract)) == [
            "failed"
        ]

    def test_unread_lists_are_inconclusive(self) -> None:
        """A list that cannot be read, or not to its end, is inconclusive."""
        contract, trace = (
            build_contract_with_paging(unpagedIsComplete="true"),
            build_many_items_trace(60, 20),
        )
        for failed_trace in (
            with_response(trace, "plain", 500),
            with_response(trace, "before", 500),
            with_truncated_lists(trace, "before"),
            with_skipped_step(trace, "plain"),
            with_lost_response(trace, "plain"),
            with_response(trace, "item 7", 500),
        ):
            assert get_outcomes(evaluate(self.CLAIM, failed_trace, contract)) == ["inconclusive"]

    def test_plan(self) -> None:
        """The steps read the complete list and then request it without parameters."""
        scenario = map_scenarios(self.CLAIM, build_contract_with_paging(unpagedIsComplete="true"))[
            "unpaged"
        ]
        assert describe_steps(scenario) == ["before: listBooks", "plain: listBooks"]
        assert scenario.steps[-1].call.arguments == {}
        assert scenario.setup is not None
        assert scenario.setup.name == "crowd of 60 book"


class TestUnpagedHasMetadata:
    CLAIM = "listBooks/meta/unpagedHasMetadata"

    @pytest.mark.parametrize(
        ("has_metadata", "meta", "expected"),
        [
            ("true", {"total": 3}, "passed"),
            ("true", {}, "failed: without a page asked for, the answer lacks /meta"),
            ("false", {}, "passed"),
            ("false", {"total": 3}, "failed: without a page asked for, the answer has /meta"),
        ],
    )
    def test_metadata_of_a_plain_response(
        self, has_metadata: str, meta: Json, expected: str
    ) -> None:
        """A plain response has metadata or not, as the contract says."""
        assert [expected] == evaluate(
            self.CLAIM,
            build_trace(build_list_exchange("plain", 3, **meta)),
            build_contract_with_paging(unpagedHasMetadata=has_metadata),
        )

    @pytest.mark.parametrize("has_metadata", ["true", "false"])
    def test_failed_list_is_inconclusive(self, has_metadata: str) -> None:
        """A list that cannot be read is inconclusive."""
        for trace in (
            build_trace(build_list_exchange("plain", 0, 400)),
            build_trace(build_list_exchange("plain", 0, 500)),
            build_trace(build_exchange("plain", None)),
            build_trace(),
        ):
            assert get_outcomes(
                evaluate(
                    self.CLAIM, trace, build_contract_with_paging(unpagedHasMetadata=has_metadata)
                )
            ) == ["inconclusive"]

    def test_plan(self) -> None:
        """The step requests the list without parameters and creates no items."""
        scenario = map_scenarios(self.CLAIM)["unpaged"]
        assert (describe_steps(scenario), scenario.steps[0].call.arguments, scenario.setup) == (
            ["plain: listBooks"],
            {},
            None,
        )
        assert evaluate(self.CLAIM, execute_on_honest_server(self.CLAIM)) == ["passed"]


class TestPastEnd:
    CLAIM = "listBooks/page/pastEnd"

    @pytest.mark.parametrize(
        ("past_end", "status", "count", "expected"),
        [
            ("empty", 200, 0, "passed"),
            ("empty", 200, 1, "failed: a page past the end is not empty: GET http://toy → 200"),
            ("empty", 404, 0, "failed: a page past the end is not empty: GET http://toy → 404"),
            ("refused", 404, 0, "passed"),
            ("refused", 400, 0, "passed"),
            ("refused", 200, 0, "failed: a page past the end is not refused: GET http://toy → 200"),
        ],
    )
    def test_page_past_the_end(self, past_end: str, status: int, count: int, expected: str) -> None:
        """A page past the end is empty or refused, as the contract says."""
        assert [expected] == evaluate(
            self.CLAIM,
            build_trace(build_list_exchange("plain", count, status)),
            build_contract_with_paging(pastEnd=past_end),
        )

    @pytest.mark.parametrize("past_end", ["empty", "refused"])
    @pytest.mark.parametrize("status", [401, 403, 429, 502, 503, 504, None])
    def test_unprocessed_request_is_inconclusive(self, past_end: str, status: int | None) -> None:
        """A request that was rejected before it was processed, or got no response, is
        inconclusive.
        """
        assert get_outcomes(
            evaluate(
                self.CLAIM,
                build_trace(build_exchange("plain", status, {"books": []})),
                build_contract_with_paging(pastEnd=past_end),
            )
        ) == ["inconclusive"]

    def test_missing_list_is_inconclusive(self) -> None:
        """A response without a list of items is inconclusive, and so is a page that was not
        requested.
        """
        for trace in (
            build_trace(build_exchange("plain", 200, {"meta": {}})),
            with_skipped_step(build_trace(build_list_exchange("plain", 0)), "plain"),
        ):
            assert get_outcomes(evaluate(self.CLAIM, trace)) == ["inconclusive"]

    def test_plan(self) -> None:
        """The step requests a page that no list reaches, in the safe size, of a list that is not
        empty.
        """
        scenario = map_scenarios(self.CLAIM)["past the end"]
        assert [("made", {}), ("plain", {"page": 100_000, "size": 50})] == [
            (step.name, dict(step.call.arguments)) for step in scenario.steps
        ]
        assert scenario.setup is None
        contract = build_toy_variant(
            ("first: 0", "first: 1"), ("minimum: 0, default: 0", "minimum: 0, default: 1")
        )
        assert (
            map_scenarios(self.CLAIM, contract)["past the end"].steps[1].call.arguments["page"]
            == 100_001
        )
        assert evaluate(self.CLAIM, execute_on_honest_server(self.CLAIM)) == ["passed"]


def get_outcomes(observations: list[str]) -> list[str]:
    """Return the outcomes of observations that are given as text."""
    return [observation.partition(":")[0] for observation in observations]
