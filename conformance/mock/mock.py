"""The mock: a contract and a world compiled into a function from state and request to response."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from conformance.contract.contract import Contract
from conformance.contract.operation import Operation
from conformance.mock import routing, seed
from conformance.mock import world as worlds
from conformance.mock.fault import Fault
from conformance.mock.handler import Handler
from conformance.mock.living import Making
from conformance.mock.message import Request, Response
from conformance.mock.moment import Clock
from conformance.mock.refusal import Refusal
from conformance.mock.service import Service, service
from conformance.mock.state import State
from conformance.mock.world import World


class Mock:
    """A server without I/O that keeps every promise of its contract, but for what `fault` breaks.

    Compiled once; it holds no state: `start` returns a fresh one, which `respond` changes. One
    state must not be used by two threads at once. `depart` makes a server of another temper, such
    as a strict one.
    """

    def __init__(
        self,
        contract: Contract,
        world: World = World(),  # noqa: B008 (frozen)
        fault: Fault | None = None,
        clock: Clock = time.time,
        depart: Callable[[Service], Service] = lambda service: service,
    ) -> None:
        self.contract = contract
        self.world = world
        self.fault = fault
        self.base = worlds.base(contract, world)
        self._clock = clock
        self._honest = service(contract, world, clock)
        self._depart = depart
        self._table = self._routes(fault)

    def broken(self, fault: Fault | None) -> Mock:
        """Return the mock of the same contract and world with another fault; nothing is compiled
        again but what the fault breaks.
        """
        other = object.__new__(Mock)
        other.__dict__.update(self.__dict__)
        other.fault = fault
        other._table = other._routes(fault)
        return other

    @property
    def makers(self) -> Mapping[str, Making]:
        """Return what composes new items, by resource."""
        return self._honest.makers

    def start(self) -> State:
        """Return the state before the first request."""
        return seed.sown(self.contract, self.world, dict(self._honest.makers), self._clock)

    def respond(self, state: State, request: Request) -> Response:
        """Return the answer to a request, after it has had its effect on `state`."""
        match = routing.find(self._table, request.path)
        if match is None:
            return self._honest.stray(state, Refusal(404, f"there is nothing at {request.path}"))
        handler = match.methods.get(request.method)
        if handler is None:
            allowed = ", ".join(sorted(match.methods))
            response = self._honest.stray(
                state, Refusal(405, f"{request.method} is not allowed here, only {allowed}")
            )
            return replace(response, headers=(*response.headers, ("allow", allowed)))
        return handler.serve(state, request, match.values)

    def operation(self, request: Request) -> Operation | None:
        """Return the operation that a request is routed to, None when it reaches none."""
        match = routing.find(self._table, request.path)
        handler = match.methods.get(request.method) if match else None
        return handler.operation if handler else None

    def _routes(self, fault: Fault | None) -> routing.Node[Handler]:
        serving: Service = self._depart(fault.depart(self._honest) if fault else self._honest)
        operations = self.contract.operations.values()
        return routing.table(
            [(one.method, one.path, serving.handlers[one.id]) for one in operations], self.base
        )
