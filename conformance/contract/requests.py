"""Claims about valid and invalid requests: examples, parameters, defaults and refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.claim import ClaimDraft
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation, Parameter
from conformance.contract.pointer import MISSING, join
from conformance.contract.statements import Statements


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptsMinimalRequest:
    """The promise that a minimal valid request gets the documented success status."""

    kind: ClassVar[str] = "requests.answers"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptsArguments:
    """The promise that a valid request with these arguments gets the documented success status.

    `arguments` is keyed by parameter name; MISSING stands for a parameter that is left out.
    """

    kind: ClassVar[str] = "requests.accepts-argument"
    arguments: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptsHeaders:
    """The promise that a request with these headers gets the documented success status."""

    kind: ClassVar[str] = "requests.accepts-header"
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliesParameterDefault:
    """The promise that a request without `parameter` is treated as if it had the default."""

    kind: ClassVar[str] = "requests.default"
    parameter: str
    default: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusesInvalidParameter:
    """The promise that a value of `parameter` that violates schema keyword `keyword` is refused.

    `value` is set if the contract gives an example; `keyword` is then the name of the example.
    """

    kind: ClassVar[str] = "requests.refuses-argument"
    parameter: str
    keyword: str
    value: Json = MISSING


def derive_request_claims(operation: Operation, statements: Statements) -> Iterator[ClaimDraft]:
    """Yield the claims about an operation and its parameters, apart from behaviors."""

    def draft_claim(
        suffix: str,
        text: str,
        promise: AcceptsMinimalRequest | AcceptsArguments | AcceptsHeaders,
        pointer: str,
        citations: tuple[str, ...] | None,
    ) -> ClaimDraft:
        return ClaimDraft(
            id=f"{operation.id}/{suffix}",
            operation=operation.id,
            text=text,
            promise=promise,
            pointer=pointer,
            citations=citations,
        )

    source = operation.source
    yield draft_claim(
        "answers",
        f"A valid request is answered with {operation.success_response.status}.",
        AcceptsMinimalRequest(),
        operation.pointer,
        statements.get_citations(source, "answers"),
    )
    combined_examples = {
        query_parameter.name: query_parameter.examples[0]
        for query_parameter in operation.parameters
        if query_parameter.examples and query_parameter.location is ParameterLocation.QUERY
    }
    if len(combined_examples) > 1:
        citations = statements.get_citations(source, "combined")
        yield draft_claim(
            "examples/together",
            "The documented examples are accepted together.",
            AcceptsArguments(arguments=combined_examples),
            operation.pointer,
            citations,
        )
    for pointer, arguments, example_source in operation.examples:
        example_name = "&".join(f"{key}={value}" for key, value in arguments.items())
        yield draft_claim(
            f"examples/{example_name}",
            f"The documented example {example_name} is accepted.",
            AcceptsArguments(arguments=arguments),
            pointer,
            statements.get_citations(example_source),
        )
    if isinstance(source, dict) and source.get("headers"):
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        text = "A request with JSON content type and accept headers is accepted."
        yield draft_claim(
            "headers/json",
            text,
            AcceptsHeaders(headers=headers),
            operation.pointer,
            statements.get_citations(source, "headers"),
        )
    for parameter in operation.parameters:
        yield from _derive_parameter_claims(operation, parameter, statements)


def _derive_parameter_claims(
    operation: Operation, parameter: Parameter, statements: Statements
) -> Iterator[ClaimDraft]:
    id_prefix, name, source = f"{operation.id}/{parameter.name}", parameter.name, parameter.source

    def draft_claim(
        suffix: str,
        text: str,
        promise: AcceptsArguments | AppliesParameterDefault | RefusesInvalidParameter,
        pointer: str,
        *keys: str,
    ) -> ClaimDraft:
        return ClaimDraft(
            id=f"{id_prefix}/{suffix}",
            operation=operation.id,
            text=text,
            promise=promise,
            pointer=pointer,
            citations=statements.get_citations(source, *keys),
        )

    if not parameter.required:
        yield draft_claim(
            "optional",
            f"{name} may be left out.",
            AcceptsArguments(arguments={name: MISSING}),
            parameter.pointer,
            "optional",
        )
    for value in parameter.enum:
        pointer = join(parameter.pointer, "schema", "enum")
        yield draft_claim(
            f"accepts/{value}",
            f"{name}={value} is accepted.",
            AcceptsArguments(arguments={name: value}),
            pointer,
            "enum",
            str(value),
        )
    if parameter.schema.types == ("boolean",):
        for flag in (True, False):
            text = f"{name}={str(flag).lower()} is accepted."
            yield draft_claim(
                f"accepts/{str(flag).lower()}",
                text,
                AcceptsArguments(arguments={name: flag}),
                parameter.pointer,
                "type",
            )
    for number, example in enumerate(parameter.examples):
        label = f"example/{number}" if number else "example"
        yield draft_claim(
            label,
            f"The documented example of {name} is accepted.",
            AcceptsArguments(arguments={name: example}),
            parameter.pointer,
            "example",
        )
    if parameter.default is not MISSING:
        text = f"Without {name}, the answer is that of {name}={parameter.default}."
        pointer = join(parameter.pointer, "schema", "default")
        yield draft_claim(
            "default",
            text,
            AppliesParameterDefault(parameter=name, default=parameter.default),
            pointer,
            "default",
        )
    for keyword in parameter.refused_keywords:
        text = f"A value of {name} outside the documented {keyword} is refused."
        yield draft_claim(
            f"refuses/{keyword}",
            text,
            RefusesInvalidParameter(parameter=name, keyword=keyword),
            join(parameter.pointer, "schema", keyword),
            "refused",
        )
    for label, refusal in parameter.refused_examples.items():
        text = f"A value of {name} such as {json.dumps(refusal['value'])} is refused."
        promise = RefusesInvalidParameter(parameter=name, keyword=label, value=refusal["value"])
        citations = statements.get_citations(refusal.get("x-source"))
        yield ClaimDraft(
            id=f"{id_prefix}/refuses/{label}",
            operation=operation.id,
            text=text,
            promise=promise,
            pointer=parameter.pointer,
            citations=citations,
        )
