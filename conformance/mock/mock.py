"""The mock: a contract compiled into a function from state and request to response."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from conformance.contract.contract import Contract
from conformance.contract.operation import Operation
from conformance.mock import config as configs
from conformance.mock import routing, seed
from conformance.mock.clock import Clock
from conformance.mock.config import MockConfig
from conformance.mock.fault import Fault
from conformance.mock.handler import OperationHandler
from conformance.mock.lifecycle import ItemBuilder
from conformance.mock.message import MockRequest, MockResponse
from conformance.mock.refusal import Refusal
from conformance.mock.service import MockService, build_mock_service
from conformance.mock.state import MockState


class Mock:
    """A server without I/O that fulfills every claim of its contract.

    The only exceptions are the claims that `fault` breaks. The mock itself holds no state:
    `create_state` returns a new one, which `respond` modifies. A state must not be used by two
    threads at the same time. `patch` changes the service, for example to make it strict.
    """

    def __init__(
        self,
        contract: Contract,
        config: MockConfig = MockConfig(),  # noqa: B008 (frozen)
        fault: Fault | None = None,
        clock: Clock = time.time,
        patch: Callable[[MockService], MockService] = lambda service: service,
    ) -> None:
        self.contract = contract
        self.config = config
        self.fault = fault
        self.base_path = configs.get_base_path(contract, config)
        self._clock = clock
        self._base_service = build_mock_service(contract, config, clock)
        self._patch = patch
        self._route_table = self._build_routing_tree(fault)

    def copy_with_fault(self, fault: Fault | None) -> Mock:
        """Return the same mock with another fault.

        Only the parts that the fault changes are compiled again.
        """
        clone = object.__new__(Mock)
        clone.__dict__.update(self.__dict__)
        clone.fault = fault
        clone._route_table = clone._build_routing_tree(fault)
        return clone

    @property
    def item_builders(self) -> Mapping[str, ItemBuilder]:
        """Return the builders of new items by resource name."""
        return self._base_service.item_builders

    def create_state(self) -> MockState:
        """Return the initial state, with seed data."""
        return seed.create_seeded_state(
            self.contract, self.config, dict(self._base_service.item_builders), self._clock
        )

    def respond(self, state: MockState, request: MockRequest) -> MockResponse:
        """Return the response to a request, and apply its effect to `state`.

        A request that matches no path gets a 404, one with an undocumented method a 405.
        """
        match = routing.find_route(self._route_table, request.path)
        if match is None:
            return self._base_service.render_unrouted(
                state, Refusal(404, f"there is nothing at {request.path}")
            )
        handler = match.methods.get(request.method)
        if handler is None:
            allowed = ", ".join(sorted(match.methods))
            response = self._base_service.render_unrouted(
                state, Refusal(405, f"{request.method} is not allowed here, only {allowed}")
            )
            return replace(response, headers=(*response.headers, ("allow", allowed)))
        return handler.handle_request(state, request, match.path_values)

    def find_operation(self, request: MockRequest) -> Operation | None:
        """Return the operation that a request is routed to, or None."""
        match = routing.find_route(self._route_table, request.path)
        handler = match.methods.get(request.method) if match else None
        return handler.operation if handler else None

    def _build_routing_tree(self, fault: Fault | None) -> routing.RouteNode[OperationHandler]:
        service: MockService = self._patch(
            fault.patch(self._base_service) if fault else self._base_service
        )
        operations = self.contract.operations.values()
        return routing.build_routing_tree(
            [
                (
                    operation.method,
                    configs.get_operation_base_path(self.contract, self.config, operation.id)
                    + operation.path,
                    service.handlers[operation.id],
                )
                for operation in operations
            ]
        )
