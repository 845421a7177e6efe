"""Walks: how large their pages are, where they end, and what becomes of lists that others change
meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from conformance.checks.call import ApiCall
from conformance.checks.exchange import Exchange
from conformance.checks.scenario import PagedReadStep
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.suite import pagination
from conformance.suite.mark import create_mark
from conformance.suite.pagination import PagedReadResult
from tests.checks.toy import (
    build_exchange,
    build_toy_contract,
    build_toy_variant,
    load_builtin_contract,
)

PAGED = (
    "      - paginates: {page: page, size: size, first: 0, count: /meta/count, total: /meta/total,"
    " pages: /meta/pages, metadata: /meta, maxItems: 40, unpagedHasMetadata: true,"
    " pastEnd: empty}\n"
)
GLOBS = (
    (
        "      - filters: {field: field, glob: glob, keys: {title: /title}, withoutField:"
        " ignored}\n",
        "",
    ),
    ("      - overrides: {parameter: q, disables: [field, glob]}\n", ""),
)


@dataclass
class Shelf:
    """A list that answers calls; `changes` is called before each request with its number, from 1,
    and may change what is listed.
    """

    ids: list[str]
    changes: Callable[[list[str], int], None] = lambda ids, number: None
    total: bool = True
    first: int = 0
    answer: Callable[[int, Exchange], Exchange] = lambda number, exchange: exchange
    calls: list[ApiCall] = field(default_factory=list)

    def send(self, step: str, call: ApiCall) -> Exchange:
        """Answer one request."""
        self.calls.append(call)
        self.changes(self.ids, len(self.calls))
        size = int(call.arguments.get("size", 20))
        page = int(call.arguments.get("page", self.first)) - self.first
        held = [{"id": id} for id in self.ids[page * size : (page + 1) * size]]
        meta = {"total": len(self.ids)} if self.total else {}
        return self.answer(
            len(self.calls), build_exchange(step, 200, {"books": held, "meta": meta}, call=call)
        )


def walked(
    shelf: Shelf,
    contract: Contract | None = None,
    arguments: dict[str, Json] | None = None,
    wanted: Json = MISSING,
    **move: Json,
) -> PagedReadResult:
    """Return what a walk over a list brings."""
    call = ApiCall(operation="listBooks", arguments=arguments or {})
    return pagination.read_list_pages(
        contract or build_toy_contract(),
        PagedReadStep(name="walk", call=call, **move),
        call,
        wanted,
        shelf.send,
    )


def ids(count: int) -> list[str]:
    """Return so many identities."""
    return [f"{number:03}" for number in range(count)]


def held(found: PagedReadResult) -> list[list[str]]:
    """Return the identities on each page."""
    return [[item["id"] for item in page.json["books"]] for page in found.pages]


def together(found: PagedReadResult) -> list[str]:
    """Return the identities on all pages."""
    return [id for page in held(found) for id in page]


class TestSizes:
    def test_as_large_as_is_safe(self) -> None:
        """Without another wish, pages are as large as the documents show to be taken."""
        shelf = Shelf(ids(3))
        assert held(walked(shelf)) == [ids(3)]
        assert [{"page": 0, "size": 20}] == [call.arguments for call in shelf.calls]

    def test_as_asked(self) -> None:
        """A walk may name its size."""
        shelf = Shelf(ids(5))
        assert held(walked(shelf, size=2)) == [ids(5)[:2], ids(5)[2:4], ids(5)[4:]]
        assert [0, 1, 2] == [call.arguments["page"] for call in shelf.calls]

    @pytest.mark.parametrize(
        ("count", "pages", "size"), [(12, 4, 3), (13, 4, 4), (3, 4, 2), (1, 7, 2), (60, 2, 20)]
    )
    def test_in_so_many_pages(self, count: int, pages: int, size: int) -> None:
        """A walk in about so many pages asks first how much there is; pages hold two at least, and
        no more than is safe.
        """
        shelf = Shelf(ids(count))
        found = walked(shelf, pages=pages)
        assert {size} == {call.arguments["size"] for call in shelf.calls[1:]}
        assert together(found) == ids(count)
        assert len(found.pages) == count // size + 1

    @pytest.mark.parametrize("told", [False, True])
    def test_whole_that_is_not_told(self, told: bool) -> None:
        """Where the answer does not say how much there is, what a large page holds is counted; an
        empty one says nothing.
        """
        shelf = Shelf(ids(0) if told else ids(3), total=told)
        walked(shelf, pages=3)
        assert ({20} if told else {20, 2}) == {call.arguments["size"] for call in shelf.calls}

    def test_first_page_of_another_number(self) -> None:
        """Pages are counted from the number that the contract names."""
        shelf = Shelf(ids(5), first=1)
        found = walked(
            shelf, build_toy_variant(("size: size, first: 0,", "size: size, first: 1,")), size=2
        )
        assert held(found) == [ids(5)[:2], ids(5)[2:4], ids(5)[4:]]
        assert [1, 2, 3] == [call.arguments["page"] for call in shelf.calls]

    def test_list_without_pages(self) -> None:
        """A list that has no pages is asked for once, as it is."""
        shelf = Shelf(ids(5))
        assert held(walked(shelf, build_toy_variant((PAGED, "")))) == [ids(5)]
        assert [{}] == [call.arguments for call in shelf.calls]


class TestEnd:
    @pytest.mark.parametrize("total", [False, True])
    def test_full_last_page(self, total: bool) -> None:
        """A list whose last page is full ends with an empty one, which is a page of the walk."""
        assert held(walked(Shelf(ids(4), total=total), size=2)) == [ids(4)[:2], ids(4)[2:], []]

    def test_cut(self) -> None:
        """A walk that may send no more says so, and is not begun again."""
        shelf = Shelf(ids(100))
        found = walked(shelf, max_requests=3)
        assert (len(found.pages), found.truncated, found.unstable, len(shelf.calls)) == (
            3,
            True,
            False,
            3,
        )

    def test_not_cut(self) -> None:
        """A list that ends with the last request that is allowed is whole."""
        found = walked(Shelf(ids(45)), max_requests=3)
        assert (len(found.pages), found.truncated) == (3, False)

    @pytest.mark.parametrize(
        ("wanted", "pages"), [("000", 1), ("019", 1), ("020", 2), ("059", 3), ("nobody", 4)]
    )
    def test_up_to_what_is_wanted(self, wanted: str, pages: int) -> None:
        """A walk for one thing ends with its page, or with the list, and is not begun again."""
        shelf = Shelf(ids(60))
        found = walked(shelf, wanted=wanted)
        assert (len(found.pages), len(shelf.calls), found.truncated) == (pages, pages, False)

    @pytest.mark.parametrize(("status", "pages"), [(404, 1), (500, 2)])
    def test_page_that_fails(self, status: int, pages: int) -> None:
        """A refused page after others lies beyond the end and is no page; one that fails otherwise
        is the last.
        """
        shelf = Shelf(
            ids(60),
            answer=lambda number, page: (
                build_exchange("walk", status, call=page.call)
                if page.call.arguments["page"] == 1
                else page
            ),
        )
        found = walked(shelf, size=20)
        assert (pages, False) == (len(found.pages), found.truncated)

    @pytest.mark.parametrize("body", [{"books": None}, {}, [], "text"])
    def test_page_without_a_list(self, body: Json) -> None:
        """A page that holds no list is the last."""
        shelf = Shelf(
            ids(60), answer=lambda number, page: build_exchange("walk", 200, body, call=page.call)
        )
        assert (len(walked(shelf).pages), len(shelf.calls)) == (1, 1)


def passing(*numbers: int) -> Callable[[list[str], int], None]:
    """Return others who remove the first thing of a list before the requests of these numbers, and
    add one at its end.
    """

    def change(ids: list[str], number: int) -> None:
        if number in numbers:
            ids[:] = [*ids[1:], f"theirs {number}"]

    return change


class TestRestless:
    def test_list_at_rest(self) -> None:
        """A list of several pages is read twice; the same both times, it is the first reading that
        counts.
        """
        shelf = Shelf(ids(45))
        found = walked(shelf)
        assert (found.unstable, found.truncated, len(shelf.calls)) == (False, False, 6)
        assert together(found) == ids(45)
        assert [0, 1, 2] * 2 == [call.arguments["page"] for call in shelf.calls]

    def test_one_page(self) -> None:
        """What comes in one answer cannot have moved between two: it is read once."""
        shelf = Shelf(ids(19), passing(*range(1, 9)))
        assert (walked(shelf).unstable, len(shelf.calls)) == (False, 1)

    def test_change_between_pages(self) -> None:
        """A thing that slipped from one page to the one before while it was read is there in the
        next two readings, which are the same.
        """
        shelf = Shelf(ids(45), passing(2))
        found = walked(shelf)
        assert (found.unstable, len(shelf.calls)) == (False, 9)
        assert "020" in together(found)
        assert together(found) == shelf.ids

    def test_change_that_totals_hide(self) -> None:
        """Others who remove one thing and add another leave every total as it was: the list has
        moved all the same.
        """
        shelf = Shelf(ids(45), passing(2, 5, 8))
        found = walked(shelf)
        assert {45} == {page.json["meta"]["total"] for page in found.pages}
        assert (found.unstable, len(shelf.calls)) == (True, 9)

    def test_never_at_rest(self) -> None:
        """After three readings of which no two in a row are the same, nobody can say what the list
        held; no more are sent.
        """
        shelf = Shelf(ids(45), passing(*range(1, 99)))
        assert (walked(shelf).unstable, len(shelf.calls)) == (True, 9)

    def test_order_counts(self) -> None:
        """The same things in another order are not the same reading."""
        shelf = Shelf(ids(45), lambda ids, number: ids.reverse() if number in (4, 7) else None)
        assert walked(shelf).unstable is True

    def test_other_fields_do_not_count(self) -> None:
        """What others change of their things moves nothing."""
        shelf = Shelf(ids(25), answer=lambda number, page: page)
        shelf.answer = lambda number, page: build_exchange(
            "walk",
            200,
            {**page.json, "books": [{**one, "n": number} for one in page.json["books"]]},
            call=page.call,
        )
        assert (walked(shelf).unstable, len(shelf.calls)) == (False, 4)

    @pytest.mark.parametrize("move", [{"pages": 3}, {"size": 20}, {"wanted": "nobody"}])
    def test_walks_that_are_read_once(self, move: dict[str, Json]) -> None:
        """A walk in pages of its own is between two others, and one for a thing ends at it: neither
        is read again.
        """
        shelf = Shelf(ids(45), passing(2, 3))
        found = walked(shelf, **move)
        assert found.unstable is False
        assert len(shelf.calls) == len(found.pages) + ("pages" in move)

    def test_narrowed_to_our_mark(self) -> None:
        """Others cannot change a list of what bears our mark: it is read once."""
        shelf = Shelf(ids(45), passing(2))
        for arguments in (
            {"field": "title", "glob": f"{create_mark()}*"},
            {"q": {"title": {"$startsWith": f"{create_mark()}-crowd"}}},
        ):
            assert walked(shelf, arguments=arguments).unstable is False
        assert len(shelf.calls) == 6

    def test_narrowed_to_all_marks(self) -> None:
        """A list of what bears any mark is not ours alone: it is read twice."""
        shelf = Shelf(ids(45))
        walked(shelf, arguments={"field": "title", "glob": "conformance-*"})
        assert len(shelf.calls) == 6

    def test_failure_the_second_time(self) -> None:
        """A list that comes once and fails in both further readings failed; one that fails once
        only was not the same twice.
        """
        shelf = Shelf(
            ids(45),
            answer=lambda number, page: (
                build_exchange("walk", 500, call=page.call) if number > 3 else page
            ),
        )
        assert [500] == [page.status for page in walked(shelf).pages]
        shelf = Shelf(
            ids(45),
            answer=lambda number, page: (
                build_exchange("walk", 500, call=page.call) if number == 4 else page
            ),
        )
        assert walked(shelf).unstable is True


class TestNarrowing:
    def test_of_a_mark(self) -> None:
        """A list is narrowed to what begins with a mark where it has a filter for that."""
        assert pagination.get_mark_filter_arguments(
            build_toy_contract(), build_toy_contract().resource("book"), "conformance-"
        ) == {"field": "title", "glob": "conformance-*"}

    def test_of_no_filter(self) -> None:
        """Where it has none, it is not narrowed."""
        contract = build_toy_variant(*GLOBS)
        assert (
            pagination.get_mark_filter_arguments(contract, contract.resource("book"), "run") == {}
        )


class TestTexts:
    def test_every_state(self) -> None:
        """A list that shows one state at a time is listed in each."""
        assert pagination.build_arguments_for_each_state(
            build_toy_contract(), build_toy_contract().resource("book")
        ) == [{"lent": "true"}, {"lent": "false"}]
        push = load_builtin_contract("push-express")
        assert [
            set(one)
            for one in pagination.build_arguments_for_each_state(push, push.resource("appGroup"))
        ] == [{"archived"}] * 2

    def test_no_states(self) -> None:
        """A list without states is listed once, as it is."""
        contract = build_toy_variant(
            (
                (
                    "      - filters: {state: lent, field: /lent, values: {'true': true, 'false':"
                    " false}, absent: false}\n"
                ),
                "",
            )
        )
        assert pagination.build_arguments_for_each_state(contract, contract.resource("book")) == [
            {}
        ]
