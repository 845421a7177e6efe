"""Claims about request bodies: documented examples, boundary values and refusals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.claim import ClaimDraft, Promise
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.pointer import join
from conformance.contract.reference import resolve_reference
from conformance.contract.schema import MessageDirection
from conformance.contract.statements import Statements
from conformance.protocol import parse_media_type

# of media types whose bodies say how to change an item instead of holding its fields
PATCH_SUFFIXES = ("-patch+json", "-patch")
BOUND_KEYWORDS = ("minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum")


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptsBodyExample:
    """The promise that the documented body is accepted unchanged."""

    kind: ClassVar[str] = "request_bodies.example"
    body: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptsBoundaryValue:
    """The promise that property `name` accepts a value at the bound that `keyword` sets."""

    kind: ClassVar[str] = "request_bodies.boundary"
    name: str
    keyword: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusesInvalidBody:
    """The promise that a body that violates `keyword` is refused.

    The violation is in property `name`, or in the body itself if `name` is None. With `required`,
    `name` is the property that is missing. With `if`, the body meets the schema's condition, but
    not its consequence. With `json`, the body is not JSON.
    """

    kind: ClassVar[str] = "request_bodies.refuses"
    name: str | None
    keyword: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptsRequestMediaType:
    """The promise that a body of one of several documented media types is accepted."""

    kind: ClassVar[str] = "request_bodies.media-type"
    media_type: str


def derive_request_body_claims(
    operation: Operation, statements: Statements
) -> Iterator[ClaimDraft]:
    """Yield the claims about the request body of an operation."""
    body = operation.body
    if body is None:
        return
    schema, schema_pointer = resolve_reference(
        body.schema.document,
        body.schema.node,
        join(body.pointer, "content", body.media_type, "schema"),
    )

    def draft_claim(
        suffix: str, text: str, promise: Promise, pointer: str, source: Json, *keys: str
    ) -> ClaimDraft:
        citations = statements.get_citations(source, *keys)
        return ClaimDraft(
            id=f"{operation.id}/body/{suffix}",
            operation=operation.id,
            text=text,
            promise=promise,
            pointer=pointer,
            citations=citations,
        )

    for name, example in body.examples.items():
        yield draft_claim(
            f"example/{name}",
            "The documented example of a body is accepted.",
            AcceptsBodyExample(body=example),
            body.pointer,
            body.source,
            "example",
            name,
        )
    for alternative in body.alternatives:
        if not parse_media_type(alternative.media_type).endswith(PATCH_SUFFIXES):
            yield draft_claim(
                f"media/{alternative.media_type}",
                f"A body of type {alternative.media_type} is accepted.",
                AcceptsRequestMediaType(media_type=alternative.media_type),
                join(body.pointer, "content", alternative.media_type),
                body.source,
                "media",
                alternative.media_type,
            )
    for keyword in body.refused_keywords:
        text = (
            "A body that is not JSON is refused."
            if keyword == "json"
            else f"A body outside {keyword} is refused."
        )
        yield draft_claim(
            f"refuses/{keyword}",
            text,
            RefusesInvalidBody(name=None, keyword=keyword),
            body.pointer,
            body.source,
            "refused",
        )
    source = schema.get("x-source")
    for keyword in schema.get("x-refused", ()):
        if keyword == "required":
            for name in schema.get("required", ()):
                text = f"A body without {name} is refused."
                yield draft_claim(
                    f"{name}/refuses/required",
                    text,
                    RefusesInvalidBody(name=name, keyword="required"),
                    join(schema_pointer, "required"),
                    source,
                    "required",
                    name,
                )
        else:
            text = f"A body that breaks {keyword} of the documented schema is refused."
            yield draft_claim(
                f"refuses/{keyword}",
                text,
                RefusesInvalidBody(name=None, keyword=keyword),
                join(schema_pointer, keyword),
                source,
                keyword,
            )
    for name, property_schema in body.schema.list_properties(MessageDirection.REQUEST).items():
        node = property_schema.merged
        property_pointer = join(schema_pointer, "properties", name)
        for keyword in node.get("x-refused", ()):
            text = f"A {name} that breaks the documented {keyword} is refused."
            yield draft_claim(
                f"{name}/refuses/{keyword}",
                text,
                RefusesInvalidBody(name=name, keyword=keyword),
                property_pointer,
                node.get("x-source"),
                keyword,
            )
        for keyword in BOUND_KEYWORDS:
            if keyword in node and keyword in (node.get("x-source") or {}):
                text = f"A {name} at the documented {keyword} is accepted."
                yield draft_claim(
                    f"{name}/accepts/{keyword}",
                    text,
                    AcceptsBoundaryValue(name=name, keyword=keyword),
                    property_pointer,
                    node.get("x-source"),
                    keyword,
                )
