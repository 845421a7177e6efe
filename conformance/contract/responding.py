"""What every answer of an operation promises: its status, its media type, its shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.claim import Draft
from conformance.contract.operation import Operation
from conformance.contract.statement import Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The body of each answer that falls under documented response `status` is valid against its
    schema; without a schema, it is empty.
    """

    kind: ClassVar[str] = "responding.shape"
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Each answer that falls under documented response `status` carries its media type (parameters
    such as charset allowed).
    """

    kind: ClassVar[str] = "responding.media"
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Documented:
    """No answer has a status that the documents do not list."""

    kind: ClassVar[str] = "responding.documented"


def drafts(operation: Operation, register: Register) -> Iterator[Draft]:
    """Yield shape and media type of each documented answer, and that there are no others."""
    for response in operation.responses:
        base = f"{operation.id}/responses/{response.status}"
        text = (
            f"A {response.status} answer has"
            f" {'the documented shape' if response.media is not None else 'no content'}."
        )
        if response.media is not None or response.status.startswith("2"):
            ids = register.cite(response.source, "body")
            yield Draft(
                id=f"{base}/body",
                operation=operation.id,
                text=text,
                promise=Shape(status=response.status),
                pointer=response.pointer,
                ids=ids,
            )
        if response.media is not None:
            text = f"A {response.status} answer is {response.media}."
            ids = register.cite(response.source, "media")
            yield Draft(
                id=f"{base}/media",
                operation=operation.id,
                text=text,
                promise=Media(status=response.status),
                pointer=response.pointer,
                ids=ids,
            )
    if isinstance(operation.source, dict) and "documented" in operation.source:
        yield Draft(
            id=f"{operation.id}/responses/documented",
            operation=operation.id,
            text="Only documented statuses are answered.",
            promise=Documented(),
            pointer=operation.pointer,
            ids=register.cite(operation.source, "documented"),
        )
