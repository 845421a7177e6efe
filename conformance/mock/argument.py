"""Parsing and validation of the text of one parameter."""

from __future__ import annotations

import re
from collections.abc import Callable

from conformance.contract import schema as schemas
from conformance.contract.json import Json
from conformance.contract.merging import list_schema_types, merge_schema
from conformance.contract.operation import Parameter
from conformance.contract.schema import SchemaViolation
from conformance.mock.message import decode_json
from conformance.mock.refusal import Refusal

ParameterParser = Callable[[str], Json]
BLANK = ""

_INTEGER_PATTERN = re.compile(r"-?[0-9]{1,4000}", re.ASCII)
_NUMBER_PATTERN = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?([eE][-+]?[0-9]{1,2})?", re.ASCII)


def build_parameter_parser(document: Json, parameter: Parameter) -> ParameterParser:
    """Return a function that converts a parameter's text to its value.

    The function raises Refusal (400) if the text does not fit the parameter's schema. Blank text
    stays blank if the parameter allows empty values. A similar spelling (`x-similar`) counts as the
    enum value that differs from it only in case, or else as blank.
    """
    name, validator = parameter.name, schemas.compile_validator(document, parameter.schema)
    node = merge_schema(document, parameter.schema)
    # the serialization style of objects is not parsed
    if "object" in list_schema_types(node) and not parameter.media_type:
        return str
    convert = (
        _decode_json
        if parameter.media_type
        else _build_list_converter(document, node)
        if "array" in list_schema_types(node)
        else _build_union_converter(node, validator.is_valid)
    )
    special_values = {BLANK: BLANK} if parameter.allows_blank else {}
    special_values |= {
        str(similar): _resolve_similar(str(similar), parameter.enum)
        for similar in parameter.similar_values
    }

    def parse_parameter_text(text: str) -> Json:
        if text in special_values:
            return special_values[text]
        try:
            value = convert(text)
        except ValueError as error:
            raise Refusal(400, f"{name}: {error}", parameter=name) from error
        if not validator.is_valid(value):
            violations = tuple(validator.find_violations(value))
            raise Refusal(
                400,
                f"{name}: {describe_violations(violations)}",
                parameter=name,
                violations=violations,
            )
        return value

    return parse_parameter_text


def describe_violations(violations: tuple[SchemaViolation, ...]) -> str:
    """Return a text that describes the first three violations."""
    return "; ".join(
        f"{violation.pointer} {violation.message}".strip() for violation in violations[:3]
    )


def parse_parameter_or_keep_text(document: Json, parameter: Parameter, text: str) -> Json:
    """Return the typed value of `text` for a parameter, or the text itself.

    The text is returned if it cannot be converted to the parameter's type.
    """
    try:
        return _choose_text_converter(list_schema_types(merge_schema(document, parameter.schema)))(
            text
        )
    except ValueError:
        return text


def _resolve_similar(similar: str, enum: tuple[Json, ...]) -> Json:
    return next((value for value in enum if str(value).lower() == similar.lower()), BLANK)


def _decode_json(text: str) -> Json:
    try:
        return decode_json(text)
    except ValueError as error:
        raise ValueError(f"not valid JSON: {error}") from error


def _choose_text_converter(type_names: tuple[str, ...]) -> Callable[[str], Json]:
    for type_name, convert in _CONVERTERS:
        if type_names and type_names[0] == type_name:
            return convert
    return lambda text: text


def _build_union_converter(node: Json, is_valid: Callable[[Json], bool]) -> Callable[[str], Json]:
    """Return the converter of a schema that names no type, or several: the first reading that fits.

    Schemas of that kind are `anyOf` with null, and `enum` or `const` alone.
    """

    def convert(text: str) -> Json:
        for _, convert_one in _CONVERTERS:
            try:
                value = convert_one(text)
            except ValueError:
                continue
            if is_valid(value):
                return value
        return text

    names = list_schema_types(node)
    is_union = len([name for name in names if name != "null"]) > 1 or (
        not names and any(keyword in node for keyword in ("anyOf", "oneOf", "enum", "const"))
    )
    return convert if is_union else _choose_text_converter(names)


def _build_list_converter(document: Json, node: Json) -> Callable[[str], Json]:
    convert_member = _choose_text_converter(
        list_schema_types(merge_schema(document, node.get("items", {})))
    )
    return lambda text: [convert_member(part) for part in text.split(",")] if text else []


def _parse_integer(text: str) -> int:
    if not _INTEGER_PATTERN.fullmatch(text):
        raise ValueError(f"{text!r} is not an integer")
    return int(text)


def _parse_number(text: str) -> float:
    if not _NUMBER_PATTERN.fullmatch(text):
        raise ValueError(f"{text!r} is not a number")
    return int(text) if _INTEGER_PATTERN.fullmatch(text) else float(text)


def _parse_boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "true"


_CONVERTERS: tuple[tuple[str, Callable[[str], Json]], ...] = (
    ("integer", _parse_integer),
    ("number", _parse_number),
    ("boolean", _parse_boolean),
)
