"""Parsing and validation of the text of one parameter."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, unquote_plus

from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Parameter
from conformance.contract.parameter_decoding import build_parameter_decoder
from conformance.contract.schema import SchemaViolation
from conformance.mock.refusal import Refusal

ParameterParser = Callable[[str], Json]
BLANK = ""


def build_parameter_parser(parameter: Parameter) -> ParameterParser:
    """Return a function that converts a parameter's text, as sent, to its value.

    The function raises Refusal (400) if the text does not fit the parameter's schema. Blank text
    stays blank if the parameter allows empty values. A similar spelling (`x-similar`) counts as the
    enum value that differs from it only in case, or else as blank.
    """
    name, validator = parameter.name, parameter.schema.compile()
    decode = build_parameter_decoder(parameter).decode
    special_values = {BLANK: BLANK} if parameter.allows_blank else {}
    special_values |= {
        str(similar): _resolve_similar(str(similar), parameter.enum)
        for similar in parameter.similar_values
    }

    def parse_parameter_text(text: str) -> Json:
        if special_values and (plain := unquote_plus(text)) in special_values:
            return special_values[plain]
        try:
            value = decode(text)
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


def parse_parameter_or_keep_text(parameter: Parameter, text: str) -> Json:
    """Return the value of a parameter's plain text, or the text itself.

    The text is returned if it cannot be converted to the parameter's type.
    """
    is_encoded = parameter.location is not ParameterLocation.HEADER
    try:
        return build_parameter_decoder(parameter).decode(
            quote(text, safe="") if is_encoded else text
        )
    except ValueError:
        return text


def _resolve_similar(similar: str, enum: tuple[Json, ...]) -> Json:
    return next((value for value in enum if str(value).lower() == similar.lower()), BLANK)
