"""Things that are not quite gone, and things that never were and are dealt with all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.living import Gone, Unknown
from conformance.contract.pointer import MISSING, get
from conformance.contract.resource import Resource, Switch
from conformance.mock.answering import Taking
from conformance.mock.argument import Reader
from conformance.mock.call import Call
from conformance.mock.fault import Fault
from conformance.mock.faults.departure import Depart, acting, fault, relisting, taking
from conformance.mock.handler import Act
from conformance.mock.listing import Listing
from conformance.mock.living import Deleting, Reading, Revising
from conformance.mock.message import Response
from conformance.mock.paging import Page
from conformance.mock.refusal import Refusal
from conformance.mock.responding import success
from conformance.mock.service import Service
from conformance.mock.shelf import Shelf
from conformance.mock.state import Collection, Item, State


def gone(contract: Contract, claim: Claim, promise: Gone) -> Iterator[Fault]:
    """Break that what was deleted is gone."""
    resource = contract.resource_of(claim.operation)
    assert resource is not None
    yield fault(
        claim,
        "kept",
        "it succeeds and does nothing",
        _dropping(claim.operation, lambda shelf, state, call: None),
    )
    for switch in resource.switches:
        text = f"it succeeds and does nothing while {switch.field[1:]} is set"
        yield fault(
            claim, f"kept-{switch.field[1:]}", text, _dropping(claim.operation, _unless(switch))
        )
    if resource.list:
        listed = _both(_haunting(claim.operation), _listing_ghosts(resource.list, resource))
        yield fault(claim, "listed", "what was deleted cannot be read, and is still listed", listed)
    if resource.read:
        readable = _both(_haunting(claim.operation), _reading_ghosts(resource.read))
        yield fault(
            claim, "readable", "what was deleted is in no list, and can still be read", readable
        )


def _unless(switch: Switch) -> Callable[[Shelf, State, Call], None]:
    def drop(shelf: Shelf, state: State, call: Call) -> None:
        if get(shelf.find(state, call).value, switch.field) is not True:
            shelf.collection(state, call).drop(shelf.key(call))

    return drop


def _both(one: Depart, other: Depart) -> Depart:
    return lambda service: other(one(service))


def _dropping(operation: str, drop: Callable[[Shelf, State, Call], None]) -> Depart:
    def change(act: Act) -> Act:
        assert isinstance(act, Deleting)
        return replace(act, drop=lambda state, call: drop(act.shelf, state, call))

    return acting(operation, change)


def _ghosts(shelf: Shelf, state: State, call: Call) -> Collection:
    return state.collection(f"ghosts of {shelf.resource.name}", shelf.parent(call))


def _haunting(operation: str) -> Depart:
    def drop(shelf: Shelf, state: State, call: Call) -> None:
        key, collection = shelf.key(call), shelf.collection(state, call)
        _ghosts(shelf, state, call).put(key, collection.items[key])
        collection.drop(key)

    return _dropping(operation, drop)


def _listing_ghosts(operation: str, resource: Resource) -> Depart:
    def change(listing: Listing) -> Listing:
        def collect(state: State, call: Call) -> Collection:
            own = listing.collect(state, call).copy()
            parent = str(call.path[resource.parent.parameter]) if resource.parent else ""
            for key, one in state.collection(f"ghosts of {resource.name}", parent).items.items():
                own.put(key, one)
            return own

        return replace(listing, collect=collect)

    return relisting(operation, change)


def _reading_ghosts(operation: str) -> Depart:
    def change(act: Act) -> Act:
        assert isinstance(act, Reading)

        def find(state: State, call: Call) -> Item:
            ghost = _ghosts(act.shelf, state, call).items.get(act.shelf.key(call))
            return ghost if ghost is not None else act.find(state, call)

        return replace(act, find=find)

    return acting(operation, change)


def counted(contract: Contract, claim: Claim, pointer: str) -> Iterator[Fault]:
    """Break that what was deleted is counted no more: it is in no list, and the total still has
    it.
    """
    resource = contract.resource_of(claim.operation)
    if resource and resource.delete:
        text = "what was deleted is in no list, and is counted with those that match"
        yield fault(
            claim,
            "deleted",
            text,
            _both(
                _haunting(resource.delete),
                acting(claim.operation, lambda act: _counting_ghosts(act, resource, pointer)),
            ),
        )


def _counting_ghosts(act: Act, resource: Resource, pointer: str) -> Act:
    assert isinstance(act, Listing)
    listing = act

    def again(state: State, call: Call) -> Response:
        parent = str(call.path[resource.parent.parameter]) if resource.parent else ""
        ghosts: Sequence[Item] = list(
            state.collection(f"ghosts of {resource.name}", parent).items.values()
        )
        for select in listing.select:
            ghosts = select(ghosts, call)
        honest = listing.tell.get(pointer)
        if honest is None or not ghosts:
            return listing(state, call)

        def tell(page: Page, call: Call) -> Json:
            return MISSING if honest(page, call) is MISSING else page.matching + len(ghosts)

        return replace(listing, tell={**listing.tell, pointer: tell})(state, call)

    return again


def unknown(contract: Contract, claim: Claim, promise: Unknown) -> Iterator[Fault]:
    """Break how an identity, or a parent, that does not exist is answered."""
    resource = contract.resource_of(claim.operation)
    assert resource is not None
    parameter = resource.parent.parameter if promise.parent and resource.parent else resource.key
    other = 400 if promise.status != 400 else 404
    yield fault(
        claim,
        f"as-{other}",
        f"it is answered with {other}",
        _answering(claim.operation, parameter, lambda refusal: Refusal(other, refusal.text)),
    )
    yield fault(
        claim,
        "crashes",
        "it makes the server fail",
        _answering(
            claim.operation, parameter, lambda refusal: Refusal(500, "something went wrong")
        ),
    )
    if promise.parent:
        yield fault(
            claim,
            "served",
            "it is served as if it existed",
            taking(claim.operation, lambda take: _trusting(take, parameter)),
        )
    else:
        yield fault(
            claim,
            "served",
            "it is answered as if it existed",
            _pretending(contract, claim.operation, parameter),
        )
        # whether deleting twice is an error is left open
        if resource.delete and claim.operation != resource.delete:
            text = "what was deleted is answered as if it existed; what never was is not"
            yield fault(
                claim,
                "remembered",
                text,
                _both(
                    _haunting(resource.delete),
                    _remembering(contract, claim.operation, resource.delete),
                ),
            )


def _answering(
    operation: str, parameter: str | None, change: Callable[[Refusal], Refusal]
) -> Depart:
    def depart(service: Service) -> Service:
        refuse = service.handlers[operation].refuse

        def other(state: State, refusal: Refusal) -> Response:
            return refuse(state, change(refusal) if refusal.unknown == parameter else refusal)

        return service.change(operation, refuse=other)

    return depart


def _trusting(take: Taking, parameter: str | None) -> Taking:
    def lax(read: Reader) -> Reader:
        def again(text: str) -> Json:
            try:
                return read(text)
            except Refusal as refusal:
                if refusal.unknown:
                    return text
                raise

        return again

    return replace(
        take,
        path=tuple((name, lax(read) if name == parameter else read) for name, read in take.path),
    )


def _remembering(contract: Contract, operation: str, delete: str) -> Depart:
    pretence = success(contract, contract.operations[operation])

    def depart(service: Service) -> Service:
        handler, deleting = service.handlers[operation], service.handlers[delete].act
        assert isinstance(deleting, Deleting)

        def again(state: State, call: Call) -> Response:
            shelf = deleting.shelf
            ghost = _ghosts(shelf, state, call).items.get(shelf.key(call))
            if ghost is None or shelf.key(call) in shelf.collection(state, call).items:
                return handler.act(state, call)
            return (
                handler.act.show(ghost) if isinstance(handler.act, Reading | Revising) else pretence
            )

        return service.change(operation, act=again)

    return depart


def _pretending(contract: Contract, operation: str, parameter: str | None) -> Depart:
    pretence = success(contract, contract.operations[operation])

    def depart(service: Service) -> Service:
        refuse = service.handlers[operation].refuse
        return service.change(
            operation,
            refuse=lambda state, refusal: (
                pretence if refusal.unknown == parameter else refuse(state, refusal)
            ),
        )

    return depart
