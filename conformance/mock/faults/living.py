"""Things that are not listed, not kept, not alone, not gone, or not left in peace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json, same
from conformance.contract.living import (
    Agrees,
    Answered,
    Belongs,
    Fresh,
    Kept,
    Listed,
    ReadsAsListed,
    Replaced,
    Switched,
)
from conformance.contract.operation import Operation, properties
from conformance.contract.pointer import MISSING, get, put
from conformance.contract.resource import Resource, Switch
from conformance.mock.call import Call
from conformance.mock.fault import Fault
from conformance.mock.faults import combining, staling
from conformance.mock.faults.alteration import alterations, altered
from conformance.mock.faults.departure import Depart, acting, fault, relisting, showing
from conformance.mock.handler import Act
from conformance.mock.listing import Listing, Order
from conformance.mock.living import Creating, Reading, Revise, Revising, Show
from conformance.mock.message import Response
from conformance.mock.refusal import Refusal
from conformance.mock.shelf import described
from conformance.mock.state import Collection, Item, State, item

Change = Callable[[Json], Json]


def listed(contract: Contract, claim: Claim, promise: Listed) -> Iterator[Fault]:
    """Break that what was created is in the list once."""
    list_ = _resource(contract, claim).list or ""

    def reorder(change: Callable[[Item, Item], tuple[Item, ...]]) -> Depart:
        def wrap(order: Order) -> Order:
            def again(collection: Collection, call: Call) -> Sequence[Item]:
                youngest = next(reversed(collection.items.values()), None)
                return [
                    one
                    for item in order(collection, call)
                    for one in (change(item, youngest) if youngest else (item,))
                ]

            return again

        return relisting(list_, lambda listing: replace(listing, order=wrap(listing.order)))

    yield fault(
        claim,
        "late",
        "the youngest item is not listed",
        reorder(lambda item, youngest: () if item is youngest else (item,)),
    )
    yield fault(
        claim,
        "twice",
        "the youngest item is listed twice",
        reorder(lambda item, youngest: (item, item) if item is youngest else (item,)),
    )


def answered(contract: Contract, claim: Claim, promise: Answered) -> Iterator[Fault]:
    """Break that the answer to a creation repeats a field; what is kept is what was sent."""
    for one in alterations(contract.document, _node(contract, claim.operation, promise.name)):
        change = _changing(promise.name, one.change)

        def wrap(creating: Creating, change: Change = change) -> Act:
            def act(state: State, call: Call) -> Response:
                sent = isinstance(call.body, dict) and promise.name in call.body
                return (
                    replace(creating, show=_reshown(creating.show, change)) if sent else creating
                )(state, call)

            return act

        yield fault(
            claim,
            one.name,
            f"the answer holds {promise.name} {one.text}",
            _creating(claim.operation, wrap),
        )


def kept(contract: Contract, claim: Claim, promise: Kept) -> Iterator[Fault]:
    """Break that a field is kept as it was sent on creation."""
    for one in alterations(
        contract.document, _node(contract, claim.operation, promise.name), subtle=True
    ):
        change = _changing(promise.name, one.change)

        def wrap(creating: Creating, change: Change = change) -> Act:
            def store(state: State, call: Call, value: Json) -> Item:
                return creating.store(
                    state, call, change(value) if promise.name in call.body else value
                )

            return replace(creating, store=store)

        yield fault(
            claim, one.name, f"{promise.name} is kept {one.text}", _creating(claim.operation, wrap)
        )


def fresh(contract: Contract, claim: Claim, promise: Fresh) -> Iterator[Fault]:
    """Break that two creations make two things."""

    def wrap(creating: Creating) -> Act:
        def make(state: State, call: Call) -> Json:
            for one in creating.shelf.collection(state, call).items.values():
                if isinstance(call.body, dict) and all(
                    same(one.value.get(name, MISSING), part) for name, part in call.body.items()
                ):
                    return one.value
            return creating.make(state, call)

        return replace(creating, make=make)

    yield fault(
        claim,
        "same-content",
        "what has the content of an existing item is taken for that item",
        _creating(claim.operation, wrap),
    )


def agrees(contract: Contract, claim: Claim, promise: Agrees) -> Iterator[Fault]:
    """Break that two fields of an item agree."""
    pointer = promise.pointers[-1]

    def change(one: Item) -> Item:
        return item(put(one.value, pointer, altered(get(one.value, pointer))))

    yield fault(
        claim,
        "differs",
        f"{pointer} is another",
        showing(claim.operation, lambda items, call: [change(one) for one in items]),
    )
    text = f"{pointer} of the last item on a page is another"
    yield fault(
        claim,
        "last-differs",
        text,
        showing(
            claim.operation, lambda items, call: [*items[:-1], *(change(one) for one in items[-1:])]
        ),
    )
    yield from _misnamed(
        contract, claim, _resource(contract, claim), pointer, change, f"another {pointer[1:]}"
    )


def _misnamed(
    contract: Contract,
    claim: Claim,
    resource: Resource,
    pointer: str,
    change: Callable[[Item], Item],
    what: str,
) -> Iterator[Fault]:
    """Yield answers to creations and updates that name something else, where lists and reading are
    right.
    """
    for role in ("create", "replace", "change"):
        operation = contract.operations.get(getattr(resource, role) or "")
        if (
            operation
            and not operation.means_only
            and pointer[1:] in properties(contract.document, operation.success.schema or {})
        ):

            def wrap(act: Act) -> Act:
                assert isinstance(act, Creating | Revising)
                show = act.show
                return replace(act, show=lambda one: show(change(one)))

            text = f"the answer to the {'creation' if role == 'create' else 'update'} names {what}"
            yield fault(claim, f"{role}-another", text, acting(operation.id, wrap))


def belongs(contract: Contract, claim: Claim, promise: Belongs) -> Iterator[Fault]:
    """Break that a list names its parent, or that it holds nothing of another's."""
    resource = _resource(contract, claim)
    field = resource.parent.field if resource.parent else None
    if promise.isolated:
        yield fault(
            claim,
            "everyone",
            "the items of every parent are listed",
            _leaking(claim.operation, resource, slice(None)),
        )
        yield fault(
            claim,
            "youngest",
            "the youngest item of another parent is listed, too",
            _leaking(claim.operation, resource, slice(-1, None)),
        )
        for word, holds in combining.narrowings(contract, claim.operation):
            text = f"beside {word}, the items of every parent are searched"
            yield fault(
                claim,
                f"beside-{word}",
                text,
                _leaking(claim.operation, resource, slice(None), holds),
            )
    elif field:

        def change(one: Item) -> Item:
            return item(put(one.value, field, altered(get(one.value, field))))

        yield fault(
            claim,
            "another",
            "items name another parent",
            showing(claim.operation, lambda items, call: [change(one) for one in items]),
        )
        text = "the last item on a page names another parent"
        yield fault(
            claim,
            "last-another",
            text,
            showing(
                claim.operation,
                lambda items, call: [*items[:-1], *(change(one) for one in items[-1:])],
            ),
        )
        yield from _misnamed(contract, claim, resource, field, change, "another parent")


def _leaking(
    operation: str,
    resource: Resource,
    which: slice,
    holds: Callable[[Call], bool] = lambda call: True,
) -> Depart:
    parent = resource.parent

    def relabelled(one: Item, call: Call) -> Item:
        return (
            item(put(one.value, parent.field, call.path[parent.parameter]))
            if parent and parent.field
            else one
        )

    def wrap(listing: Listing) -> Listing:
        def collect(state: State, call: Call) -> Collection:
            own = listing.collect(state, call)
            if not holds(call):
                return own
            own = own.copy()
            asked = str(call.path[parent.parameter]) if parent else ""
            for other in state.siblings(resource.name, asked):
                for key, one in list(other.items.items())[which]:
                    own.put(key, relabelled(one, call))
            return own

        return replace(listing, collect=collect)

    return relisting(operation, wrap)


def read(contract: Contract, claim: Claim, promise: ReadsAsListed) -> Iterator[Fault]:
    """Break that reading gives what the list gives."""
    resource = _resource(contract, claim)
    declared = described(contract, resource).get("properties", {})
    bodies = [
        _written(contract, contract.operations[id])
        for id in (resource.create, resource.replace, resource.change)
        if id
    ]
    for name in telling(resource, [name for body in bodies for name in body if name in declared]):
        change = _changing(name, altered)

        def wrap(act: Act, change: Change = change) -> Act:
            assert isinstance(act, Reading)
            return replace(act, show=_reshown(act.show, change))

        yield fault(
            claim,
            f"other-{name}",
            f"reading gives another {name} than listing",
            acting(claim.operation, wrap),
        )
    for switch in resource.switches:
        text = f"what is listed with {switch.field[1:]} set cannot be read"
        yield fault(
            claim,
            f"hides-{switch.field[1:]}",
            text,
            acting(claim.operation, partial(_hiding, switch=switch)),
        )


def _hiding(act: Act, switch: Switch) -> Act:
    assert isinstance(act, Reading)
    reading = act

    def find(state: State, call: Call) -> Item:
        found = reading.find(state, call)
        if get(found.value, switch.field) is True:
            resource = reading.shelf.resource
            raise Refusal(
                resource.unknown,
                f"there is no {resource.name} {reading.shelf.key(call)}",
                unknown=resource.key,
            )
        return found

    return replace(reading, find=find)


def replaced(contract: Contract, claim: Claim, promise: Replaced) -> Iterator[Fault]:
    """Break that a field reads back as it was sent on an update."""
    name = promise.name

    def ignoring(revise: Revise) -> Revise:
        def again(value: Json, call: Call) -> Json:
            new = revise(value, call)
            return (
                {**new, name: value[name]}
                if name in value
                else {key: part for key, part in new.items() if key != name}
            )

        return again

    yield fault(
        claim, "ignored", f"an update leaves {name} as it was", revising(claim.operation, ignoring)
    )
    yield from staling.replaced(contract, claim, _resource(contract, claim), name)
    for switch in _resource(contract, claim).switches:
        text = f"an update leaves {name} as it was while {switch.field[1:]} is set"
        yield fault(
            claim,
            f"ignored-{switch.field[1:]}",
            text,
            revising(claim.operation, partial(_ignored_while, switch, ignoring)),
        )
    for one in alterations(contract.document, _node(contract, claim.operation, name), subtle=True):
        change = _changing(name, one.change)

        def wrong(revise: Revise, change: Change = change) -> Revise:
            return lambda value, call: (
                change(revise(value, call))
                if isinstance(call.body, dict) and name in call.body
                else revise(value, call)
            )

        yield fault(claim, one.name, f"{name} is kept {one.text}", revising(claim.operation, wrong))


def _ignored_while(switch: Switch, ignoring: Callable[[Revise], Revise], revise: Revise) -> Revise:
    return _while(switch, ignoring(revise), revise)


def _while(switch: Switch, wrong: Revise, right: Revise) -> Revise:
    return lambda value, call: (wrong if get(value, switch.field) is True else right)(value, call)


def switched(contract: Contract, claim: Claim, promise: Switched) -> Iterator[Fault]:
    """Break that an operation throws a switch, or that it may be done twice."""
    field = promise.switch.field
    if not promise.twice:
        yield fault(
            claim,
            "ignored",
            "it succeeds and does nothing",
            revising(claim.operation, lambda revise: lambda value, call: value),
        )
        yield from staling.switched(contract, claim, _resource(contract, claim))
        return

    def toggling(revise: Revise) -> Revise:
        return lambda value, call: (
            put(value, field, not get(value, field))
            if revise(value, call) is value
            else revise(value, call)
        )

    def once(revise: Revise) -> Revise:
        def again(value: Json, call: Call) -> Json:
            new = revise(value, call)
            if new is value:
                raise Refusal(409, f"{field[1:]} is already so")
            return new

        return again

    yield fault(
        claim, "toggles", "the second time undoes the first", revising(claim.operation, toggling)
    )
    yield fault(claim, "refused", "the second time is refused", revising(claim.operation, once))
    yield from staling.twice(contract, claim, _resource(contract, claim))


def telling(resource: Resource, names: Sequence[str]) -> list[str]:
    """Return the first and the last of some fields, but none whose content is left open, and the
    one that carries marks (never empty) for the first.
    """
    settled = [name for name in names if name not in {one.field[1:] for one in resource.open}]
    settled.sort(key=lambda name: f"/{name}" != resource.mark)
    return list(dict.fromkeys((*settled[:1], *settled[-1:])))


def revising(operation: str, wrap: Callable[[Revise], Revise]) -> Depart:
    """Put something around how an operation makes a new value of an old one."""

    def change(act: Act) -> Act:
        assert isinstance(act, Revising)
        return replace(act, revise=wrap(act.revise))

    return acting(operation, change)


def _creating(operation: str, wrap: Callable[[Creating], Act]) -> Depart:
    def change(act: Act) -> Act:
        assert isinstance(act, Creating)
        return wrap(act)

    return acting(operation, change)


def _reshown(show: Show, change: Change) -> Show:
    return lambda one: show(item(change(one.value)))


def _changing(name: str, change: Change) -> Change:
    return lambda value: {**value, name: change(value[name])} if name in value else value


def _resource(contract: Contract, claim: Claim) -> Resource:
    resource = contract.resource_of(claim.operation)
    assert resource is not None
    return resource


def _written(contract: Contract, operation: Operation) -> dict[str, Json]:
    return (
        {
            name: node
            for name, (node, _) in properties(contract.document, operation.body.schema).items()
        }
        if operation.body
        else {}
    )


def _node(contract: Contract, operation: str, name: str) -> Json:
    return _written(contract, contract.operations[operation]).get(name, {})
