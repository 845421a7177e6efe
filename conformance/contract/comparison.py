"""`compares`: parameters that select items by comparing a field with their value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from conformance.contract.behavior import BehaviorKind
from conformance.contract.claim import ClaimDraft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statements import Statements
from conformance.contract.word import POINTER, SOURCE, TEXT, Word


class ComparisonOperator(StrEnum):
    """How a field of an item is compared with the value of a parameter."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    AMONG = "in"
    """The field equals one of the values of an array parameter."""

    @property
    def is_of_order(self) -> bool:
        """Tell whether the operator needs values that have an order."""
        return self in (self.LESS, self.AT_MOST, self.MORE, self.AT_LEAST)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldComparison:
    """A parameter, and the field of the items that its value is compared with."""

    parameter: str
    item_pointer: str
    operator: ComparisonOperator


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparesFields:
    """The behavior that each of these parameters leaves in the list only what its value selects."""

    comparisons: tuple[FieldComparison, ...]
    pointer: str
    source: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectsComparedItems:
    """The promise that a parameter selects exactly the items whose field compares so."""

    kind: ClassVar[str] = "comparison.selects"
    behavior: ComparesFields
    comparison: FieldComparison


def parse_comparison_behavior(node: Json, pointer: str) -> ComparesFields:
    """Return the behavior that a `compares` node describes."""
    return ComparesFields(
        comparisons=tuple(
            FieldComparison(
                parameter=parameter,
                item_pointer=entry["field"],
                operator=ComparisonOperator(entry.get("is", "=")),
            )
            for parameter, entry in node.items()
            if not parameter.startswith("x-")
        ),
        pointer=pointer,
        source=node.get("x-source"),
    )


_SENTENCES = {
    ComparisonOperator.EQUAL: "equals its value",
    ComparisonOperator.NOT_EQUAL: "is not its value",
    ComparisonOperator.LESS: "is less than its value",
    ComparisonOperator.AT_MOST: "is at most its value",
    ComparisonOperator.MORE: "is more than its value",
    ComparisonOperator.AT_LEAST: "is at least its value",
    ComparisonOperator.AMONG: "is one of its values",
}


def derive_comparison_claims(
    operation: Operation, behavior: ComparesFields, statements: Statements
) -> Iterator[ClaimDraft]:
    """Yield the claim about each parameter."""
    for comparison in behavior.comparisons:
        field, parameter = comparison.item_pointer[1:], comparison.parameter
        yield ClaimDraft(
            id=f"{operation.id}/{parameter}/compares",
            operation=operation.id,
            text=f"{parameter} lists exactly the items whose {field}"
            f" {_SENTENCES[comparison.operator]}.",
            promise=SelectsComparedItems(behavior=behavior, comparison=comparison),
            pointer=behavior.pointer,
            citations=statements.get_citations(behavior.source, parameter),
        )


def _list_parameters(node: Json) -> list[str]:
    return [name for name in node if not name.startswith("x-")]


def _list_item_pointers(behavior: ComparesFields) -> list[str]:
    return [comparison.item_pointer for comparison in behavior.comparisons]


BEHAVIOR = BehaviorKind(
    word=Word(
        name="compares",
        place="an operation that lists",
        sentence="Each of these parameters selects the items whose field compares so with its"
        " value: = (unless said), !=, <, <=, >, >=, or in (one of an array).",
        schema={
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["field"],
                "additionalProperties": False,
                "properties": {
                    "field": POINTER,
                    "is": {"enum": [str(operator) for operator in ComparisonOperator]},
                },
            },
            "properties": {"x-source": SOURCE, "x-guess": TEXT},
        },
        example="compares: {status: {field: /status}, min_stars: {field: /stars, is: '>='}}",
    ),
    values=(ComparesFields,),
    parse=parse_comparison_behavior,
    derive_claims=derive_comparison_claims,
    list_parameters=_list_parameters,
    list_item_pointers=_list_item_pointers,
    checks="conformance.checks.comparison",
    mock="conformance.mock.comparison",
    faults="conformance.mock.faults.comparison",
)
