"""Storage of the items of one resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.pointer import get_at_pointer, tokens
from conformance.contract.resource import Resource
from conformance.contract.schema import MessageDirection, Schema
from conformance.mock.bound_call import BoundCall
from conformance.mock.clock import TimestampFields
from conformance.mock.message import encode_json
from conformance.mock.refusal import Refusal
from conformance.mock.state import Item, ItemCollection, MockState

UPDATE_FIELD_WORDS = ("update", "modif", "change", "edit")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRepository:
    """Access to the stored items of one resource.

    `visible_fields` are the properties that responses contain (None: all). `writable_fields` are
    those that request bodies may set.
    """

    resource: Resource
    schema: Schema
    visible_fields: frozenset[str] | None
    writable_fields: frozenset[str]
    timestamp_fields: TimestampFields

    def get_collection(self, state: MockState, call: BoundCall) -> ItemCollection:
        """Return the collection that a call refers to."""
        return state.get_or_create_collection(self.resource.name, self.get_parent_id(call))

    def get_parent_id(self, call: BoundCall) -> str:
        """Return the parent id of a call, empty if the resource has no parent."""
        parent = self.resource.parent
        return str(call.path_arguments[parent.parameter]) if parent else ""

    def get_item_id(self, call: BoundCall) -> str:
        """Return the item id of a call as text."""
        return str(call.path_arguments[self.resource.id_parameter or ""])

    def find_item(self, state: MockState, call: BoundCall) -> Item:
        """Return the item that a call names. Raises Refusal if there is none."""
        item = self.get_collection(state, call).items.get(self.get_item_id(call))
        if item is None:
            raise Refusal(
                self.resource.not_found_status,
                f"there is no {self.resource.name} {self.get_item_id(call)}",
                not_found_parameter=self.resource.id_parameter,
            )
        return item

    def store_value(self, state: MockState, call: BoundCall, value: Json) -> Item:
        """Store a value under its own id and return its item."""
        item = self.build_item(value)
        self.get_collection(state, call).add_or_replace_item(
            str(get_at_pointer(value, self.resource.identity_pointer)), item
        )
        return item

    def build_item(self, value: Json) -> Item:
        """Return the item of a value, with the JSON text for responses."""
        return Item(
            value,
            encode_json(
                value
                if self.visible_fields is None
                else {
                    name: field_value
                    for name, field_value in value.items()
                    if name in self.visible_fields
                }
            ),
        )


StoreItem = Callable[[MockState, BoundCall, Json], Item]


def build_item_repository(contract: Contract, resource: Resource) -> ItemRepository:
    """Return the repository of a resource."""
    schema = find_item_schema(contract, resource)
    declared = schema.properties
    writable_fields = frozenset(
        name
        for operation_id in (resource.create, resource.replace, resource.change)
        if operation_id
        for name in _get_body_properties(contract.operations[operation_id])
    )
    return ItemRepository(
        resource=resource,
        schema=schema,
        visible_fields=None
        if not declared or writable_fields <= declared.keys()
        else frozenset(declared),
        writable_fields=writable_fields,
        timestamp_fields=_find_timestamp_fields(declared, writable_fields),
    )


def find_item_schema(contract: Contract, resource: Resource) -> Schema:
    """Return the schema of an item.

    It is taken from the list response, else from that of the read, change or create operation.
    """
    if resource.list:
        body_schema = contract.operations[resource.list].success_response.schema
        list_schema = body_schema and body_schema.find_property(tokens(resource.items_pointer))
        if list_schema and list_schema.items:
            return list_schema.items
    source_operation = next(
        (id for id in (resource.read, resource.change, resource.create) if id), None
    )
    schema = (
        contract.operations[source_operation].success_response.schema if source_operation else None
    )
    return schema or contract.get_schema({})


def _get_body_properties(operation: Operation) -> Mapping[str, Schema]:
    return operation.body.schema.list_properties(MessageDirection.REQUEST) if operation.body else {}


def _find_timestamp_fields(
    declared: Mapping[str, Schema], writable_fields: frozenset[str]
) -> TimestampFields:
    dates = [
        name
        for name, schema in declared.items()
        if name not in writable_fields
        and schema.get("format") == "date-time"
        and "string" in schema.types
    ]
    updated = tuple(
        name for name in dates if any(word in name.lower() for word in UPDATE_FIELD_WORDS)
    )
    # a nullable date that is no update (deletedAt, archivedAt) is not a creation date either
    created = tuple(
        name for name in dates if name not in updated and "null" not in declared[name].types
    )
    return TimestampFields(created=created, updated=updated)
