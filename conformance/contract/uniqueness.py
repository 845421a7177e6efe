"""`distinct`: a value that differs from response to response."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.behavior import BehaviorKind
from conformance.contract.claim import ClaimDraft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statements import Statements
from conformance.contract.word import POINTER, Word, mapping_schema


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


BEHAVIOR = BehaviorKind(
    word=Word(
        name="distinct",
        place="an operation",
        sentence="A value of the answer differs from answer to answer.",
        schema=mapping_schema(
            ["answers", "status"], answers=POINTER, status={"type": ["string", "integer"]}
        ),
        example="distinct: {answers: /requestId, status: 4XX}",
    ),
    values=(SendsUniqueValues,),
    parse=parse_uniqueness_behavior,
    derive_claims=derive_uniqueness_claims,
    checks="conformance.checks.uniqueness",
    mock="conformance.mock.uniqueness",
    faults="conformance.mock.faults.uniqueness",
)
