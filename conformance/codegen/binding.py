"""How an operation's parameters and body become the arguments of a method."""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.codegen import naming
from conformance.codegen.refusal import refusal
from conformance.codegen.shape import (
    BYTES,
    NULL,
    TEXT,
    Either,
    OneOf,
    Record,
    Shape,
    either,
    nullable,
    write,
)
from conformance.codegen.shaping import Shaper
from conformance.codegen.source import Code, identifier
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Location, Operation, Parameter
from conformance.contract.pointer import join

RESERVED = naming.MODULES | {"self", "answer", "item", "walk"}
STYLES = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}
MEDIA = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument of a method: `wire` as the API calls it, `location` where it travels (`body` for
    a field of the body).
    """

    wire: str
    name: Code
    location: str
    type: Code
    required: bool
    text: str
    style: str = "form"
    explode: bool = True
    media: str | None = None
    reserved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A request body: one argument, or (`spread`) one for each of its fields."""

    media: str
    type: Code
    required: bool
    arguments: tuple[Argument, ...]
    spread: bool


def carried(text: str, at: str, contract: Contract, *, media: bool = False) -> str:
    """Return a header's name or a media type; raises ContractError for one that would break out of
    the header it stands in (RFC 9110, 5.6.2 and 8.3.1).
    """
    token = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
    if not re.fullmatch(rf"{token}/{token}(?:\s*;[ -~]*)?" if media else token, text):
        raise refusal(
            f"{text[:60]!r} is no"
            f" {'media type' if media else 'name that a header or a cookie can have'}",
            at,
            contract,
        )
    return text


def arguments(operation: Operation, contract: Contract, sent: Shaper) -> tuple[Argument, ...]:
    """Return the arguments for an operation's parameters, those of the path first and in its order.

    Raises ContractError for a parameter that no request could carry.
    """
    scope = naming.Scope(RESERVED)
    order = {
        name: operation.path.find("{" + name + "}")
        for name in (one.name for one in operation.parameters)
    }
    sought = sorted(
        operation.parameters,
        key=lambda one: (
            one.location is not Location.PATH,
            order[one.name] if one.location is Location.PATH else 0,
        ),
    )
    return tuple(
        _argument(one, operation, contract, sent, scope) for one in sought if not _set_by_us(one)
    )


def _set_by_us(parameter: Parameter) -> bool:
    """Tell whether OpenAPI ignores a parameter of that name (OpenAPI 3.1, 4.8.12.2): the client
    writes it itself.
    """
    return parameter.location is Location.HEADER and parameter.name.lower() in (
        "accept",
        "content-type",
        "authorization",
    )


def _argument(
    parameter: Parameter,
    operation: Operation,
    contract: Contract,
    sent: Shaper,
    scope: naming.Scope,
) -> Argument:
    node = pointers.get(contract.document, parameter.pointer)
    place = str(parameter.location)
    if parameter.location in (Location.HEADER, Location.COOKIE):
        carried(parameter.name, parameter.pointer, contract)
    hint = f"{' '.join(naming.words(operation.id))} {parameter.name}"
    if parameter.media is not None:
        at = join(parameter.pointer, "content", parameter.media)
        if "json" not in parameter.media:
            raise refusal(f"a parameter written as {parameter.media[:60]}", at, contract)
        holder = node["content"][parameter.media].get("schema")
        shape = sent.shape(holder, join(at, "schema"), hint)
    else:
        holder = node.get("schema")
        shape = _written(sent.shape(holder, join(parameter.pointer, "schema"), hint), sent)
        if parameter.blank:
            shape = _with_blank(shape, sent)
    style = node.get("style", STYLES[place][0])
    if style not in STYLES[place]:
        raise refusal(
            f"the style {str(style)[:40]!r} in {place}", join(parameter.pointer, "style"), contract
        )
    limits = sent.text(
        {
            key: value
            for key, value in (holder if isinstance(holder, dict) else {}).items()
            if key != "description"
        }
    )
    words = " ".join(parameter.description.split()) or (
        sent.text(holder) if isinstance(holder, dict) else ""
    )
    return Argument(
        wire=parameter.name,
        name=identifier(scope.give(naming.snake(parameter.name, "argument"))),
        location=place,
        type=write(shape, "inputs.", request=True),
        required=parameter.required or parameter.location is Location.PATH,
        text=(
            f"{words} {limits}".strip() if limits.startswith("(") and limits not in words else words
        ),
        style=style,
        explode=bool(node.get("explode", style in ("form", "deepObject"))),
        media=parameter.media,
        reserved=bool(node.get("allowReserved", False)),
    )


def _written(shape: Shape, sent: Shaper) -> Shape:
    """Return the type without None: outside of JSON there is no way to write null."""
    real = sent.resolved(shape)
    if isinstance(real, Either) and nullable(real):
        return either(*(one for one in real.members if one != NULL))
    if isinstance(real, OneOf) and None in real.values:
        return OneOf(tuple(value for value in real.values if value is not None))
    return shape


def _with_blank(shape: Shape, sent: Shaper) -> Shape:
    """Return the type with the empty text, for a parameter that may be given without a value."""
    real = sent.resolved(shape)
    return (
        OneOf((*real.values, ""))
        if isinstance(real, OneOf) and "" not in real.values
        else shape
        if real == TEXT
        else either(shape, OneOf(("",)))
    )


def payload(
    operation: Operation, contract: Contract, sent: Shaper, taken: set[Code]
) -> Payload | None:
    """Return the body of an operation as arguments; `taken` names are those of its parameters.

    The fields of a body that is required, and is one plain object, become arguments of their own.
    """
    if operation.body is None:
        return None
    node = pointers.get(contract.document, operation.body.pointer)
    content = node["content"]
    media = next(
        (one for one in content if "json" in one),
        next((one for one in MEDIA if one in content), next(iter(content))),
    )
    at = join(
        operation.body.pointer,
        "content",
        carried(media, operation.body.pointer, contract, media=True),
        "schema",
    )
    schema: Json = content[media].get("schema")
    if "json" in media or media in MEDIA:
        shape = sent.shape(schema, at, f"{' '.join(naming.words(operation.id))} body")
    else:
        shape = TEXT if media.startswith("text/") or "xml" in media else BYTES
    record = sent.record(shape)
    type_ = write(shape, "inputs.", request=True)
    text = " ".join(str(node.get("description", "")).split())
    if record is None or record.rest is not None or not operation.body.required:
        name = identifier(naming.Scope(RESERVED | taken).give("body"))
        whole = Argument(
            wire="",
            name=name,
            location="body",
            type=type_,
            required=operation.body.required,
            text=text,
        )
        return Payload(
            media=media,
            type=type_,
            required=operation.body.required,
            arguments=(whole,),
            spread=False,
        )
    return Payload(
        media=media, type=type_, required=True, arguments=tuple(_fields(record, taken)), spread=True
    )


def _fields(record: Record, taken: set[Code]) -> list[Argument]:
    scope = naming.Scope(RESERVED | taken)
    return [
        Argument(
            wire=field.wire,
            name=identifier(scope.give(naming.snake(field.wire, "field"))),
            location="body",
            type=write(field.shape, "inputs.", request=True),
            required=field.required,
            text=field.text,
        )
        for field in record.fields
    ]
