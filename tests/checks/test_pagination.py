"""Judging how a paged list is cut and counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

from conformance.checks.call import ApiCall, EarlierResponseValue, MarkedText
from conformance.checks.exchange import Exchange, Trace
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

SIZE, WALK, FIRST = "listBooks/size/size", "listBooks/page/allPages", "listBooks/page/first"
COUNT, TOTAL, PAGES = (
    "listBooks/meta.count/count",
    "listBooks/meta.total/total",
    "listBooks/meta.pages/pages",
)
METADATA, CEILING = "listBooks/meta/metadata", "listBooks/size/maxItems"
DELETED = "after a deletion"
UNSETTLED = "unstable: the list was changed by someone else while it was read"


def changed(items: Callable[[list[Json]], list[Json]]) -> Callable[[Json], Json]:
    """Return how to change the items of an answer."""
    return lambda answer: {**answer, "books": items(answer["books"])}


def saying(**meta: Json) -> Callable[[Json], Json]:
    """Return how to change what an answer says of itself."""
    return lambda answer: {**answer, "meta": {**answer["meta"], **meta}}


def silent_about(name: str) -> Callable[[Json], Json]:
    """Return how to take out what an answer says of itself."""
    return lambda answer: {
        **answer,
        "meta": {key: value for key, value in answer["meta"].items() if key != name},
    }


@pytest.mark.parametrize("claim", [SIZE, WALK, FIRST, COUNT, TOTAL, PAGES, METADATA])
def test_honest_list_holds(claim: str) -> None:
    """A list that is cut and counted as promised keeps every promise, in every script."""
    for label in map_scenarios(claim):
        assert {"passed"} == set(evaluate(claim, execute_on_honest_server(claim, label))), label


class TestSize:
    def test_pages_are_as_large_as_asked(self) -> None:
        """Four pages of fifteen are asked for: the tests below stand on that."""
        assert [
            len(page.json["books"]) for page in execute_on_honest_server(SIZE).exchanges["paged"]
        ][:5] + [0] * (5 - len(execute_on_honest_server(SIZE).exchanges["paged"])) == [
            15,
            15,
            15,
            15,
            0,
        ]

    def test_too_large_a_page_breaks(self) -> None:
        """One item too many breaks the promise."""
        found = with_response(
            execute_on_honest_server(SIZE),
            "paged",
            edit=changed(lambda items: [*items, {"id": "more"}]),
            page=1,
        )
        assert evaluate(SIZE, found) == ["failed: a page of size=15 holds 16 items"]

    def test_too_large_a_last_page_breaks(self) -> None:
        """The last page has the same limit."""
        found = execute_on_honest_server(SIZE)
        last = Trace(exchanges={**found.exchanges, "paged": found.exchanges["paged"][:4]})
        assert evaluate(
            SIZE,
            with_response(last, "paged", edit=changed(lambda items: [*items, {"id": "x"}]), page=3),
        ) == ["failed: a page of size=15 holds 16 items"]

    @pytest.mark.parametrize("page", [0, 1, 2])
    def test_short_page_before_the_end_breaks(self, page: int) -> None:
        """A page with too few items, although more follow, breaks the promise."""
        found = with_response(
            execute_on_honest_server(SIZE),
            "paged",
            edit=changed(lambda items: items[:-1]),
            page=page,
        )
        assert evaluate(SIZE, found) == [
            "failed: a page of size=15 holds 14 items although more follow"
        ]
        pages = found.exchanges["paged"]
        assert list_evidence(SIZE, found) == [(pages[page], pages[page + 1])]

    def test_short_last_page_holds(self) -> None:
        """The last page may hold fewer."""
        found = execute_on_honest_server(SIZE)
        full = tuple(page for page in found.exchanges["paged"] if page.json["books"])
        assert evaluate(
            SIZE,
            with_response(
                Trace(exchanges={**found.exchanges, "paged": full}),
                "paged",
                edit=changed(lambda items: items[:3]),
                page=-1,
            ),
        ) == ["passed"]

    def test_empty_last_page_is_no_page(self) -> None:
        """An empty page after the end does not make the one before it count as short."""
        found = execute_on_honest_server(SIZE)
        full = tuple(page for page in found.exchanges["paged"] if page.json["books"])
        ended = Trace(exchanges={**found.exchanges, "paged": (*full, full[-1])})
        ended = with_response(
            with_response(ended, "paged", edit=changed(lambda items: []), page=-1),
            "paged",
            edit=changed(lambda items: items[:3]),
            page=-2,
        )
        assert evaluate(SIZE, ended) == ["passed"]

    def test_list_that_moved_is_tried_again(self) -> None:
        """A short page in a list that someone else changed is no breach."""
        found = with_response(
            execute_on_honest_server(SIZE), "paged", edit=changed(lambda items: items[:-1]), page=0
        )
        assert evaluate(
            SIZE, with_response(found, "after", edit=changed(lambda items: items[:-1]), page=0)
        ) == [UNSETTLED]

    def test_one_page_decides_nothing(self) -> None:
        """A list of one page shows nothing of the size, unless it is too large."""
        one = Trace(
            exchanges={
                **execute_on_honest_server(SIZE).exchanges,
                "paged": execute_on_honest_server(SIZE).exchanges["paged"][:1],
            }
        )
        assert evaluate(SIZE, one) == ["inconclusive: the list has no more than one page"]
        grown = with_response(one, "paged", edit=changed(lambda items: [*items, {"id": "more"}]))
        assert "failed: a page of size=15 holds 16 items" in evaluate(SIZE, grown)

    def test_first_page_is_shown(self) -> None:
        """What shows a size that holds is the first page."""
        assert list_evidence(SIZE, execute_on_honest_server(SIZE)) == [
            (execute_on_honest_server(SIZE).exchanges["paged"][0],)
        ]

    def test_two_pages_suffice(self) -> None:
        """Two pages show the size."""
        two = Trace(
            exchanges={
                **execute_on_honest_server(SIZE).exchanges,
                "paged": execute_on_honest_server(SIZE).exchanges["paged"][:2],
            }
        )
        assert evaluate(SIZE, two) == ["passed"]


class TestWalk:
    def test_last_page_is_shown(self) -> None:
        """What shows a walk that holds is its end."""
        assert list_evidence(WALK, execute_on_honest_server(WALK)) == [
            (execute_on_honest_server(WALK).exchanges["paged"][-1],)
        ]

    def test_lost_item_breaks(self) -> None:
        """An item that is on no page breaks the promise."""
        lost = get_books(execute_on_honest_server(WALK), "paged")[0]["id"]
        found = with_response(
            execute_on_honest_server(WALK), "paged", edit=changed(lambda items: items[1:]), page=0
        )
        assert [(f"failed: 1 of 60 items are on no page, for example {lost!r}")] == evaluate(
            WALK, found
        )

    def test_item_on_two_pages_breaks(self) -> None:
        """An item that is on two pages breaks the promise."""
        twice = get_books(execute_on_honest_server(WALK), "paged")[0]
        found = with_response(
            execute_on_honest_server(WALK),
            "paged",
            edit=changed(lambda items: [*items, twice]),
            page=1,
        )
        assert [f"failed: 1 items are on two pages, for example {twice['id']!r}"] == evaluate(
            WALK, found
        )

    @pytest.mark.parametrize("edit", [lambda items: items[1:], lambda items: [*items, items[0]]])
    def test_list_that_moved_is_tried_again(self, edit: Callable[[list[Json]], list[Json]]) -> None:
        """An item that is lost or comes twice in a list that someone else changed is no breach."""
        found = with_response(execute_on_honest_server(WALK), "paged", edit=changed(edit), page=0)
        assert evaluate(
            WALK,
            with_response(
                found, "after", edit=changed(lambda items: [*items, {"id": "theirs"}]), page=0
            ),
        ) == [UNSETTLED]
        assert evaluate(WALK, found)[0].startswith("failed")

    def test_other_order_breaks(self) -> None:
        """Pages in another order than the whole list break the promise, whichever of the two is the
        other way round.
        """
        for step, page in (("paged", 2), ("before", 0)):
            found = with_response(
                execute_on_honest_server(WALK),
                step,
                edit=changed(lambda items: items[::-1]),
                page=page,
            )
            assert evaluate(WALK, found) == [
                "failed: the pages, put together, are not in the order of the whole list"
            ]

    def test_order_of_a_list_that_is_not_narrowed_is_open(self) -> None:
        """Where others' items cannot be kept out, the order is not judged."""
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
        found = with_response(
            execute_on_honest_server(WALK), "paged", edit=changed(lambda items: items[::-1]), page=2
        )
        assert evaluate(WALK, found, contract) == ["passed"]

    def test_items_of_others_do_not_matter(self) -> None:
        """Items that we did not make may come, go and repeat."""
        found = with_response(
            execute_on_honest_server(WALK),
            "paged",
            edit=changed(lambda items: [{"id": "theirs"}, *items]),
        )
        assert evaluate(WALK, found) == ["passed"]

    @pytest.mark.parametrize(
        ("count", "expected"),
        [(1, ("inconclusive: the list has no more than one page")), (2, "passed")],
    )
    def test_one_page_decides_nothing(self, count: int, expected: str) -> None:
        """Everything on one page shows nothing of the walk."""
        found = execute_on_honest_server(WALK)
        pages = (found.exchanges["paged"][0],) * count
        joined = Trace(exchanges={**found.exchanges, "paged": pages})
        joined = with_response(
            joined, "paged", edit=changed(lambda items: get_books(found, "paged")), page=0
        )
        if count > 1:
            joined = with_response(joined, "paged", edit=changed(lambda items: []), page=1)
        assert [expected] == evaluate(WALK, joined)

    def test_cut_list_decides_nothing(self) -> None:
        """A list that was not read to its end is not judged."""
        assert evaluate(WALK, with_truncated_lists(execute_on_honest_server(WALK), "paged"))[
            0
        ].startswith("inconclusive: the list is too long")

    @pytest.mark.parametrize("state", ["true", "false"])
    def test_each_state_is_walked(self, state: str) -> None:
        """The items in a state are on its pages, all of them."""
        label = f"state {state}"
        assert evaluate(WALK, execute_on_honest_server(WALK, label)) == ["passed"]
        found = with_response(
            execute_on_honest_server(WALK, label), "paged", edit=changed(lambda items: []), page=0
        )
        assert evaluate(WALK, found)[0].startswith("failed: 2 of 4 items are on no page")


class TestFirst:
    def test_absent_page_is_the_first(self) -> None:
        """Without a page, the first one comes: anything else breaks the promise."""
        found = with_response(
            execute_on_honest_server(FIRST), "first", edit=changed(lambda items: items[1:])
        )
        assert evaluate(FIRST, found) == ["failed: page=0 is not what comes without page"]

    def test_order_on_the_page_is_open(self) -> None:
        """The same items in another order are the same page."""
        assert evaluate(
            FIRST,
            with_response(
                execute_on_honest_server(FIRST), "first", edit=changed(lambda items: items[::-1])
            ),
        ) == ["passed"]

    def test_repetition_breaks(self) -> None:
        """A second page that repeats an item of the first breaks the promise."""
        one = get_books(execute_on_honest_server(FIRST), "first")[-1]
        found = with_response(
            execute_on_honest_server(FIRST), "second", edit=changed(lambda items: [one, *items[1:]])
        )
        assert evaluate(FIRST, found) == ["failed: page=1 repeats items of page=0"]

    def test_empty_second_page_breaks(self) -> None:
        """More was made than fits on one page: an empty second one breaks the promise."""
        found = with_response(
            execute_on_honest_server(FIRST), "second", edit=changed(lambda items: [])
        )
        assert evaluate(FIRST, found) == [
            "failed: page=1 is empty although more items were made than fit on the first page"
        ]

    def test_empty_list_decides_nothing(self) -> None:
        """An empty list shows nothing."""
        assert evaluate(
            FIRST,
            with_response(
                execute_on_honest_server(FIRST), "absent", edit=changed(lambda items: [])
            ),
        ) == ["inconclusive: the list is empty"]

    @pytest.mark.parametrize("step", ["absent", "first", "second"])
    def test_failed_page_decides_nothing(self, step: str) -> None:
        """A page that does not come decides nothing."""
        assert evaluate(FIRST, with_response(execute_on_honest_server(FIRST), step, 500))[
            0
        ].startswith("inconclusive")

    def test_plan(self) -> None:
        """Pages of seven: none named, the first, the one after it."""
        script = map_scenarios(FIRST)["first"]
        assert describe_steps(script) == [
            "absent: listBooks",
            "first: listBooks",
            "second: listBooks",
        ]
        assert [
            (step.call.arguments.get("page"), step.call.arguments["size"]) for step in script.steps
        ] == [(None, 7), (0, 7), (1, 7)]


class TestCounters:
    @pytest.mark.parametrize(
        ("claim", "name", "pointer", "right"),
        [
            (COUNT, "count", "/meta/count", 15),
            (TOTAL, "total", "/meta/total", 60),
            (PAGES, "pages", "/meta/pages", 4),
        ],
    )
    @pytest.mark.parametrize("by", [-1, 1])
    def test_wrong_number_breaks(
        self, claim: str, name: str, pointer: str, right: int, by: int
    ) -> None:
        """One more or one less than there are breaks the promise, on any page."""
        for page in (0, 2):
            found = with_response(
                execute_on_honest_server(claim),
                "paged",
                edit=saying(**{name: right + by}),
                page=page,
            )
            assert (
                f"failed: {pointer} is {right + by} where it should be {right}"
                == evaluate(claim, found)[-1]
            )

    @pytest.mark.parametrize(
        ("claim", "name"), [(COUNT, "count"), (TOTAL, "total"), (PAGES, "pages")]
    )
    def test_whole_list_is_counted_too(self, claim: str, name: str) -> None:
        """What the whole list says of itself is judged like what its pages say."""
        assert evaluate(
            claim,
            with_response(
                execute_on_honest_server(claim), "before", edit=saying(**{name: 77}), page=0
            ),
        )[-1].startswith("failed: /meta/")

    @pytest.mark.parametrize("value", [None, "15", [15], True])
    def test_what_is_no_number_breaks(self, value: Json) -> None:
        """A counter that is no number breaks the promise."""
        assert (
            evaluate(
                COUNT,
                with_response(
                    execute_on_honest_server(COUNT), "paged", edit=saying(count=value), page=0
                ),
            )[-1]
            == f"failed: /meta/count is {value!r} where it should be 15"
        )

    def test_true_is_no_one(self) -> None:
        """A boolean is no number, even where the number is one."""

        def single(answer: Json) -> Json:
            return {"books": answer["books"][:1], "meta": {**answer["meta"], "count": True}}

        assert (
            evaluate(
                COUNT, with_response(execute_on_honest_server(COUNT), "paged", edit=single, page=0)
            )[-1]
            == "failed: /meta/count is True where it should be 1"
        )

    def test_silence_decides_nothing(self) -> None:
        """A page that tells nothing of itself shows nothing, and the others are judged."""
        found = evaluate(
            COUNT,
            with_response(
                execute_on_honest_server(COUNT), "paged", edit=silent_about("count"), page=0
            ),
        )
        assert found[0].startswith("inconclusive")
        assert found[0].endswith("says nothing at /meta/count")
        assert {"passed"} == set(found[1:])

    @pytest.mark.parametrize("claim", [COUNT, TOTAL, PAGES, METADATA])
    def test_list_that_moved_is_tried_again(self, claim: str) -> None:
        """In a list that someone else changed, nothing is counted."""
        assert evaluate(
            claim,
            with_response(
                execute_on_honest_server(claim),
                "after",
                edit=changed(lambda items: [*items, {"id": "theirs"}]),
                page=0,
            ),
        ) == [UNSETTLED]

    @pytest.mark.parametrize("claim", [COUNT, TOTAL, PAGES, METADATA])
    def test_whole_list_without_ours_decides_nothing(self, claim: str) -> None:
        """A whole list that lacks what we made is not what the numbers are about."""
        found = execute_on_honest_server(claim)
        for step in ("before", "after"):
            found = with_response(found, step, edit=changed(lambda items: items[1:]), page=0)
        assert evaluate(claim, found) == [
            "inconclusive: the whole list lacks items that were made for this"
        ]

    def test_items_of_others_are_counted(self) -> None:
        """The total counts what others made too."""
        found = execute_on_honest_server(TOTAL)
        for step in ("before", "after"):
            found = with_response(
                found, step, edit=changed(lambda items: [{"id": "theirs"}, *items]), page=0
            )
        assert evaluate(TOTAL, found)[-1] == "failed: /meta/total is 60 where it should be 61"

    def test_pages_without_items_are_open(self) -> None:
        """How many pages an empty list has is open."""
        label = "all pages"
        assert set(evaluate(PAGES, execute_on_honest_server(PAGES, label))) == {"passed"}

    def test_total_in_each_state(self) -> None:
        """In a state, the total is that of the state."""
        assert {"passed"} == set(evaluate(TOTAL, execute_on_honest_server(TOTAL, "state true")))
        assert (
            evaluate(
                TOTAL,
                with_response(
                    execute_on_honest_server(TOTAL, "state true"),
                    "paged",
                    edit=saying(total=8),
                    page=0,
                ),
            )[-1]
            == "failed: /meta/total is 8 where it should be 4"
        )


class TestMetadata:
    @pytest.mark.parametrize("value", [None, [], "text", 3])
    def test_what_is_no_object_breaks(self, value: Json) -> None:
        """Anything but an object breaks the promise."""
        found = with_response(
            execute_on_honest_server(METADATA),
            "paged",
            edit=lambda answer: {**answer, "meta": value},
            page=1,
        )
        assert evaluate(METADATA, found)[-1] == "failed: a paged answer has no object at /meta"

    def test_missing_object_breaks(self) -> None:
        """No object breaks the promise, also when all is on one page."""
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

    def test_failed_page_decides_nothing(self) -> None:
        """A page that does not come decides nothing."""
        assert evaluate(
            METADATA, with_response(execute_on_honest_server(METADATA, "one page"), "short", 500)
        )[0].startswith("inconclusive")

    @pytest.mark.parametrize("arguments", [{"page": 0}, {"size": 5}])
    def test_either_parameter_asks_for_a_page(self, arguments: dict[str, Json]) -> None:
        """A page number or a size, either makes a paged answer."""
        found = execute_on_honest_server(METADATA)
        page = build_exchange(
            "paged",
            200,
            {"books": get_books(found, "paged")},
            ApiCall(operation="listBooks", arguments=arguments),
        )
        assert (
            evaluate(METADATA, Trace(exchanges={**found.exchanges, "paged": (page,)}))[-1]
            == "failed: a paged answer has no object at /meta"
        )

    def test_unpaged_answer_may_go_without(self) -> None:
        """An answer that no page was asked of may have no such object."""
        found = execute_on_honest_server(METADATA)
        page = build_exchange(
            "paged", 200, {"books": get_books(found, "paged")}, ApiCall(operation="listBooks")
        )
        assert {"passed"} == set(
            evaluate(METADATA, Trace(exchanges={**found.exchanges, "paged": (page,)}))
        )

    def test_plan_of_one_page(self) -> None:
        """The first page is asked for by number, in the safe size."""
        assert [step.call.arguments for step in map_scenarios(METADATA)["one page"].steps] == [
            {"page": 0, "size": 50}
        ]


class TestCeiling:
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
    def test_items_in_one_answer(self, item_count: int, total: Json, expected: str) -> None:
        """More items than the ceiling break it; as many hold it, and fewer when there are more to
        list.
        """
        meta = {} if total is None else {"total": total}
        body = {"books": [{"id": str(number)} for number in range(item_count)], "meta": meta}
        assert [expected] == evaluate(CEILING, build_trace(build_exchange("plain", 200, body)))

    def test_failed_list_decides_nothing(self) -> None:
        """A list that does not come decides nothing."""
        assert evaluate(CEILING, build_trace(build_exchange("plain", 400)))[0].startswith(
            "inconclusive"
        )

    def test_plan(self) -> None:
        """The list is asked for plainly, of more things than the ceiling where it can be stocked,
        and nothing is made for it.
        """
        script = map_scenarios(CEILING)["maximum"]
        assert (
            describe_steps(script),
            script.steps[0].call.arguments,
            script.setup,
            script.min_items,
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
            WALK,
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
def test_plan_of_walks(claim: str, labels: list[str]) -> None:
    """The list is read whole, in pages, and whole again; in about four and about seven pages, or
    two where it is short.
    """
    found = map_scenarios(claim)
    assert labels == list(found)
    for label, pages in (
        ("all pages", 4),
        ("all pages of more items", 7),
        ("state true", 2),
        ("state false", 2),
        ("all pages of a part", 4),
        ("all pages of a query", 4),
        (DELETED, 2),
    ):
        if label in found:
            assert describe_steps(found[label])[-3:] == [
                "before: listBooks",
                "paged: listBooks",
                "after: listBooks",
            ]
            assert [None, pages, None] == [
                cast(PagedReadStep, move).pages for move in found[label].steps[-3:]
            ]
            assert len(found[label].steps) == (5 if label == DELETED else 3)


PART = {"field": "title", "glob": MarkedText("{m}-crowd*")}
QUERY = {
    "field": MISSING,
    "glob": MISSING,
    "q": {"title": {"$startsWith": MarkedText("{m}-crowd")}},
}


@pytest.mark.parametrize(
    ("label", "arguments"), [("all pages of a part", PART), ("all pages of a query", QUERY)]
)
@pytest.mark.parametrize("claim", [SIZE, WALK, COUNT, TOTAL, PAGES])
def test_plan_of_parts(claim: str, label: str, arguments: dict[str, Json]) -> None:
    """A part of the crowd, all but three of it, is asked for by a pattern, and by a query instead,
    each time; not where no examples are drawn.
    """
    script = map_scenarios(claim)[label]
    assert [arguments] * 3 == [move.call.arguments for move in script.steps]
    assert script.setup is not None
    assert script.setup == map_scenarios(claim)["all pages"].setup
    names = [cast(MarkedText, step.call.body["title"]).text for step in script.setup.steps]
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


def test_walk_of_a_part_is_of_that_part() -> None:
    """The pages of a part hold 57 of 60 things: those aside are not missed, and each of the others
    is.
    """
    label = "all pages of a part"
    found = execute_on_honest_server(WALK, label)
    assert len(get_books(found, "paged")) == 57
    assert {"run-crowd"} == {one["title"][:9] for one in get_books(found, "paged")}
    assert evaluate(
        WALK, with_response(found, "paged", edit=changed(lambda items: items[1:]), page=0)
    )[0].startswith("failed: 1 of 57 items are on no page")
    assert (
        evaluate(
            TOTAL,
            with_response(execute_on_honest_server(TOTAL, label), "paged", edit=saying(total=60)),
        )[-1]
        == "failed: /meta/total is 60 where it should be 57"
    )


class TestAfterADeletion:
    def test_plan(self) -> None:
        """Before the list is counted, one more thing is made and deleted."""
        script = map_scenarios(TOTAL)[DELETED]
        assert describe_steps(script)[:2] == ["passing: createBook", "delete: deleteBook"]
        assert (script.steps[0].call.body["title"], script.steps[1].call.arguments) == (
            MarkedText("{m}-crowd-passing"),
            {"book": EarlierResponseValue("passing", "/id")},
        )
        assert script.setup == map_scenarios(TOTAL)["all pages"].setup

    def test_plan_without_deletions(self) -> None:
        """Where nothing can be deleted, or no examples are drawn, there is no such script."""
        assert DELETED not in map_scenarios(TOTAL, examples=0)
        assert DELETED not in map_scenarios(
            TOTAL, build_toy_variant(("    delete: deleteBook\n", ""))
        )

    def test_total(self) -> None:
        """What was deleted is no longer counted."""
        found = execute_on_honest_server(TOTAL, DELETED)
        assert set(evaluate(TOTAL, found)) == {"passed"}
        assert (
            evaluate(TOTAL, with_response(found, "paged", edit=saying(total=61)))[-1]
            == "failed: /meta/total is 61 where it should be 60"
        )


@pytest.mark.parametrize("claim", [SIZE, WALK, COUNT, TOTAL, PAGES])
def test_parts_without_a_pattern(claim: str) -> None:
    """A list that no pattern narrows is walked in part by a query only."""
    contract = build_toy_variant(
        (
            "      - filters: {field: field, glob: glob, keys: {title: /title},"
            " withoutField: ignored}\n",
            "",
        ),
        ("      - overrides: {parameter: q, disables: [field, glob]}\n", ""),
    )
    found = map_scenarios(claim, contract)
    assert "all pages of a part" not in found
    assert [{"q": QUERY["q"]}] * 3 == [
        move.call.arguments for move in found["all pages of a query"].steps
    ]


@pytest.mark.parametrize("claim", [SIZE, WALK, COUNT, TOTAL, PAGES])
def test_plan_without_queries(claim: str) -> None:
    """A list that cannot be narrowed by a query is not walked so."""
    assert list(
        map_scenarios(claim, build_toy_variant(("$startsWith: [title]", "$startsWith: []")))
    ) == [label for label in map_scenarios(claim) if label != "all pages of a query"]


@pytest.mark.parametrize("label", ["all pages of a part", "all pages of a query"])
@pytest.mark.parametrize("claim", [SIZE, WALK, COUNT, TOTAL, PAGES])
def test_walk_of_a_part_is_judged(claim: str, label: str) -> None:
    """What an honest server does with the pages of a part holds; a page that loses its items breaks
    the promise.
    """
    found = execute_on_honest_server(claim, label)
    assert {"passed"} == set(evaluate(claim, found))
    lost = with_response(found, "paged", edit=lambda answer: {**answer, "books": []}, page=0)
    assert evaluate(claim, lost)[-1].startswith("failed") is (claim in (SIZE, WALK, COUNT))
    miscounted = with_response(
        found,
        "paged",
        edit=lambda answer: {
            **answer,
            "meta": {**answer["meta"], "count": 99, "total": 99, "pages": 99},
        },
    )
    assert evaluate(claim, miscounted)[-1].startswith("failed") is (claim in (COUNT, TOTAL, PAGES))


def test_order_of_the_pages_of_a_query() -> None:
    """The pages of a query, put together, are in the order of the whole list of that query."""
    found = execute_on_honest_server(WALK, "all pages of a query")
    swapped = with_response(
        found, "paged", edit=lambda answer: {**answer, "books": answer["books"][::-1]}, page=0
    )
    assert evaluate(WALK, swapped) == [
        "failed: the pages, put together, are not in the order of the whole list"
    ]


@pytest.mark.parametrize("state", ["true", "false"])
def test_plan_of_states(state: str) -> None:
    """The walk of a state asks for that state each time, on things of both states."""
    script = map_scenarios(WALK)[f"state {state}"]
    assert [state] * 3 == [move.call.arguments["lent"] for move in script.steps]
    assert script.setup is not None
    assert script.setup.name == "states of book"


def test_crowd_fills_pages() -> None:
    """The crowd is as many things of different names as the run makes, sixty unless said."""
    for count, stage in (
        (60, map_scenarios(SIZE)["all pages"].setup),
        (9, map_scenarios(SIZE, crowd=9)["all pages"].setup),
    ):
        assert stage is not None
        assert (f"crowd of {count} book", count, count) == (
            stage.name,
            len(stage.steps),
            len({step.call.body["title"].text for step in stage.steps}),
        )


def listed(step: str, count: int, status: int = 200, **meta: Json) -> Exchange:
    """Return a list answer of so many items."""
    return build_exchange(
        step,
        status,
        {
            "books": [{"id": str(number)} for number in range(count)],
            **({"meta": meta} if meta else {}),
        },
    )


def crowded(whole: int, plain: int) -> Trace:
    """Return a trace in which a crowd of sixty was made, the list holds so many of them (more are
    others') and a plain answer so many.
    """
    made = (
        build_exchange(f"item {number}", 201, {"id": str(number)}, ApiCall(operation="createBook"))
        for number in range(60)
    )
    pages = [
        {"books": [{"id": str(number)} for number in page]}
        for page in (range(whole // 2), range(whole // 2, whole))
    ]
    return build_trace(
        *made, *(build_exchange("before", 200, page) for page in pages), listed("plain", plain)
    )


def with_reading(**given: str) -> Contract:
    """Return the toy contract under other readings."""
    text = "maxItems: 40, unpagedHasMetadata: true, pastEnd: empty}"
    return build_toy_variant(
        (
            text,
            "maxItems: 40, " + ", ".join(f"{name}: {value}" for name, value in given.items()) + "}",
        )
    )


class TestWhole:
    CLAIM = "listBooks/size/unpagedIsComplete"

    @pytest.mark.parametrize(
        ("whole", "plain", "expected"),
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
    def test_items_of_a_plain_answer(self, whole: int, plain: int, expected: str) -> None:
        """A plain answer holds the whole list, or as much of it as the ceiling lets through."""
        assert [expected] == evaluate(
            self.CLAIM, crowded(whole, plain), with_reading(unpagedIsComplete="true")
        )

    def test_without_a_ceiling(self) -> None:
        """Without a ceiling the whole list is wanted."""
        contract = build_toy_variant(
            ("maxItems: 40, unpagedHasMetadata: true, pastEnd: empty}", "unpagedIsComplete: true}")
        )
        assert evaluate(self.CLAIM, crowded(60, 60), contract) == ["passed"]
        assert word(evaluate(self.CLAIM, crowded(60, 59), contract)) == ["failed"]

    def test_small_list_is_not_cut_by_the_ceiling(self) -> None:
        """A list shorter than the ceiling is wanted as a whole."""
        contract = build_toy_variant(
            (
                "maxItems: 40, unpagedHasMetadata: true, pastEnd: empty}",
                "maxItems: 90, unpagedIsComplete: true}",
            )
        )
        assert evaluate(self.CLAIM, crowded(60, 60), contract) == ["passed"]
        assert word(evaluate(self.CLAIM, crowded(60, 59), contract)) == ["failed"]

    def test_unread_lists_decide_nothing(self) -> None:
        """A list that did not come, or not to its end, decides nothing."""
        contract, both = with_reading(unpagedIsComplete="true"), crowded(60, 20)
        for found in (
            with_response(both, "plain", 500),
            with_response(both, "before", 500),
            with_truncated_lists(both, "before"),
            with_skipped_step(both, "plain"),
            with_lost_response(both, "plain"),
            with_response(both, "item 7", 500),
        ):
            assert word(evaluate(self.CLAIM, found, contract)) == ["inconclusive"]

    def test_plan(self) -> None:
        """The crowd is read as a whole, and asked for plainly."""
        script = map_scenarios(self.CLAIM, with_reading(unpagedIsComplete="true"))["unpaged"]
        assert describe_steps(script) == ["before: listBooks", "plain: listBooks"]
        assert script.steps[-1].call.arguments == {}
        assert script.setup is not None
        assert script.setup.name == "crowd of 60 book"


class TestTold:
    CLAIM = "listBooks/meta/unpagedHasMetadata"

    @pytest.mark.parametrize(
        ("told", "meta", "expected"),
        [
            ("true", {"total": 3}, "passed"),
            ("true", {}, "failed: without a page asked for, the answer lacks /meta"),
            ("false", {}, "passed"),
            ("false", {"total": 3}, "failed: without a page asked for, the answer has /meta"),
        ],
    )
    def test_plain_answer_tells(self, told: str, meta: Json, expected: str) -> None:
        """A plain answer tells of its page, or does not, as the reading says."""
        assert [expected] == evaluate(
            self.CLAIM,
            build_trace(listed("plain", 3, **meta)),
            with_reading(unpagedHasMetadata=told),
        )

    @pytest.mark.parametrize("told", ["true", "false"])
    def test_failed_list_decides_nothing(self, told: str) -> None:
        """A list that does not come tells nothing."""
        for found in (
            build_trace(listed("plain", 0, 400)),
            build_trace(listed("plain", 0, 500)),
            build_trace(build_exchange("plain", None)),
            build_trace(),
        ):
            assert word(evaluate(self.CLAIM, found, with_reading(unpagedHasMetadata=told))) == [
                "inconclusive"
            ]

    def test_plan(self) -> None:
        """The list is asked for plainly, and nothing is made for it."""
        script = map_scenarios(self.CLAIM)["unpaged"]
        assert (describe_steps(script), script.steps[0].call.arguments, script.setup) == (
            ["plain: listBooks"],
            {},
            None,
        )
        assert evaluate(self.CLAIM, execute_on_honest_server(self.CLAIM)) == ["passed"]


class TestBeyond:
    CLAIM = "listBooks/page/pastEnd"

    @pytest.mark.parametrize(
        ("beyond", "status", "count", "expected"),
        [
            ("empty", 200, 0, "passed"),
            ("empty", 200, 1, "failed: a page past the end is not empty: GET http://toy → 200"),
            ("empty", 404, 0, "failed: a page past the end is not empty: GET http://toy → 404"),
            ("refused", 404, 0, "passed"),
            ("refused", 400, 0, "passed"),
            ("refused", 200, 0, "failed: a page past the end is not refused: GET http://toy → 200"),
        ],
    )
    def test_page_past_the_end(self, beyond: str, status: int, count: int, expected: str) -> None:
        """A page past the end is empty, or refused, as the reading says."""
        assert [expected] == evaluate(
            self.CLAIM, build_trace(listed("plain", count, status)), with_reading(pastEnd=beyond)
        )

    @pytest.mark.parametrize("beyond", ["empty", "refused"])
    @pytest.mark.parametrize("status", [401, 403, 429, 502, 503, 504, None])
    def test_what_was_not_looked_at_decides_nothing(self, beyond: str, status: int | None) -> None:
        """A request that was turned away at the door, or got no answer, shows nothing of a
        reading.
        """
        assert word(
            evaluate(
                self.CLAIM,
                build_trace(build_exchange("plain", status, {"books": []})),
                with_reading(pastEnd=beyond),
            )
        ) == ["inconclusive"]

    def test_what_is_no_list_decides_nothing(self) -> None:
        """An answer without items is neither empty nor full; a page that was not asked for decides
        nothing.
        """
        for found in (
            build_trace(build_exchange("plain", 200, {"meta": {}})),
            with_skipped_step(build_trace(listed("plain", 0)), "plain"),
        ):
            assert word(evaluate(self.CLAIM, found)) == ["inconclusive"]

    def test_plan(self) -> None:
        """Of a list that is not empty, a page is asked for that no list reaches, in the safe
        size.
        """
        script = map_scenarios(self.CLAIM)["past the end"]
        assert [("made", {}), ("plain", {"page": 100_000, "size": 50})] == [
            (step.name, dict(step.call.arguments)) for step in script.steps
        ]
        assert script.setup is None
        later = build_toy_variant(
            ("first: 0", "first: 1"), ("minimum: 0, default: 0", "minimum: 0, default: 1")
        )
        assert (
            map_scenarios(self.CLAIM, later)["past the end"].steps[1].call.arguments["page"]
            == 100_001
        )
        assert evaluate(self.CLAIM, execute_on_honest_server(self.CLAIM)) == ["passed"]


def word(found: list[str]) -> list[str]:
    """Return the words of observations."""
    return [one.partition(":")[0] for one in found]
