"""Claims about the lifecycle of a resource: created, listed, read, updated, deleted.

An item is created, listed, read, updated, switched and deleted, without side effects on anything
else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from conformance.contract.claim import ClaimDraft, Promise
from conformance.contract.operation import Operation
from conformance.contract.resource import OperationToggledField, Resource
from conformance.contract.schema import MessageDirection
from conformance.contract.statements import Statements


class ToggledFieldState(StrEnum):
    """The two positions of a switch."""

    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListsCreatedItem:
    """The promise that the list holds a created item exactly once."""

    kind: ClassVar[str] = "lifecycle.listed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnsCreatedField:
    """The promise that the response to a creation repeats field `name` as it was sent."""

    kind: ClassVar[str] = "lifecycle.returned"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoresCreatedField:
    """The promise that field `name` reads back as it was sent on creation."""

    kind: ClassVar[str] = "lifecycle.stored"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatesDistinctItems:
    """The promise that two creations create two items with different identities.

    This holds for equal request bodies as well.
    """

    kind: ClassVar[str] = "lifecycle.distinct"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsHoldSameValue:
    """The promise that these item pointers always hold the same value."""

    kind: ClassVar[str] = "lifecycle.fields-agree"
    pointers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemBelongsToParent:
    """The promise that each item belongs to the parent whose list holds it.

    If `isolated`, an item created in one parent is not in the list of another. Otherwise, each
    listed item names the parent.
    """

    kind: ClassVar[str] = "lifecycle.parent"
    isolated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadsAsListed:
    """The promise that reading an item returns the same values as listing it."""

    kind: ClassVar[str] = "lifecycle.read"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoresUpdatedField:
    """The promise that field `name` reads back as sent after a replacement or a change."""

    kind: ClassVar[str] = "lifecycle.updated"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesNothingElse:
    """The promise that the operation leaves the other fields of the item unchanged.

    If `on_other_items`, it is about the other items instead.
    """

    kind: ClassVar[str] = "lifecycle.no-side-effects"
    on_other_items: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedItemIsGone:
    """The promise that a deleted item is in no list and cannot be read."""

    kind: ClassVar[str] = "lifecycle.deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusesNonexistentId:
    """The promise that a request for an identity that does not exist gets `status`.

    If `of_parent`, the parent's identity is the one that does not exist.
    """

    kind: ClassVar[str] = "lifecycle.missing-id"
    status: int
    of_parent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalChangesNothing:
    """The promise that a refused request changes nothing."""

    kind: ClassVar[str] = "lifecycle.refusal-changes-nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetsItemFlag:
    """The promise that the operation sets the field of the switch to `position`.

    If `repeated`, the promise is that a second call succeeds as well and changes nothing.
    """

    kind: ClassVar[str] = "lifecycle.switched"
    switch: OperationToggledField
    position: ToggledFieldState
    repeated: bool


def derive_lifecycle_claims(
    resource: Resource, operations: dict[str, Operation], statements: Statements
) -> Iterator[ClaimDraft]:
    """Yield the claims about the lifecycle of a resource."""
    source = resource.source

    def draft_claim(
        operation: str, suffix: str, text: str, promise: Promise, citations: tuple[str, ...] | None
    ) -> ClaimDraft:
        return ClaimDraft(
            id=f"{operation}/{suffix}",
            operation=operation,
            text=text,
            promise=promise,
            pointer=resource.pointer,
            citations=citations,
        )

    create_operation = operations[resource.create] if resource.create else None
    if create_operation and create_operation.body:
        if resource.list:
            yield draft_claim(
                create_operation.id,
                "listed",
                "What was created is in the list, once.",
                ListsCreatedItem(),
                statements.get_citations(source, "listed"),
            )
        response_schema = create_operation.success_response.schema
        for name, schema in create_operation.body.schema.list_properties(
            MessageDirection.REQUEST, MessageDirection.RESPONSE
        ).items():
            text = f"{name} reads back as it was sent."
            yield draft_claim(
                create_operation.id,
                f"body/{name}/stored",
                text,
                StoresCreatedField(name=name),
                statements.get_citations(schema.get("x-source") or {}, "stored"),
            )
            if response_schema and name in response_schema.properties:
                text = f"The answer to the creation repeats {name} as it was sent."
                yield draft_claim(
                    create_operation.id,
                    f"body/{name}/answered",
                    text,
                    ReturnsCreatedField(name=name),
                    statements.get_citations(source, "answered"),
                )
        yield draft_claim(
            create_operation.id,
            "distinct",
            "Two creations make two things with different identities.",
            CreatesDistinctItems(),
            statements.get_citations(source, "distinct"),
        )
    list_operation = operations[resource.list] if resource.list else None
    if list_operation and resource.equal_pointers:
        text = f"{' and '.join(resource.equal_pointers)} of an item are the same."
        yield draft_claim(
            list_operation.id,
            "equal",
            text,
            FieldsHoldSameValue(pointers=resource.equal_pointers),
            statements.get_citations(source, "equal"),
        )
    if list_operation and resource.parent:
        parent_citations = statements.get_citations(resource.parent.source, "belongs")
        if resource.parent.field:
            yield draft_claim(
                list_operation.id,
                "belongs",
                f"Each item names the {resource.parent.parameter} it was asked of.",
                ItemBelongsToParent(isolated=False),
                parent_citations,
            )
        yield draft_claim(
            list_operation.id,
            "isolated",
            f"What is in one {resource.parent.parameter} is not in another's list.",
            ItemBelongsToParent(isolated=True),
            parent_citations,
        )
    if resource.read and resource.list:
        yield draft_claim(
            resource.read,
            "as-listed",
            "Reading one item gives what the list gives.",
            ReadsAsListed(),
            statements.get_citations(source, "read"),
        )
    for role in ("replace", "change"):
        yield from _derive_update_claims(role, resource, operations, statements)
    if resource.delete:
        yield draft_claim(
            resource.delete,
            "gone",
            "What was deleted is in no list and cannot be read.",
            DeletedItemIsGone(),
            statements.get_citations(source, "gone"),
        )
    yield from _derive_toggled_field_claims(resource, statements)
    yield from _derive_refusal_and_side_effect_claims(resource, operations, statements)


def _derive_update_claims(
    role: str, resource: Resource, operations: dict[str, Operation], statements: Statements
) -> Iterator[ClaimDraft]:
    operation_id = getattr(resource, role)
    if operation_id is None or (body := operations[operation_id].body) is None:
        return
    for name in body.schema.list_properties(MessageDirection.REQUEST, MessageDirection.RESPONSE):
        yield ClaimDraft(
            id=f"{operation_id}/body/{name}/{role}d",
            operation=operation_id,
            text=f"After the update, {name} reads back as sent.",
            promise=StoresUpdatedField(name=name),
            pointer=resource.pointer,
            citations=statements.get_citations(resource.source, f"{role}d"),
        )


def _derive_toggled_field_claims(
    resource: Resource, statements: Statements
) -> Iterator[ClaimDraft]:
    for switch in resource.switches:
        for position in ToggledFieldState:
            operation_id, field_name = getattr(switch, position), switch.field[1:]
            text = f"It {'sets' if position is ToggledFieldState.ON else 'clears'} {field_name}."
            citations = statements.get_citations(switch.source, position)
            promise = SetsItemFlag(switch=switch, position=position, repeated=False)
            yield ClaimDraft(
                id=f"{operation_id}/switches{switch.field}",
                operation=operation_id,
                text=text,
                promise=promise,
                pointer=resource.pointer,
                citations=citations,
                is_guess=switch.guessed,
            )
            if switch.idempotent:
                text = "Done twice, it succeeds twice and is as good as once."
                citations = statements.get_citations(switch.source, f"twice-{position}")
                promise = SetsItemFlag(switch=switch, position=position, repeated=True)
                yield ClaimDraft(
                    id=f"{operation_id}/twice",
                    operation=operation_id,
                    text=text,
                    promise=promise,
                    pointer=resource.pointer,
                    citations=citations,
                    is_guess=switch.guessed,
                )


def _derive_refusal_and_side_effect_claims(
    resource: Resource, operations: dict[str, Operation], statements: Statements
) -> Iterator[ClaimDraft]:
    pointer = resource.pointer
    for operation_id in dict.fromkeys(resource.operation_ids_by_role.values()):
        operation = operations[operation_id]
        if resource.parent and (
            response := operation.find_documented_response(resource.parent.not_found_status)
        ):
            text = (
                f"A {resource.parent.parameter} that does not exist is answered with"
                f" {resource.parent.not_found_status}."
            )
            promise = RefusesNonexistentId(status=resource.parent.not_found_status, of_parent=True)
            citations = statements.get_citations(response.source, "status")
            yield ClaimDraft(
                id=f"{operation_id}/{resource.parent.parameter}/unknown",
                operation=operation_id,
                text=text,
                promise=promise,
                pointer=response.pointer,
                citations=citations,
            )
        if (
            operation_id in resource.item_operation_ids
            and resource.id_parameter
            and (response := operation.find_documented_response(resource.not_found_status))
        ):
            text = (
                f"A {resource.id_parameter} that does not exist is answered with"
                f" {resource.not_found_status}."
            )
            promise = RefusesNonexistentId(status=resource.not_found_status, of_parent=False)
            citations = statements.get_citations(
                resource.source, "unknown", operation_id
            ) or statements.get_citations(response.source, "status")
            yield ClaimDraft(
                id=f"{operation_id}/{resource.id_parameter}/unknown",
                operation=operation_id,
                text=text,
                promise=promise,
                pointer=response.pointer,
                citations=citations,
            )
        if operation.is_safe:
            continue
        if operation_id in resource.item_operation_ids:
            for on_other_items in (False, True):
                subject = "other items" if on_other_items else "other fields of the item"
                suffix = "neighbors-untouched" if on_other_items else "fields-untouched"
                if operation_id == resource.delete and not on_other_items:
                    continue
                citations = statements.get_citations(resource.source, "unchanged", operation_id)
                text = f"It leaves the {subject} as they were."
                yield ClaimDraft(
                    id=f"{operation_id}/{suffix}",
                    operation=operation_id,
                    text=text,
                    promise=ChangesNothingElse(on_other_items=on_other_items),
                    pointer=pointer,
                    citations=citations,
                )
        if operation.body:
            citations = statements.get_citations(resource.source, "refused", operation_id)
            yield ClaimDraft(
                id=f"{operation_id}/refused-does-nothing",
                operation=operation_id,
                text="A refused request changes nothing.",
                promise=RefusalChangesNothing(),
                pointer=pointer,
                citations=citations,
            )
