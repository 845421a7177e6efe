"""Faults in deletion: items that are deleted incompletely, and missing IDs that are accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.lifecycle import DeletedItemIsGone, RefusesNonexistentId
from conformance.contract.pointer import MISSING, get_at_pointer
from conformance.contract.resource import OperationToggledField, Resource
from conformance.mock.argument import ParameterParser
from conformance.mock.bound_call import BoundCall
from conformance.mock.fault import Fault
from conformance.mock.faults.patches import (
    ServicePatch,
    build_fault,
    patch_action,
    patch_list_action,
    patch_parameter_binder,
)
from conformance.mock.handler import Action
from conformance.mock.lifecycle import DeleteAction, ReadAction, UpdateAction
from conformance.mock.listing import ListAction
from conformance.mock.message import MockResponse
from conformance.mock.page import Page
from conformance.mock.refusal import Refusal
from conformance.mock.repository import ItemRepository
from conformance.mock.requests import ParameterBinder
from conformance.mock.responses import build_constant_success_response
from conformance.mock.service import MockService
from conformance.mock.state import Item, ItemCollection, MockState


def generate_incomplete_deletion_faults(
    contract: Contract, claim: Claim, promise: DeletedItemIsGone
) -> Iterator[Fault]:
    """Yield faults in which a deleted item still exists.

    The item is not deleted at all, not deleted while a switch is set, still listed, or still
    readable.
    """
    resource = contract.resource_for(claim.operation)
    assert resource is not None
    yield build_fault(
        claim,
        "kept",
        "it succeeds and does nothing",
        _patch_delete_action(claim.operation, lambda repository, state, call: None),
    )
    for switch in resource.switches:
        text = f"it succeeds and does nothing while {switch.field[1:]} is set"
        yield build_fault(
            claim,
            f"kept-{switch.field[1:]}",
            text,
            _patch_delete_action(claim.operation, _build_deletion_unless_flag_set(switch)),
        )
    if resource.list:
        still_listed = _combine_patches(
            _patch_delete_to_remember_items(claim.operation),
            _patch_list_to_show_deleted_items(resource.list, resource),
        )
        yield build_fault(
            claim, "listed", "what was deleted cannot be read, and is still listed", still_listed
        )
    if resource.read:
        still_readable = _combine_patches(
            _patch_delete_to_remember_items(claim.operation),
            _patch_read_to_find_deleted_items(resource.read),
        )
        yield build_fault(
            claim,
            "readable",
            "what was deleted is in no list, and can still be read",
            still_readable,
        )


def _build_deletion_unless_flag_set(
    switch: OperationToggledField,
) -> Callable[[ItemRepository, MockState, BoundCall], None]:
    def delete_unless_flag_set(
        repository: ItemRepository, state: MockState, call: BoundCall
    ) -> None:
        if get_at_pointer(repository.find_item(state, call).value, switch.field) is not True:
            repository.get_collection(state, call).delete_item(repository.get_item_id(call))

    return delete_unless_flag_set


def _combine_patches(first: ServicePatch, second: ServicePatch) -> ServicePatch:
    return lambda service: second(first(service))


def _patch_delete_action(
    operation: str, delete: Callable[[ItemRepository, MockState, BoundCall], None]
) -> ServicePatch:
    def replace_deletion(action: Action) -> Action:
        assert isinstance(action, DeleteAction)
        return replace(action, delete=lambda state, call: delete(action.repository, state, call))

    return patch_action(operation, replace_deletion)


def _get_deleted_items(
    repository: ItemRepository, state: MockState, call: BoundCall
) -> ItemCollection:
    return state.get_or_create_collection(
        f"ghosts of {repository.resource.name}", repository.get_parent_id(call)
    )


def _patch_delete_to_remember_items(operation: str) -> ServicePatch:
    def keep_deleted_item(repository: ItemRepository, state: MockState, call: BoundCall) -> None:
        key, collection = repository.get_item_id(call), repository.get_collection(state, call)
        _get_deleted_items(repository, state, call).add_or_replace_item(key, collection.items[key])
        collection.delete_item(key)

    return _patch_delete_action(operation, keep_deleted_item)


def _patch_list_to_show_deleted_items(operation: str, resource: Resource) -> ServicePatch:
    def add_deleted_items(listing: ListAction) -> ListAction:
        def collect_with_deleted_items(state: MockState, call: BoundCall) -> ItemCollection:
            collection = listing.get_collection(state, call).copy()
            parent_id = (
                str(call.path_arguments[resource.parent.parameter]) if resource.parent else ""
            )
            for key, item in state.get_or_create_collection(
                f"ghosts of {resource.name}", parent_id
            ).items.items():
                collection.add_or_replace_item(key, item)
            return collection

        return replace(listing, get_collection=collect_with_deleted_items)

    return patch_list_action(operation, add_deleted_items)


def _patch_read_to_find_deleted_items(operation: str) -> ServicePatch:
    def replace_item_lookup(action: Action) -> Action:
        assert isinstance(action, ReadAction)

        def find_even_deleted(state: MockState, call: BoundCall) -> Item:
            deleted_item = _get_deleted_items(action.repository, state, call).items.get(
                action.repository.get_item_id(call)
            )
            return deleted_item if deleted_item is not None else action.find(state, call)

        return replace(action, find=find_even_deleted)

    return patch_action(operation, replace_item_lookup)


def generate_deleted_still_counted_faults(
    contract: Contract, claim: Claim, pointer: str
) -> Iterator[Fault]:
    """Yield the fault that a deleted item is still counted in the total.

    The item is no longer listed. `pointer` leads to the total in the response.
    """
    resource = contract.resource_for(claim.operation)
    if resource and resource.delete:
        text = "what was deleted is in no list, and is counted with those that match"
        yield build_fault(
            claim,
            "deleted",
            text,
            _combine_patches(
                _patch_delete_to_remember_items(resource.delete),
                patch_action(
                    claim.operation,
                    lambda action: _make_list_count_deleted_items(action, resource, pointer),
                ),
            ),
        )


def _make_list_count_deleted_items(action: Action, resource: Resource, pointer: str) -> Action:
    assert isinstance(action, ListAction)
    listing = action

    def list_counting_deleted_items(state: MockState, call: BoundCall) -> MockResponse:
        parent_id = str(call.path_arguments[resource.parent.parameter]) if resource.parent else ""
        deleted_items: Sequence[Item] = list(
            state.get_or_create_collection(f"ghosts of {resource.name}", parent_id).items.values()
        )
        for apply_filter in listing.filters:
            deleted_items = apply_filter(deleted_items, call)
        get_metadata = listing.metadata_fields.get(pointer)
        if get_metadata is None or not deleted_items:
            return listing(state, call)

        def get_wrong_total(page: Page, call: BoundCall) -> Json:
            return (
                MISSING if get_metadata(page, call) is MISSING else page.total + len(deleted_items)
            )

        return replace(
            listing, metadata_fields={**listing.metadata_fields, pointer: get_wrong_total}
        )(state, call)

    return list_counting_deleted_items


def generate_nonexistent_id_faults(
    contract: Contract, claim: Claim, promise: RefusesNonexistentId
) -> Iterator[Fault]:
    """Yield faults in the response to an ID, or a parent ID, that does not exist.

    The status is wrong, the server fails, or it responds as if the item existed.
    """
    resource = contract.resource_for(claim.operation)
    assert resource is not None
    parameter = (
        resource.parent.parameter
        if promise.of_parent and resource.parent
        else resource.id_parameter
    )
    wrong_status = 400 if promise.status != 400 else 404
    yield build_fault(
        claim,
        f"as-{wrong_status}",
        f"it is answered with {wrong_status}",
        _patch_not_found_refusal(
            claim.operation, parameter, lambda refusal: Refusal(wrong_status, refusal.text)
        ),
    )
    yield build_fault(
        claim,
        "crashes",
        "it makes the server fail",
        _patch_not_found_refusal(
            claim.operation, parameter, lambda refusal: Refusal(500, "something went wrong")
        ),
    )
    if promise.of_parent:
        yield build_fault(
            claim,
            "served",
            "it is served as if it existed",
            patch_parameter_binder(
                claim.operation,
                lambda binder: _make_binder_accept_unknown_ids(
                    binder, parameter, _find_existing_parent_id(contract, claim, parameter)
                ),
            ),
        )
    else:
        yield build_fault(
            claim,
            "served",
            "it is answered as if it existed",
            _patch_not_found_to_succeed(contract, claim.operation, parameter),
        )
        # The contract does not say whether deleting an item twice is an error.
        if resource.delete and claim.operation != resource.delete:
            text = "what was deleted is answered as if it existed; what never was is not"
            yield build_fault(
                claim,
                "remembered",
                text,
                _combine_patches(
                    _patch_delete_to_remember_items(resource.delete),
                    _patch_action_to_serve_deleted_items(
                        contract, claim.operation, resource.delete
                    ),
                ),
            )


def _patch_not_found_refusal(
    operation: str, parameter: str | None, change: Callable[[Refusal], Refusal]
) -> ServicePatch:
    def replace_refusal_renderer(service: MockService) -> MockService:
        render_refusal = service.handlers[operation].render_refusal

        def render_changed_refusal(state: MockState, refusal: Refusal) -> MockResponse:
            return render_refusal(
                state, change(refusal) if refusal.not_found_parameter == parameter else refusal
            )

        return service.replace_handler_stages(operation, render_refusal=render_changed_refusal)

    return replace_refusal_renderer


def _find_existing_parent_id(
    contract: Contract, claim: Claim, parameter: str | None
) -> Json | None:
    """Return the parent in which an operation on an item looks for it, whatever parent it names.

    A list and a creation have no item to look for: they serve the parent that they name.
    """
    resource = contract.resource_for(claim.operation)
    if resource is None or claim.operation not in resource.item_operation_ids:
        return None
    declared = contract.operations[claim.operation].parameter(parameter or "")
    return declared.examples[0] if declared and declared.examples else None


def _make_binder_accept_unknown_ids(
    binder: ParameterBinder, parameter: str | None, existing_id: Json | None
) -> ParameterBinder:
    def make_parser_lenient(parse: ParameterParser) -> ParameterParser:
        def parse_accepting_unknown_ids(text: str) -> Json:
            try:
                return parse(text)
            except Refusal as refusal:
                if refusal.not_found_parameter:
                    return text if existing_id is None else existing_id
                raise

        return parse_accepting_unknown_ids

    return replace(
        binder,
        path_parsers=tuple(
            (name, make_parser_lenient(parse) if name == parameter else parse)
            for name, parse in binder.path_parsers
        ),
    )


def _patch_action_to_serve_deleted_items(
    contract: Contract, operation: str, delete_operation: str
) -> ServicePatch:
    success_response = build_constant_success_response(contract.operations[operation])

    def replace_operation_action(service: MockService) -> MockService:
        handler, delete_action = (
            service.handlers[operation],
            service.handlers[delete_operation].action,
        )
        assert isinstance(delete_action, DeleteAction)

        def act_on_deleted_item(state: MockState, call: BoundCall) -> MockResponse:
            repository = delete_action.repository
            deleted_item = _get_deleted_items(repository, state, call).items.get(
                repository.get_item_id(call)
            )
            if (
                deleted_item is None
                or repository.get_item_id(call) in repository.get_collection(state, call).items
            ):
                return handler.action(state, call)
            return (
                handler.action.render(deleted_item)
                if isinstance(handler.action, ReadAction | UpdateAction)
                else success_response
            )

        return service.replace_handler_stages(operation, action=act_on_deleted_item)

    return replace_operation_action


def _patch_not_found_to_succeed(
    contract: Contract, operation: str, parameter: str | None
) -> ServicePatch:
    success_response = build_constant_success_response(contract.operations[operation])

    def replace_refusal_renderer(service: MockService) -> MockService:
        render_refusal = service.handlers[operation].render_refusal
        return service.replace_handler_stages(
            operation,
            render_refusal=lambda state, refusal: (
                success_response
                if refusal.not_found_parameter == parameter
                else render_refusal(state, refusal)
            ),
        )

    return replace_refusal_renderer


FAULTS = {
    "lifecycle.deleted": generate_incomplete_deletion_faults,
    "lifecycle.missing-id": generate_nonexistent_id_faults,
}
