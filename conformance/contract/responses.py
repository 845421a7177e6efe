"""Claims about every response of an operation: its status, media type and body."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.claim import ClaimDraft
from conformance.contract.operation import Operation
from conformance.contract.statements import Statements


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyMatchesSchema:
    """The promise that the body of each response documented as `status` matches its schema.

    If no schema is documented, the body is empty.
    """

    kind: ClassVar[str] = "responses.schema"
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaTypeIsDocumented:
    """The promise that each response documented as `status` has its media type.

    Parameters such as charset are allowed.
    """

    kind: ClassVar[str] = "responses.media-type"
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderMatchesSchema:
    """The promise that header `name` of each response documented as `status` matches its schema.

    Unless it is required, it may be absent.
    """

    kind: ClassVar[str] = "responses.header"
    status: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusIsDocumented:
    """The promise that no response has an undocumented status."""

    kind: ClassVar[str] = "responses.status"


def derive_response_claims(operation: Operation, statements: Statements) -> Iterator[ClaimDraft]:
    """Yield claims about body and media type of each documented response, and about statuses."""
    for response in operation.responses:
        id_prefix = f"{operation.id}/responses/{response.status}"
        text = (
            f"A {response.status} answer has"
            f" {'the documented shape' if response.media_type is not None else 'no content'}."
        )
        is_head = operation.method == "HEAD"  # it is answered without content (RFC 9110, 9.3.2)
        if not is_head and (response.media_type is not None or response.status.startswith("2")):
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
            media_types = " or ".join(content.media_type for content in response.contents)
            text = f"A {response.status} answer is {media_types}."
            citations = statements.get_citations(response.source, "media")
            yield ClaimDraft(
                id=f"{id_prefix}/media",
                operation=operation.id,
                text=text,
                promise=MediaTypeIsDocumented(status=response.status),
                pointer=response.pointer,
                citations=citations,
            )
        for header in response.headers:
            verb = "has" if header.required else "may have"
            source = header.source if header.source is not None else response.source
            yield ClaimDraft(
                id=f"{id_prefix}/headers/{header.name}",
                operation=operation.id,
                text=f"A {response.status} answer {verb} the header {header.name}, as documented.",
                promise=HeaderMatchesSchema(status=response.status, name=header.name),
                pointer=header.pointer,
                citations=statements.get_citations(source, "header"),
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
