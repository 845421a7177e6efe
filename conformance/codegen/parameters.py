"""Maps the parameters and the body of an operation to the arguments of a method."""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.codegen import naming
from conformance.codegen.generation_error import make_generation_error
from conformance.codegen.schema_to_type import SchemaConverter
from conformance.codegen.source import Code, write_identifier
from conformance.codegen.types import (
    BYTES,
    NULL,
    STRING,
    LiteralType,
    PythonType,
    RecordDefinition,
    UnionType,
    is_nullable,
    make_union_type,
    write_type_annotation,
)
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation, Parameter
from conformance.contract.pointer import join

RESERVED_ARGUMENT_NAMES = naming.MODULE_NAMES | {"self", "result", "item", "pagination_state"}
STYLES_BY_LOCATION = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}
FORM_MEDIA_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodArgument:
    """An argument of a method.

    `wire_name` is its name in the API. `location` is where it is sent (`body` for a field of the
    body).
    """

    wire_name: str
    name: Code
    location: str
    type: Code
    required: bool
    description: str
    style: str = "form"
    explode: bool = True
    media: str | None = None
    allow_reserved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBodyPlan:
    """A request body: one argument, or one for each field if `argument_per_field` is True."""

    media: str
    type: Code
    required: bool
    arguments: tuple[MethodArgument, ...]
    argument_per_field: bool


def check_header_safe(
    text: str, pointer: str, contract: Contract, *, is_media_type: bool = False
) -> str:
    """Return a header name or a media type unchanged.

    Raises ContractError for a text that could break out of its header (RFC 9110, 5.6.2 and 8.3.1).
    """
    token = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
    if not re.fullmatch(rf"{token}/{token}(?:\s*;[ -~]*)?" if is_media_type else token, text):
        raise make_generation_error(
            f"{text[:60]!r} is no"
            f" {'media type' if is_media_type else 'name that a header or a cookie can have'}",
            pointer,
            contract,
        )
    return text


def plan_parameter_arguments(
    operation: Operation, contract: Contract, converter: SchemaConverter
) -> tuple[MethodArgument, ...]:
    """Return the arguments for the parameters of an operation.

    Path parameters come first, in the order of the path. Raises ContractError for a parameter that
    no request can carry.
    """
    scope = naming.NameScope(RESERVED_ARGUMENT_NAMES)
    path_positions = {
        name: operation.path.find("{" + name + "}")
        for name in (parameter.name for parameter in operation.parameters)
    }
    sorted_parameters = sorted(
        operation.parameters,
        key=lambda parameter: (
            parameter.location is not ParameterLocation.PATH,
            path_positions[parameter.name] if parameter.location is ParameterLocation.PATH else 0,
        ),
    )
    return tuple(
        _plan_parameter_argument(parameter, operation, contract, converter, scope)
        for parameter in sorted_parameters
        if not _is_set_by_client(parameter)
    )


def _is_set_by_client(parameter: Parameter) -> bool:
    """Return whether OpenAPI ignores the parameter, because the client sets that header itself.

    See OpenAPI 3.1, 4.8.12.2.
    """
    return parameter.location is ParameterLocation.HEADER and parameter.name.lower() in (
        "accept",
        "content-type",
        "authorization",
    )


def _plan_parameter_argument(
    parameter: Parameter,
    operation: Operation,
    contract: Contract,
    converter: SchemaConverter,
    scope: naming.NameScope,
) -> MethodArgument:
    node = pointers.get_at_pointer(contract.document, parameter.pointer)
    location = str(parameter.location)
    if parameter.location in (ParameterLocation.HEADER, ParameterLocation.COOKIE):
        check_header_safe(parameter.name, parameter.pointer, contract)
    name_hint = f"{' '.join(naming.split_words(operation.id))} {parameter.name}"
    if parameter.media_type is not None:
        pointer = join(parameter.pointer, "content", parameter.media_type)
        if "json" not in parameter.media_type:
            raise make_generation_error(
                f"a parameter written as {parameter.media_type[:60]}", pointer, contract
            )
        schema = node["content"][parameter.media_type].get("schema")
        value_type = converter.convert(schema, join(pointer, "schema"), name_hint)
    else:
        schema = node.get("schema")
        value_type = _remove_null_from_type(
            converter.convert(schema, join(parameter.pointer, "schema"), name_hint), converter
        )
        if parameter.allows_blank:
            value_type = _add_empty_string_to_type(value_type, converter)
    style = node.get("style", STYLES_BY_LOCATION[location][0])
    if style not in STYLES_BY_LOCATION[location]:
        raise make_generation_error(
            f"the style {str(style)[:40]!r} in {location}",
            join(parameter.pointer, "style"),
            contract,
        )
    limits = converter.describe_schema(
        {
            key: value
            for key, value in (schema if isinstance(schema, dict) else {}).items()
            if key != "description"
        }
    )
    description = " ".join(parameter.description.split()) or (
        converter.describe_schema(schema) if isinstance(schema, dict) else ""
    )
    return MethodArgument(
        wire_name=parameter.name,
        name=write_identifier(scope.allocate(naming.to_snake_case(parameter.name, "argument"))),
        location=location,
        type=write_type_annotation(value_type, "inputs.", for_request=True),
        required=parameter.required or parameter.location is ParameterLocation.PATH,
        description=(
            f"{description} {limits}".strip()
            if limits.startswith("(") and limits not in description
            else description
        ),
        style=style,
        explode=bool(node.get("explode", style in ("form", "deepObject"))),
        media=parameter.media_type,
        allow_reserved=bool(node.get("allowReserved", False)),
    )


def _remove_null_from_type(value_type: PythonType, converter: SchemaConverter) -> PythonType:
    """Return the type without None: null can only be written in JSON."""
    resolved_type = converter.resolve_alias(value_type)
    if isinstance(resolved_type, UnionType) and is_nullable(resolved_type):
        return make_union_type(*(member for member in resolved_type.members if member != NULL))
    if isinstance(resolved_type, LiteralType) and None in resolved_type.values:
        return LiteralType(tuple(value for value in resolved_type.values if value is not None))
    return value_type


def _add_empty_string_to_type(value_type: PythonType, converter: SchemaConverter) -> PythonType:
    """Return the type with the empty string, for a parameter that allows an empty value."""
    resolved_type = converter.resolve_alias(value_type)
    return (
        LiteralType((*resolved_type.values, ""))
        if isinstance(resolved_type, LiteralType) and "" not in resolved_type.values
        else value_type
        if resolved_type == STRING
        else make_union_type(value_type, LiteralType(("",)))
    )


def plan_request_body(
    operation: Operation, contract: Contract, converter: SchemaConverter, taken_names: set[Code]
) -> RequestBodyPlan | None:
    """Return the body of an operation as arguments, or None if it has no body.

    If the body is required and a plain object, each field becomes an argument of its own.
    `taken_names` are the names of the parameters.
    """
    if operation.body is None:
        return None
    node = pointers.get_at_pointer(contract.document, operation.body.pointer)
    content = node["content"]
    media = next(
        (media_type for media_type in content if "json" in media_type),
        next(
            (media_type for media_type in FORM_MEDIA_TYPES if media_type in content),
            next(iter(content)),
        ),
    )
    pointer = join(
        operation.body.pointer,
        "content",
        check_header_safe(media, operation.body.pointer, contract, is_media_type=True),
        "schema",
    )
    schema: Json = content[media].get("schema")
    if "json" in media or media in FORM_MEDIA_TYPES:
        body_type = converter.convert(
            schema, pointer, f"{' '.join(naming.split_words(operation.id))} body"
        )
    else:
        body_type = STRING if media.startswith("text/") or "xml" in media else BYTES
    record = converter.find_record(body_type)
    type_code = write_type_annotation(body_type, "inputs.", for_request=True)
    description = " ".join(str(node.get("description", "")).split())
    if record is None or record.additional_type is not None or not operation.body.required:
        name = write_identifier(
            naming.NameScope(RESERVED_ARGUMENT_NAMES | taken_names).allocate("body")
        )
        argument = MethodArgument(
            wire_name="",
            name=name,
            location="body",
            type=type_code,
            required=operation.body.required,
            description=description,
        )
        return RequestBodyPlan(
            media=media,
            type=type_code,
            required=operation.body.required,
            arguments=(argument,),
            argument_per_field=False,
        )
    return RequestBodyPlan(
        media=media,
        type=type_code,
        required=True,
        arguments=tuple(_plan_body_field_arguments(record, taken_names)),
        argument_per_field=True,
    )


def _plan_body_field_arguments(
    record: RecordDefinition, taken_names: set[Code]
) -> list[MethodArgument]:
    scope = naming.NameScope(RESERVED_ARGUMENT_NAMES | taken_names)
    return [
        MethodArgument(
            wire_name=field.wire_name,
            name=write_identifier(scope.allocate(naming.to_snake_case(field.wire_name, "field"))),
            location="body",
            type=write_type_annotation(field.type, "inputs.", for_request=True),
            required=field.required,
            description=field.description,
        )
        for field in record.fields
    ]
