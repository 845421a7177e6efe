"""Lists that lag behind: an operation does what it should, reading shows it, and the list still
tells, or has lost, what was before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING, get, put
from conformance.contract.resource import Resource
from conformance.mock.call import Call
from conformance.mock.fault import Fault
from conformance.mock.faults.departure import Depart, fault
from conformance.mock.listing import Listing
from conformance.mock.living import Revising
from conformance.mock.message import Response
from conformance.mock.service import Service
from conformance.mock.shelf import Shelf
from conformance.mock.state import Collection, Item, State

# value before, value after → what the list shows: MISSING is nothing at all, the value after is no
# lag
Lag = Callable[[Json, Json], Json]


def switched(contract: Contract, claim: Claim, resource: Resource) -> Iterator[Fault]:
    """Break that lists hear of a switch."""
    if resource.list:
        text = "reading shows it, and lists go on as if nothing had happened"
        yield fault(
            claim,
            "list-stale",
            text,
            lagging(claim.operation, resource.list, lambda before, after: before),
        )
        text = "reading shows it, and no list has the item any more"
        yield fault(
            claim,
            "unlisted",
            text,
            lagging(
                claim.operation,
                resource.list,
                lambda before, after: after if before is after else MISSING,
            ),
        )


def twice(contract: Contract, claim: Claim, resource: Resource) -> Iterator[Fault]:
    """Break that lists are left alone by a switch that is thrown the second time."""
    if resource.list:
        text = "the second time, the item is lost from the lists"
        yield fault(
            claim,
            "unlisted",
            text,
            lagging(
                claim.operation,
                resource.list,
                lambda before, after: MISSING if before is after else after,
            ),
        )


def replaced(contract: Contract, claim: Claim, resource: Resource, name: str) -> Iterator[Fault]:
    """Break that lists hear of a field's new value."""
    if resource.list:
        text = f"reading shows the new {name}, lists the old"
        yield fault(
            claim,
            "list-stale",
            text,
            lagging(
                claim.operation,
                resource.list,
                lambda before, after: (
                    {**after, name: before[name]} if name in before and name in after else after
                ),
            ),
        )


def untouched(contract: Contract, claim: Claim, resource: Resource) -> Iterator[Fault]:
    """Break that an update leaves switches alone, in lists."""
    for switch in (
        resource.switches
        if resource.list and claim.operation in (resource.replace, resource.change)
        else ()
    ):
        field = switch.field
        for way, word in ((False, "clears"), (True, "sets")):
            text = f"it {word} {field[1:]} in lists, where reading shows it as it was"

            def moved(before: Json, after: Json, field: str = field, way: bool = way) -> Json:
                return after if get(after, field) is way else put(after, field, way)

            yield fault(
                claim,
                f"list-{word}-{field[1:]}",
                text,
                lagging(claim.operation, resource.list or "", moved),
            )


def lagging(operation: str, list_: str, lag: Lag) -> Depart:
    """Make lists show something else of an item after an operation, until the item is written
    again.
    """

    def depart(service: Service) -> Service:
        act, listing = service.handlers[operation].act, service.handlers[list_].act
        assert isinstance(act, Revising)
        assert isinstance(listing, Listing)
        shelf, revising = act.shelf, act

        def noting(state: State, call: Call) -> Response:
            before = shelf.find(state, call)
            response = revising(state, call)
            after = shelf.find(state, call)
            shown = lag(before.value, after.value)
            if shown is not after.value:
                _lags(shelf, state, call).put(shelf.key(call), Item(shown, after.text))
            return response

        collect = _collecting(shelf, listing)
        return service.change(operation, act=noting).change(
            list_, act=replace(listing, collect=collect)
        )

    return depart


def _collecting(shelf: Shelf, listing: Listing) -> Callable[[State, Call], Collection]:
    def collect(state: State, call: Call) -> Collection:
        own, lags = listing.collect(state, call), _lags(shelf, state, call)
        if not lags.items:
            return own
        own = own.copy()
        for key, one in lags.items.items():
            current = own.items.get(key)
            if current is None or current.text != one.text:
                continue
            if one.value is MISSING:
                own.drop(key)
            else:
                own.put(key, shelf.item(one.value))
        return own

    return collect


def _lags(shelf: Shelf, state: State, call: Call) -> Collection:
    return state.collection(f"lags of {shelf.resource.name}", shelf.parent(call))
