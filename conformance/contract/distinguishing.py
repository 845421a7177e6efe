"""`distinct`: a value that differs from answer to answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.claim import Draft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statement import Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Distinct:
    """What stands at `answer` in responses of `status` (a code or a class such as 4XX) never
    repeats.
    """

    answer: str
    status: str
    pointer: str
    source: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Differs:
    """Two answers of that status carry different values."""

    kind: ClassVar[str] = "distinguishing.differs"
    distinct: Distinct


def parse(node: Json, pointer: str) -> Distinct:
    """Return the behaviour that a `distinct` node describes."""
    return Distinct(
        answer=node["answers"],
        status=str(node["status"]),
        pointer=pointer,
        source=node.get("x-source"),
    )


def drafts(operation: Operation, distinct: Distinct, register: Register) -> Iterator[Draft]:
    """Yield the one claim."""
    yield Draft(
        id=f"{operation.id}/responses/{distinct.status}/distinct{distinct.answer}",
        operation=operation.id,
        text=f"Each {distinct.status} answer has its own {distinct.answer[1:]}.",
        promise=Differs(distinct=distinct),
        pointer=distinct.pointer,
        ids=register.cite(distinct.source),
    )
