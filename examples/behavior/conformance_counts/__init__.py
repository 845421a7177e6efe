"""`counts`: a header of a list says how many items match, on all pages together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.behavior import BehaviorKind
from conformance.contract.claim import ClaimDraft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statements import Statements
from conformance.contract.word import TEXT, Word, mapping_schema


@dataclass(frozen=True, slots=True, kw_only=True)
class CountsItems:
    """The behavior that `header` holds the number of all items that match, whatever the page."""

    header: str
    pointer: str
    source: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncesCount:
    """The promise that the header of each page is the number of the items of all pages."""

    kind: ClassVar[str] = "counts.header"
    behavior: CountsItems


def parse_counting_behavior(node: Json, pointer: str) -> CountsItems:
    """Return the behavior that a `counts` node describes."""
    return CountsItems(header=node["header"], pointer=pointer, source=node.get("x-source"))


def derive_counting_claims(
    operation: Operation, behavior: CountsItems, statements: Statements
) -> Iterator[ClaimDraft]:
    """Yield the claim that the header counts the items."""
    yield ClaimDraft(
        id=f"{operation.id}/counts/{behavior.header}",
        operation=operation.id,
        text=f"{behavior.header} is the number of the items of all pages.",
        promise=AnnouncesCount(behavior=behavior),
        pointer=behavior.pointer,
        citations=statements.get_citations(behavior.source),
    )


BEHAVIOR = BehaviorKind(
    word=Word(
        name="counts",
        place="an operation that lists",
        sentence="A header of the answer says how many items match, on all pages together.",
        schema=mapping_schema(["header"], header=TEXT),
        example="counts: {header: X-Total-Count}",
    ),
    values=(CountsItems,),
    parse=parse_counting_behavior,
    derive_claims=derive_counting_claims,
    checks="conformance_counts.checks",
    mock="conformance_counts.mock",
    faults="conformance_counts.faults",
)
