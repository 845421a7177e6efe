"""The ways in which a service is changed to break a claim: each replaces one function of one
handler.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.mock.answering import Taking
from conformance.mock.call import Call
from conformance.mock.fault import Fault
from conformance.mock.filtering import Select
from conformance.mock.handler import Act, Handler
from conformance.mock.listing import Listing
from conformance.mock.message import Request, Response, decode, encode
from conformance.mock.paging import Page
from conformance.mock.refusal import Refusal
from conformance.mock.service import Service
from conformance.mock.state import Item, State

Depart = Callable[[Service], Service]


def fault(claim: Claim, variant: str, text: str, depart: Depart, seeds: int = 0) -> Fault:
    """Return the fault that breaks a claim in one way."""
    return Fault(
        id=f"{claim.id}!{variant}",
        claim=claim.id,
        text=text,
        kind=claim.kind,
        variant=variant,
        depart=depart,
        seeds=seeds,
    )


def finishing(operation: str, change: Callable[[Response], Response]) -> Depart:
    """Change every answer of an operation."""
    return lambda service: service.change(
        operation,
        finish=(*service.handlers[operation].finish, lambda state, response: change(response)),
    )


def refusing(operation: str, when: Callable[[Call], bool], text: str, status: int = 400) -> Depart:
    """Refuse the calls for which `when` holds, which are otherwise in order."""

    def depart(service: Service) -> Service:
        take = service.handlers[operation].take

        def strict(request: Request, path: tuple[str, ...]) -> Call:
            call = take(request, path)
            if when(call):
                raise Refusal(status, text)
            return call

        return service.change(operation, take=strict)

    return depart


def taking(operation: str, change: Callable[[Taking], Taking]) -> Depart:
    """Read the parameters of an operation in another way."""

    def depart(service: Service) -> Service:
        take = service.handlers[operation].take
        assert isinstance(take, Taking)
        return service.change(operation, take=change(take))

    return depart


def acting(operation: str, wrap: Callable[[Act], Act]) -> Depart:
    """Put something around what an operation does."""
    return lambda service: service.change(operation, act=wrap(service.handlers[operation].act))


def relisting(operation: str, change: Callable[[Listing], Listing]) -> Depart:
    """Make a list in another way."""

    def depart(service: Service) -> Service:
        act = service.handlers[operation].act
        assert isinstance(act, Listing)
        return service.change(operation, act=change(act))

    return depart


def selecting(operation: str, select: Select) -> Depart:
    """Put one more filter behind those of a list."""
    return relisting(operation, lambda listing: replace(listing, select=(*listing.select, select)))


def exchanging(operation: str, kind: type, wrap: Callable[[Select], Select]) -> Depart:
    """Put something around the filters of one kind in a list."""
    return relisting(
        operation,
        lambda listing: replace(
            listing,
            select=tuple(wrap(one) if isinstance(one, kind) else one for one in listing.select),
        ),
    )


def showing(operation: str, change: Callable[[Sequence[Item], Call], Sequence[Item]]) -> Depart:
    """Change the items of a page at the last moment, when all counting is done."""

    def turning(listing: Listing) -> Listing:
        def turn(items: Sequence[Item], call: Call) -> Page:
            page = listing.turn(items, call)
            return replace(page, items=change(page.items, call))

        return replace(listing, turn=turn)

    return relisting(operation, turning)


def despite(handler: Handler, when: Callable[[Request, Refusal], bool]) -> dict[str, object]:
    """Return the stages of a handler that refuses certain requests for their credentials, as it
    should, and does them all the same.
    """

    def late(state: State, call: Call) -> Response:
        try:
            handler.admit(call.request)
        except Refusal as refusal:
            if when(call.request, refusal):
                handler.act(state, call)
            raise
        return handler.act(state, call)

    return {"admit": lambda request: None, "act": late}


def lists(contract: Contract, operation: str) -> bool:
    """Tell whether an operation lists the items of a resource."""
    return any(resource.list == operation for resource in contract.resources)


def rebodied(response: Response, change: Callable[[Json], Json]) -> Response:
    """Return an answer with another JSON body, unchanged when it has none."""
    return (
        replace(response, body=encode(change(decode(response.body))).encode())
        if response.body
        else response
    )
