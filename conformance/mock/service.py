"""A contract compiled into handlers, one for each operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from conformance.contract.contract import Contract
from conformance.contract.echoing import Echoes
from conformance.contract.json import Json
from conformance.contract.living import Way
from conformance.contract.operation import Operation, properties
from conformance.contract.paging import Paginates
from conformance.contract.pointer import MISSING, put, tokens, walk
from conformance.contract.resource import Resource
from conformance.contract.sorting import Sorts
from conformance.mock.answering import taking
from conformance.mock.authorising import admission
from conformance.mock.distinguishing import distinguishing
from conformance.mock.echoing import echoing
from conformance.mock.filtering import filtering
from conformance.mock.fitting import fitting
from conformance.mock.handler import Act, Handler
from conformance.mock.identity import issuer
from conformance.mock.listing import Listing, Tell, counters, untold
from conformance.mock.living import (
    Creating,
    Deleting,
    Making,
    Reading,
    Revise,
    Revising,
    Show,
    changed,
    drop,
    replaced,
    switched,
)
from conformance.mock.message import Response, encode
from conformance.mock.moment import Clock
from conformance.mock.negotiating import negotiating
from conformance.mock.paging import paging
from conformance.mock.responding import Refusing, headers, status, success
from conformance.mock.sample import flat, item_schema, sample
from conformance.mock.shelf import Shelf, shelf
from conformance.mock.sorting import ordering
from conformance.mock.state import Item
from conformance.mock.world import World
from conformance.mock.writing import reading

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The handlers by operation id, and the refusal of requests that reach none. `makers` compose
    new items, by resource.
    """

    contract: Contract
    handlers: Mapping[str, Handler]
    makers: Mapping[str, Making]
    stray: Refusing

    def change(self, operation: str, **stages: object) -> Service:
        """Return the service with other stages in the handler of one operation."""
        handler = replace(self.handlers[operation], **stages)  # type: ignore[arg-type]
        return replace(self, handlers={**self.handlers, operation: handler})


def service(contract: Contract, world: World, clock: Clock) -> Service:
    """Return the service that keeps every promise of a contract."""
    shelves = {resource.name: shelf(contract, resource) for resource in contract.resources}
    makers = {name: _making(contract, one, clock, world) for name, one in shelves.items()}
    handlers = {
        id: _handler(contract, operation, shelves, makers, world, clock)
        for id, operation in contract.operations.items()
    }
    return Service(
        contract=contract,
        handlers=handlers,
        makers=makers,
        stray=Refusing(contract=contract, operation=None),
    )


def _handler(
    contract: Contract,
    operation: Operation,
    shelves: Mapping[str, Shelf],
    makers: Mapping[str, Making],
    world: World,
    clock: Clock,
) -> Handler:
    resource = contract.resource_of(operation.id)
    act = (
        _act(contract, operation, shelves[resource.name], makers[resource.name], clock)
        if resource
        else _constant(contract, operation)
    )
    return Handler(
        operation=operation,
        admit=admission(contract, operation, world),
        negotiate=negotiating(operation),
        take=taking(contract, operation, resource, world),
        read=reading(contract, operation),
        act=act,
        refuse=Refusing(contract=contract, operation=operation),
        finish=(
            *distinguishing(contract, operation),
            *((fitting(contract, operation),) if world.open else ()),
        ),
    )


def _constant(contract: Contract, operation: Operation) -> Act:
    answer = success(contract, operation)
    return lambda state, call: answer


def _act(
    contract: Contract, operation: Operation, shelf: Shelf, making: Making, clock: Clock
) -> Act:
    role = next(role for role, id in shelf.resource.roles.items() if id == operation.id)
    show = _show(contract, operation, shelf)
    match role:
        case "list":
            return _listing(contract, operation, shelf)
        case "create":
            return Creating(shelf=shelf, make=making, store=shelf.put, show=show)
        case "read":
            return Reading(shelf=shelf, find=shelf.find, show=show)
        case "delete":
            return Deleting(shelf=shelf, drop=drop(shelf), answer=success(contract, operation))
        case "replace":
            revise = replaced(shelf.written, _defaults(contract, operation))
        case "change":
            revise = changed
        case _:
            revise = _switching(shelf.resource, operation)
    return Revising(shelf=shelf, revise=revise, store=shelf.put, show=show, clock=clock)


def _switching(resource: Resource, operation: Operation) -> Revise:
    return next(
        switched(switch, way)
        for switch in resource.switches
        for way in Way
        if getattr(switch, way) == operation.id
    )


def _listing(contract: Contract, operation: Operation, shelf: Shelf) -> Listing:
    paginates = _behaviour(contract, operation, Paginates)
    echoes = tuple(one for one in contract.behaviours[operation.id] if isinstance(one, Echoes))
    tell = {**counters(paginates), **echoing(echoes, paginates)}
    if paginates is not None and paginates.told is False:
        tell = untold(paginates, tell)
    return Listing(
        collect=shelf.collection,
        order=ordering(_behaviour(contract, operation, Sorts)),
        select=filtering(contract, operation),
        turn=paging(paginates),
        tell={**_required(contract, operation, shelf.resource.items, tell), **tell},
        items=shelf.resource.items,
        status=status(operation.success),
        headers=headers(operation.success.media),
    )


def _behaviour(contract: Contract, operation: Operation, kind: type[T]) -> T | None:
    return next((one for one in contract.behaviours[operation.id] if isinstance(one, kind)), None)


def _required(
    contract: Contract, operation: Operation, items: str, told: Mapping[str, Tell]
) -> dict[str, Tell]:
    """Return what the schema of the list asks for and no behaviour speaks of."""
    whole = sample(contract.document, operation.success.schema)
    leaves = {at: value for at, value in walk(whole) if at and not isinstance(value, dict)}
    return {
        at: _always(value)
        for at, value in leaves.items()
        if at not in told and not (at + "/").startswith(items + "/")
    }


def _always(value: Json) -> Tell:
    return lambda page, call: value


def _making(contract: Contract, shelf: Shelf, clock: Clock, world: World) -> Making:
    resource, create = shelf.resource, shelf.resource.create
    schema = item_schema(contract.document, shelf.schema, tokens(resource.identity))
    return Making(
        shelf=shelf,
        issue=issuer(contract.document, {} if schema is MISSING else schema, resource.name),
        blank=_blank(contract, shelf),
        defaults=_defaults(contract, contract.operations[create]) if create else {},
        clock=clock,
        given=world.open,
    )


def _blank(contract: Contract, shelf: Shelf) -> Json:
    """Return what a new item holds besides what is sent; identity and dates are there to be filled
    in, in the order of the schema.
    """
    resource, declared = shelf.resource, shelf.schema.get("properties", {})
    parent = resource.parent.field if resource.parent else None
    filled = [
        *shelf.calendar.created,
        *shelf.calendar.changed,
        *(one[1:] for one in (resource.identity, *resource.same, parent) if one),
    ]
    needed = {name for name in declared if name in shelf.schema.get("required", ())}
    needed |= {
        name for name, node in declared.items() if "default" in flat(contract.document, node)
    } - shelf.written
    blank = {
        name: None if name in filled else sample(contract.document, node)
        for name, node in declared.items()
        if name in {*filled, *needed}
    }
    for switch in resource.switches:
        blank = put(blank, switch.field, False)
    return blank


def _defaults(contract: Contract, operation: Operation) -> Json:
    declared = properties(contract.document, operation.body.schema) if operation.body else {}
    return {name: node["default"] for name, (node, _) in declared.items() if "default" in node}


def _show(contract: Contract, operation: Operation, shelf: Shelf) -> Show:
    documented = operation.success
    constant = success(contract, operation)
    declared = flat(contract.document, documented.schema).get("properties", {})
    own = shelf.schema.get("properties", {})
    if documented.media is None or (declared and not declared.keys() & own.keys()):
        return lambda item: constant
    code, of = status(documented), headers(documented.media)
    if not declared or own.keys() <= declared.keys():
        return lambda item: Response(status=code, headers=of, body=item.text.encode())
    return _partly(code, of, tuple(declared), sample(contract.document, documented.schema))


def _partly(code: int, of: tuple[tuple[str, str], ...], names: tuple[str, ...], rest: Json) -> Show:
    def show(item: Item) -> Response:
        return Response(
            status=code,
            headers=of,
            body=encode(
                {**rest, **{name: item.value[name] for name in names if name in item.value}}
            ).encode(),
        )

    return show
