"""Serve OpenAPI documents without behaviors, and check every response of the mock with an
independent validator (jsonschema).

    python benchmarks/openapi_documents.py FILE...

Prints for each document: its operations, how many of them are served statefully, how many responses
were checked, how many of those are invalid, and how many of these only because they match more than
one branch of a `oneOf`: if the branches do not exclude each other, no response can be valid.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from conformance.contract import loader
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation
from conformance.errors import ConformanceError
from conformance.mock.config import MockConfig, get_operation_base_path
from conformance.mock.message import build_mock_request
from conformance.mock.mock import Mock
from conformance.mock.responses import get_documented_status_code
from conformance.protocol import is_json
from conformance.values.plain import sketch_value


def main() -> None:
    """Print one line for each document."""
    print(
        "| document | operations | stateful | answers checked | invalid | of these, `oneOf` twice |"
        " 5xx | seconds |\n|---" + "|---:" * 7 + "|"
    )
    for file in sys.argv[1:]:
        started_at, name = time.perf_counter(), "/".join(Path(file).parts[-3:])
        try:
            contract = loader.load_contract(file, infer=True)
        except ConformanceError as error:
            print(f"| {name} | refused: {str(error.problems[0].message)[:90]} |", flush=True)
            continue
        checked, invalid, multiple_matches, failed, messages = check_document(contract)
        stateful = sum(contract.resource_for(id) is not None for id in contract.operations)
        seconds = time.perf_counter() - started_at
        print(
            f"| {name} | {len(contract.operations)} | {stateful} | {checked} | {invalid} |"
            f" {multiple_matches} | {failed} | {seconds:.1f} |",
            flush=True,
        )
        for message in messages[:5]:
            print(f"    {message}", file=sys.stderr)


def check_document(contract: Contract) -> tuple[int, int, int, int, list[str]]:
    """Return how many responses were checked, how many of them are invalid, how many of these
    because of a oneOf only, how many are 5xx, and the error messages.
    """
    mock = Mock(contract, MockConfig(permissive=True))
    state, checked, invalid, multiple_matches, failed, messages = (
        mock.create_state(),
        0,
        0,
        0,
        0,
        list[str](),
    )
    registry = Registry().with_resource("urn:document", Resource.opaque(contract.document))
    for operation in [*contract.operations.values()] * 2:
        base = get_operation_base_path(contract, mock.config, operation.id)
        for target, headers, body in build_requests(contract, operation, base):
            response = mock.respond(
                state, build_mock_request(operation.method, target, headers, body)
            )
            documented = operation.find_documented_response(response.status)
            failed += response.status >= 500 and response.status != get_documented_status_code(
                operation.success_response
            )
            if (
                documented is None
                or documented.schema is None
                or not is_json(documented.media_type or "")
            ):
                continue
            schema = (
                {
                    "$schema": "https://json-schema.org/draft/2020-12/schema",
                    **qualify_references(documented.schema.node),
                }
                if isinstance(documented.schema.node, dict)
                else documented.schema.node
            )
            checked += 1
            errors = [
                *Draft202012Validator(schema, registry=registry).iter_errors(
                    json.loads(response.body)
                )
            ]
            invalid += bool(errors)
            multiple_matches += bool(errors) and all(
                error.validator == "oneOf" and "valid under each of" in error.message
                for error in errors
            )
            messages += [
                f"{operation.id} {response.status} {error.json_path}: {error.message[:120]}"
                for error in errors[:1]
            ]
    return checked, invalid, multiple_matches, failed, messages


def qualify_references(node: Json) -> Json:
    """Return a schema in which local references are absolute references to the document."""
    if isinstance(node, dict):
        return {
            key: (
                f"urn:document{child}"
                if key == "$ref" and isinstance(child, str) and child.startswith("#")
                else qualify_references(child)
            )
            for key, child in node.items()
        }
    return [qualify_references(child) for child in node] if isinstance(node, list) else node


def build_requests(
    contract: Contract, operation: Operation, base: str
) -> Iterator[tuple[str, dict[str, str], bytes]]:
    """Yield a request with all required parameters, from examples or generated samples; then one
    without credentials.
    """
    values = {
        parameter.name: parameter.examples[0]
        if parameter.examples
        else sketch_value(parameter.schema)
        for parameter in operation.parameters
    }
    path = operation.path
    for parameter in operation.parameters:
        if parameter.location is ParameterLocation.PATH:
            path = path.replace(
                "{" + parameter.name + "}", quote(str(values[parameter.name]), safe="") or "x"
            )
    query = {
        parameter.name: format_query_value(values[parameter.name])
        for parameter in operation.parameters
        if parameter.location is ParameterLocation.QUERY and parameter.required
    }
    query |= build_credentials(contract, "query")
    headers = {
        parameter.name: str(values[parameter.name])
        for parameter in operation.parameters
        if parameter.location is ParameterLocation.HEADER
    } | build_credentials(contract, "header")
    body = b""
    if operation.body:
        value = next(iter(operation.body.examples.values()), None) or sketch_value(
            operation.body.schema
        )
        body, headers = (
            json.dumps(value).encode(),
            {**headers, "content-type": operation.body.media_type},
        )
    yield base + path + ("?" + urlencode(query) if query else ""), headers, body
    yield base + path, {}, b""


def build_credentials(contract: Contract, location: str) -> dict[str, str]:
    """Return the credentials that the documented security schemes require in this location."""
    schemes = [
        scheme
        for scheme in contract.document.get("components", {}).get("securitySchemes", {}).values()
        if isinstance(scheme, dict)
    ]
    keys = {
        scheme["name"].lower() if location == "header" else scheme["name"]: "x"
        for scheme in schemes
        if scheme.get("type") == "apiKey" and scheme.get("in") == location
    }
    basic = any(str(scheme.get("scheme")).lower() == "basic" for scheme in schemes)
    return (
        keys
        if location == "query"
        else {"authorization": "Basic eDp4" if basic else "Bearer x", **keys}
    )


def format_query_value(value: Json) -> str:
    """Format a value for a query string."""
    if isinstance(value, list):
        return ",".join(map(format_query_value, value))
    return value if isinstance(value, str) else json.dumps(value)


if __name__ == "__main__":
    main()
