"""From a request on the wire to a call: the operation that method and path are of, and its
arguments as their schemas type them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from conformance.checks.call import Call
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Location, Operation, Parameter
from conformance.contract.reference import inline
from conformance.contract.tolerating import Tolerates

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Route:
    """The paths of one operation."""

    operation: Operation
    pattern: re.Pattern[str]
    names: tuple[str, ...]


_routes: dict[str, tuple[Route, ...]] = {}


def routes(contract: Contract) -> tuple[Route, ...]:
    """Return the routes of a contract, those with the fewest templated segments first (OpenAPI 3.1,
    4.8.8.2).
    """
    if contract.digest not in _routes:
        found = [_route(operation) for operation in contract.operations.values()]
        _routes[contract.digest] = tuple(sorted(found, key=lambda route: len(route.names)))
    return _routes[contract.digest]


def _route(operation: Operation) -> Route:
    pattern = re.sub(
        r"\\\{([^}]*)\\\}", lambda name: f"(?P<{_group(name[1])}>[^/]+)", re.escape(operation.path)
    )
    return Route(operation, re.compile(pattern), tuple(re.findall(r"\{([^}]*)\}", operation.path)))


def _group(name: str) -> str:
    return "p_" + re.sub(r"\W", lambda other: f"_{ord(other[0])}_", name.replace("\\", ""))


def recognised(
    contract: Contract, method: str, path: str
) -> tuple[Operation, dict[str, str]] | None:
    """Return the operation that a method and a path (below the base URL) are of, with the values of
    its path; None when there is none.
    """
    for route in routes(contract):
        if route.operation.method.upper() == method.upper() and (
            matched := route.pattern.fullmatch(path)
        ):
            return route.operation, {name: unquote(matched[_group(name)]) for name in route.names}
    return None


def asked(
    contract: Contract, operation: Operation, values: Mapping[str, str], query: str
) -> Call | None:
    """Return the call that a path and a query make, its arguments typed by their schemas.

    None when it cannot be told for certain what was asked: a parameter that is neither declared nor
    to be ignored by the contract, comes twice, is in a style of its own, or is not written as its
    type is usually written; or text that servers read differently (`+`, blanks around, what is no
    UTF-8).
    """
    if "+" in query or ";" in query:
        return None
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, strict_parsing=bool(query), errors="strict"
        )
    except (ValueError, UnicodeDecodeError):
        return None
    tolerates = contract.of(operation.id, Tolerates)
    ignored = tolerates.query if isinstance(tolerates, Tolerates) else {}
    declared = {one.name: one for one in operation.parameters if one.location is Location.QUERY}
    arguments: dict[str, Json] = dict(values)
    for name, text in pairs:
        if name not in declared and ignored.get(name, "").lower() == text.lower() != "":
            continue
        if name not in declared or name in arguments:
            return None
        try:
            arguments[name] = _typed(contract, declared[name], text)
        except ValueError:
            return None
    return Call(operation=operation.id, arguments=arguments)


def _typed(contract: Contract, parameter: Parameter, text: str) -> Json:
    """Return the value of a text; raises ValueError where that could be disputed."""
    if parameter.media is not None:
        return json.loads(text)
    if text == "" or text != text.strip():
        raise ValueError(text)
    kind = inline(contract.document, parameter.schema).get("type")
    match kind:
        case "integer" if _WHOLE.fullmatch(text):
            return int(text)
        case "boolean" if text in ("true", "false"):
            return text == "true"
        case "string":
            return text
    raise ValueError(text)
