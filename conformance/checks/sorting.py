"""Whether a list comes in the order asked for: on one page, and from page to page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from conformance.checks.catalogue import catalogue
from conformance.checks.check import Check, Setting
from conformance.checks.exchange import Exchange, Trace, Undecidable
from conformance.checks.listing import all_items, own, paginates, queried, states, sweep
from conformance.checks.observation import Broken, Held, Observation, Unreached
from conformance.checks.script import Script
from conformance.contract import pointer as pointers
from conformance.contract.json import Json
from conformance.contract.sorting import Order


def plan_order(setting: Setting, promise: Order) -> Iterator[Script]:
    """Read the catalogue in that order, as one page and in pages of a few."""
    sorts = promise.sorts
    arguments: dict[str, Json] = {sorts.by: promise.value}
    if promise.descending and sorts.direction:
        arguments[sorts.direction] = sorts.descending
    elif sorts.direction:
        arguments[sorts.direction] = sorts.ascending
    moves = [sweep(setting, "whole", arguments)]
    if setting.examples and paginates(setting.contract, setting.claim.operation):
        moves.append(sweep(setting, "paged", arguments, size=3))
    yield Script(label="order", stage=catalogue(setting), steps=tuple(moves))
    filtered = states(setting.contract, setting.claim.operation)
    if filtered is not None and setting.examples:
        text = next(
            (text for text, value in filtered.values.items() if value is False), pointers.MISSING
        )
        yield Script(
            label=f"order beside {filtered.state}",
            stage=catalogue(setting),
            steps=(sweep(setting, "whole", {**arguments, filtered.state: text}),),
        )
    if setting.examples and (asked := queried(setting.contract, setting.resource)):
        yield Script(
            label="order of a query",
            stage=catalogue(setting),
            steps=(sweep(setting, "paged", {**asked, **arguments}, size=3),),
        )


def judge_order(setting: Setting, promise: Order, trace: Trace) -> Iterator[Observation]:
    """Our own items must rise (or fall) in the key; equal keys may come in any order."""
    mine = own(setting, trace, catalogue(setting))
    pointer = promise.sorts.keys[promise.value]
    for name in ("whole", "paged"):
        if name not in trace:
            continue
        found = [
            item
            for item in all_items(setting, trace, name)
            if pointers.get(item, setting.resource.identity) in mine
        ]
        if len(found) < 2:
            raise Undecidable(f"{trace[name]} lists fewer than two of the items made for this")
        yield _ordered([pointers.get(item, pointer) for item in found], promise, trace.all(name))


def _ordered(keys: list[Json], promise: Order, exchanges: tuple[Exchange, ...]) -> Observation:
    if any(not isinstance(key, str | int | float) or isinstance(key, bool) for key in keys):
        return Unreached(f"{exchanges[-1]} lists items without a {promise.value}")
    ranks = [_rank(key) for key in keys]
    if any(type(rank) is str for rank in ranks):
        ranks = list(keys)
    if len({type(rank) is str for rank in ranks}) > 1:
        return Unreached(f"the items' {promise.value} are of different types: {keys[:3]}")
    if len({str(rank) for rank in ranks}) < 2:
        return Unreached(f"all items made for this have the same {promise.value}")
    for before, after, rank, following in zip(keys, keys[1:], ranks, ranks[1:], strict=False):
        first, second = (following, rank) if promise.descending else (rank, following)
        if first > second:  # type: ignore[operator]
            way = "descending" if promise.descending else "ascending"
            return Broken(
                f"the list is not in {way} order of {promise.value}: {before!r} comes before"
                f" {after!r}",
                exchanges,
            )
    return Held(exchanges[0])


def _rank(key: Json) -> object:
    if isinstance(key, str):
        try:
            return (
                datetime.fromisoformat(key).timestamp()
                if key[:4].isdecimal() and "T" in key
                else key
            )
        except ValueError:
            return key
    return key


CHECKS = {Order.kind: Check(plan=plan_order, judge=judge_order)}
