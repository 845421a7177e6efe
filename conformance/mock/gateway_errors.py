"""Injected gateway failures: status 502, 503 or 504, and reset connections.

The bodies are those that the contract documents.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from conformance.contract.operation import Operation
from conformance.mock.connection import RESET_STATUS
from conformance.mock.message import MockResponse, encode_json
from conformance.mock.refusal import Refusal, get_status_error_name
from conformance.mock.responses import build_content_type_headers
from conformance.protocol import GATEWAY_ERROR_STATUSES
from conformance.values.plain import make_plain_value

FAILURE_STATUSES = (*GATEWAY_ERROR_STATUSES, RESET_STATUS)


def build_gateway_failure_injector(
    probability: float, rng: random.Random
) -> Callable[[Operation | None], MockResponse | None]:
    """Return a function that fails a share of the requests.

    It returns the response of a failing gateway with the given probability (0 to 1), else None.
    """

    def inject_gateway_failure(operation: Operation | None) -> MockResponse | None:
        if rng.random() >= probability:
            return None
        status = rng.choice(FAILURE_STATUSES)
        explanation = (
            operation.id if operation else None,
            Refusal(
                status,
                (
                    "--fail: the connection was reset"
                    if status == RESET_STATUS
                    else f"--fail: {get_status_error_name(status)}"
                ),
            ),
        )
        response_spec = (
            operation.find_documented_response(status)
            if operation and status != RESET_STATUS
            else None
        )
        if response_spec is None or response_spec.media_type is None:
            return MockResponse(status=status, headers=(), body=b"", explanation=explanation)
        value = (
            response_spec.examples[0]
            if response_spec.examples
            else make_plain_value(response_spec.schema)
            if response_spec.schema
            else None
        )
        return MockResponse(
            status=status,
            headers=build_content_type_headers(response_spec.media_type),
            body=encode_json(value).encode(),
            explanation=explanation,
        )

    return inject_gateway_failure
