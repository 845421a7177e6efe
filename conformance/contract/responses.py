"""What every answer of an operation promises: its status, its media type, its shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.claim import ClaimDraft
from conformance.contract.operation import Operation
from conformance.contract.statements import Statements


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyMatchesSchema:
    """The body of each answer that falls under documented response `status` is valid against its
    schema; without a schema, it is empty.
    """

    kind: ClassVar[str] = "responding.shape"
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaTypeIsDocumented:
    """Each answer that falls under documented response `status` carries its media type (parameters
    such as charset allowed).
    """

    kind: ClassVar[str] = "responding.media"
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusIsDocumented:
    """No answer has a status that the documents do not list."""

    kind: ClassVar[str] = "responding.documented"


def draft_claims(operation: Operation, statements: Statements) -> Iterator[ClaimDraft]:
    """Yield shape and media type of each documented answer, and that there are no others."""
    for response in operation.responses:
        id_prefix = f"{operation.id}/responses/{response.status}"
        text = (
            f"A {response.status} answer has"
            f" {'the documented shape' if response.media_type is not None else 'no content'}."
        )
        if response.media_type is not None or response.status.startswith("2"):
            citations = statements.get_citations(response.source, "body")
            yield ClaimDraft(
                id=f"{id_prefix}/body",
                operation=operation.id,
                text=text,
                promise=BodyMatchesSchema(status=response.status),
                pointer=response.pointer,
                citations=citations,
            )
        if response.media_type is not None:
            text = f"A {response.status} answer is {response.media_type}."
            citations = statements.get_citations(response.source, "media")
            yield ClaimDraft(
                id=f"{id_prefix}/media",
                operation=operation.id,
                text=text,
                promise=MediaTypeIsDocumented(status=response.status),
                pointer=response.pointer,
                citations=citations,
            )
    if isinstance(operation.source, dict) and "documented" in operation.source:
        yield ClaimDraft(
            id=f"{operation.id}/responses/documented",
            operation=operation.id,
            text="Only documented statuses are answered.",
            promise=StatusIsDocumented(),
            pointer=operation.pointer,
            citations=statements.get_citations(operation.source, "documented"),
        )
