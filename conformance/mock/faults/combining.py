"""Lists that are right by themselves and wrong beside a filter: sorted, cut, counted or kept apart
as if there were none, or too late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.filtering import Globs, Queries, States
from conformance.contract.json import Json
from conformance.contract.paging import Paginates, Part
from conformance.contract.sorting import Sorts
from conformance.mock.call import Call
from conformance.mock.fault import Fault
from conformance.mock.faults.departure import Depart, acting, fault, relisting
from conformance.mock.handler import Act
from conformance.mock.listing import Listing, Order, Tell
from conformance.mock.message import Response
from conformance.mock.paging import Page, Paging
from conformance.mock.sorting import Arrange, Ordering, by_age
from conformance.mock.state import Item, State

Holds = Callable[[Call], bool]


def narrowings(contract: Contract, operation: str) -> Iterator[tuple[str, Holds]]:
    """Yield the ways in which a call can narrow a list, each by the parameter's name, with whether
    a call does.
    """
    for one in contract.behaviours[operation]:
        match one:
            case Queries():
                yield one.query, _sending(one.query)
            case Globs():
                yield (
                    one.glob,
                    lambda call, names=(one.field, one.glob): all(  # type: ignore[misc]
                        name in call.arguments for name in names
                    ),
                )
            case States():
                yield one.state, _sending(one.state)


def _sending(parameter: str) -> Callable[[Call], bool]:
    return lambda call: parameter in call.arguments


def ordered(
    contract: Contract,
    claim: Claim,
    row: tuple[Json, bool],
    instead: Arrange,
    text: str,
    *,
    first: bool,
) -> Iterator[Fault]:
    """Break an order beside a query; that of the `first` field beside every other filter, too."""
    queries = {
        one.query for one in contract.behaviours[claim.operation] if isinstance(one, Queries)
    }
    for word, holds in narrowings(contract, claim.operation):
        if first or word in queries:
            yield fault(
                claim,
                f"beside-{word}",
                f"beside {word}, {text}",
                _disordered(claim.operation, row, instead, holds),
            )


def _disordered(operation: str, row: tuple[Json, bool], instead: Arrange, holds: Holds) -> Depart:
    def wrap(order: Order) -> Order:
        assert isinstance(order, Ordering)
        return lambda collection, call: (
            instead(collection)
            if order.asked(call) == row and holds(call)
            else order(collection, call)
        )

    return relisting(operation, lambda listing: replace(listing, order=wrap(listing.order)))


def paged(contract: Contract, claim: Claim, paginates: Paginates, part: Part) -> Iterator[Fault]:
    """Break size, page number or the counting of all items beside a filter."""
    ways = list(narrowings(contract, claim.operation))
    for word, holds in ways:
        if part is Part.SIZE:
            yield fault(
                claim,
                f"ignored-beside-{word}",
                f"beside {word}, the size is ignored",
                _turning(claim.operation, holds, _uncut),
            )
        elif part is Part.WALK:
            text = f"beside {word}, every page is the first"
            yield fault(
                claim, f"first-beside-{word}", text, _turning(claim.operation, holds, _always_first)
            )
        elif part is Part.TOTAL and paginates.total:
            text = f"beside {word}, the items of the whole collection are counted"
            yield fault(
                claim,
                f"unfiltered-beside-{word}",
                text,
                _counting(claim.operation, paginates.total, holds, lambda whole, page: whole),
            )
        elif part is Part.PAGES and paginates.pages:
            text = f"beside {word}, the pages of the whole collection are counted"

            def pages(whole: int, page: Page) -> int:
                return replace(page, matching=whole).pages

            yield fault(
                claim,
                f"unfiltered-beside-{word}",
                text,
                _counting(claim.operation, paginates.pages, holds, pages),
            )
    if ways and part is Part.SIZE:
        text = (
            "the list is cut into pages before it is filtered: a page lacks what the filter leaves"
            " out of it"
        )
        yield fault(claim, "cut-before-filter", text, relisting(claim.operation, _cut_first))
    if (
        part is Part.WALK
        and contract.of(claim.operation, Sorts)
        and contract.of(claim.operation, Globs)
    ):
        yield fault(
            claim,
            "sorted-late",
            "the pages are cut by age, and each is sorted by itself",
            acting(claim.operation, _sorting_late),
        )


def _turning(
    operation: str, holds: Holds, cut: Callable[[Paging, Sequence[Item], Call], Page]
) -> Depart:
    def change(listing: Listing) -> Listing:
        paging = listing.turn
        assert isinstance(paging, Paging)
        return replace(
            listing,
            turn=lambda items, call: (
                cut(paging, items, call) if holds(call) else paging(items, call)
            ),
        )

    return relisting(operation, change)


def _uncut(paging: Paging, items: Sequence[Item], call: Call) -> Page:
    page = paging(items, call)
    if paging.size not in call.sent:
        return page
    return replace(page, items=items[: paging.ceiling] if page.number == paging.first else ())


def _always_first(paging: Paging, items: Sequence[Item], call: Call) -> Page:
    page = paging(items, call)
    return replace(
        page, items=items[: page.size] if page.number > paging.first and page.items else page.items
    )


def _counting(
    operation: str, pointer: str, holds: Holds, count: Callable[[int, Page], int]
) -> Depart:
    def wrap(act: Act) -> Act:
        assert isinstance(act, Listing)
        listing = act

        def again(state: State, call: Call) -> Response:
            honest = listing.tell.get(pointer)
            if honest is None or not holds(call):
                return listing(state, call)
            whole = len(listing.collect(state, call).items)
            tell: Tell = lambda page, call: count(whole, page)  # noqa: E731
            return replace(listing, tell={**listing.tell, pointer: tell})(state, call)

        return again

    return acting(operation, wrap)


def _cut_first(listing: Listing) -> Listing:
    """Filter no more than the page that was cut from the whole list; what is counted and told is
    right.
    """
    selects, turn = listing.select, listing.turn
    assert isinstance(turn, Paging)

    def select_all(items: Sequence[Item], call: Call) -> Sequence[Item]:
        for select in selects:
            items = select(items, call)
        return items

    def late(items: Sequence[Item], call: Call) -> Page:
        page = turn(select_all(items, call), call)
        whole = items if turn.size in call.sent else ()
        return replace(page, items=select_all(turn(items, call).items, call)) if whole else page

    return replace(listing, select=(), turn=late)


def _sorting_late(act: Act) -> Act:
    assert isinstance(act, Listing)
    listing = act

    def again(state: State, call: Call) -> Response:
        places = {
            id(one): place
            for place, one in enumerate(listing.order(listing.collect(state, call), call))
        }

        def turn(items: Sequence[Item], call: Call) -> Page:
            page = listing.turn(items, call)
            return replace(page, items=sorted(page.items, key=lambda one: places[id(one)]))

        return replace(listing, order=lambda collection, call: by_age(collection), turn=turn)(
            state, call
        )

    return again
