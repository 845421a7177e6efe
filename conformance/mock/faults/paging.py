"""Pages of the wrong size, at the wrong place, with the wrong numbers about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.paging import Beyond, Paged, Paginates, Part
from conformance.contract.pointer import MISSING
from conformance.mock.call import Call
from conformance.mock.fault import Fault
from conformance.mock.faults import combining, ending
from conformance.mock.faults.departure import Depart, fault, relisting
from conformance.mock.listing import Listing, Tell
from conformance.mock.paging import SIZE, Page, Paging
from conformance.mock.state import Item

Items = Sequence[Item]
Cut = Callable[[Paging, Items, Call], Page]
MORE = 50  # items above the ceiling that must exist for it to be seen


def paged(contract: Contract, claim: Claim, promise: Paged) -> Iterator[Fault]:
    """Break one property of a paged list."""
    paginates = promise.paginates
    for variant, text, cut in _CUTS.get(promise.part, ()):
        seeds = (paginates.ceiling or 0) + MORE if promise.part is Part.CEILING else 0
        yield fault(claim, variant, text, _cutting(claim.operation, cut), seeds)
    for variant, text, tell in _TOLD.get(promise.part, ()):
        pointer = {
            Part.COUNT: paginates.count,
            Part.TOTAL: paginates.total,
            Part.PAGES: paginates.pages,
        }[promise.part]
        yield fault(
            claim, variant, text, telling(claim.operation, partial(_instead, pointer, tell))
        )
    if promise.part is Part.TOTAL and paginates.total:
        yield from ending.counted(contract, claim, paginates.total)
    yield from combining.paged(contract, claim, paginates, promise.part)
    if promise.part is Part.METADATA:
        yield from _metadata(claim, paginates)
    if promise.part is Part.TOLD:
        yield fault(
            claim, "otherwise", "it is the other way round", _other_way(claim.operation, paginates)
        )


def _cutting(operation: str, cut: Cut) -> Depart:
    def change(listing: Listing) -> Listing:
        paging = listing.turn
        assert isinstance(paging, Paging)
        return replace(listing, turn=lambda items, call: cut(paging, items, call))

    return relisting(operation, change)


def _instead(wanted: str | None, new: Tell, pointer: str, old: Tell) -> Tell:
    return new if pointer == wanted else old


def telling(operation: str, change: Callable[[str, Tell], Tell]) -> Depart:
    """Tell something else at pointers of a list's answer."""
    return relisting(
        operation,
        lambda listing: replace(
            listing, tell={at: change(at, tell) for at, tell in listing.tell.items()}
        ),
    )


def _sized(extra: int) -> Cut:
    def cut(paging: Paging, items: Items, call: Call) -> Page:
        page = paging(items, call)
        size = page.size + extra
        if paging.size not in call.sent or size < 1:
            return page
        start = (page.number - paging.first) * size
        return replace(page, items=items[start : start + size])

    return cut


def _unsized(paging: Paging, items: Items, call: Call) -> Page:
    page = paging(items, call)
    if paging.size not in call.sent:
        return page
    return replace(page, items=items[: paging.ceiling] if page.number == paging.first else ())


def _moved(extra: int) -> Cut:
    def cut(paging: Paging, items: Items, call: Call) -> Page:
        page = paging(items, call)
        if page.number <= paging.first:
            return page
        start = (page.number - paging.first) * page.size + extra
        return replace(page, items=items[start : start + page.size])

    return cut


def _short_last(paging: Paging, items: Items, call: Call) -> Page:
    page = paging(items, call)
    last = page.number > paging.first and (page.number - paging.first + 1) * page.size >= len(items)
    return replace(page, items=page.items[:-1]) if last else page


def _renumbered(extra: int) -> Cut:
    def cut(paging: Paging, items: Items, call: Call) -> Page:
        page = paging(items, call)
        if paging.page not in call.sent:
            return page
        start = max(0, page.number - paging.first + extra) * page.size
        return replace(page, items=items[start : start + page.size])

    return cut


def _beyond(extra: int | None) -> Cut:
    def cut(paging: Paging, items: Items, call: Call) -> Page:
        higher = None if extra is None or paging.ceiling is None else paging.ceiling + extra
        page = paging(items, call)
        number, size = paging.asked(items, call)
        if paging.size not in call.sent:  # a call that asks for no size gets the ceiling's worth
            size = len(items) if higher is None else higher
        wider = replace(paging, ceiling=higher)(
            items,
            Call(
                call.request,
                call.path,
                call.sent,
                {**call.arguments, paging.page: number, paging.size: size},
            ),
        )
        return replace(page, items=wider.items)

    return cut


def _unasked(paging: Paging, items: Items, call: Call) -> Page:
    page = paging(items, call)
    return (
        page
        if paging.page in call.sent or paging.size in call.sent
        else replace(page, items=page.items[:SIZE])
    )


def _elsewhere(paging: Paging, items: Items, call: Call, empty: bool) -> Page:
    number, size = paging.asked(items, call)
    if (number - paging.first) * size < max(1, len(items)):
        return paging(items, call)
    if not empty:
        return replace(
            paging(
                items,
                Call(
                    call.request,
                    call.path,
                    call.sent,
                    {**call.arguments, paging.page: paging.first},
                ),
            ),
            number=number,
        )
    other = Beyond.EMPTY if paging.beyond is Beyond.REFUSED else Beyond.REFUSED
    return replace(paging, beyond=other)(items, call)


_CUTS: dict[Part, tuple[tuple[str, str, Cut], ...]] = {
    Part.SIZE: (
        ("one-more", "a page holds one item more than asked for", _sized(1)),
        ("one-less", "a page holds one item less than asked for", _sized(-1)),
        ("ignored", "the size is ignored: the first page holds everything", _unsized),
    ),
    Part.WALK: (
        ("overlap", "each page but the first repeats the last item of the one before", _moved(-1)),
        ("gap", "each page but the first leaves out an item before it", _moved(1)),
        ("short-last", "the last page lacks its last item", _short_last),
    ),
    Part.FIRST: (
        ("late", "counting starts one higher: the first page comes twice", _renumbered(-1)),
        ("early", "counting starts one lower: the first page cannot be had", _renumbered(1)),
    ),
    Part.WHOLE: (
        (
            "cut",
            "such a list stops at 50 items",
            lambda paging, items, call: _unasked(paging, items, call),
        ),
    ),
    Part.BEYOND: (
        (
            "first",
            "the first page comes instead",
            lambda paging, items, call: _elsewhere(paging, items, call, empty=False),
        ),
        (
            "other",
            "it is answered as the other reading has it",
            lambda paging, items, call: _elsewhere(paging, items, call, empty=True),
        ),
    ),
    Part.CEILING: (
        ("one-more", "an answer may hold one item more than the ceiling", _beyond(1)),
        ("ignored", "there is no ceiling", _beyond(None)),
    ),
}

_TOLD: dict[Part, tuple[tuple[str, str, Tell], ...]] = {
    Part.COUNT: (
        (
            "total",
            "all matching items are counted, not those of the page",
            lambda page, call: page.matching,
        ),
        ("one-more", "one item too many is counted", lambda page, call: len(page.items) + 1),
    ),
    Part.TOTAL: (
        (
            "page",
            "the items of the page are counted, not all that match",
            lambda page, call: len(page.items),
        ),
        ("one-more", "one item too many is counted", lambda page, call: page.matching + 1),
    ),
    Part.PAGES: (
        (
            "floor",
            "the number of pages is rounded down",
            lambda page, call: page.matching // page.size if page.size else 0,
        ),
        ("one-more", "one page too many is counted", lambda page, call: page.pages + 1),
    ),
}


def _other_way(operation: str, paginates: Paginates) -> Depart:
    def change(at: str, honest: Tell) -> Tell:
        if not at.startswith(f"{paginates.metadata}/"):
            return honest
        return lambda page, call: (
            (MISSING if paginates.told else page.matching)
            if _asks_no_page(paginates, call)
            else honest(page, call)
        )

    return telling(operation, change)


def _asks_no_page(paginates: Paginates, call: Call) -> bool:
    return paginates.page not in call.sent and paginates.size not in call.sent


def _metadata(claim: Claim, paginates: Paginates) -> Iterator[Fault]:
    def without(*parameters: str) -> Callable[[str, Tell], Tell]:
        def change(at: str, honest: Tell) -> Tell:
            if not at.startswith(f"{paginates.metadata}/"):
                return honest
            return lambda page, call: (
                MISSING if any(name in call.sent for name in parameters) else honest(page, call)
            )

        return change

    yield fault(
        claim,
        "missing",
        "a paged answer tells nothing about its page",
        telling(claim.operation, without(paginates.page, paginates.size)),
    )
    yield fault(
        claim,
        "missing-with-page",
        f"an answer tells nothing about its page when {paginates.page} is sent",
        telling(claim.operation, without(paginates.page)),
    )
