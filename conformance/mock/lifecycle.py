"""Actions on the items of a resource: create, read, replace, change, switch and delete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.contract.json import Json
from conformance.contract.lifecycle import ToggledFieldState
from conformance.contract.pointer import MISSING, get_at_pointer, put_at_pointer
from conformance.contract.resource import OperationToggledField
from conformance.mock.accessors import set_value_at_pointer, split_pointer
from conformance.mock.bound_call import BoundCall
from conformance.mock.clock import Clock, create_increasing_timestamp
from conformance.mock.message import MockResponse
from conformance.mock.repository import ItemRepository, StoreItem
from conformance.mock.state import Item, MockState

RenderItem = Callable[[Item], MockResponse]
UpdateValue = Callable[[Json, BoundCall], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAction:
    """An action that creates an item.

    `build_value` composes the value of the item, `store` saves it, and `render` builds the
    response.
    """

    repository: ItemRepository
    build_value: Callable[[MockState, BoundCall], Json]
    store: StoreItem
    render: RenderItem

    def __call__(self, state: MockState, call: BoundCall) -> MockResponse:
        """Create an item and return the response."""
        value = self.build_value(state, call)
        self.store(state, call, value)
        return self.render(self.repository.build_item(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemBuilder:
    """A function that composes the value of a new item.

    The value consists of the id, the parent, timestamps, switches (off), the sent properties and
    defaults. If `accepts_sent_id` is true, an id in the body is used.
    """

    repository: ItemRepository
    generate_id: Callable[[int], Json]
    template: Json
    defaults: Json
    clock: Clock
    accepts_sent_id: bool = False

    def __call__(self, state: MockState, call: BoundCall) -> Json:
        """Return the value of a new item."""
        resource, timestamp_fields = self.repository.resource, self.repository.timestamp_fields
        state.last_serial += 1
        value = {
            **self.template,
            **self.defaults,
            **(call.body if isinstance(call.body, dict) else {}),
        }
        sent_id = (
            get_at_pointer(call.body, resource.identity_pointer)
            if self.accepts_sent_id
            else MISSING
        )
        identity = (
            self.generate_id(state.last_serial)
            if sent_id is MISSING or isinstance(sent_id, dict | list | bool | None)
            else sent_id
        )
        for pointer in (resource.identity_pointer, *resource.equal_pointers):
            value = _set_field_copying_nested_values(value, pointer, identity)
        if resource.parent and resource.parent.field:
            value = _set_field_copying_nested_values(
                value, resource.parent.field, call.path_arguments[resource.parent.parameter]
            )
        if timestamp_fields.created or timestamp_fields.updated:
            timestamp = create_increasing_timestamp(state, self.clock)
            value.update(
                dict.fromkeys((*timestamp_fields.created, *timestamp_fields.updated), timestamp)
            )
        return value


def _set_field_copying_nested_values(value: Json, pointer: str, new: Json) -> Json:
    # nested values may be shared with other items, so they are copied
    return (
        set_value_at_pointer(value, pointer, new)
        if len(split_pointer(pointer)) == 1
        else put_at_pointer(value, pointer, new)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAction:
    """An action that returns one item."""

    repository: ItemRepository
    find: Callable[[MockState, BoundCall], Item]
    render: RenderItem

    def __call__(self, state: MockState, call: BoundCall) -> MockResponse:
        """Return the response with the item."""
        return self.render(self.find(state, call))


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateAction:
    """An action that replaces the value of an item.

    `update_value` derives the new value from the old one. If it returns the same object, nothing
    changes, and no timestamp is updated.
    """

    repository: ItemRepository
    update_value: UpdateValue
    store: StoreItem
    render: RenderItem
    clock: Clock

    def __call__(self, state: MockState, call: BoundCall) -> MockResponse:
        """Replace, change or switch an item and return the response."""
        item = self.repository.find_item(state, call)
        value = self.update_value(item.value, call)
        if value is item.value:
            return self.render(item)
        if updated_fields := self.repository.timestamp_fields.updated:
            value = {
                **value,
                **dict.fromkeys(updated_fields, create_increasing_timestamp(state, self.clock)),
            }
        return self.render(self.store(state, call, value))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteAction:
    """An action that deletes an item."""

    repository: ItemRepository
    delete: Callable[[MockState, BoundCall], None]
    response: MockResponse

    def __call__(self, state: MockState, call: BoundCall) -> MockResponse:
        """Delete an item and return the response. Raises Refusal if there is no such item."""
        self.repository.find_item(state, call)
        self.delete(state, call)
        return self.response


def build_item_deletion(repository: ItemRepository) -> Callable[[MockState, BoundCall], None]:
    """Return a function that deletes the item named by a call."""
    return lambda state, call: repository.get_collection(state, call).delete_item(
        repository.get_item_id(call)
    )


def build_replacement_update(writable_fields: frozenset[str], defaults: Json) -> UpdateValue:
    """Return an update that replaces all writable fields with the sent ones.

    Fields that were not sent get their defaults.
    """

    def replace_writable_fields(value: Json, call: BoundCall) -> Json:
        return {
            **{
                name: field_value
                for name, field_value in value.items()
                if name not in writable_fields
            },
            **defaults,
            **(call.body if isinstance(call.body, dict) else {}),
        }

    return replace_writable_fields


def merge_body(value: Json, call: BoundCall) -> Json:
    """Return the value, updated with the properties that were sent."""
    return {**value, **(call.body if isinstance(call.body, dict) else {})}


def build_flag_update(switch: OperationToggledField, position: ToggledFieldState) -> UpdateValue:
    """Return an update that sets or clears the field of a switch."""
    expected = position is ToggledFieldState.ON
    return lambda value, call: (
        value
        if get_at_pointer(value, switch.field) is expected
        else put_at_pointer(value, switch.field, expected)
    )
