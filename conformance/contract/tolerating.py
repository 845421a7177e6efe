"""`tolerates`: inputs that no page declares and that the vendor's own client sends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.claim import Draft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statement import Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerates:
    """Query parameters and headers that are accepted and have no effect on what the contract
    describes.
    """

    query: Mapping[str, str]
    headers: Mapping[str, str]
    pointer: str
    source: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Undeclared:
    """A request with all of them is answered like one without."""

    kind: ClassVar[str] = "tolerating.undeclared"
    tolerates: Tolerates


def parse(node: Json, pointer: str) -> Tolerates:
    """Return the behaviour that a `tolerates` node describes."""
    return Tolerates(
        query=node.get("query", {}),
        headers=node.get("headers", {}),
        pointer=pointer,
        source=node.get("x-source"),
    )


def drafts(operation: Operation, tolerates: Tolerates, register: Register) -> Iterator[Draft]:
    """Yield the one claim."""
    yield Draft(
        id=f"{operation.id}/tolerates",
        operation=operation.id,
        text="What the vendor's own client sends besides is accepted: "
        + ", ".join([*tolerates.query, *tolerates.headers])
        + ".",
        promise=Undeclared(tolerates=tolerates),
        pointer=tolerates.pointer,
        ids=register.cite(tolerates.source),
    )
