"""Faults in the lifecycle of items: creating, listing, reading and updating them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.equality import json_equal
from conformance.contract.json import Json
from conformance.contract.lifecycle import (
    CreatesDistinctItems,
    FieldsHoldSameValue,
    ItemBelongsToParent,
    ListsCreatedItem,
    ReadsAsListed,
    ReturnsCreatedField,
    SetsItemFlag,
    StoresCreatedField,
    StoresUpdatedField,
)
from conformance.contract.operation import Operation
from conformance.contract.pointer import MISSING, get_at_pointer, put_at_pointer
from conformance.contract.resource import OperationToggledField, Resource
from conformance.contract.schema import MessageDirection, Schema
from conformance.mock.bound_call import BoundCall
from conformance.mock.fault import Fault
from conformance.mock.faults import interactions, stale_reads
from conformance.mock.faults.mutations import generate_value_mutations, mutate_value
from conformance.mock.faults.patches import (
    ServicePatch,
    build_fault,
    patch_action,
    patch_list_action,
    patch_page_items,
)
from conformance.mock.handler import Action
from conformance.mock.lifecycle import (
    CreateAction,
    ReadAction,
    RenderItem,
    UpdateAction,
    UpdateValue,
)
from conformance.mock.listing import ListAction
from conformance.mock.message import MockResponse
from conformance.mock.part import SortItems
from conformance.mock.refusal import Refusal
from conformance.mock.repository import find_item_schema
from conformance.mock.state import Item, ItemCollection, MockState, build_item

ChangeValue = Callable[[Json], Json]


def generate_created_item_listing_faults(
    contract: Contract, claim: Claim, promise: ListsCreatedItem
) -> Iterator[Fault]:
    """Yield faults in which a created item is not listed, or is listed twice."""
    list_operation = _get_resource(contract, claim).list or ""

    def patch_listing_of_youngest_item(
        expand_item: Callable[[Item, Item], tuple[Item, ...]],
    ) -> ServicePatch:
        def wrap_sort_function(sort: SortItems) -> SortItems:
            def sort_and_drop_or_repeat_youngest(
                collection: ItemCollection, call: BoundCall
            ) -> Sequence[Item]:
                youngest = next(reversed(collection.items.values()), None)
                return [
                    listed_item
                    for item in sort(collection, call)
                    for listed_item in (expand_item(item, youngest) if youngest else (item,))
                ]

            return sort_and_drop_or_repeat_youngest

        return patch_list_action(
            list_operation, lambda listing: replace(listing, sort=wrap_sort_function(listing.sort))
        )

    yield build_fault(
        claim,
        "late",
        "the youngest item is not listed",
        patch_listing_of_youngest_item(lambda item, youngest: () if item is youngest else (item,)),
    )
    yield build_fault(
        claim,
        "twice",
        "the youngest item is listed twice",
        patch_listing_of_youngest_item(
            lambda item, youngest: (item, item) if item is youngest else (item,)
        ),
    )


def generate_wrong_create_response_faults(
    contract: Contract, claim: Claim, promise: ReturnsCreatedField
) -> Iterator[Fault]:
    """Yield faults in which the response to a creation contains a wrong value of a field.

    The stored value is correct.
    """
    for mutation in generate_value_mutations(
        _get_field_schema(contract, claim.operation, promise.name)
    ):
        mutate_field = _build_field_change(promise.name, mutation.mutate)

        def mutate_create_response(
            create_action: CreateAction, mutate_field: ChangeValue = mutate_field
        ) -> Action:
            def create_with_wrong_response(state: MockState, call: BoundCall) -> MockResponse:
                is_sent = isinstance(call.body, dict) and promise.name in call.body
                return (
                    replace(
                        create_action, render=_render_changed(create_action.render, mutate_field)
                    )
                    if is_sent
                    else create_action
                )(state, call)

            return create_with_wrong_response

        yield build_fault(
            claim,
            mutation.name,
            f"the answer holds {promise.name} {mutation.text}",
            _patch_create_action(claim.operation, mutate_create_response),
        )


def generate_wrong_created_field_faults(
    contract: Contract, claim: Claim, promise: StoresCreatedField
) -> Iterator[Fault]:
    """Yield faults in which a field is stored with another value than was sent on creation."""
    for mutation in generate_value_mutations(
        _get_field_schema(contract, claim.operation, promise.name), subtle=True
    ):
        mutate_field = _build_field_change(promise.name, mutation.mutate)

        def mutate_stored_value(
            create_action: CreateAction, mutate_field: ChangeValue = mutate_field
        ) -> Action:
            def store_mutated(state: MockState, call: BoundCall, value: Json) -> Item:
                return create_action.store(
                    state, call, mutate_field(value) if promise.name in call.body else value
                )

            return replace(create_action, store=store_mutated)

        yield build_fault(
            claim,
            mutation.name,
            f"{promise.name} is kept {mutation.text}",
            _patch_create_action(claim.operation, mutate_stored_value),
        )


def generate_reused_item_on_create_faults(
    contract: Contract, claim: Claim, promise: CreatesDistinctItems
) -> Iterator[Fault]:
    """Yield the fault that creating the same content again returns the existing item."""

    def reuse_items_with_same_content(create_action: CreateAction) -> Action:
        def reuse_or_build_value(state: MockState, call: BoundCall) -> Json:
            for item in create_action.repository.get_collection(state, call).items.values():
                if isinstance(call.body, dict) and all(
                    json_equal(item.value.get(name, MISSING), value)
                    for name, value in call.body.items()
                ):
                    return item.value
            return create_action.build_value(state, call)

        return replace(create_action, build_value=reuse_or_build_value)

    yield build_fault(
        claim,
        "same-content",
        "what has the content of an existing item is taken for that item",
        _patch_create_action(claim.operation, reuse_items_with_same_content),
    )


def generate_disagreeing_fields_faults(
    contract: Contract, claim: Claim, promise: FieldsHoldSameValue
) -> Iterator[Fault]:
    """Yield faults in which two fields of an item do not agree."""
    pointer = promise.pointers[-1]

    def change_field(item: Item) -> Item:
        return build_item(
            put_at_pointer(item.value, pointer, mutate_value(get_at_pointer(item.value, pointer)))
        )

    yield build_fault(
        claim,
        "differs",
        f"{pointer} is another",
        patch_page_items(
            claim.operation, lambda items, call: [change_field(item) for item in items]
        ),
    )
    text = f"{pointer} of the last item on a page is another"
    yield build_fault(
        claim,
        "last-differs",
        text,
        patch_page_items(
            claim.operation,
            lambda items, call: [*items[:-1], *(change_field(item) for item in items[-1:])],
        ),
    )
    yield from _generate_wrong_write_response_faults(
        contract,
        claim,
        _get_resource(contract, claim),
        pointer,
        change_field,
        f"another {pointer[1:]}",
    )


def _generate_wrong_write_response_faults(
    contract: Contract,
    claim: Claim,
    resource: Resource,
    pointer: str,
    change: Callable[[Item], Item],
    description: str,
) -> Iterator[Fault]:
    """Yield faults in which the response to a creation or an update has a wrong field.

    Lists and reads are correct. `description` says what the field contains.
    """
    for role in ("create", "replace", "change"):
        operation = contract.operations.get(getattr(resource, role) or "")
        if (
            operation
            and not operation.auxiliary
            and operation.success_response.schema
            and pointer[1:] in operation.success_response.schema.properties
        ):

            def render_changed_item(action: Action) -> Action:
                assert isinstance(action, CreateAction | UpdateAction)
                render = action.render
                return replace(action, render=lambda item: render(change(item)))

            text = (
                f"the answer to the {'creation' if role == 'create' else 'update'} names"
                f" {description}"
            )
            yield build_fault(
                claim, f"{role}-another", text, patch_action(operation.id, render_changed_item)
            )


def generate_wrong_parent_faults(
    contract: Contract, claim: Claim, promise: ItemBelongsToParent
) -> Iterator[Fault]:
    """Yield faults in which a list names a wrong parent, or contains items of other parents."""
    resource = _get_resource(contract, claim)
    parent_field = resource.parent.field if resource.parent else None
    if promise.isolated:
        yield build_fault(
            claim,
            "everyone",
            "the items of every parent are listed",
            _patch_list_to_leak_other_parents(claim.operation, resource, slice(None)),
        )
        yield build_fault(
            claim,
            "youngest",
            "the youngest item of another parent is listed, too",
            _patch_list_to_leak_other_parents(claim.operation, resource, slice(-1, None)),
        )
        for parameter, applies in interactions.generate_filter_parameter_predicates(
            contract, claim.operation
        ):
            text = f"beside {parameter}, the items of every parent are searched"
            yield build_fault(
                claim,
                f"beside-{parameter}",
                text,
                _patch_list_to_leak_other_parents(claim.operation, resource, slice(None), applies),
            )
    elif parent_field:

        def change_parent(item: Item) -> Item:
            return build_item(
                put_at_pointer(
                    item.value, parent_field, mutate_value(get_at_pointer(item.value, parent_field))
                )
            )

        yield build_fault(
            claim,
            "another",
            "items name another parent",
            patch_page_items(
                claim.operation, lambda items, call: [change_parent(item) for item in items]
            ),
        )
        text = "the last item on a page names another parent"
        yield build_fault(
            claim,
            "last-another",
            text,
            patch_page_items(
                claim.operation,
                lambda items, call: [*items[:-1], *(change_parent(item) for item in items[-1:])],
            ),
        )
        yield from _generate_wrong_write_response_faults(
            contract, claim, resource, parent_field, change_parent, "another parent"
        )


def _patch_list_to_leak_other_parents(
    operation: str,
    resource: Resource,
    leaked_slice: slice,
    applies: Callable[[BoundCall], bool] = lambda call: True,
) -> ServicePatch:
    parent = resource.parent

    def set_parent(item: Item, call: BoundCall) -> Item:
        return (
            build_item(
                put_at_pointer(item.value, parent.field, call.path_arguments[parent.parameter])
            )
            if parent and parent.field
            else item
        )

    def leak_items_of_other_parents(listing: ListAction) -> ListAction:
        def collect_with_leaked_items(state: MockState, call: BoundCall) -> ItemCollection:
            collection = listing.get_collection(state, call)
            if not applies(call):
                return collection
            collection = collection.copy()
            requested_parent = str(call.path_arguments[parent.parameter]) if parent else ""
            for sibling in state.iterate_sibling_collections(resource.name, requested_parent):
                for key, item in list(sibling.items.items())[leaked_slice]:
                    collection.add_or_replace_item(key, set_parent(item, call))
            return collection

        return replace(listing, get_collection=collect_with_leaked_items)

    return patch_list_action(operation, leak_items_of_other_parents)


def generate_read_differs_from_list_faults(
    contract: Contract, claim: Claim, promise: ReadsAsListed
) -> Iterator[Fault]:
    """Yield faults in which reading an item does not return what the list contains."""
    resource = _get_resource(contract, claim)
    item_properties = find_item_schema(contract, resource).properties
    body_properties = [
        _get_body_property_schemas(contract.operations[operation_id])
        for operation_id in (resource.create, resource.replace, resource.change)
        if operation_id
    ]
    for name in choose_first_and_last_field(
        resource, [name for body in body_properties for name in body if name in item_properties]
    ):
        mutate_field = _build_field_change(name, mutate_value)

        def mutate_read(action: Action, mutate_field: ChangeValue = mutate_field) -> Action:
            assert isinstance(action, ReadAction)
            return replace(action, render=_render_changed(action.render, mutate_field))

        yield build_fault(
            claim,
            f"other-{name}",
            f"reading gives another {name} than listing",
            patch_action(claim.operation, mutate_read),
        )
    for switch in resource.switches:
        text = f"what is listed with {switch.field[1:]} set cannot be read"
        yield build_fault(
            claim,
            f"hides-{switch.field[1:]}",
            text,
            patch_action(claim.operation, partial(_make_read_hide_flagged_items, switch=switch)),
        )


def _make_read_hide_flagged_items(action: Action, switch: OperationToggledField) -> Action:
    assert isinstance(action, ReadAction)
    read_action = action

    def find_item_unless_flag_set(state: MockState, call: BoundCall) -> Item:
        item = read_action.find(state, call)
        if get_at_pointer(item.value, switch.field) is True:
            resource = read_action.repository.resource
            raise Refusal(
                resource.not_found_status,
                f"there is no {resource.name} {read_action.repository.get_item_id(call)}",
                not_found_parameter=resource.id_parameter,
            )
        return item

    return replace(read_action, find=find_item_unless_flag_set)


def generate_wrong_updated_field_faults(
    contract: Contract, claim: Claim, promise: StoresUpdatedField
) -> Iterator[Fault]:
    """Yield faults in which a field does not read back as it was sent on an update."""
    name = promise.name

    def ignore_sent_field(update_value: UpdateValue) -> UpdateValue:
        def update_other_fields(value: Json, call: BoundCall) -> Json:
            updated = update_value(value, call)
            return (
                {**updated, name: value[name]}
                if name in value
                else {
                    field_name: field_value
                    for field_name, field_value in updated.items()
                    if field_name != name
                }
            )

        return update_other_fields

    yield build_fault(
        claim,
        "ignored",
        f"an update leaves {name} as it was",
        patch_update_function(claim.operation, ignore_sent_field),
    )
    yield from stale_reads.generate_stale_field_in_list_faults(
        contract, claim, _get_resource(contract, claim), name
    )
    for switch in _get_resource(contract, claim).switches:
        text = f"an update leaves {name} as it was while {switch.field[1:]} is set"
        yield build_fault(
            claim,
            f"ignored-{switch.field[1:]}",
            text,
            patch_update_function(
                claim.operation, partial(_ignore_field_while_flag_set, switch, ignore_sent_field)
            ),
        )
    for mutation in generate_value_mutations(
        _get_field_schema(contract, claim.operation, name), subtle=True
    ):
        mutate_field = _build_field_change(name, mutation.mutate)

        def mutate_updated_field(
            update_value: UpdateValue, mutate_field: ChangeValue = mutate_field
        ) -> UpdateValue:
            return lambda value, call: (
                mutate_field(update_value(value, call))
                if isinstance(call.body, dict) and name in call.body
                else update_value(value, call)
            )

        yield build_fault(
            claim,
            mutation.name,
            f"{name} is kept {mutation.text}",
            patch_update_function(claim.operation, mutate_updated_field),
        )


def _ignore_field_while_flag_set(
    switch: OperationToggledField,
    ignore_field: Callable[[UpdateValue], UpdateValue],
    update_value: UpdateValue,
) -> UpdateValue:
    return _choose_update_by_flag(switch, ignore_field(update_value), update_value)


def _choose_update_by_flag(
    switch: OperationToggledField, wrong_update: UpdateValue, correct_update: UpdateValue
) -> UpdateValue:
    return lambda value, call: (
        wrong_update if get_at_pointer(value, switch.field) is True else correct_update
    )(value, call)


def generate_flag_setting_faults(
    contract: Contract, claim: Claim, promise: SetsItemFlag
) -> Iterator[Fault]:
    """Yield faults in which an operation does not set a switch, or cannot be repeated."""
    field = promise.switch.field
    if not promise.repeated:
        yield build_fault(
            claim,
            "ignored",
            "it succeeds and does nothing",
            patch_update_function(claim.operation, lambda update_value: lambda value, call: value),
        )
        yield from stale_reads.generate_stale_flag_in_list_faults(
            contract, claim, _get_resource(contract, claim), field
        )
        return

    def toggle_on_repeat(update_value: UpdateValue) -> UpdateValue:
        return lambda value, call: (
            put_at_pointer(value, field, not get_at_pointer(value, field))
            if update_value(value, call) is value
            else update_value(value, call)
        )

    def refuse_repeat(update_value: UpdateValue) -> UpdateValue:
        def update_once(value: Json, call: BoundCall) -> Json:
            updated = update_value(value, call)
            if updated is value:
                raise Refusal(409, f"{field[1:]} is already so")
            return updated

        return update_once

    yield build_fault(
        claim,
        "toggles",
        "the second time undoes the first",
        patch_update_function(claim.operation, toggle_on_repeat),
    )
    yield build_fault(
        claim,
        "refused",
        "the second time is refused",
        patch_update_function(claim.operation, refuse_repeat),
    )
    yield from stale_reads.generate_unlisted_on_repeated_flag_faults(
        contract, claim, _get_resource(contract, claim), field
    )


def choose_first_and_last_field(resource: Resource, names: Sequence[str]) -> list[str]:
    """Return the first and the last of some field names.

    Fields whose content the documents do not specify are excluded. The field that carries the mark
    comes first, because it is never empty.
    """
    determined_names = [
        name
        for name in names
        if name not in {open_field.field[1:] for open_field in resource.unspecified_fields}
    ]
    determined_names.sort(key=lambda name: f"/{name}" != resource.mark_pointer)
    return list(dict.fromkeys((*determined_names[:1], *determined_names[-1:])))


def patch_update_function(
    operation: str, wrap: Callable[[UpdateValue], UpdateValue]
) -> ServicePatch:
    """Wrap the function with which an operation computes the new value of an item."""

    def replace_update(action: Action) -> Action:
        assert isinstance(action, UpdateAction)
        return replace(action, update_value=wrap(action.update_value))

    return patch_action(operation, replace_update)


def _patch_create_action(operation: str, wrap: Callable[[CreateAction], Action]) -> ServicePatch:
    def replace_action(action: Action) -> Action:
        assert isinstance(action, CreateAction)
        return wrap(action)

    return patch_action(operation, replace_action)


def _render_changed(render: RenderItem, change: ChangeValue) -> RenderItem:
    return lambda item: render(build_item(change(item.value)))


def _build_field_change(name: str, change: ChangeValue) -> ChangeValue:
    return lambda value: {**value, name: change(value[name])} if name in value else value


def _get_resource(contract: Contract, claim: Claim) -> Resource:
    resource = contract.resource_for(claim.operation)
    assert resource is not None
    return resource


def _get_body_property_schemas(operation: Operation) -> dict[str, Schema]:
    return operation.body.schema.list_properties(MessageDirection.REQUEST) if operation.body else {}


def _get_field_schema(contract: Contract, operation: str, name: str) -> Schema:
    schema = _get_body_property_schemas(contract.operations[operation]).get(name)
    return schema or contract.get_schema({})


FAULTS = {
    "lifecycle.listed": generate_created_item_listing_faults,
    "lifecycle.returned": generate_wrong_create_response_faults,
    "lifecycle.stored": generate_wrong_created_field_faults,
    "lifecycle.distinct": generate_reused_item_on_create_faults,
    "lifecycle.fields-agree": generate_disagreeing_fields_faults,
    "lifecycle.parent": generate_wrong_parent_faults,
    "lifecycle.read": generate_read_differs_from_list_faults,
    "lifecycle.updated": generate_wrong_updated_field_faults,
    "lifecycle.switched": generate_flag_setting_faults,
}
