"""Faults in which lists are stale.

An operation works and reads show its effect, but lists show the previous state or lose the item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.filtering import FiltersByState
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING, get_at_pointer, put_at_pointer
from conformance.contract.resource import Resource
from conformance.mock.bound_call import BoundCall
from conformance.mock.fault import Fault
from conformance.mock.faults.patches import ServicePatch, build_fault
from conformance.mock.lifecycle import UpdateAction
from conformance.mock.listing import ListAction
from conformance.mock.message import MockResponse
from conformance.mock.repository import ItemRepository
from conformance.mock.service import MockService
from conformance.mock.state import Item, ItemCollection, MockState

# Takes the values before and after the operation, returns the value that lists show. MISSING hides
# the item. If the value after the operation is returned, the list is not stale.
ChooseListedValue = Callable[[Json, Json], Json]


def has_state_filter(contract: Contract, resource: Resource, field: str) -> bool:
    """Tell whether a parameter selects lists by a field, which says where an item is listed."""
    return any(
        isinstance(behavior, FiltersByState) and behavior.item_pointer == field
        for behavior in contract.behaviors.get(resource.list or "", ())
    )


def generate_stale_flag_in_list_faults(
    contract: Contract, claim: Claim, resource: Resource, field: str
) -> Iterator[Fault]:
    """Yield faults in which lists do not show the new position of a switch.

    Where no parameter selects lists by it, no document says whether the item stays listed.
    """
    if resource.list:
        text = "reading shows it, and lists go on as if nothing had happened"
        yield build_fault(
            claim,
            "list-stale",
            text,
            patch_value_shown_in_list(claim.operation, resource.list, lambda before, after: before),
        )
    if resource.list and has_state_filter(contract, resource, field):
        text = "reading shows it, and no list has the item any more"
        yield build_fault(
            claim,
            "unlisted",
            text,
            patch_value_shown_in_list(
                claim.operation,
                resource.list,
                lambda before, after: after if before is after else MISSING,
            ),
        )


def generate_unlisted_on_repeated_flag_faults(
    contract: Contract, claim: Claim, resource: Resource, field: str
) -> Iterator[Fault]:
    """Yield the fault that setting a switch again removes the item from lists."""
    if resource.list and has_state_filter(contract, resource, field):
        text = "the second time, the item is lost from the lists"
        yield build_fault(
            claim,
            "unlisted",
            text,
            patch_value_shown_in_list(
                claim.operation,
                resource.list,
                lambda before, after: MISSING if before is after else after,
            ),
        )


def generate_stale_field_in_list_faults(
    contract: Contract, claim: Claim, resource: Resource, name: str
) -> Iterator[Fault]:
    """Yield the fault that lists do not show the new value of a field."""
    if resource.list:
        text = f"reading shows the new {name}, lists the old"
        yield build_fault(
            claim,
            "list-stale",
            text,
            patch_value_shown_in_list(
                claim.operation,
                resource.list,
                lambda before, after: (
                    {**after, name: before[name]} if name in before and name in after else after
                ),
            ),
        )


def generate_list_only_flag_faults(
    contract: Contract, claim: Claim, resource: Resource
) -> Iterator[Fault]:
    """Yield faults in which an update changes a switch, but only in lists."""
    for switch in (
        resource.switches
        if resource.list and claim.operation in (resource.replace, resource.change)
        else ()
    ):
        field = switch.field
        if not has_state_filter(contract, resource, field):
            continue  # lists and reads that disagree break another claim
        for switch_value, verb in ((False, "clears"), (True, "sets")):
            text = f"it {verb} {field[1:]} in lists, where reading shows it as it was"

            def set_listed_flag(
                before: Json, after: Json, field: str = field, switch_value: bool = switch_value
            ) -> Json:
                return (
                    after
                    if get_at_pointer(after, field) is switch_value
                    else put_at_pointer(after, field, switch_value)
                )

            yield build_fault(
                claim,
                f"list-{verb}-{field[1:]}",
                text,
                patch_value_shown_in_list(claim.operation, resource.list or "", set_listed_flag),
            )


def patch_value_shown_in_list(
    operation: str, list_operation: str, choose_listed_value: ChooseListedValue
) -> ServicePatch:
    """Make lists show another value of an item after an operation.

    The effect ends when the item is written again.
    """

    def replace_update_and_list_actions(service: MockService) -> MockService:
        action, listing = (
            service.handlers[operation].action,
            service.handlers[list_operation].action,
        )
        assert isinstance(action, UpdateAction)
        assert isinstance(listing, ListAction)
        repository, update_action = action.repository, action

        def update_and_record_listed_value(state: MockState, call: BoundCall) -> MockResponse:
            before = repository.find_item(state, call)
            response = update_action(state, call)
            after = repository.find_item(state, call)
            listed_value = choose_listed_value(before.value, after.value)
            if listed_value is not after.value:
                _get_stale_items(repository, state, call).add_or_replace_item(
                    repository.get_item_id(call), Item(listed_value, after.json_text)
                )
            return response

        get_collection = _build_getter_of_collection_with_stale(repository, listing)
        return service.replace_handler_stages(
            operation, action=update_and_record_listed_value
        ).replace_handler_stages(
            list_operation, action=replace(listing, get_collection=get_collection)
        )

    return replace_update_and_list_actions


def _build_getter_of_collection_with_stale(
    repository: ItemRepository, listing: ListAction
) -> Callable[[MockState, BoundCall], ItemCollection]:
    def collect_with_stale_items(state: MockState, call: BoundCall) -> ItemCollection:
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
                collection.delete_item(key)
            else:
                collection.add_or_replace_item(key, repository.build_item(stale_item.value))
        return collection

    return collect_with_stale_items


def _get_stale_items(
    repository: ItemRepository, state: MockState, call: BoundCall
) -> ItemCollection:
    return state.get_or_create_collection(
        f"lags of {repository.resource.name}", repository.get_parent_id(call)
    )
