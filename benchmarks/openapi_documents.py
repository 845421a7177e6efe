"""Serve OpenAPI documents that say nothing of behaviors, and check every answer of the mock with
an independent validator (jsonschema).

    python benchmarks/openapi_documents.py FILE...

For each document: its operations, how many of them are served statefully, how many answers were
checked, those that do not validate, and how many of these fit more than one branch of a `oneOf` and
are right otherwise: where the branches exclude nothing, no answer can be.
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
from conformance.mock.config import MockConfig
from conformance.mock.example import build_schema_example
from conformance.mock.message import build_mock_request
from conformance.mock.mock import Mock
from conformance.mock.responses import get_documented_status_code


def main() -> None:
    """Print one line for each document."""
    print(
        "| document | operations | stateful | answers checked | invalid | of these, `oneOf` twice |"
        " 5xx | seconds |\n|---" + "|---:" * 7 + "|"
    )
    for file in sys.argv[1:]:
        began, name = time.perf_counter(), "/".join(Path(file).parts[-3:])
        try:
            contract = loader.load_contract(file, infer=True)
        except ConformanceError as error:
            print(f"| {name} | refused: {str(error.problems[0].message)[:90]} |", flush=True)
            continue
        checked, invalid, twice, failed, complaints = visited(contract)
        stateful = sum(contract.resource_for(id) is not None for id in contract.operations)
        seconds = time.perf_counter() - began
        print(
            f"| {name} | {len(contract.operations)} | {stateful} | {checked} | {invalid} | {twice}"
            f" | {failed} | {seconds:.1f} |",
            flush=True,
        )
        for complaint in complaints[:5]:
            print(f"    {complaint}", file=sys.stderr)


def visited(contract: Contract) -> tuple[int, int, int, int, list[str]]:
    """Return how many answers were checked, how many of them do not validate, how many by a oneOf
    alone, how many are 5xx, and what is wrong.
    """
    mock = Mock(contract, MockConfig(permissive=True))
    state, checked, invalid, twice, failed, complaints = (
        mock.create_state(),
        0,
        0,
        0,
        0,
        list[str](),
    )
    registry = Registry().with_resource("urn:document", Resource.opaque(contract.document))
    for operation in [*contract.operations.values()] * 2:
        for target, headers, body in requests(contract, operation, mock.base_path):
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
                or "json" not in (documented.media_type or "")
            ):
                continue
            schema = (
                {
                    "$schema": "https://json-schema.org/draft/2020-12/schema",
                    **absolute(documented.schema),
                }
                if isinstance(documented.schema, dict)
                else documented.schema
            )
            checked += 1
            errors = [
                *Draft202012Validator(schema, registry=registry).iter_errors(
                    json.loads(response.body)
                )
            ]
            invalid += bool(errors)
            twice += bool(errors) and all(
                one.validator == "oneOf" and "valid under each of" in one.message for one in errors
            )
            complaints += [
                f"{operation.id} {response.status} {one.json_path}: {one.message[:120]}"
                for one in errors[:1]
            ]
    return checked, invalid, twice, failed, complaints


def absolute(node: Json) -> Json:
    """Return a schema whose references name the document."""
    if isinstance(node, dict):
        return {
            key: (
                f"urn:document{child}"
                if key == "$ref" and isinstance(child, str) and child.startswith("#")
                else absolute(child)
            )
            for key, child in node.items()
        }
    return [absolute(one) for one in node] if isinstance(node, list) else node


def requests(
    contract: Contract, operation: Operation, base: str
) -> Iterator[tuple[str, dict[str, str], bytes]]:
    """Yield a plain request, with what is required and with examples or samples for it; then one
    without credentials.
    """
    given = {
        one.name: one.examples[0]
        if one.examples
        else build_schema_example(contract.document, one.schema)
        for one in operation.parameters
    }
    path = operation.path
    for one in operation.parameters:
        if one.location is ParameterLocation.PATH:
            path = path.replace("{" + one.name + "}", quote(str(given[one.name]), safe="") or "x")
    query = {
        one.name: written(given[one.name])
        for one in operation.parameters
        if one.location is ParameterLocation.QUERY and one.required
    }
    query |= credentials(contract, "query")
    headers = {
        one.name: str(given[one.name])
        for one in operation.parameters
        if one.location is ParameterLocation.HEADER
    } | credentials(contract, "header")
    body = b""
    if operation.body:
        value = next(iter(operation.body.examples.values()), None) or build_schema_example(
            contract.document, operation.body.schema
        )
        body, headers = (
            json.dumps(value).encode(),
            {**headers, "content-type": operation.body.media_type},
        )
    yield base + path + ("?" + urlencode(query) if query else ""), headers, body
    yield base + path, {}, b""


def credentials(contract: Contract, place: str) -> dict[str, str]:
    """Return what every documented security scheme wants in that place."""
    schemes = [
        one
        for one in contract.document.get("components", {}).get("securitySchemes", {}).values()
        if isinstance(one, dict)
    ]
    keys = {
        one["name"].lower() if place == "header" else one["name"]: "x"
        for one in schemes
        if one.get("type") == "apiKey" and one.get("in") == place
    }
    basic = any(str(one.get("scheme")).lower() == "basic" for one in schemes)
    return (
        keys
        if place == "query"
        else {"authorization": "Basic eDp4" if basic else "Bearer x", **keys}
    )


def written(value: Json) -> str:
    """Return a value as a query carries it."""
    if isinstance(value, list):
        return ",".join(map(written, value))
    return value if isinstance(value, str) else json.dumps(value)


if __name__ == "__main__":
    main()
