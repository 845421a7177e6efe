"""Items that exist before the first request."""

from __future__ import annotations

from dataclasses import replace

from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.resource import Resource
from conformance.mock.call import Call
from conformance.mock.living import Making
from conformance.mock.message import request
from conformance.mock.moment import Clock
from conformance.mock.sample import sample
from conformance.mock.state import State
from conformance.mock.world import World, parents

GAP = 10  # milliseconds between two of them: their dates differ and lie in the past


def sown(contract: Contract, world: World, makers: dict[str, Making], clock: Clock) -> State:
    """Return the state of a world at its start."""
    state = State(moment=int(clock() * 1000) - (world.seeds + 1) * GAP if world.seeds else 0)
    for resource in contract.resources:
        if resource.create and world.seeds:
            _sow(contract, resource, world, makers[resource.name], state)
    return state


def _sow(
    contract: Contract, resource: Resource, world: World, making: Making, state: State
) -> None:
    path = (
        {resource.parent.parameter: parents(contract, world, resource.parent.parameter)[0]}
        if resource.parent
        else {}
    )
    body, shelf = template(contract, resource), making.shelf
    for number in range(world.seeds):
        state.moment += GAP - 1
        call = Call(request("POST", "/"), path, {}, {}, marked(body, resource, f"seed {number:05}"))
        shelf.put(state, call, _quiet(making)(state, call))


def template(contract: Contract, resource: Resource) -> Json:
    """Return a body with which the resource can be created: the documented example, else a sample
    of its schema.
    """
    body = contract.operations[resource.create].body if resource.create else None
    if body is None:
        return {}
    return next(iter(body.examples.values()), None) or sample(contract.document, body.schema)


def marked(body: Json, resource: Resource, text: str) -> Json:
    """Return a body with a text in the field that may carry one."""
    return pointers.put(body, resource.mark, text) if resource.mark else body


def _quiet(making: Making) -> Making:
    return replace(making, clock=lambda: 0.0)
