"""Paged reads: page sizes, the end of a list, and lists that change during the read."""

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

PAGINATION_YAML = (
    "      - paginates: {page: page, size: size, first: 0, count: /meta/count, total: /meta/total,"
    " pages: /meta/pages, metadata: /meta, maxItems: 40, unpagedHasMetadata: true,"
    " pastEnd: empty}\n"
)
WITHOUT_GLOB_FILTER = (
    (
        "      - filters: {field: field, glob: glob, keys: {title: /title}, withoutField:"
        " ignored}\n",
        "",
    ),
    ("      - overrides: {parameter: q, disables: [field, glob]}\n", ""),
)


@dataclass
class BookList:
    """A list that responds to calls.

    `change_list` is called before each request with its number, from 1, and can change the list.
    """

    ids: list[str]
    change_list: Callable[[list[str], int], None] = lambda ids, number: None
    has_total: bool = True
    first_page: int = 0
    edit_response: Callable[[int, Exchange], Exchange] = lambda number, exchange: exchange
    calls: list[ApiCall] = field(default_factory=list)

    def send(self, step: str, call: ApiCall) -> Exchange:
        """Respond to one request."""
        self.calls.append(call)
        self.change_list(self.ids, len(self.calls))
        size = int(call.arguments.get("size", 20))
        page = int(call.arguments.get("page", self.first_page)) - self.first_page
        items = [{"id": id} for id in self.ids[page * size : (page + 1) * size]]
        meta = {"total": len(self.ids)} if self.has_total else {}
        return self.edit_response(
            len(self.calls), build_exchange(step, 200, {"books": items, "meta": meta}, call=call)
        )


def read_pages(
    book_list: BookList,
    contract: Contract | None = None,
    arguments: dict[str, Json] | None = None,
    sought_id: Json = MISSING,
    **step_fields: Json,
) -> PagedReadResult:
    """Return the result of a paged read of a list."""
    call = ApiCall(operation="listBooks", arguments=arguments or {})
    return pagination.read_list_pages(
        contract or build_toy_contract(),
        PagedReadStep(name="walk", call=call, **step_fields),
        call,
        sought_id,
        book_list.send,
    )


def build_ids(count: int) -> list[str]:
    """Return `count` ids."""
    return [f"{number:03}" for number in range(count)]


def list_ids_by_page(result: PagedReadResult) -> list[list[str]]:
    """Return the ids on each page."""
    return [[item["id"] for item in page.json["books"]] for page in result.pages]


def list_all_ids(result: PagedReadResult) -> list[str]:
    """Return the ids on all pages."""
    return [id for page in list_ids_by_page(result) for id in page]


class TestPageSizes:
    def test_default_size(self) -> None:
        """By default, pages are as large as the documentation shows to be safe."""
        book_list = BookList(build_ids(3))
        assert list_ids_by_page(read_pages(book_list)) == [build_ids(3)]
        assert [{"page": 0, "size": 20}] == [call.arguments for call in book_list.calls]

    def test_given_size(self) -> None:
        """A step can define its page size."""
        book_list = BookList(build_ids(5))
        assert list_ids_by_page(read_pages(book_list, size=2)) == [
            build_ids(5)[:2],
            build_ids(5)[2:4],
            build_ids(5)[4:],
        ]
        assert [0, 1, 2] == [call.arguments["page"] for call in book_list.calls]

    @pytest.mark.parametrize(
        ("count", "pages", "size"), [(12, 4, 3), (13, 4, 4), (3, 4, 2), (1, 7, 2), (60, 2, 20)]
    )
    def test_given_number_of_pages(self, count: int, pages: int, size: int) -> None:
        """A read in about so many pages first requests the total.

        Pages have at least two items, and no more than is safe.
        """
        book_list = BookList(build_ids(count))
        result = read_pages(book_list, pages=pages)
        assert {size} == {call.arguments["size"] for call in book_list.calls[1:]}
        assert list_all_ids(result) == build_ids(count)
        assert len(result.pages) == count // size + 1

    @pytest.mark.parametrize("has_total", [False, True])
    def test_response_without_a_total(self, has_total: bool) -> None:
        """If the response has no total, the items of a large page are counted.

        An empty page says nothing about the total.
        """
        book_list = BookList(build_ids(0) if has_total else build_ids(3), has_total=has_total)
        read_pages(book_list, pages=3)
        assert ({20} if has_total else {20, 2}) == {
            call.arguments["size"] for call in book_list.calls
        }

    def test_first_page_number(self) -> None:
        """Page numbers start with the number in the contract."""
        book_list = BookList(build_ids(5), first_page=1)
        result = read_pages(
            book_list, build_toy_variant(("size: size, first: 0,", "size: size, first: 1,")), size=2
        )
        assert list_ids_by_page(result) == [build_ids(5)[:2], build_ids(5)[2:4], build_ids(5)[4:]]
        assert [1, 2, 3] == [call.arguments["page"] for call in book_list.calls]

    def test_list_without_pages(self) -> None:
        """A list without pagination is requested once, without arguments."""
        book_list = BookList(build_ids(5))
        assert list_ids_by_page(
            read_pages(book_list, build_toy_variant((PAGINATION_YAML, "")))
        ) == [build_ids(5)]
        assert [{}] == [call.arguments for call in book_list.calls]


class TestEndOfList:
    @pytest.mark.parametrize("has_total", [False, True])
    def test_full_last_page(self, has_total: bool) -> None:
        """If the last page is full, an empty page follows and is part of the result."""
        assert list_ids_by_page(
            read_pages(BookList(build_ids(4), has_total=has_total), size=2)
        ) == [build_ids(4)[:2], build_ids(4)[2:], []]

    def test_truncated(self) -> None:
        """A read that reaches its maximum of requests is truncated, and is not repeated."""
        book_list = BookList(build_ids(100))
        result = read_pages(book_list, max_requests=3)
        assert (len(result.pages), result.truncated, result.unstable, len(book_list.calls)) == (
            3,
            True,
            False,
            3,
        )

    def test_not_truncated(self) -> None:
        """A list that ends with the last allowed request is not truncated."""
        result = read_pages(BookList(build_ids(45)), max_requests=3)
        assert (len(result.pages), result.truncated) == (3, False)

    @pytest.mark.parametrize(
        ("sought_id", "pages"), [("000", 1), ("019", 1), ("020", 2), ("059", 3), ("nobody", 4)]
    )
    def test_up_to_the_sought_item(self, sought_id: str, pages: int) -> None:
        """A read for one item ends at its page or at the end of the list, and is not repeated."""
        book_list = BookList(build_ids(60))
        result = read_pages(book_list, sought_id=sought_id)
        assert (len(result.pages), len(book_list.calls), result.truncated) == (pages, pages, False)

    @pytest.mark.parametrize(("status", "pages"), [(404, 1), (500, 2)])
    def test_page_that_fails(self, status: int, pages: int) -> None:
        """A refused page after others is beyond the end and is not part of the result.

        A page that fails otherwise is the last page.
        """
        book_list = BookList(
            build_ids(60),
            edit_response=lambda number, page: (
                build_exchange("walk", status, call=page.call)
                if page.call.arguments["page"] == 1
                else page
            ),
        )
        result = read_pages(book_list, size=20)
        assert (pages, False) == (len(result.pages), result.truncated)

    @pytest.mark.parametrize("body", [{"books": None}, {}, [], "text"])
    def test_page_without_a_list(self, body: Json) -> None:
        """A page without a list is the last page."""
        book_list = BookList(
            build_ids(60),
            edit_response=lambda number, page: build_exchange("walk", 200, body, call=page.call),
        )
        assert (len(read_pages(book_list).pages), len(book_list.calls)) == (1, 1)


def build_concurrent_change(*numbers: int) -> Callable[[list[str], int], None]:
    """Return a function that changes the list before the requests with these numbers.

    It removes the first item and adds another at the end.
    """

    def change(ids: list[str], number: int) -> None:
        if number in numbers:
            ids[:] = [*ids[1:], f"theirs {number}"]

    return change


class TestConcurrentChanges:
    def test_unchanged_list(self) -> None:
        """A list of several pages is read twice.

        If both reads are the same, the result is the first read.
        """
        book_list = BookList(build_ids(45))
        result = read_pages(book_list)
        assert (result.unstable, result.truncated, len(book_list.calls)) == (False, False, 6)
        assert list_all_ids(result) == build_ids(45)
        assert [0, 1, 2] * 2 == [call.arguments["page"] for call in book_list.calls]

    def test_list_of_one_page(self) -> None:
        """A list of one page is read once, because no item can move between pages."""
        book_list = BookList(build_ids(19), build_concurrent_change(*range(1, 9)))
        assert (read_pages(book_list).unstable, len(book_list.calls)) == (False, 1)

    def test_change_between_pages(self) -> None:
        """An item can move to the previous page during a read.

        The next two reads are the same and contain it.
        """
        book_list = BookList(build_ids(45), build_concurrent_change(2))
        result = read_pages(book_list)
        assert (result.unstable, len(book_list.calls)) == (False, 9)
        assert "020" in list_all_ids(result)
        assert list_all_ids(result) == book_list.ids

    def test_change_that_keeps_the_total(self) -> None:
        """A list is unstable if other clients remove and add an item and so keep the total."""
        book_list = BookList(build_ids(45), build_concurrent_change(2, 5, 8))
        result = read_pages(book_list)
        assert {45} == {page.json["meta"]["total"] for page in result.pages}
        assert (result.unstable, len(book_list.calls)) == (True, 9)

    def test_permanent_changes(self) -> None:
        """If no two consecutive reads of three are the same, the list is unstable.

        There is no fourth read.
        """
        book_list = BookList(build_ids(45), build_concurrent_change(*range(1, 99)))
        assert (read_pages(book_list).unstable, len(book_list.calls)) == (True, 9)

    def test_changed_order(self) -> None:
        """The same items in another order are a different read."""
        book_list = BookList(
            build_ids(45), lambda ids, number: ids.reverse() if number in (4, 7) else None
        )
        assert read_pages(book_list).unstable is True

    def test_other_fields_are_ignored(self) -> None:
        """Changes of fields by other clients do not make the list unstable."""
        book_list = BookList(build_ids(25), edit_response=lambda number, page: page)
        book_list.edit_response = lambda number, page: build_exchange(
            "walk",
            200,
            {**page.json, "books": [{**book, "n": number} for book in page.json["books"]]},
            call=page.call,
        )
        assert (read_pages(book_list).unstable, len(book_list.calls)) == (False, 4)

    @pytest.mark.parametrize("step_fields", [{"pages": 3}, {"size": 20}, {"sought_id": "nobody"}])
    def test_reads_without_a_repetition(self, step_fields: dict[str, Json]) -> None:
        """Some paged reads are not repeated.

        A read with a given size or number of pages is between two other reads of its scenario. A
        read for one item ends at that item.
        """
        book_list = BookList(build_ids(45), build_concurrent_change(2, 3))
        result = read_pages(book_list, **step_fields)
        assert result.unstable is False
        assert len(book_list.calls) == len(result.pages) + ("pages" in step_fields)

    def test_filtered_by_the_mark_of_the_run(self) -> None:
        """A list that is filtered by the mark of the run is read once.

        Other clients cannot change it.
        """
        book_list = BookList(build_ids(45), build_concurrent_change(2))
        for arguments in (
            {"field": "title", "glob": f"{create_mark()}*"},
            {"q": {"title": {"$startsWith": f"{create_mark()}-crowd"}}},
        ):
            assert read_pages(book_list, arguments=arguments).unstable is False
        assert len(book_list.calls) == 6

    def test_filtered_by_all_marks(self) -> None:
        """A list that is filtered by all marks can contain foreign items: it is read twice."""
        book_list = BookList(build_ids(45))
        read_pages(book_list, arguments={"field": "title", "glob": "conformance-*"})
        assert len(book_list.calls) == 6

    def test_failure_in_a_repetition(self) -> None:
        """A list fails if both further reads fail; if only one fails, it is unstable."""
        book_list = BookList(
            build_ids(45),
            edit_response=lambda number, page: (
                build_exchange("walk", 500, call=page.call) if number > 3 else page
            ),
        )
        assert [500] == [page.status for page in read_pages(book_list).pages]
        book_list = BookList(
            build_ids(45),
            edit_response=lambda number, page: (
                build_exchange("walk", 500, call=page.call) if number == 4 else page
            ),
        )
        assert read_pages(book_list).unstable is True


class TestMarkFilter:
    def test_list_with_a_filter(self) -> None:
        """A list with a suitable filter is filtered by the mark prefix."""
        assert pagination.get_mark_filter_arguments(
            build_toy_contract(), build_toy_contract().resource("book"), "conformance-"
        ) == {"field": "title", "glob": "conformance-*"}

    def test_list_without_a_filter(self) -> None:
        """A list without such a filter is not filtered."""
        contract = build_toy_variant(*WITHOUT_GLOB_FILTER)
        assert (
            pagination.get_mark_filter_arguments(contract, contract.resource("book"), "run") == {}
        )


class TestStates:
    def test_list_with_states(self) -> None:
        """A list that shows one state at a time is listed in each state."""
        assert pagination.build_arguments_for_each_state(
            build_toy_contract(), build_toy_contract().resource("book")
        ) == [{"lent": "true"}, {"lent": "false"}]
        push = load_builtin_contract("push-express")
        assert [
            set(arguments)
            for arguments in pagination.build_arguments_for_each_state(
                push, push.resource("appGroup")
            )
        ] == [{"archived"}] * 2

    def test_list_without_states(self) -> None:
        """A list without states is listed once, without arguments."""
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
