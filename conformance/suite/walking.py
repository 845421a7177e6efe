"""A walk: a list read from page to page until it ends."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from conformance.checks.call import Call, Marked, filled
from conformance.checks.exchange import Exchange
from conformance.checks.listing import largest, narrowed, paginates, states
from conformance.checks.script import Walk
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.paging import Paginates
from conformance.contract.pointer import MISSING
from conformance.contract.resource import Resource
from conformance.suite.mark import MARK

Send = Callable[[str, Call], Exchange]
MOST = 4 * 1024 * 1024  # bytes of the pages of one walk
AGAIN = 2  # times that a list of several pages is read again, while it differs from one reading to the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """The pages of a walk; `cut` when there were more, `restless` when two readings of them differed: then what is missing may have moved."""

    pages: tuple[Exchange, ...]
    cut: bool = False
    restless: bool = False


def walk(contract: Contract, move: Walk, call: Call, wanted: Json, send: Send) -> Walked:
    """Return the pages of a list, up to the one that holds the identity `wanted` (MISSING: all of them)."""
    paging = paginates(contract, call.operation)
    if paging is None:
        return Walked(pages=(send(move.name, call),))
    resource = contract.resource_of(call.operation)
    size = _size(move, call, paging, move.size or largest(contract, call.operation), send)
    pages, cut = _pages(move, call, paging, size, resource, wanted, send)
    if len(pages) < 2 or move.pages or move.size or wanted is not MISSING or cut or resource is None or MARK.search(repr(call.arguments)):
        return Walked(pages=pages, cut=cut)
    for _ in range(AGAIN):
        # Others may add and remove things between two pages, and items then change places: only a list that is the same twice was seen whole.
        again, cut = _pages(move, call, paging, size, resource, wanted, send)
        if _identities(again, resource) == _identities(pages, resource):
            return Walked(pages=pages, cut=cut)
        pages = again
    return Walked(pages=pages, cut=cut, restless=True)


def _size(move: Walk, call: Call, paging: Paginates, size: int, send: Send) -> int:
    """Return the size at which about as many pages come as the walk wants, at most `size`."""
    if move.pages is None:
        return size
    probe = send(move.name, replace(call, arguments={**call.arguments, paging.page: paging.first, paging.size: size}))
    total = pointers.get(probe.json, paging.total or "")
    return max(2, min(size, math.ceil(total / move.pages))) if probe.succeeded and isinstance(total, int) and total else size


def _pages(move: Walk, call: Call, paging: Paginates, size: int, resource: Resource | None, wanted: Json, send: Send) -> tuple[tuple[Exchange, ...], bool]:
    found: list[Exchange] = []
    room = MOST
    for number in range(paging.first, paging.first + move.most):
        page = send(move.name, replace(call, arguments={**call.arguments, paging.page: number, paging.size: size}))
        if found and page.refused:
            return tuple(found), False  # beyond the end: the documents do not say whether such a page is empty or refused
        found.append(page)
        room -= len(page.response.body) if page.response else 0
        if room < 0:
            break  # a list of that size is no list to read as a whole
        held = pointers.get(page.json, resource.items) if resource else MISSING
        if not page.succeeded or not isinstance(held, list) or not held:
            return tuple(found), False
        if resource and wanted is not MISSING and any(pointers.get(item, resource.identity) == wanted for item in held):
            return tuple(found), False
        total = pointers.get(page.json, paging.total or "")
        if len(held) < size and not (isinstance(total, int) and (number - paging.first + 1) * size < total):
            return tuple(found), False
    return tuple(found), True


def _identities(pages: tuple[Exchange, ...], resource: Resource) -> list[str]:
    found: list[str] = []
    for page in pages:
        held = pointers.get(page.json, resource.items)
        found += [repr(pointers.get(item, resource.identity)) for item in held] if isinstance(held, list) else []
    return found


def texts(contract: Contract, resource: Resource) -> list[dict[str, Json]]:
    """Return the arguments that list the things of every state, one after the other; one without any where the list knows no states."""
    filtered = states(contract, resource.list or "")
    return [{filtered.state: text} for text in filtered.values] if filtered else [{}]


def narrowing(contract: Contract, resource: Resource, mark: str) -> dict[str, Json]:
    """Return the arguments that narrow a list to what bears a mark; empty where the list has no filter for that."""
    return dict(filled(narrowed(contract, resource), lambda one: one.under(mark) if isinstance(one, Marked) else None))
