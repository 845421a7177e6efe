"""`echoes`: response values that repeat request parameters."""

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
class Echoes:
    """The behavior that a response repeats parameters of its request.

    `parameters_by_pointer` maps each pointer into the response to the parameter whose value is
    there.
    """

    parameters_by_pointer: Mapping[str, str]
    pointer: str
    source: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoesParameter:
    """The promise that the value at `response_pointer` is the value of `parameter`.

    If the parameter was not sent, it is the parameter's default.
    """

    kind: ClassVar[str] = "echo.parameter"
    response_pointer: str
    parameter: str


def parse_echo_behavior(node: Json, pointer: str) -> Echoes:
    """Return the behavior that an `echoes` node describes."""
    return Echoes(
        parameters_by_pointer=node["answers"], pointer=pointer, source=node.get("x-source")
    )


def derive_echo_claims(
    operation: Operation, behavior: Echoes, statements: Statements
) -> Iterator[ClaimDraft]:
    """Yield one claim for each pointer."""
    for response_pointer, parameter in behavior.parameters_by_pointer.items():
        yield ClaimDraft(
            id=f"{operation.id}/{parameter}/echo",
            operation=operation.id,
            text=f"The answer repeats {parameter} at {response_pointer}.",
            promise=EchoesParameter(response_pointer=response_pointer, parameter=parameter),
            pointer=behavior.pointer,
            citations=statements.get_citations(behavior.source, parameter),
        )


def _list_parameters(node: Json) -> list[str]:
    return [*node["answers"].values()]


BEHAVIOR = BehaviorKind(
    word=Word(
        name="echoes",
        place="an operation",
        sentence="The answer repeats parameters of the request.",
        schema=mapping_schema(["answers"], answers=TEXTS_BY_NAME),
        example="echoes: {answers: {/sortField: sortField}}",
    ),
    values=(Echoes,),
    parse=parse_echo_behavior,
    derive_claims=derive_echo_claims,
    list_parameters=_list_parameters,
    checks="conformance.checks.echo",
    mock="conformance.mock.echo",
    faults="conformance.mock.faults.echo",
)
