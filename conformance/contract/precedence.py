"""`overrides`: a parameter that takes precedence over others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.behavior import BehaviorKind
from conformance.contract.claim import ClaimDraft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statements import Statements
from conformance.contract.word import NAMES, TEXT, Word, mapping_schema


@dataclass(frozen=True, slots=True, kw_only=True)
class DisablesOtherParameters:
    """The behavior that the parameters in `disables` have no effect beside `parameter`."""

    parameter: str
    overridden_parameters: tuple[str, ...]
    pointer: str
    source: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoresOverriddenParameters:
    """The promise that disabled parameters have no effect if the overriding one is sent too."""

    kind: ClassVar[str] = "precedence.ignored"
    behavior: DisablesOtherParameters


def parse_precedence_behavior(node: Json, pointer: str) -> DisablesOtherParameters:
    """Return the behavior that an `overrides` node describes."""
    return DisablesOtherParameters(
        parameter=node["parameter"],
        overridden_parameters=tuple(node["disables"]),
        pointer=pointer,
        source=node.get("x-source"),
    )


def derive_parameter_override_claims(
    operation: Operation, behavior: DisablesOtherParameters, statements: Statements
) -> Iterator[ClaimDraft]:
    """Yield the claim about an override."""
    disabled_names = " and ".join(behavior.overridden_parameters)
    yield ClaimDraft(
        id=f"{operation.id}/{behavior.parameter}/overrides",
        operation=operation.id,
        text=f"Beside {behavior.parameter}, {disabled_names} have no effect.",
        promise=IgnoresOverriddenParameters(behavior=behavior),
        pointer=behavior.pointer,
        citations=statements.get_citations(behavior.source),
    )


def _list_parameters(node: Json) -> list[str]:
    return [node["parameter"], *node["disables"]]


BEHAVIOR = BehaviorKind(
    word=Word(
        name="overrides",
        place="an operation that lists",
        sentence="Beside a parameter, others have no effect.",
        schema=mapping_schema(["parameter", "disables"], parameter=TEXT, disables=NAMES),
        example="overrides: {parameter: query, disables: [filter, filterField]}",
    ),
    values=(DisablesOtherParameters,),
    parse=parse_precedence_behavior,
    derive_claims=derive_parameter_override_claims,
    list_parameters=_list_parameters,
    checks="conformance.checks.precedence",
    mock="conformance.mock.precedence",
    faults="conformance.mock.faults.precedence",
)
