"""What the body of a writing operation promises: its examples, its bounds, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.claim import Draft
from conformance.contract.json import Json
from conformance.contract.operation import Body, Operation, properties
from conformance.contract.pointer import join
from conformance.contract.reference import resolve
from conformance.contract.statement import Register

BOUNDS = ("minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum")


@dataclass(frozen=True, slots=True, kw_only=True)
class TakesExample:
    """The documented body is accepted as it stands."""

    kind: ClassVar[str] = "writing.example"
    body: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class TakesBound:
    """A value at the bound that `keyword` sets for property `name` is accepted."""

    kind: ClassVar[str] = "writing.bound"
    name: str
    keyword: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusesBody:
    """A body that breaks `keyword` (of property `name`, or of the body itself when None) is
    refused.

    For `required`, `name` is the property left out; for `if`, the condition in the schema is met
    and its consequence is not; `json` means that the body is no JSON at all.
    """

    kind: ClassVar[str] = "writing.refuses"
    name: str | None
    keyword: str


def drafts(operation: Operation, document: Json, register: Register) -> Iterator[Draft]:
    """Yield what the request body of an operation promises."""
    body = operation.body
    if body is None:
        return
    schema, at = resolve(document, body.schema, join(body.pointer, "content", body.media, "schema"))

    def draft(
        end: str,
        text: str,
        promise: TakesExample | TakesBound | RefusesBody,
        pointer: str,
        source: Json,
        *keys: str,
    ) -> Draft:
        ids = register.cite(source, *keys)
        return Draft(
            id=f"{operation.id}/body/{end}",
            operation=operation.id,
            text=text,
            promise=promise,
            pointer=pointer,
            ids=ids,
        )

    for name, example in body.examples.items():
        yield draft(
            f"example/{name}",
            "The documented example of a body is accepted.",
            TakesExample(body=example),
            body.pointer,
            body.source,
            "example",
            name,
        )
    for keyword in body.refused:
        text = (
            "A body that is not JSON is refused."
            if keyword == "json"
            else f"A body outside {keyword} is refused."
        )
        yield draft(
            f"refuses/{keyword}",
            text,
            RefusesBody(name=None, keyword=keyword),
            body.pointer,
            body.source,
            "refused",
        )
    source = schema.get("x-source")
    for keyword in schema.get("x-refused", ()):
        if keyword == "required":
            for name in schema.get("required", ()):
                text = f"A body without {name} is refused."
                yield draft(
                    f"{name}/refuses/required",
                    text,
                    RefusesBody(name=name, keyword="required"),
                    join(at, "required"),
                    source,
                    "required",
                    name,
                )
        else:
            text = f"A body that breaks {keyword} of the documented schema is refused."
            yield draft(
                f"refuses/{keyword}",
                text,
                RefusesBody(name=None, keyword=keyword),
                join(at, keyword),
                source,
                keyword,
            )
    for name, (node, _) in properties(document, body.schema).items():
        below = join(at, "properties", name)
        for keyword in node.get("x-refused", ()):
            text = f"A {name} that breaks the documented {keyword} is refused."
            yield draft(
                f"{name}/refuses/{keyword}",
                text,
                RefusesBody(name=name, keyword=keyword),
                below,
                node.get("x-source"),
                keyword,
            )
        for keyword in BOUNDS:
            if keyword in node and keyword in (node.get("x-source") or {}):
                text = f"A {name} at the documented {keyword} is accepted."
                yield draft(
                    f"{name}/accepts/{keyword}",
                    text,
                    TakesBound(name=name, keyword=keyword),
                    below,
                    node.get("x-source"),
                    keyword,
                )


def writable(document: Json, body: Body) -> dict[str, Json]:
    """Return the properties that a body declares, each with its schema."""
    return {name: node for name, (node, _) in properties(document, body.schema).items()}
