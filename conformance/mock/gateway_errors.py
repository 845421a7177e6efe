"""Failures that no request is to blame for: 502, 503 and 504 as the contract describes them, and
connections that are reset.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from conformance.contract.operation import Operation
from conformance.mock.connection import RESET_STATUS
from conformance.mock.example import build_example
from conformance.mock.message import MockResponse, encode_json
from conformance.mock.refusal import Refusal, error_name
from conformance.mock.responses import build_headers

FAILURE_STATUSES = (502, 503, 504, RESET_STATUS)


def build_failure_injector(
    probability: float, document: object, rng: random.Random
) -> Callable[[Operation | None], MockResponse | None]:
    """Return a function that gives, for that share of the requests (0 to 1), an answer of a gateway
    in front of the server, else None.
    """

    def inject_failure(operation: Operation | None) -> MockResponse | None:
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
                    else f"--fail: {error_name(status)}"
                ),
            ),
        )
        response_spec = operation.response(status) if operation and status != RESET_STATUS else None
        if response_spec is None or response_spec.media_type is None:
            return MockResponse(status=status, headers=(), body=b"", explanation=explanation)
        value = (
            response_spec.examples[0]
            if response_spec.examples
            else build_example(document, response_spec.schema)
        )
        return MockResponse(
            status=status,
            headers=build_headers(response_spec.media_type),
            body=encode_json(value).encode(),
            explanation=explanation,
        )

    return inject_failure
