"""Items that belong to the user who created them: how requests of another user are refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.claim import ClaimDraft
from conformance.contract.operation import Operation
from conformance.contract.resource import Resource
from conformance.contract.statements import Statements


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusesOtherUser:
    """The promise that a request of another user on an item is refused and has no effect."""

    kind: ClassVar[str] = "ownership.other-user"
    status: int


def derive_ownership_claims(
    resource: Resource, operations: Mapping[str, Operation], statements: Statements
) -> Iterator[ClaimDraft]:
    """Yield a claim for each operation on an item, if the resource says what others get."""
    if resource.forbidden_status is None or resource.id_parameter is None:
        return
    for operation_id in resource.item_operation_ids:
        operation = operations[operation_id]
        if operation.find_documented_response(resource.forbidden_status) is None:
            continue
        yield ClaimDraft(
            id=f"{operation_id}/{resource.id_parameter}/forbidden",
            operation=operation_id,
            text=(
                f"A {resource.name} of another user is answered with {resource.forbidden_status}."
            ),
            promise=RefusesOtherUser(status=resource.forbidden_status),
            pointer=resource.pointer,
            citations=statements.get_citations(resource.source, "forbidden", operation_id),
        )
