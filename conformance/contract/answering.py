"""That a documented operation answers: plainly, with the documented examples, with each documented
parameter.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.claim import Draft
from conformance.contract.json import Json
from conformance.contract.operation import Location, Operation, Parameter
from conformance.contract.pointer import MISSING, join
from conformance.contract.statement import Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """A plain valid request gets the documented success status."""

    kind: ClassVar[str] = "answering.answers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepts:
    """A valid request with these arguments (by parameter name) gets the documented success
    status.
    """

    kind: ClassVar[str] = "answering.accepts"
    arguments: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakesHeaders:
    """A request with these headers gets the documented success status."""

    kind: ClassVar[str] = "answering.headers"
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """Leaving `parameter` out is the same as sending its default."""

    kind: ClassVar[str] = "answering.defaults"
    parameter: str
    default: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuses:
    """A value of `parameter` that breaks the schema keyword `keyword` is refused; `value` is set
    where the contract names one.
    """

    kind: ClassVar[str] = "answering.refuses"
    parameter: str
    keyword: str
    value: Json = MISSING


def drafts(operation: Operation, register: Register) -> Iterator[Draft]:
    """Yield what an operation and its parameters promise before any behaviour."""

    def draft(
        name: str,
        text: str,
        promise: Answers | Accepts | TakesHeaders,
        pointer: str,
        ids: tuple[str, ...] | None,
    ) -> Draft:
        return Draft(
            id=f"{operation.id}/{name}",
            operation=operation.id,
            text=text,
            promise=promise,
            pointer=pointer,
            ids=ids,
        )

    source = operation.source
    yield draft(
        "answers",
        f"A valid request is answered with {operation.success.status}.",
        Answers(),
        operation.pointer,
        register.cite(source, "answers"),
    )
    together = {
        p.name: p.examples[0]
        for p in operation.parameters
        if p.examples and p.location is Location.QUERY
    }
    if len(together) > 1:
        ids = register.cite(source, "combined")
        yield draft(
            "examples/together",
            "The documented examples are accepted together.",
            Accepts(arguments=together),
            operation.pointer,
            ids,
        )
    for pointer, arguments, cited in operation.examples:
        name = "&".join(f"{key}={value}" for key, value in arguments.items())
        yield draft(
            f"examples/{name}",
            f"The documented example {name} is accepted.",
            Accepts(arguments=arguments),
            pointer,
            register.cite(cited),
        )
    if isinstance(source, dict) and source.get("headers"):
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        text = "A request with JSON content type and accept headers is accepted."
        yield draft(
            "headers/json",
            text,
            TakesHeaders(headers=headers),
            operation.pointer,
            register.cite(source, "headers"),
        )
    for parameter in operation.parameters:
        yield from _parameter(operation, parameter, register)


def _parameter(operation: Operation, parameter: Parameter, register: Register) -> Iterator[Draft]:
    base, name, source = f"{operation.id}/{parameter.name}", parameter.name, parameter.source

    def draft(
        end: str, text: str, promise: Accepts | Defaults | Refuses, pointer: str, *keys: str
    ) -> Draft:
        return Draft(
            id=f"{base}/{end}",
            operation=operation.id,
            text=text,
            promise=promise,
            pointer=pointer,
            ids=register.cite(source, *keys),
        )

    if not parameter.required:
        yield draft(
            "optional",
            f"{name} may be left out.",
            Accepts(arguments={name: MISSING}),
            parameter.pointer,
            "optional",
        )
    for value in parameter.enum:
        at = join(parameter.pointer, "schema", "enum")
        yield draft(
            f"accepts/{value}",
            f"{name}={value} is accepted.",
            Accepts(arguments={name: value}),
            at,
            "enum",
            str(value),
        )
    if parameter.schema.get("type") == "boolean":
        for flag in (True, False):
            text = f"{name}={str(flag).lower()} is accepted."
            yield draft(
                f"accepts/{str(flag).lower()}",
                text,
                Accepts(arguments={name: flag}),
                parameter.pointer,
                "type",
            )
    for number, example in enumerate(parameter.examples):
        end = f"example/{number}" if number else "example"
        yield draft(
            end,
            f"The documented example of {name} is accepted.",
            Accepts(arguments={name: example}),
            parameter.pointer,
            "example",
        )
    if parameter.default is not MISSING:
        text = f"Without {name}, the answer is that of {name}={parameter.default}."
        at = join(parameter.pointer, "schema", "default")
        yield draft(
            "default", text, Defaults(parameter=name, default=parameter.default), at, "default"
        )
    for keyword in parameter.refused:
        text = f"A value of {name} outside the documented {keyword} is refused."
        yield draft(
            f"refuses/{keyword}",
            text,
            Refuses(parameter=name, keyword=keyword),
            join(parameter.pointer, "schema", keyword),
            "refused",
        )
    for end, refusal in parameter.refusals.items():
        text = f"A value of {name} such as {json.dumps(refusal['value'])} is refused."
        promise = Refuses(parameter=name, keyword=end, value=refusal["value"])
        ids = register.cite(refusal.get("x-source"))
        yield Draft(
            id=f"{base}/refuses/{end}",
            operation=operation.id,
            text=text,
            promise=promise,
            pointer=parameter.pointer,
            ids=ids,
        )
