"""Matches a request on the wire to an operation, and parses its arguments by their schemas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from conformance.checks.call import ApiCall
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation
from conformance.contract.parameter_decoding import build_parameter_decoder
from conformance.contract.undeclared_inputs import ToleratesUndeclaredInputs

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})", re.ASCII)


@dataclass(frozen=True, slots=True)
class OperationRoute:
    """An operation with the pattern of its path and the names of its path parameters."""

    operation: Operation
    pattern: re.Pattern[str]
    names: tuple[str, ...]


def build_operation_routes(contract: Contract) -> tuple[OperationRoute, ...]:
    """Return the routes of a contract.

    Those with the fewest templated segments come first (OpenAPI 3.1, 4.8.8.2).
    """

    def build() -> tuple[OperationRoute, ...]:
        compiled = [_build_operation_route(operation) for operation in contract.operations.values()]
        return tuple(sorted(compiled, key=lambda route: len(route.names)))

    return contract.derived.get("routes", build)


def _build_operation_route(operation: Operation) -> OperationRoute:
    pattern = re.sub(
        r"\\\{([^}]*)\\\}",
        lambda match: f"(?P<{_get_group_name(match[1])}>[^/]+)",
        re.escape(operation.path),
    )
    return OperationRoute(
        operation, re.compile(pattern), tuple(re.findall(r"\{([^}]*)\}", operation.path))
    )


def _get_group_name(name: str) -> str:
    return "p_" + re.sub(r"\W", lambda match: f"_{ord(match[0])}_", name.replace("\\", ""))


def find_matching_operation(
    contract: Contract, method: str, path: str
) -> tuple[Operation, dict[str, str]] | None:
    """Return the operation of a method and a path, with its path values; None if there is none.

    The path is relative to the base URL.
    """
    for route in build_operation_routes(contract):
        if route.operation.method.upper() == method.upper() and (
            matched := route.pattern.fullmatch(path)
        ):
            return route.operation, {
                name: unquote(matched[_get_group_name(name)]) for name in route.names
            }
    return None


def build_call_from_query(
    contract: Contract, operation: Operation, path_values: Mapping[str, str], query: str
) -> ApiCall | None:
    """Return the call for a path and a query, its arguments typed by their schemas.

    Returns None if the request is not unambiguous: if a parameter is neither declared nor ignored
    by the contract, is repeated without being a list, or is not written as usual for its type; or
    if servers may decode the text differently (`+`, surrounding blanks, invalid UTF-8).
    """
    if "+" in query or ";" in query:
        return None
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, strict_parsing=bool(query), errors="strict"
        )
    except (ValueError, UnicodeDecodeError):
        return None
    tolerates = contract.find_behavior(operation.id, ToleratesUndeclaredInputs)
    ignored = tolerates.query_parameters if tolerates else {}
    arguments: dict[str, Json] = dict(path_values)
    explained: set[str] = set()
    for parameter in operation.parameters:
        if parameter.location is not ParameterLocation.QUERY:
            continue
        decoder = build_parameter_decoder(parameter)
        text = decoder.select_text(query)
        if text is None:
            continue
        names = (
            {unquote(pair.partition("=")[0]) for pair in text.split("&")}
            if decoder.structured
            else {parameter.wire_name}
        )
        texts = [value for name, value in pairs if name in names]
        if (not decoder.structured and len(texts) > 1) or any(
            value == "" or value != value.strip() for value in texts
        ):
            return None
        try:
            value = decoder.decode(text)
        except ValueError:
            return None
        if not _is_usual_form(value, texts) or not parameter.schema.is_valid(value):
            return None
        arguments[parameter.name] = value
        explained |= names
    for name, text in pairs:
        if name not in explained and not ignored.get(name, "").lower() == text.lower() != "":
            return None
    return ApiCall(operation=operation.id, arguments=arguments)


def _is_usual_form(value: Json, texts: list[str]) -> bool:
    """Tell whether a number is written as JSON has it, so that every server reads the same."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return not is_number or _INTEGER.fullmatch(texts[-1]) is not None
