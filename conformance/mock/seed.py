"""Seed items, which exist before the first request."""

from __future__ import annotations

from dataclasses import replace

from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.resource import Resource
from conformance.mock.bound_call import BoundCall
from conformance.mock.clock import Clock
from conformance.mock.config import MockConfig, list_existing_parent_ids
from conformance.mock.lifecycle import ItemBuilder
from conformance.mock.message import build_mock_request
from conformance.mock.state import MockState
from conformance.values.plain import make_plain_value

CREATION_INTERVAL = 10  # milliseconds between two items, so that their timestamps differ


def create_seeded_state(
    contract: Contract, config: MockConfig, item_builders: dict[str, ItemBuilder], clock: Clock
) -> MockState:
    """Return the initial state with the configured number of seed items."""
    state = MockState(
        last_timestamp=int(clock() * 1000) - (config.seed_count + 1) * CREATION_INTERVAL
        if config.seed_count
        else 0
    )
    for resource in contract.resources:
        if resource.create and config.seed_count:
            _store_seed_items(contract, resource, config, item_builders[resource.name], state)
    return state


def _store_seed_items(
    contract: Contract,
    resource: Resource,
    config: MockConfig,
    builder: ItemBuilder,
    state: MockState,
) -> None:
    path_arguments = (
        {
            resource.parent.parameter: list_existing_parent_ids(
                contract, config, resource.parent.parameter
            )[0]
        }
        if resource.parent
        else {}
    )
    body, repository = build_creation_request_body(contract, resource), builder.repository
    for number in range(config.seed_count):
        state.last_timestamp += CREATION_INTERVAL - 1
        call = BoundCall(
            build_mock_request("POST", "/"),
            path_arguments,
            {},
            {},
            set_mark_field(body, resource, f"seed {number:05}"),
        )
        repository.store_value(state, call, _with_frozen_clock(builder)(state, call))


def build_creation_request_body(contract: Contract, resource: Resource) -> Json:
    """Return a body that creates an item of the resource.

    It is the first documented example, else a generated one.
    """
    body = contract.operations[resource.create].body if resource.create else None
    if body is None:
        return {}
    return next(iter(body.examples.values()), None) or make_plain_value(body.schema)


def set_mark_field(body: Json, resource: Resource, text: str) -> Json:
    """Return the body with `text` in the mark field of the resource, if it has one."""
    return (
        pointers.put_at_pointer(body, resource.mark_pointer, text)
        if resource.mark_pointer
        else body
    )


def _with_frozen_clock(builder: ItemBuilder) -> ItemBuilder:
    return replace(builder, clock=lambda: 0.0)
