"""Faults with side effects: changes to other fields or items, or changes by refused requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.equality import json_equal
from conformance.contract.json import Json
from conformance.contract.lifecycle import ChangesNothingElse, RefusalChangesNothing
from conformance.contract.resource import Resource
from conformance.contract.schema import MessageDirection, SchemaValidator
from conformance.mock.accessors import build_pointer_getter
from conformance.mock.bound_call import BoundCall
from conformance.mock.fault import Fault
from conformance.mock.faults import stale_reads
from conformance.mock.faults.lifecycle import choose_first_and_last_field, patch_update_function
from conformance.mock.faults.mutations import mutate_value
from conformance.mock.faults.patches import ServicePatch, build_fault, patch_action
from conformance.mock.faults.request_bodies import salvage_valid_body_part
from conformance.mock.handler import Action, ReadBody
from conformance.mock.lifecycle import CreateAction, DeleteAction, UpdateAction, UpdateValue
from conformance.mock.message import MockResponse, decode_json
from conformance.mock.refusal import Refusal
from conformance.mock.repository import ItemRepository, find_item_schema
from conformance.mock.service import MockService
from conformance.mock.state import ItemCollection, MockState


def generate_side_effect_faults(
    contract: Contract, claim: Claim, promise: ChangesNothingElse
) -> Iterator[Fault]:
    """Yield faults in which an operation changes other fields or other items."""
    resource = contract.resource_for(claim.operation)
    assert resource is not None
    if promise.on_other_items:
        text = "it does the same to the items made just before and just after"
        yield build_fault(
            claim,
            "adjacent",
            text,
            patch_action(
                claim.operation,
                lambda action: _extend_action_to_other_items(action, _find_adjacent_keys),
            ),
        )
        if resource.mark_pointer:
            text = f"it does the same to every other item of the same {resource.mark_pointer[1:]}"
            yield build_fault(
                claim,
                "namesakes",
                text,
                patch_action(
                    claim.operation,
                    lambda action: _extend_action_to_other_items(
                        action, _find_keys_with_equal_mark_field
                    ),
                ),
            )
        return
    yield from _generate_lost_container_member_faults(contract, claim, resource)
    yield from stale_reads.generate_list_only_flag_faults(contract, claim, resource)
    for name in choose_first_and_last_field(
        resource, _list_unaffected_fields(contract, claim.operation, resource)
    ):

        def alter_unsent_field(update_value: UpdateValue, name: str = name) -> UpdateValue:
            def update_and_alter(value: Json, call: BoundCall) -> Json:
                updated = update_value(value, call)
                is_sent = isinstance(call.body, dict) and name in call.body
                return (
                    updated
                    if is_sent or name not in value
                    else {**updated, name: mutate_value(value[name])}
                )

            return update_and_alter

        yield build_fault(
            claim,
            f"alters-{name}",
            f"it alters {name}, too",
            patch_update_function(claim.operation, alter_unsent_field),
        )


def _list_unaffected_fields(contract: Contract, operation: str, resource: Resource) -> list[str]:
    body = contract.operations[operation].body
    affected_fields = {
        switch.field[1:] for switch in resource.switches if operation in (switch.on, switch.off)
    }
    # A change affects only the fields that are sent, a replacement affects all writable fields.
    if body and operation == resource.replace:
        affected_fields |= {*body.schema.list_properties(MessageDirection.REQUEST)}
    elif body and operation == resource.change:
        properties = body.schema.list_properties(MessageDirection.REQUEST)
        if len(properties) == 1:  # every change sends it
            affected_fields |= {*properties}
    identity_fields = {
        pointer[1:]
        for pointer in (
            resource.identity_pointer,
            *resource.equal_pointers,
            resource.parent.field if resource.parent else None,
        )
        if pointer
    }
    item_properties = find_item_schema(contract, resource).properties
    return [
        name
        for name, schema in item_properties.items()
        if name not in affected_fields | identity_fields and "date" not in str(schema.get("format"))
    ]


def _generate_lost_container_member_faults(
    contract: Contract, claim: Claim, resource: Resource
) -> Iterator[Fault]:
    """Yield faults in which an update removes all members, or the last one, of a list or object.

    Values that the documents do not specify are not affected.
    """
    item_properties = find_item_schema(contract, resource).properties
    validators = {
        open_field.field[1:]: contract.get_schema(open_field.condition).compile()
        for open_field in resource.unspecified_fields
    }
    for name in _list_unaffected_fields(contract, claim.operation, resource):
        container_type = next(
            (
                type_name
                for type_name in ("array", "object")
                if type_name in item_properties[name].types
            ),
            None,
        )
        losses = (
            ("empties", f"it empties {name}", lambda value: type(value)()),
            ("shortens", f"it drops the last of {name}", mutate_value),
        )
        for variant, text, change in losses if container_type else ():
            yield build_fault(
                claim,
                f"{variant}-{name}",
                text,
                patch_update_function(
                    claim.operation,
                    _build_member_losing_update_wrapper(name, change, validators.get(name)),
                ),
            )


def _build_member_losing_update_wrapper(
    name: str, change: Callable[[Json], Json], open_validator: SchemaValidator | None
) -> Callable[[UpdateValue], UpdateValue]:
    def wrap_update_function(update_value: UpdateValue) -> UpdateValue:
        def update_and_lose_members(value: Json, call: BoundCall) -> Json:
            updated = update_value(value, call)
            if (
                not updated.get(name)
                or (isinstance(call.body, dict) and name in call.body)
                or (open_validator is not None and open_validator.is_valid(updated))
            ):
                return updated
            return {**updated, name: change(updated[name])}

        return update_and_lose_members

    return wrap_update_function


FindOtherKeys = Callable[[ItemRepository, ItemCollection, str], Sequence[str]]


def _find_adjacent_keys(
    repository: ItemRepository, collection: ItemCollection, key: str
) -> Sequence[str]:
    keys = list(collection.items)
    position = keys.index(key)
    return (*keys[max(0, position - 1) : position], *keys[position + 1 : position + 2])


def _find_keys_with_equal_mark_field(
    repository: ItemRepository, collection: ItemCollection, key: str
) -> Sequence[str]:
    get_name = build_pointer_getter(repository.resource.mark_pointer or "")
    return [
        candidate_key
        for candidate_key, item in collection.items.items()
        if candidate_key != key
        and json_equal(get_name(item.value), get_name(collection.items[key].value))
    ]


def _extend_action_to_other_items(action: Action, find_other_keys: FindOtherKeys) -> Action:
    assert isinstance(action, UpdateAction | DeleteAction)

    def act_on_other_items_too(state: MockState, call: BoundCall) -> MockResponse:
        collection, own_key = (
            action.repository.get_collection(state, call),
            action.repository.get_item_id(call),
        )
        other_keys = (
            find_other_keys(action.repository, collection, own_key)
            if own_key in collection.items
            else ()
        )
        response = action(state, call)
        for key in other_keys:
            if isinstance(action, DeleteAction):
                collection.delete_item(key)
            else:
                action.store(state, call, action.update_value(collection.items[key].value, call))
        return response

    return act_on_other_items_too


@dataclass(frozen=True, slots=True, kw_only=True)
class _RefusedBodyWithValidPart:
    """A refused body, with the part of it that a careless server uses before it refuses."""

    refusal: Refusal
    salvaged: Json


def generate_executed_refused_request_faults(
    contract: Contract, claim: Claim, promise: RefusalChangesNothing
) -> Iterator[Fault]:
    """Yield the fault that a refused request has an effect.

    A creation whose only property holds the mark yields none: what could be made of a malformed
    name carries no mark, so nobody could tell it from what others create.
    """
    operation, resource = (
        contract.operations[claim.operation],
        contract.resource_for(claim.operation),
    )
    if resource is not None and operation.id == resource.create and operation.body is not None:
        properties = operation.body.schema.list_properties(MessageDirection.REQUEST)
        if {f"/{name}" for name in properties} == {resource.mark_pointer}:
            return
    yield build_fault(
        claim,
        "done-all-the-same",
        "what can be made of a malformed body is done before it is refused",
        _patch_to_act_before_refusing(contract, claim.operation),
    )


def _patch_to_act_before_refusing(contract: Contract, operation: str) -> ServicePatch:
    body = contract.operations[operation].body

    def hold_body_refusal(read_body: ReadBody) -> ReadBody:
        def read_body_or_hold_refusal(call: BoundCall) -> Json:
            try:
                return read_body(call)
            except Refusal as refusal:
                return _RefusedBodyWithValidPart(
                    refusal=refusal,
                    salvaged=(
                        salvage_valid_body_part(body, _decode_or_none(call.request.body))
                        if body
                        else {}
                    ),
                )

        return read_body_or_hold_refusal

    def act_before_raising_refusal(action: Action) -> Action:
        def act_then_raise_refusal(state: MockState, call: BoundCall) -> MockResponse:
            if not isinstance(call.body, _RefusedBodyWithValidPart):
                return action(state, call)
            _make_action_use_salvaged_body(action, call.body.salvaged)(
                state, replace(call, body=call.body.salvaged)
            )
            raise call.body.refusal

        return act_then_raise_refusal

    def patch(service: MockService) -> MockService:
        handler = service.handlers[operation]
        assert handler.read_body is not None
        return service.replace_handler_stages(
            operation,
            read_body=hold_body_refusal(handler.read_body),
            action=act_before_raising_refusal(handler.action),
        )

    return patch


def _make_action_use_salvaged_body(action: Action, salvaged: Json) -> Action:
    """Return the action to execute with the valid part of a refused body.

    An update merges the valid part into the item. If this changes nothing, the update changes the
    mark field instead.
    """
    if not isinstance(action, UpdateAction):
        assert isinstance(action, CreateAction)
        return action
    return replace(
        action,
        update_value=lambda value, call: _merge_salvaged_body(action.repository, value, salvaged),
    )


def _merge_salvaged_body(repository: ItemRepository, value: Json, salvaged: Json) -> Json:
    updated = {**value, **salvaged}
    mark_field = (repository.resource.mark_pointer or "/").removeprefix("/") or next(
        iter(repository.writable_fields), ""
    )
    return (
        updated
        if updated != value
        else {
            **value,
            **({mark_field: mutate_value(value[mark_field])} if mark_field in value else {}),
        }
    )


def _decode_or_none(raw_body: bytes) -> Json:
    try:
        return decode_json(raw_body)
    except ValueError:
        return None


FAULTS = {
    "lifecycle.no-side-effects": generate_side_effect_faults,
    "lifecycle.refusal-changes-nothing": generate_executed_refused_request_faults,
}
