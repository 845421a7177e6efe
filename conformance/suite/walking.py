"""A walk: a list read from page to page until it ends."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from conformance.checks.call import Call, Marked, filled
from conformance.checks.exchange import Exchange
from conformance.checks.listing import largest, narrowed, paginates, states
from conformance.checks.script import Walk
from conformance.contract import mark
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.paging import Paginates
from conformance.contract.pointer import MISSING
from conformance.contract.resource import Resource

Send = Callable[[str, Call], Exchange]
MOST = 4 * 1024 * 1024  # bytes of the pages of one walk
REPEATS = 3  # pages in a row that are the same to the byte, after which a list counts as endless
# times that a list of several pages is read again, while it differs from one reading to the next
AGAIN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """The pages of a walk; `cut` when there were more, `restless` when two readings of them
    differed: then what is missing may have moved.
    """

    pages: tuple[Exchange, ...]
    cut: bool = False
    restless: bool = False


def walk(
    contract: Contract,
    move: Walk,
    call: Call,
    wanted: Json,
    send: Send,
    turn: Callable[[], bool] = lambda: True,
    thorough: bool = False,
) -> Walked:
    """Return the pages of a list, up to the one that holds the identity `wanted` (MISSING: all of
    them).

    `turn` is asked before each page but the first whether it may be read. A `thorough` walk goes on
    for as long as the total says that there is more, however short the pages are.
    """
    paging = paginates(contract, call.operation)
    if paging is None:
        return Walked(pages=(send(move.name, call),))
    resource = contract.resource_of(call.operation)
    size = _size(move, call, paging, move.size or largest(contract, call.operation), send)
    pages, cut = _pages(move, call, paging, size, resource, wanted, send, turn, thorough)
    if (
        len(pages) < 2
        or move.pages
        or move.size
        or wanted is not MISSING
        or cut
        or resource is None
        or mark.mentioned(repr(call.arguments))
    ):
        return Walked(pages=pages, cut=cut)
    for _ in range(AGAIN):
        # Others may add and remove things between two pages, and items then change places: only a
        # list that is the same twice was seen whole.
        again, cut = _pages(move, call, paging, size, resource, wanted, send, turn, thorough)
        if _identities(again, resource) == _identities(pages, resource):
            return Walked(pages=pages, cut=cut)
        pages = again
    return Walked(pages=pages, cut=cut, restless=True)


def _size(move: Walk, call: Call, paging: Paginates, size: int, send: Send) -> int:
    """Return the size at which about as many pages come as the walk wants, at most `size`."""
    if move.pages is None:
        return size
    probe = send(
        move.name,
        replace(call, arguments={**call.arguments, paging.page: paging.first, paging.size: size}),
    )
    total = pointers.get(probe.json, paging.total or "")
    return (
        max(2, min(size, math.ceil(total / move.pages)))
        if probe.succeeded and isinstance(total, int) and total
        else size
    )


def _pages(
    move: Walk,
    call: Call,
    paging: Paginates,
    size: int,
    resource: Resource | None,
    wanted: Json,
    send: Send,
    turn: Callable[[], bool],
    thorough: bool = False,
) -> tuple[tuple[Exchange, ...], bool]:
    found: list[Exchange] = []
    seen = set[str]()
    room = MOST
    for number in range(paging.first, paging.first + move.most):
        if found and not turn():
            break
        page = send(
            move.name,
            replace(call, arguments={**call.arguments, paging.page: number, paging.size: size}),
        )
        if found and page.refused:
            # beyond the end: the documents do not say whether such a page is empty or refused
            return (tuple(found), False)
        found.append(page)
        room -= len(page.response.body) if page.response else 0
        if room < 0:
            break  # a list of that size is no list to read as a whole
        held = pointers.get(page.json, resource.items) if resource else MISSING
        if (
            len(found) > REPEATS
            and held
            and all(
                one.response and page.response and one.response.body == page.response.body
                for one in found[-REPEATS:]
            )
        ):
            break  # the same page again and again: the list has no end
        if not page.succeeded or not isinstance(held, list) or not held:
            return tuple(found), False
        if (
            resource
            and wanted is not MISSING
            and any(pointers.get(item, resource.identity) == wanted for item in held)
        ):
            return tuple(found), False
        total = pointers.get(page.json, paging.total or "")
        more = isinstance(total, int) and (number - paging.first + 1) * size < total
        if thorough and resource is not None:
            new = {repr(pointers.get(item, resource.identity)) for item in held} - seen
            seen |= new
            more = isinstance(total, int) and len(seen) < total
            if not new:
                break  # nothing but what other pages have shown: pages are not what was asked for
        if len(held) < size and not more:
            return tuple(found), False
    return tuple(found), True


def _identities(pages: tuple[Exchange, ...], resource: Resource) -> list[str]:
    found: list[str] = []
    for page in pages:
        held = pointers.get(page.json, resource.items)
        found += (
            [repr(pointers.get(item, resource.identity)) for item in held]
            if isinstance(held, list)
            else []
        )
    return found


def texts(contract: Contract, resource: Resource) -> list[dict[str, Json]]:
    """Return the arguments that list the things of every state, one after the other; one without
    any where the list knows no states.
    """
    filtered = states(contract, resource.list or "")
    return [{filtered.state: text} for text in filtered.values] if filtered else [{}]


def unseen(contract: Contract, operation: str, walked: Walked) -> str | None:
    """Return why a list may hold more than was read of it; None when it was read to its end."""
    failed = next((page for page in walked.pages if not page.succeeded), None)
    resource = contract.resource_of(operation)
    if failed is not None or not walked.pages or resource is None:
        return f"{failed}"
    if walked.restless:
        return f"others change the list while it is read: {walked.pages[-1]}"
    if walked.cut:
        return f"after {len(walked.pages)} pages the list had not ended: {walked.pages[-1]}"
    last = walked.pages[-1]
    items = pointers.get(last.json, resource.items)
    if not isinstance(items, list):
        return f"{last} holds no list at {resource.items or 'its top'}"
    for page in walked.pages:
        held = pointers.get(page.json, resource.items)
        if any(
            not isinstance(pointers.get(item, resource.identity), str | int | float)
            for item in (held if isinstance(held, list) else ())
        ):
            return f"{page} holds items without an identity"
    count = len(_identities(walked.pages, resource))
    more = (
        _announced(last, resource, None if paginates(contract, operation) else count)
        if items
        else None
    )
    return more and f"{last} says that there is more: {more}"


NEXT = frozenset(
    [
        "next",
        "nexturl",
        "nextlink",
        "nextpage",
        "nextcursor",
        "nexttoken",
        "nextpagetoken",
        "nextoffset",
    ]
)
MORE = frozenset(["more", "hasmore", "hasnext", "hasnextpage", "truncated", "istruncated"])
TOTAL = frozenset(["total", "totalcount", "totalitems", "totalresults", "totalelements", "count"])


def _announced(page: Exchange, resource: Resource, count: int | None) -> str | None:
    """Return what a page of items says of further ones; `count` is how many were read, None where
    the page's totals are the contract's affair.
    """
    link = page.response.headers.get("link", "") if page.response else ""
    if re.search(r"""rel="?'?next\b""", link, re.IGNORECASE):
        return "a Link header to the next page"
    for pointer, value in pointers.walk(page.json):
        if pointer == resource.items or (
            pointer.startswith(resource.items + "/") and resource.items
        ):
            continue
        if pointer.count("/") > 3:
            continue
        name = re.sub(r"[^a-z]", "", pointer.rpartition("/")[2].lower())
        if name in NEXT and value not in (None, "", False, 0, [], {}):
            return pointer
        if name in MORE and value is True:
            return pointer
        if (
            count is not None
            and name in TOTAL
            and isinstance(value, int)
            and not isinstance(value, bool)
            and value > count
        ):
            return f"{pointer} is {value}"
    return None


def narrowing(contract: Contract, resource: Resource, mark: str) -> dict[str, Json]:
    """Return the arguments that narrow a list to what bears a mark; empty where the list has no
    filter for that.
    """
    return dict(
        filled(
            narrowed(contract, resource),
            lambda one: one.under(mark) if isinstance(one, Marked) else None,
        )
    )
