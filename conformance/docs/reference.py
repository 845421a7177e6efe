"""One operation as an API reference shows it: parameters, body, answers, scopes and behaviours,
each with the claims that are about it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conformance.contract import pointer as pointers
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation, Parameter, merged, properties
from conformance.contract.pointer import MISSING

Wanted = Callable[[tuple[str, ...], Claim], bool]
Cites = tuple[tuple[str, tuple[str, ...]], ...]
LIMITS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "matches {}",
    "format": "{}",
    "multipleOf": "a multiple of {}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A parameter, or a field of a body or an answer. `model` names the schema that it refers to,
    `cites` statements by what they say of it.
    """

    name: str
    location: str
    type: str
    model: str | None
    required: bool
    description: str
    default: Json
    values: tuple[Json, ...]
    examples: tuple[Json, ...]
    limits: tuple[str, ...]
    refused: tuple[str, ...]
    cites: Cites
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A body, an answer, a scope or a behaviour; `fields` are those of an object, `model` the
    schema's name.
    """

    name: str
    text: str
    media: str | None
    model: str | None
    fields: tuple[Field, ...]
    examples: tuple[tuple[str, Json], ...]
    cites: Cites
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An operation; every claim of it stands in exactly one place, `rest` being those about no
    single element.
    """

    operation: Operation
    text: str
    cites: Cites
    parameters: tuple[Field, ...]
    body: Part | None
    responses: tuple[Part, ...]
    scopes: tuple[Part, ...]
    behaviours: tuple[Part, ...]
    rest: tuple[Claim, ...]

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Return all claims that the entry shows."""
        parts = [
            *self.responses,
            *self.scopes,
            *self.behaviours,
            *([self.body] if self.body else []),
        ]
        fields = [*self.parameters, *(field for part in parts for field in part.fields)]
        held = [*(field.claims for field in fields), *(part.claims for part in parts), self.rest]
        return tuple(claim for claims in held for claim in claims)


def entry(contract: Contract, operation: Operation) -> Entry:
    """Return the view of one operation of a contract."""
    left = {claim.id: claim for claim in contract.claims if claim.operation == operation.id}

    def take(wanted: Wanted) -> tuple[Claim, ...]:
        found = tuple(
            claim for claim in left.values() if wanted(tuple(claim.id.split("/")[1:]), claim)
        )
        for claim in found:
            del left[claim.id]
        return found

    node = _at(contract, operation.pointer)
    parameters = tuple(
        _parameter(contract, one, take(_named(one.name))) for one in operation.parameters
    )
    body = _body(contract, operation, take)
    responses = tuple(
        Part(
            name=one.status,
            text=one.description,
            media=one.media,
            model=_model(one.schema),
            fields=_fields(contract, one.schema, lambda name: ()),
            examples=tuple(("", example) for example in one.examples),
            cites=cites(one.source),
            claims=take(_named("responses", one.status)),
        )
        for one in operation.responses
    )
    scoped = _cited(operation.source, "scopes")
    scopes = tuple(
        _plain(
            scope,
            "",
            (("scope", scoped[scope]),) if scope in scoped else (),
            take(_named("scopes", scope)),
        )
        for scope in operation.scopes or ()
    )
    behaviours = tuple(
        _plain(word, _sentence(described), cites(described.get("x-source")), take(_placed(pointer)))
        for word, pointer, described in operation.behaviours
    )
    return Entry(
        operation=operation,
        text=str(node.get("description", "")),
        cites=tuple(pair for pair in cites(operation.source) if not pair[0].startswith("scopes")),
        parameters=parameters,
        body=body,
        responses=responses,
        scopes=scopes,
        behaviours=behaviours,
        rest=tuple(left.values()),
    )


def _named(*prefix: str) -> Wanted:
    return lambda words, claim: words[: len(prefix)] == prefix


def _placed(pointer: str) -> Wanted:
    return lambda words, claim: claim.pointer == pointer


def cites(source: Json) -> Cites:
    """Return the statements that an `x-source` names, by keyword (`enum`, `default`, empty for the
    whole), inferred ones with their question mark.
    """
    if isinstance(source, str):
        return (("", (source,)),)
    if isinstance(source, list):
        return (("", tuple(str(id) for id in source)),)
    found: list[tuple[str, tuple[str, ...]]] = []
    for key, child in (source or {}).items():
        found += [
            (f"{key} {below}".strip(), ids) for below, ids in cites(child) if child is not None
        ]
    return tuple(found)


def _cited(source: Json, key: str) -> Mapping[str, tuple[str, ...]]:
    return dict(cites(source.get(key) if isinstance(source, dict) else None))


def _plain(name: str, text: str, cited: Cites, claims: tuple[Claim, ...]) -> Part:
    return Part(
        name=name,
        text=text,
        media=None,
        model=None,
        fields=(),
        examples=(),
        cites=cited,
        claims=claims,
    )


def _at(contract: Contract, pointer: str) -> Json:
    return pointers.get(contract.document, pointer)


def _parameter(contract: Contract, parameter: Parameter, claims: tuple[Claim, ...]) -> Field:
    schema = merged(contract.document, parameter.schema)
    return Field(
        name=parameter.name,
        location=str(parameter.location),
        type=type_of(contract, schema) + (f" as {parameter.media}" if parameter.media else ""),
        model=None,
        required=parameter.required,
        description=parameter.description,
        default=parameter.default,
        values=parameter.enum,
        examples=parameter.examples,
        limits=limits(schema) + (("may be blank",) if parameter.blank else ()),
        refused=(*parameter.refused, *parameter.refusals),
        cites=cites(parameter.source),
        claims=claims,
    )


def _body(
    contract: Contract, operation: Operation, take: Callable[[Wanted], tuple[Claim, ...]]
) -> Part | None:
    body = operation.body
    if body is None:
        return None
    fields = _fields(contract, body.schema, lambda name: take(_named("body", name)))
    return Part(
        name="request body",
        text="required" if body.required else "optional",
        media=body.media,
        model=_model(body.schema),
        fields=fields,
        examples=tuple(body.examples.items()),
        cites=(*cites(body.source), *cites(merged(contract.document, body.schema).get("x-source"))),
        claims=take(_named("body")),
    )


def _fields(
    contract: Contract, schema: Json, claims: Callable[[str], tuple[Claim, ...]]
) -> tuple[Field, ...]:
    if not isinstance(schema, dict):
        return ()
    required = merged(contract.document, schema).get("required", ())
    return tuple(
        Field(
            name=name,
            location="body",
            type=type_of(contract, node),
            model=(
                _model({"$ref": reference})
                if isinstance(reference, str)
                else _model(node.get("items"))
            ),
            required=name in required,
            description=str(node.get("description", "")),
            default=node.get("default", MISSING),
            values=tuple(node.get("enum", ())),
            examples=tuple(node.get("examples", ())),
            limits=limits(node),
            refused=tuple(node.get("x-refused", ())),
            cites=cites(node.get("x-source")),
            claims=claims(name),
        )
        for name, (node, reference) in properties(contract.document, schema).items()
    )


def fields(contract: Contract, schema: Json) -> tuple[Field, ...]:
    """Return the fields of an object schema, without claims."""
    return _fields(contract, schema, lambda name: ())


def _model(node: Json) -> str | None:
    reference = node.get("$ref") if isinstance(node, dict) else None
    return (
        str(reference).rpartition("/")[2]
        if isinstance(reference, str) and reference.startswith("#/components/schemas/")
        else None
    )


def type_of(contract: Contract, node: Json) -> str:
    """Return the type of a schema in words, such as `list of text` or `text or null`."""
    node = merged(contract.document, node)
    if not isinstance(node, dict):
        return "anything"
    if "const" in node:
        return json.dumps(node["const"], ensure_ascii=False)
    for keyword in ("anyOf", "oneOf"):
        if keyword in node:
            return " or ".join(dict.fromkeys(type_of(contract, one) for one in node[keyword]))
    types = node.get("type", ())
    names = [
        _typed(contract, node, one)
        for one in (types if isinstance(types, list) else [types] if types else [])
    ]
    return " or ".join(names) or ("object" if "properties" in node else "anything")


def _typed(contract: Contract, node: Json, name: str) -> str:
    if name == "array":
        return (
            f"list of {type_of(contract, node['items'])}"
            if isinstance(node.get("items"), dict)
            else "list"
        )
    return {"string": "text", "object": "object", "null": "null"}.get(name, name)


def limits(node: Json) -> tuple[str, ...]:
    """Return what a schema asks of a value besides its type, in words."""
    return tuple(
        words.format(node[keyword]) for keyword, words in LIMITS.items() if keyword in node
    )


def _sentence(node: Json) -> str:
    """Return a behaviour's description as the contract has it, on one line, without its
    citations.
    """
    plain = {key: value for key, value in node.items() if key != "x-source"}
    text = json.dumps(plain, ensure_ascii=False)
    return text if len(text) <= 600 else text[:599] + "…"
