"""Faults in which lists are stale.

An operation works and reads show its effect, but lists show the previous state or lose the item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING, get, put
from conformance.contract.resource import Resource
from conformance.mock.bound_call import BoundCall
from conformance.mock.fault import Fault
from conformance.mock.faults.patches import ServicePatch, build_fault
from conformance.mock.lifecycle import UpdateAction
from conformance.mock.listing import ListAction
from conformance.mock.message import MockResponse
from conformance.mock.repository import Repository
from conformance.mock.service import MockService
from conformance.mock.state import Collection, Item, MockState

# Takes the values before and after the operation, returns the value that lists show. MISSING hides
# the item. If the value after the operation is returned, the list is not stale.
ChooseListedValue = Callable[[Json, Json], Json]


def generate_stale_switch_faults(
    contract: Contract, claim: Claim, resource: Resource
) -> Iterator[Fault]:
    """Yield faults in which lists do not show the new position of a switch."""
    if resource.list:
        text = "reading shows it, and lists go on as if nothing had happened"
        yield build_fault(
            claim,
            "list-stale",
            text,
            patch_listed_value(claim.operation, resource.list, lambda before, after: before),
        )
        text = "reading shows it, and no list has the item any more"
        yield build_fault(
            claim,
            "unlisted",
            text,
            patch_listed_value(
                claim.operation,
                resource.list,
                lambda before, after: after if before is after else MISSING,
            ),
        )


def generate_repeated_switch_faults(
    contract: Contract, claim: Claim, resource: Resource
) -> Iterator[Fault]:
    """Yield the fault that setting a switch again removes the item from lists."""
    if resource.list:
        text = "the second time, the item is lost from the lists"
        yield build_fault(
            claim,
            "unlisted",
            text,
            patch_listed_value(
                claim.operation,
                resource.list,
                lambda before, after: MISSING if before is after else after,
            ),
        )


def generate_stale_field_faults(
    contract: Contract, claim: Claim, resource: Resource, name: str
) -> Iterator[Fault]:
    """Yield the fault that lists do not show the new value of a field."""
    if resource.list:
        text = f"reading shows the new {name}, lists the old"
        yield build_fault(
            claim,
            "list-stale",
            text,
            patch_listed_value(
                claim.operation,
                resource.list,
                lambda before, after: (
                    {**after, name: before[name]} if name in before and name in after else after
                ),
            ),
        )


def generate_listed_switch_faults(
    contract: Contract, claim: Claim, resource: Resource
) -> Iterator[Fault]:
    """Yield faults in which an update changes a switch, but only in lists."""
    for switch in (
        resource.switches
        if resource.list and claim.operation in (resource.replace, resource.change)
        else ()
    ):
        field = switch.field
        for switch_value, verb in ((False, "clears"), (True, "sets")):
            text = f"it {verb} {field[1:]} in lists, where reading shows it as it was"

            def set_switch(
                before: Json, after: Json, field: str = field, switch_value: bool = switch_value
            ) -> Json:
                return (
                    after if get(after, field) is switch_value else put(after, field, switch_value)
                )

            yield build_fault(
                claim,
                f"list-{verb}-{field[1:]}",
                text,
                patch_listed_value(claim.operation, resource.list or "", set_switch),
            )


def patch_listed_value(
    operation: str, list_operation: str, choose_listed_value: ChooseListedValue
) -> ServicePatch:
    """Make lists show another value of an item after an operation.

    The effect ends when the item is written again.
    """

    def patch(service: MockService) -> MockService:
        action, listing = (
            service.handlers[operation].action,
            service.handlers[list_operation].action,
        )
        assert isinstance(action, UpdateAction)
        assert isinstance(listing, ListAction)
        repository, update_action = action.repository, action

        def update_and_record(state: MockState, call: BoundCall) -> MockResponse:
            before = repository.find(state, call)
            response = update_action(state, call)
            after = repository.find(state, call)
            listed_value = choose_listed_value(before.value, after.value)
            if listed_value is not after.value:
                _get_stale_items(repository, state, call).put(
                    repository.get_item_id(call), Item(listed_value, after.json_text)
                )
            return response

        get_collection = _build_stale_collect(repository, listing)
        return service.patch_handler(operation, action=update_and_record).patch_handler(
            list_operation, action=replace(listing, get_collection=get_collection)
        )

    return patch


def _build_stale_collect(
    repository: Repository, listing: ListAction
) -> Callable[[MockState, BoundCall], Collection]:
    def collect_with_stale_items(state: MockState, call: BoundCall) -> Collection:
        collection, stale_items = (
            listing.get_collection(state, call),
            _get_stale_items(repository, state, call),
        )
        if not stale_items.items:
            return collection
        collection = collection.copy()
        for key, stale_item in stale_items.items.items():
            current = collection.items.get(key)
            if current is None or current.json_text != stale_item.json_text:
                continue
            if stale_item.value is MISSING:
                collection.delete(key)
            else:
                collection.put(key, repository.build_item(stale_item.value))
        return collection

    return collect_with_stale_items


def _get_stale_items(repository: Repository, state: MockState, call: BoundCall) -> Collection:
    return state.get_collection(
        f"lags of {repository.resource.name}", repository.get_parent_id(call)
    )
