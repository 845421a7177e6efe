"""`tolerates`: inputs that no page declares and that the vendor's own client sends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.claim import ClaimDraft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statements import Statements


@dataclass(frozen=True, slots=True, kw_only=True)
class ToleratesUndeclaredInputs:
    """Query parameters and headers that are accepted and have no effect on what the contract
    describes.
    """

    query_parameters: Mapping[str, str]
    headers: Mapping[str, str]
    pointer: str
    source: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoresUndeclaredInputs:
    """A request with all of them is answered like one without."""

    kind: ClassVar[str] = "tolerating.undeclared"
    behavior: ToleratesUndeclaredInputs


def parse(node: Json, pointer: str) -> ToleratesUndeclaredInputs:
    """Return the behavior that a `tolerates` node describes."""
    return ToleratesUndeclaredInputs(
        query_parameters=node.get("query", {}),
        headers=node.get("headers", {}),
        pointer=pointer,
        source=node.get("x-source"),
    )


def draft_claims(
    operation: Operation, behavior: ToleratesUndeclaredInputs, statements: Statements
) -> Iterator[ClaimDraft]:
    """Yield the one claim."""
    yield ClaimDraft(
        id=f"{operation.id}/tolerates",
        operation=operation.id,
        text="What the vendor's own client sends besides is accepted: "
        + ", ".join([*behavior.query_parameters, *behavior.headers])
        + ".",
        promise=IgnoresUndeclaredInputs(behavior=behavior),
        pointer=behavior.pointer,
        citations=statements.get_citations(behavior.source),
    )
