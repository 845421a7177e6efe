"""Preconditions on the state of an item: If-Match and If-None-Match (RFC 9110, 13.1)."""

from __future__ import annotations

import hashlib
import re

from conformance.contract.contract import Contract
from conformance.contract.guard import GuardsItem
from conformance.contract.operation import Operation
from conformance.contract.pointer import get_at_pointer
from conformance.mock.bound_call import BoundCall
from conformance.mock.handler import PostProcessor, Precondition
from conformance.mock.message import MockResponse, decode_json
from conformance.mock.part import MockPart, ReadCurrent
from conformance.mock.refusal import Refusal
from conformance.mock.state import MockState

HEADER_PREFIX = "header:"


def compute_validator(behavior: GuardsItem, response: MockResponse) -> str:
    """Return the validator of the item that a response to its read holds."""
    if behavior.validator.startswith(HEADER_PREFIX):
        return f'"{hashlib.sha256(response.body).hexdigest()[:20]}"'
    return str(get_at_pointer(decode_json(response.body), behavior.validator))


def list_validators(header: str) -> list[str]:
    """Return the validators of an If-Match or If-None-Match header, without the mark of weakness.

    A validator of a server's own form, without quotes, stands alone.
    """
    quoted = re.findall(r'(?:W/)?("[^"]*")', header)
    return quoted or [header.strip()]


def build_precondition(
    contract: Contract, operation: Operation, behavior: GuardsItem, read_current: ReadCurrent
) -> Precondition:
    """Return the function that answers requests whose precondition is false."""

    def check_precondition(state: MockState, call: BoundCall) -> MockResponse | None:
        headers = call.request.headers
        if "if-none-match" not in headers and "if-match" not in headers:
            return None
        validator = compute_validator(behavior, read_current(state, call))
        excluded = list_validators(headers.get("if-none-match", ""))
        if behavior.unchanged is not None and validator in excluded:
            return MockResponse(status=behavior.unchanged, headers=(), body=b"")
        required = list_validators(headers.get("if-match", "*"))
        if behavior.stale is not None and "*" not in required and validator not in required:
            raise Refusal(behavior.stale, "the item has changed: it does not match If-Match")
        return None

    return check_precondition


def build_validator_headers(
    contract: Contract, operation: Operation, behavior: GuardsItem
) -> tuple[PostProcessor, ...]:
    """Return the post-processor that sends the validator of what is read."""
    resource = contract.resource_for(operation.id)
    if (
        not behavior.validator.startswith(HEADER_PREFIX)
        or resource is None
        or resource.read != operation.id
    ):
        return ()
    name = behavior.validator.removeprefix(HEADER_PREFIX).lower()

    def add_validator(state: MockState, response: MockResponse) -> MockResponse:
        if not 200 <= response.status < 300:
            return response
        headers = (*response.headers, (name, compute_validator(behavior, response)))
        return MockResponse(
            status=response.status,
            headers=headers,
            body=response.body,
            explanation=response.explanation,
        )

    return (add_validator,)


PART = MockPart(
    build_precondition=build_precondition, build_post_processors=build_validator_headers
)
