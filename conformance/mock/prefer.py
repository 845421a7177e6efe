"""Documented responses on demand by the Prefer header (RFC 7240).

`Prefer: code=404` and `Prefer: example=name` are supported. Such a request has no effect on the
state.
"""

from __future__ import annotations

from conformance.contract.contract import Contract
from conformance.contract.operation import Operation
from conformance.contract.operation import ResponseSpec as ResponseSpec
from conformance.contract.pointer import MISSING, get_at_pointer, join
from conformance.mock.message import MockRequest, MockResponse, encode_json
from conformance.mock.refusal import Refusal
from conformance.mock.responses import (
    RefusalRenderer,
    build_constant_success_response,
    build_content_type_headers,
    choose_response_body_example,
)
from conformance.mock.state import MockState


def build_response_for_prefer_header(
    contract: Contract, operation: Operation, state: MockState, request: MockRequest
) -> MockResponse | None:
    """Return the response that a request prefers, or None if it has no such preference.

    The response is a 400 if the preferred code or example is not documented.
    """
    preferences = parse_prefer_header(request.headers.get("prefer", ""))
    if "code" not in preferences and "example" not in preferences:
        return None
    code = preferences.get("code", operation.success_response.status)
    response_spec = (
        operation.find_documented_response(int(code))
        if code.isdecimal()
        else operation.success_response
    )
    if response_spec is None:
        documented_statuses = ", ".join(response.status for response in operation.responses)
        return _build_undocumented_preference_response(
            f"Prefer: code={code} is not documented for {operation.id}; there are"
            f" {documented_statuses}"
        )
    if "example" in preferences:
        return _build_named_example_response(contract, response_spec, code, preferences["example"])
    if int(code) >= 400:
        return RefusalRenderer(contract=contract, operation=operation)(
            state,
            Refusal(int(code), f"asked for with Prefer: code={code}", not_found_parameter="prefer"),
        )
    return (
        build_constant_success_response(operation)
        if response_spec is operation.success_response
        else _build_documented_response(response_spec, int(code))
    )


def parse_prefer_header(header: str) -> dict[str, str]:
    """Return the preferences of a Prefer header by lower-case name."""
    pairs = (part.partition("=") for part in header.replace(";", ",").split(","))
    return {
        name.strip().lower(): value.strip().strip('"') for name, _, value in pairs if name.strip()
    }


def _build_named_example_response(
    contract: Contract, response_spec: ResponseSpec, code: str, name: str
) -> MockResponse:
    pointer = join(
        response_spec.pointer, "content", response_spec.media_type or "", "examples", name, "value"
    )
    value = get_at_pointer(contract.document, pointer)
    if value is MISSING:
        examples = get_at_pointer(
            contract.document,
            join(response_spec.pointer, "content", response_spec.media_type or "", "examples"),
        )
        return _build_undocumented_preference_response(
            f"Prefer: example={name}: the {code} has"
            f" {', '.join(examples) if isinstance(examples, dict) else 'no named examples'}"
        )
    status = int(code) if code.isdecimal() else 200
    return MockResponse(
        status=status,
        headers=build_content_type_headers(response_spec.media_type),
        body=encode_json(value).encode(),
    )


def _build_documented_response(response_spec: ResponseSpec, code: int) -> MockResponse:
    if response_spec.media_type is None:
        return MockResponse(status=code, headers=(), body=b"")
    return MockResponse(
        status=code,
        headers=build_content_type_headers(response_spec.media_type),
        body=encode_json(choose_response_body_example(response_spec)).encode(),
    )


def _build_undocumented_preference_response(text: str) -> MockResponse:
    return MockResponse(
        status=400,
        headers=build_content_type_headers("application/json"),
        body=encode_json({"message": text}).encode(),
        explanation=(None, Refusal(400, text)),
    )
