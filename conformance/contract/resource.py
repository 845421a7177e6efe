"""`x-resources`: resources and the operations on them.

The items of a resource have an identity. Operations create, list, read, replace, change, delete and
switch them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation
from conformance.contract.pointer import join
from conformance.errors import ContractError, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentSpec:
    """The parent of a resource.

    `parameter` is the path parameter that names the parent, `field` the item pointer that repeats
    its value, and `not_found_status` the status for a parent that does not exist.
    """

    parameter: str
    field: str | None
    not_found_status: int
    source: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationToggledField:
    """A boolean item field that operation `on` sets and operation `off` clears.

    If `idempotent`, a repeated call succeeds and changes nothing. `guessed` is true for an
    inferred one.
    """

    field: str
    on: str
    off: str
    idempotent: bool
    source: Json
    guessed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionallyUnspecifiedValue:
    """A field whose value is undocumented while the item is valid against `condition`."""

    field: str
    condition: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One type of item, with the operations on it.

    The roles `create` to `delete` are operation ids. `identity_pointer`, `mark_pointer` and
    `equal_pointers` (fields that hold the same value) are pointers into an item; `items_pointer` is
    a pointer into the response of the list operation. The text field at `mark_pointer` may hold the
    mark of a run. `id_parameter` is the path parameter that takes the identity, and
    `not_found_status` the status for an identity that does not exist. `forbidden_status` is the
    status for an item of another user; None if the documentation does not say. `guessed` is true
    for an inferred resource that nobody has confirmed.
    """

    name: str
    identity_pointer: str
    id_parameter: str | None
    equal_pointers: tuple[str, ...]
    items_pointer: str
    mark_pointer: str | None
    parent: ParentSpec | None
    create: str | None
    list: str | None
    read: str | None
    replace: str | None
    change: str | None
    delete: str | None
    not_found_status: int
    forbidden_status: int | None
    switches: tuple[OperationToggledField, ...]
    unspecified_fields: tuple[ConditionallyUnspecifiedValue, ...]
    pointer: str
    source: Json
    guessed: bool = False

    @property
    def operation_ids_by_role(self) -> Mapping[str, str]:
        """Return the operation id of each role that the resource has."""
        role_operations = {
            role: getattr(self, role)
            for role in ("create", "list", "read", "replace", "change", "delete")
        }
        switch_operations = {
            f"{position} {switch.field}": getattr(switch, position)
            for switch in self.switches
            for position in ("on", "off")
        }
        return {
            role: operation_id
            for role, operation_id in {**role_operations, **switch_operations}.items()
            if operation_id is not None
        }

    @property
    def item_operation_ids(self) -> tuple[str, ...]:
        """Return the operations that act on a single item."""
        return tuple(
            operation_id
            for role, operation_id in self.operation_ids_by_role.items()
            if role not in ("create", "list")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyItemIdReference:
    """A place in request bodies that must hold ids of items that exist on the server.

    `resource` is set if such items can be created first.
    """

    name: str
    body_pointer: str
    resource: str | None


def parse_resources(document: Document, operations: tuple[Operation, ...]) -> tuple[Resource, ...]:
    """Return the resources of a document.

    Raises ContractError if a role names an unknown operation, or a resource lacks identity or
    items.
    """
    operations_by_id = {operation.id: operation for operation in operations}
    resources, problems = [], list[Problem]()
    for name, node in document.value.get("x-resources", {}).items():
        pointer = join("/x-resources", name)
        for key in ("identity", "items"):
            if key not in node:
                problems.append(document.problem_at(f"the resource {name} lacks {key}", pointer))
        switches = node.get("switches", ())
        role_operations = {
            role: node[role]
            for role in ("create", "list", "read", "replace", "change", "delete")
            if role in node
        }
        role_operations |= {
            f"switches/{index}/{position}": switch.get(position)
            for index, switch in enumerate(switches)
            for position in ("on", "off")
        }
        for role, operation_id in role_operations.items():
            if operation_id not in operations_by_id:
                hint = "roles name an operationId; known are " + ", ".join(sorted(operations_by_id))
                problems.append(
                    document.problem_at(
                        f"the resource {name} has no operation {operation_id!r} for {role}",
                        f"{pointer}/{role}",
                        hint,
                    )
                )
        if not problems:
            resources.append(_parse_resource(name, node, pointer, operations_by_id))
    if problems:
        raise ContractError(*problems)
    return tuple(resources)


def _parse_resource(
    name: str, node: Json, pointer: str, operations_by_id: Mapping[str, Operation]
) -> Resource:
    parent = node.get("parent")
    item_operation = next(
        (node[role] for role in ("read", "replace", "change", "delete") if role in node), None
    )
    parent_parameter = parent["parameter"] if parent else None
    path_parameters = (
        [
            parameter.name
            for parameter in operations_by_id[item_operation].parameters
            if parameter.location is ParameterLocation.PATH and parameter.name != parent_parameter
        ]
        if item_operation
        else []
    )
    return Resource(
        name=name,
        identity_pointer=node["identity"],
        id_parameter=path_parameters[-1] if path_parameters else None,
        equal_pointers=tuple(node.get("equal", ())),
        items_pointer=node["items"],
        mark_pointer=node.get("mark"),
        parent=(
            ParentSpec(
                parameter=parent["parameter"],
                field=parent.get("field"),
                not_found_status=parent.get("unknown", 404),
                source=parent.get("x-source"),
            )
            if parent
            else None
        ),
        create=node.get("create"),
        list=node.get("list"),
        read=node.get("read"),
        replace=node.get("replace"),
        change=node.get("change"),
        delete=node.get("delete"),
        not_found_status=node.get("unknown", 404),
        forbidden_status=node.get("forbidden"),
        switches=tuple(
            OperationToggledField(
                field=switch["field"],
                on=switch["on"],
                off=switch["off"],
                idempotent=switch.get("idempotent", False),
                source=switch.get("x-source"),
                guessed="x-guess" in switch,
            )
            for switch in node.get("switches", ())
        ),
        unspecified_fields=tuple(
            ConditionallyUnspecifiedValue(field=entry["field"], condition=entry["when"])
            for entry in node.get("unspecified", ())
        ),
        pointer=pointer,
        source=node.get("x-source"),
        guessed="x-guess" in node,
    )


def parse_body_item_id_references(document: Json) -> tuple[BodyItemIdReference, ...]:
    """Return the body references that `x-references` lists."""
    return tuple(
        BodyItemIdReference(name=name, body_pointer=node["body"], resource=node.get("resource"))
        for name, node in document.get("x-references", {}).items()
    )
