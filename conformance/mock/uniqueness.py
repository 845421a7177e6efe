"""Unique values in success responses.

The values of error responses are set by their error templates.
"""

from __future__ import annotations

from conformance.contract.contract import Contract
from conformance.contract.merging import find_property_schema
from conformance.contract.operation import Operation
from conformance.contract.pointer import MISSING, put_at_pointer, tokens
from conformance.contract.uniqueness import SendsUniqueValues
from conformance.mock.handler import PostProcessor
from conformance.mock.identity import build_unique_value_generator
from conformance.mock.message import MockResponse, decode_json, encode_json
from conformance.mock.state import MockState


def build_unique_value_post_processors(
    contract: Contract, operation: Operation
) -> tuple[PostProcessor, ...]:
    """Return post-processors that set documented unique values in success responses."""
    behaviors = [
        behavior
        for behavior in contract.behaviors[operation.id]
        if isinstance(behavior, SendsUniqueValues) and behavior.status.startswith("2")
    ]
    return tuple(
        processor
        for behavior in behaviors
        if (processor := _build_unique_value_post_processor(contract, operation, behavior))
    )


def _build_unique_value_post_processor(
    contract: Contract, operation: Operation, behavior: SendsUniqueValues
) -> PostProcessor | None:
    schema = find_property_schema(
        contract.document, operation.success_response.schema, tokens(behavior.response_pointer)
    )
    if schema is MISSING:
        return None
    generate_id = build_unique_value_generator(contract.document, schema, "request")

    def set_unique_value(state: MockState, response: MockResponse) -> MockResponse:
        if response.status >= 300:
            return response
        state.response_count += 1
        body = put_at_pointer(
            decode_json(response.body), behavior.response_pointer, generate_id(state.response_count)
        )
        return MockResponse(
            status=response.status, headers=response.headers, body=encode_json(body).encode()
        )

    return set_unique_value
