"""`tolerates`: undocumented inputs that the vendor's own client sends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.behavior import BehaviorKind
from conformance.contract.claim import ClaimDraft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statements import Statements
from conformance.contract.word import TEXTS_BY_NAME, Word, mapping_schema


@dataclass(frozen=True, slots=True, kw_only=True)
class ToleratesUndeclaredInputs:
    """The behavior that certain query parameters and headers are accepted and have no effect.

    Both mappings lead from names to values. No effect means none on what the contract describes.
    """

    query_parameters: Mapping[str, str]
    headers: Mapping[str, str]
    pointer: str
    source: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoresUndeclaredInputs:
    """The promise that all these inputs together do not change the response."""

    kind: ClassVar[str] = "undeclared_inputs.ignored"
    behavior: ToleratesUndeclaredInputs


def parse_undeclared_inputs_behavior(node: Json, pointer: str) -> ToleratesUndeclaredInputs:
    """Return the behavior that a `tolerates` node describes."""
    return ToleratesUndeclaredInputs(
        query_parameters=node.get("query", {}),
        headers=node.get("headers", {}),
        pointer=pointer,
        source=node.get("x-source"),
    )


def derive_undeclared_inputs_claims(
    operation: Operation, behavior: ToleratesUndeclaredInputs, statements: Statements
) -> Iterator[ClaimDraft]:
    """Yield the claim that the inputs are accepted."""
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


BEHAVIOR = BehaviorKind(
    word=Word(
        name="tolerates",
        place="an operation",
        sentence="Undeclared inputs that the vendor's own client sends have no effect.",
        schema=mapping_schema((), query=TEXTS_BY_NAME, headers=TEXTS_BY_NAME),
        example="tolerates: {query: {_actions: 'false'}}",
    ),
    values=(ToleratesUndeclaredInputs,),
    parse=parse_undeclared_inputs_behavior,
    derive_claims=derive_undeclared_inputs_claims,
    checks="conformance.checks.undeclared_inputs",
    mock="conformance.mock.undeclared_inputs",
    faults="conformance.mock.faults.undeclared_inputs",
)
