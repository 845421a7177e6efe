"""Documented responses on demand by the Prefer header (RFC 7240).

`Prefer: code=404` and `Prefer: example=name` are supported. Such a request has no effect on the
state.
"""

from __future__ import annotations

from conformance.contract.contract import Contract
from conformance.contract.operation import MediaContent, Operation
from conformance.contract.operation import ResponseSpec as ResponseSpec
from conformance.contract.pointer import MISSING
from conformance.mock.content_negotiation import compute_quality, parse_accept_header
from conformance.mock.examples import (
    build_constant_response,
    build_content_type_headers,
    build_example_response,
)
from conformance.mock.message import MockRequest, MockResponse, encode_json
from conformance.mock.refusal import Refusal
from conformance.mock.response_headers import build_header_post_processors
from conformance.mock.responses import RefusalRenderer, get_documented_status_code
from conformance.mock.state import MockState
from conformance.protocol import name_concrete_media_type


def build_response_for_prefer_header(
    contract: Contract, operation: Operation, state: MockState, request: MockRequest
) -> MockResponse | None:
    """Return the response that a request prefers, or None if it has no such preference.

    The response is a 400 if the preferred code or example is not documented.
    """
    preferences = parse_prefer_header(request.headers.get("prefer", ""))
    code, example_name = preferences.get("code"), preferences.get("example")
    if code is None and example_name is None:
        return None
    status = get_documented_status_code(operation.success_response)
    if code is not None:
        if not code.isascii() or not code.isdecimal() or not 100 <= int(code) <= 599:
            return _refuse(f"Prefer: code={code} is no status; it is a number such as 404")
        status = int(code)
    response_spec = operation.find_documented_response(status)
    if response_spec is None and code is not None:
        documented_statuses = ", ".join(response.status for response in operation.responses)
        return _refuse(
            f"Prefer: code={code} is not documented for {operation.id}; there are"
            f" {documented_statuses}"
        )
    if example_name is not None:
        response = _build_named_example_response(
            response_spec or operation.success_response, status, example_name, request
        )
        return response if response.explanation else _add_headers(operation, state, response)
    return build_documented_response(
        contract, operation, state, status, f"asked for with Prefer: code={code}"
    )


def build_documented_response(
    contract: Contract, operation: Operation, state: MockState, status: int, reason: str
) -> MockResponse:
    """Return a documented response, without any effect but on counters.

    `reason` is what an error without a documented example says.
    """
    response_spec = operation.find_documented_response(status) or operation.success_response
    response = (
        build_constant_response(response_spec, status)
        if status < 400
        else RefusalRenderer(contract=contract, operation=operation)(
            state, Refusal(status, reason, not_found_parameter="prefer")
        )
    )
    return _add_headers(operation, state, response)


def _add_headers(operation: Operation, state: MockState, response: MockResponse) -> MockResponse:
    for add_headers in build_header_post_processors(operation):
        response = add_headers(state, response)
    return response


def parse_prefer_header(header: str) -> dict[str, str]:
    """Return the preferences of a Prefer header by lower-case name."""
    pairs = (part.partition("=") for part in header.replace(";", ",").split(","))
    return {
        name.strip().lower(): value.strip().strip('"') for name, _, value in pairs if name.strip()
    }


def _build_named_example_response(
    response_spec: ResponseSpec, status: int, name: str, request: MockRequest
) -> MockResponse:
    matches = [
        (content, example)
        for content in _sort_contents(response_spec, request)
        for example in content.named_examples
        if example.name == name
    ]
    if not matches:
        names = dict.fromkeys(
            example.name for content in response_spec.contents for example in content.named_examples
        )
        return _refuse(
            f"Prefer: example={name}: the {status} has {', '.join(names) or 'no named examples'}"
        )
    content, example = next(
        (match for match in matches if match[1].value is not MISSING), matches[0]
    )
    if example.value is MISSING:
        place = f" ({example.external_value})" if example.external_value else ""
        return _refuse(
            f"Prefer: example={name}: its value is not in the document{place}, and nothing outside"
            " of it is read"
        )
    return build_example_response(status, content.media_type, example.value, content.schema)


def _sort_contents(response_spec: ResponseSpec, request: MockRequest) -> list[MediaContent]:
    """Return the contents of a response, those that the request prefers first."""
    accepted = parse_accept_header(request.headers.get("accept", "")) or parse_accept_header("*/*")
    return sorted(
        response_spec.contents,
        key=lambda content: (
            -compute_quality(name_concrete_media_type(content.media_type), accepted),
            content.media_type != response_spec.media_type,
        ),
    )


def _refuse(text: str) -> MockResponse:
    return MockResponse(
        status=400,
        headers=build_content_type_headers("application/json"),
        body=encode_json({"message": text}).encode(),
        explanation=(None, Refusal(400, text)),
    )
