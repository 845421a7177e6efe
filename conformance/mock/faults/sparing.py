"""Operations that touch what they should leave alone: other fields, other items, anything at all
when they refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from conformance.contract import schema as schemas
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json, same
from conformance.contract.living import Harmless, Untouched
from conformance.contract.operation import properties
from conformance.contract.resource import Resource
from conformance.contract.schema import Validator
from conformance.mock.call import Call
from conformance.mock.fault import Fault
from conformance.mock.faults import staling
from conformance.mock.faults.alteration import altered
from conformance.mock.faults.departure import Depart, acting, fault
from conformance.mock.faults.living import revising, telling
from conformance.mock.faults.writing import mended
from conformance.mock.field import at
from conformance.mock.handler import Act, Read
from conformance.mock.living import Creating, Deleting, Revise, Revising
from conformance.mock.message import Response, decode
from conformance.mock.refusal import Refusal
from conformance.mock.sample import flat, types
from conformance.mock.service import Service
from conformance.mock.shelf import Shelf, described
from conformance.mock.state import Collection, State


def untouched(contract: Contract, claim: Claim, promise: Untouched) -> Iterator[Fault]:
    """Break that an operation leaves other fields, or other items, as they were."""
    resource = contract.resource_of(claim.operation)
    assert resource is not None
    if promise.neighbours:
        text = "it does the same to the items made just before and just after"
        yield fault(
            claim, "adjacent", text, acting(claim.operation, lambda act: _spreading(act, _beside))
        )
        if resource.mark:
            text = f"it does the same to every other item of the same {resource.mark[1:]}"
            yield fault(
                claim,
                "namesakes",
                text,
                acting(claim.operation, lambda act: _spreading(act, _namesakes)),
            )
        return
    yield from _members(contract, claim, resource)
    yield from staling.untouched(contract, claim, resource)
    for name in telling(resource, _others(contract, claim.operation, resource)):

        def careless(revise: Revise, name: str = name) -> Revise:
            def again(value: Json, call: Call) -> Json:
                new = revise(value, call)
                sent = isinstance(call.body, dict) and name in call.body
                return new if sent or name not in value else {**new, name: altered(value[name])}

            return again

        yield fault(
            claim, f"alters-{name}", f"it alters {name}, too", revising(claim.operation, careless)
        )


def _others(contract: Contract, operation: str, resource: Resource) -> list[str]:
    body = contract.operations[operation].body
    own = {switch.field[1:] for switch in resource.switches if operation in (switch.on, switch.off)}
    # a change leaves alone what is not sent, a replacement takes all that can be
    if body and operation == resource.replace:
        own |= {*properties(contract.document, body.schema)}
    identity = {
        one[1:]
        for one in (
            resource.identity,
            *resource.same,
            resource.parent.field if resource.parent else None,
        )
        if one
    }
    declared = described(contract, resource).get("properties", {})
    return [
        name
        for name, node in declared.items()
        if name not in own | identity and "date" not in str(node.get("format"))
    ]


def _members(contract: Contract, claim: Claim, resource: Resource) -> Iterator[Fault]:
    """Yield lists and objects that lose all or the last of what they hold; what the documents leave
    open is left alone.
    """
    declared = described(contract, resource).get("properties", {})
    validators = {
        one.field[1:]: schemas.compile(contract.document, one.when) for one in resource.open
    }
    for name in _others(contract, claim.operation, resource):
        kind = next(
            (
                word
                for word in ("array", "object")
                if word in types(flat(contract.document, declared[name]))
            ),
            None,
        )
        losses = (
            ("empties", f"it empties {name}", lambda value: type(value)()),
            ("shortens", f"it drops the last of {name}", altered),
        )
        for variant, text, change in losses if kind else ():
            yield fault(
                claim,
                f"{variant}-{name}",
                text,
                revising(claim.operation, _losing(name, change, validators.get(name))),
            )


def _losing(
    name: str, change: Callable[[Json], Json], open_: Validator | None
) -> Callable[[Revise], Revise]:
    def wrap(revise: Revise) -> Revise:
        def again(value: Json, call: Call) -> Json:
            new = revise(value, call)
            if (
                not new.get(name)
                or (isinstance(call.body, dict) and name in call.body)
                or (open_ is not None and open_.is_valid(new))
            ):
                return new
            return {**new, name: change(new[name])}

        return again

    return wrap


Others = Callable[[Shelf, Collection, str], Sequence[str]]


def _beside(shelf: Shelf, collection: Collection, key: str) -> Sequence[str]:
    keys = list(collection.items)
    place = keys.index(key)
    return (*keys[max(0, place - 1) : place], *keys[place + 1 : place + 2])


def _namesakes(shelf: Shelf, collection: Collection, key: str) -> Sequence[str]:
    name = at(shelf.resource.mark or "")
    return [
        other
        for other, one in collection.items.items()
        if other != key and same(name(one.value), name(collection.items[key].value))
    ]


def _spreading(act: Act, find: Others) -> Act:
    assert isinstance(act, Revising | Deleting)

    def spread(state: State, call: Call) -> Response:
        collection, own = act.shelf.collection(state, call), act.shelf.key(call)
        others = find(act.shelf, collection, own) if own in collection.items else ()
        response = act(state, call)
        for key in others:
            if isinstance(act, Deleting):
                collection.drop(key)
            else:
                act.store(state, call, act.revise(collection.items[key].value, call))
        return response

    return spread


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refused:
    """A body that was refused, and what a careless server takes from it before it says so."""

    refusal: Refusal
    rest: Json


def harmless(contract: Contract, claim: Claim, promise: Harmless) -> Iterator[Fault]:
    """Break that a refused request changes nothing."""
    yield fault(
        claim,
        "done-all-the-same",
        "what can be made of a malformed body is done before it is refused",
        _premature(contract, claim.operation),
    )


def _premature(contract: Contract, operation: str) -> Depart:
    body = contract.operations[operation].body

    def hold(read: Read) -> Read:
        def again(call: Call) -> Json:
            try:
                return read(call)
            except Refusal as refusal:
                return _Refused(
                    refusal=refusal,
                    rest=(
                        mended(contract.document, body, _decoded(call.request.body)) if body else {}
                    ),
                )

        return again

    def premature(act: Act) -> Act:
        def again(state: State, call: Call) -> Response:
            if not isinstance(call.body, _Refused):
                return act(state, call)
            _carelessly(act, call.body.rest)(state, replace(call, body=call.body.rest))
            raise call.body.refusal

        return again

    def depart(service: Service) -> Service:
        handler = service.handlers[operation]
        assert handler.read is not None
        return service.change(operation, read=hold(handler.read), act=premature(handler.act))

    return depart


def _carelessly(act: Act, rest: Json) -> Act:
    """Return what is done with the rest of a refused body: of an update only what still fits is
    taken, and something is.
    """
    if not isinstance(act, Revising):
        assert isinstance(act, Creating)
        return act
    return replace(act, revise=lambda value, call: _patched(act.shelf, value, rest))


def _patched(shelf: Shelf, value: Json, rest: Json) -> Json:
    new = {**value, **rest}
    mark = (shelf.resource.mark or "/").removeprefix("/") or next(iter(shelf.written), "")
    return (
        new
        if new != value
        else {**value, **({mark: altered(value[mark])} if mark in value else {})}
    )


def _decoded(text: bytes) -> Json:
    try:
        return decode(text)
    except ValueError:
        return None
