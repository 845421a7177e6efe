"""Code samples of an operation, for curl and for the generated client, with the documented examples
as values.
"""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

from conformance.codegen.plan import Package, plan
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Location, Operation, Parameter
from conformance.errors import ContractError
from conformance.report import shell


def curl(contract: Contract, operation: Operation) -> str:
    """Return a curl line for an operation, at the documented server."""
    path = operation.path
    for parameter in operation.parameters:
        if parameter.location is Location.PATH:
            path = path.replace(
                "{" + parameter.name + "}", quote(_text(_example(parameter)), safe="")
            )
    query = [
        (one.name, _written(one)) for one in _shown(operation) if one.location is Location.QUERY
    ]
    server = contract.servers[0] if contract.servers else "https://api.example"
    url = server.rstrip("/") + path + ("?" + urlencode(query, quote_via=quote) if query else "")
    lines = [
        shell.command("curl", *(("-X", operation.method) if operation.method != "GET" else ()), url)
    ]
    if operation.scopes is not None:
        lines.append(shell.command("-H", ("Authorization: Bearer ", shell.Variable("TOKEN"))))
    if operation.body is not None:
        lines.append(shell.command("-H", f"Content-Type: {operation.body.media}"))
        lines.append(shell.command("--data-raw", json.dumps(body(operation), ensure_ascii=False)))
    return " \\\n  ".join(lines)


def client(contract: Contract) -> Package | None:
    """Return the plan of the client that `conformance generate` would write; None where it would
    refuse.
    """
    try:
        return plan(contract)
    except ContractError:
        return None


def python(package: Package, operation: Operation) -> str:
    """Return a call of the generated client's method for an operation."""
    method = next(
        one for group in package.groups for one in group.methods if one.operation.id == operation.id
    )
    example = body(operation)
    parameters = {(one.name, str(one.location)): one for one in operation.parameters}
    shown = {one.name for one in _shown(operation)}
    given = [repr(_example(parameters[one.wire, one.location])) for one in method.positional]
    for one in method.options:
        if one.location != "body":
            given += (
                [f"{one.name}={_example(parameters[one.wire, one.location])!r}"]
                if one.wire in shown
                else []
            )
        elif method.payload is not None and not method.payload.spread:
            given.append(f"{one.name}={example!r}")
        elif isinstance(example, dict) and one.wire in example:
            given.append(f"{one.name}={example[one.wire]!r}")
    call = f"client.{method.group}.{method.name}"
    line = f"{call}({', '.join(given)})"
    if len(line) > 84:
        line = f"{call}(\n" + "".join(f"        {one},\n" for one in given) + "    )"
    known = bool(package.schemes) and package.schemes[0].kind != "basic"
    opened = "Client(os.environ['TOKEN'])" if known else "Client()"
    return (
        f"{'import os' + chr(10) if known else ''}from {package.module} import Client\n\nwith"
        f" {opened} as client:\n    answer = {line}"
    )


def body(operation: Operation) -> Json:
    """Return the documented example of a body; without one, an empty object."""
    return next(iter(operation.body.examples.values()), {}) if operation.body else None


def _shown(operation: Operation) -> list[Parameter]:
    """Return the parameters that a sample shows: all that are required, and the first two that have
    an example.
    """
    needed = [
        one for one in operation.parameters if one.required and one.location is not Location.PATH
    ]
    optional = [
        one
        for one in operation.parameters
        if not one.required and one.examples and one.location is Location.QUERY
    ]
    return needed + optional[: max(0, 2 - len(needed))]


def _example(parameter: Parameter) -> Json:
    if parameter.examples:
        return parameter.examples[0]
    if parameter.enum:
        return parameter.enum[0]
    return {"integer": 1, "number": 1, "boolean": True, "array": [], "object": {}}.get(
        str(parameter.schema.get("type")), parameter.name.upper()
    )


def _written(parameter: Parameter) -> str:
    value = _example(parameter)
    return json.dumps(value, ensure_ascii=False) if parameter.media else _text(value)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
