"""`echoes`: pointers into an answer that repeat what was sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.claim import Draft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statement import Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Echoes:
    """`answers` leads from a pointer into the answer to the parameter whose value stands there."""

    answers: Mapping[str, str]
    pointer: str
    source: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """What stands at `answer` is the value of `parameter`, or its default when it was not sent."""

    kind: ClassVar[str] = "echoing.echo"
    answer: str
    parameter: str


def parse(node: Json, pointer: str) -> Echoes:
    """Return the behaviour that an `echoes` node describes."""
    return Echoes(answers=node["answers"], pointer=pointer, source=node.get("x-source"))


def drafts(operation: Operation, echoes: Echoes, register: Register) -> Iterator[Draft]:
    """Yield one claim for each pointer."""
    for answer, parameter in echoes.answers.items():
        yield Draft(
            id=f"{operation.id}/{parameter}/echo",
            operation=operation.id,
            text=f"The answer repeats {parameter} at {answer}.",
            promise=Echo(answer=answer, parameter=parameter),
            pointer=echoes.pointer,
            ids=register.cite(echoes.source, parameter),
        )
