"""`distinct`: a value that differs from response to response."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.claim import ClaimDraft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statements import Statements


@dataclass(frozen=True, slots=True, kw_only=True)
class SendsUniqueValues:
    """The behavior that the value at `response_pointer` never repeats.

    It applies to responses with `status`, which is a code or a class such as `4XX`.
    """

    response_pointer: str
    status: str
    pointer: str
    source: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverRepeatsValue:
    """The promise that two responses with that status have different values."""

    kind: ClassVar[str] = "uniqueness.never-repeats"
    behavior: SendsUniqueValues


def parse_uniqueness_behavior(node: Json, pointer: str) -> SendsUniqueValues:
    """Return the behavior that a `distinct` node describes."""
    return SendsUniqueValues(
        response_pointer=node["answers"],
        status=str(node["status"]),
        pointer=pointer,
        source=node.get("x-source"),
    )


def derive_uniqueness_claims(
    operation: Operation, behavior: SendsUniqueValues, statements: Statements
) -> Iterator[ClaimDraft]:
    """Yield the claim that the value never repeats."""
    yield ClaimDraft(
        id=f"{operation.id}/responses/{behavior.status}/distinct{behavior.response_pointer}",
        operation=operation.id,
        text=f"Each {behavior.status} answer has its own {behavior.response_pointer[1:]}.",
        promise=NeverRepeatsValue(behavior=behavior),
        pointer=behavior.pointer,
        citations=statements.get_citations(behavior.source),
    )
