"""Unique values in success responses.

The values of error responses are set by their error templates.
"""

from __future__ import annotations

from conformance.contract.contract import Contract
from conformance.contract.operation import Operation
from conformance.contract.pointer import put_at_pointer, tokens
from conformance.contract.uniqueness import SendsUniqueValues
from conformance.mock.handler import PostProcessor
from conformance.mock.message import MockResponse, decode_json, encode_json
from conformance.mock.part import MockPart
from conformance.mock.state import MockState
from conformance.values.unique import build_unique_value_generator


def build_unique_value_post_processors(
    contract: Contract, operation: Operation, behavior: SendsUniqueValues
) -> tuple[PostProcessor, ...]:
    """Return the post-processor that sets a documented unique value in success responses."""
    if not behavior.status.startswith("2"):
        return ()
    processor = _build_unique_value_post_processor(operation, behavior)
    return (processor,) if processor else ()


def _build_unique_value_post_processor(
    operation: Operation, behavior: SendsUniqueValues
) -> PostProcessor | None:
    response_schema = operation.success_response.schema
    schema = response_schema and response_schema.find_property(tokens(behavior.response_pointer))
    if schema is None:
        return None
    generate_id = build_unique_value_generator(schema, "request")

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


PART = MockPart(build_post_processors=build_unique_value_post_processors)
