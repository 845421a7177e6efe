"""The entry of one operation in an API reference.

It contains parameters, body, responses, scopes and behaviors, each with the claims about it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conformance.contract import pointer as pointers
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation, Parameter
from conformance.contract.pointer import MISSING
from conformance.contract.schema import Schema

ClaimPredicate = Callable[[tuple[str, ...], Claim], bool]
Citations = tuple[tuple[str, tuple[str, ...]], ...]
LIMIT_PHRASES = {
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
class ReferenceField:
    """A parameter, or a field of a request or response body.

    `model` is the name of the schema that the field refers to. `citations` holds the statements
    about the field, by keyword.
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
    citations: Citations
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationReferencePart:
    """A body, a response, a scope or a behavior.

    `fields` are the fields of an object. `model` is the name of the schema.
    """

    name: str
    text: str
    media_type: str | None
    model: str | None
    fields: tuple[ReferenceField, ...]
    examples: tuple[tuple[str, Json], ...]
    citations: Citations
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationReference:
    """The reference entry of an operation.

    Every claim about the operation is listed exactly once. `other_claims` are those that are not
    about a single element.
    """

    operation: Operation
    text: str
    citations: Citations
    parameters: tuple[ReferenceField, ...]
    body: OperationReferencePart | None
    responses: tuple[OperationReferencePart, ...]
    scopes: tuple[OperationReferencePart, ...]
    behaviors: tuple[OperationReferencePart, ...]
    other_claims: tuple[Claim, ...]

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Return all claims that the entry shows."""
        sections = [
            *self.responses,
            *self.scopes,
            *self.behaviors,
            *([self.body] if self.body else []),
        ]
        fields = [*self.parameters, *(field for section in sections for field in section.fields)]
        claim_groups = [
            *(field.claims for field in fields),
            *(section.claims for section in sections),
            self.other_claims,
        ]
        return tuple(claim for claims in claim_groups for claim in claims)


def build_operation_reference(contract: Contract, operation: Operation) -> OperationReference:
    """Return the reference entry of one operation of a contract."""
    remaining_claims = {
        claim.id: claim for claim in contract.claims if claim.operation == operation.id
    }

    def take_matching_claims(matches: ClaimPredicate) -> tuple[Claim, ...]:
        taken = tuple(
            claim
            for claim in remaining_claims.values()
            if matches(tuple(claim.id.split("/")[1:]), claim)
        )
        for claim in taken:
            del remaining_claims[claim.id]
        return taken

    node = _resolve_pointer(contract, operation.pointer)
    parameters = tuple(
        _build_parameter_field(parameter, take_matching_claims(_match_id_prefix(parameter.name)))
        for parameter in operation.parameters
    )
    body = _build_body_part(operation, take_matching_claims)
    responses = tuple(
        OperationReferencePart(
            name=response.status,
            text=response.description,
            media_type=response.media_type,
            model=_get_referenced_schema_name(response.schema),
            fields=_build_schema_fields(response.schema, lambda name: ()),
            examples=tuple(("", example) for example in response.examples),
            citations=parse_source_citations(response.source),
            claims=take_matching_claims(_match_id_prefix("responses", response.status)),
        )
        for response in operation.responses
    )
    scope_citations = _get_citations(operation.source, "scopes")
    scopes = tuple(
        _build_part_without_schema(
            scope,
            "",
            (("scope", scope_citations[scope]),) if scope in scope_citations else (),
            take_matching_claims(_match_id_prefix("scopes", scope)),
        )
        for scope in operation.scopes
    )
    behaviors = tuple(
        _build_part_without_schema(
            keyword,
            _format_behavior_node(behavior),
            parse_source_citations(behavior.get("x-source")),
            take_matching_claims(_match_pointer(pointer)),
        )
        for keyword, pointer, behavior in operation.behavior_nodes
    )
    return OperationReference(
        operation=operation,
        text=str(node.get("description", "")),
        citations=tuple(
            citation
            for citation in parse_source_citations(operation.source)
            if not citation[0].startswith("scopes")
        ),
        parameters=parameters,
        body=body,
        responses=responses,
        scopes=scopes,
        behaviors=behaviors,
        other_claims=tuple(remaining_claims.values()),
    )


def _match_id_prefix(*prefix: str) -> ClaimPredicate:
    return lambda id_parts, claim: id_parts[: len(prefix)] == prefix


def _match_pointer(pointer: str) -> ClaimPredicate:
    return lambda id_parts, claim: claim.pointer == pointer


def parse_source_citations(source: Json) -> Citations:
    """Return the IDs of the statements that an `x-source` cites, by keyword.

    The keyword is that of a schema (`enum`, `default`), or empty for the element as a whole. IDs of
    statements from which the element is only inferred keep their question mark.
    """
    if isinstance(source, str):
        return (("", (source,)),)
    if isinstance(source, list):
        return (("", tuple(str(statement_id) for statement_id in source)),)
    citations: list[tuple[str, tuple[str, ...]]] = []
    for keyword, nested_source in (source or {}).items():
        citations += [
            (f"{keyword} {nested_keyword}".strip(), statement_ids)
            for nested_keyword, statement_ids in parse_source_citations(nested_source)
            if nested_source is not None
        ]
    return tuple(citations)


def _get_citations(source: Json, keyword: str) -> Mapping[str, tuple[str, ...]]:
    return dict(parse_source_citations(source.get(keyword) if isinstance(source, dict) else None))


def _build_part_without_schema(
    name: str, text: str, citations: Citations, claims: tuple[Claim, ...]
) -> OperationReferencePart:
    return OperationReferencePart(
        name=name,
        text=text,
        media_type=None,
        model=None,
        fields=(),
        examples=(),
        citations=citations,
        claims=claims,
    )


def _resolve_pointer(contract: Contract, pointer: str) -> Json:
    return pointers.get_at_pointer(contract.document, pointer)


def _build_parameter_field(parameter: Parameter, claims: tuple[Claim, ...]) -> ReferenceField:
    schema = parameter.schema
    return ReferenceField(
        name=parameter.name,
        location=str(parameter.location),
        type=describe_schema_type(schema)
        + (f" as {parameter.media_type}" if parameter.media_type else ""),
        model=None,
        required=parameter.required,
        description=parameter.description,
        default=parameter.default,
        values=parameter.enum,
        examples=parameter.examples,
        limits=describe_limits(schema) + (("may be blank",) if parameter.allows_blank else ()),
        refused=(*parameter.refused_keywords, *parameter.refused_examples),
        citations=parse_source_citations(parameter.source),
        claims=claims,
    )


def _build_body_part(
    operation: Operation, take_claims: Callable[[ClaimPredicate], tuple[Claim, ...]]
) -> OperationReferencePart | None:
    body = operation.body
    if body is None:
        return None
    fields = _build_schema_fields(
        body.schema, lambda name: take_claims(_match_id_prefix("body", name))
    )
    return OperationReferencePart(
        name="request body",
        text="required" if body.required else "optional",
        media_type=body.media_type,
        model=_get_referenced_schema_name(body.schema),
        fields=fields,
        examples=tuple(body.examples.items()),
        citations=(
            *parse_source_citations(body.source),
            *parse_source_citations(body.schema.get("x-source")),
        ),
        claims=take_claims(_match_id_prefix("body")),
    )


def _build_schema_fields(
    schema: Schema | None, get_claims: Callable[[str], tuple[Claim, ...]]
) -> tuple[ReferenceField, ...]:
    if schema is None:
        return ()
    return tuple(
        ReferenceField(
            name=name,
            location="body",
            type=describe_schema_type(field_schema),
            model=_get_referenced_schema_name(
                field_schema if field_schema.reference else field_schema.items
            ),
            required=name in schema.required,
            description=str(field_schema.get("description", "")),
            default=field_schema.get("default", MISSING),
            values=tuple(field_schema.get("enum", ())),
            examples=tuple(field_schema.get("examples", ())),
            limits=describe_limits(field_schema),
            refused=tuple(field_schema.get("x-refused", ())),
            citations=parse_source_citations(field_schema.get("x-source")),
            claims=get_claims(name),
        )
        for name, field_schema in schema.properties.items()
    )


def list_fields(schema: Schema) -> tuple[ReferenceField, ...]:
    """Return the fields of an object schema, without claims."""
    return _build_schema_fields(schema, lambda name: ())


def _get_referenced_schema_name(schema: Schema | None) -> str | None:
    reference = schema.reference if schema else None
    return (
        str(reference).rpartition("/")[2]
        if isinstance(reference, str) and reference.startswith("#/components/schemas/")
        else None
    )


def describe_schema_type(schema: Schema) -> str:
    """Return the type of a schema in words, such as `list of text` or `text or null`.

    A schema that contains itself is named where it comes again.
    """
    return _describe_type(schema, frozenset())


def _describe_type(schema: Schema, visited: frozenset[str]) -> str:
    reference = schema.reference
    if reference is not None and reference in visited:
        return reference.rpartition("/")[2]
    visited = visited | {reference} if reference else visited
    if "const" in schema.merged:
        return json.dumps(schema.get("const"), ensure_ascii=False)
    if schema.alternatives:
        descriptions = [_describe_type(alternative, visited) for alternative in schema.alternatives]
        return " or ".join(dict.fromkeys(descriptions))
    types = schema.get("type", ())
    descriptions = [
        _describe_single_type(schema, type_name, visited)
        for type_name in (types if isinstance(types, list) else [types] if types else [])
    ]
    return " or ".join(descriptions) or ("object" if "properties" in schema.merged else "anything")


def _describe_single_type(schema: Schema, type_name: str, visited: frozenset[str]) -> str:
    if type_name == "array":
        return f"list of {_describe_type(schema.items, visited)}" if schema.items else "list"
    return {"string": "text", "object": "object", "null": "null"}.get(type_name, type_name)


def describe_limits(schema: Schema) -> tuple[str, ...]:
    """Return the restrictions of a schema other than its type, in words."""
    return tuple(
        phrase.format(schema.get(keyword))
        for keyword, phrase in LIMIT_PHRASES.items()
        if keyword in schema.merged
    )


def _format_behavior_node(node: Json) -> str:
    """Return the description of a behavior as JSON on one line, without citations.

    At most 600 characters are returned.
    """
    uncited = {keyword: value for keyword, value in node.items() if keyword != "x-source"}
    text = json.dumps(uncited, ensure_ascii=False)
    return text if len(text) <= 600 else text[:599] + "…"
