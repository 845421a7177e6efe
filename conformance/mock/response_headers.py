"""Documented response headers: each response carries them, with a valid value."""

from __future__ import annotations

from conformance.contract import schema as schemas
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation, ResponseHeader
from conformance.contract.parameter_decoding import encode_simple_header
from conformance.mock.example import build_schema_example
from conformance.mock.handler import PostProcessor
from conformance.mock.message import MockResponse
from conformance.mock.state import MockState


def build_header_post_processors(
    contract: Contract, operation: Operation
) -> tuple[PostProcessor, ...]:
    """Return the post-processor that adds the documented headers of each status, if any."""
    headers_by_status = {
        response.status: tuple(
            (header.name.lower(), make_header_text(contract, header)) for header in response.headers
        )
        for response in operation.responses
        if response.headers
    }
    if not headers_by_status:
        return ()

    def add_headers(state: MockState, response: MockResponse) -> MockResponse:
        documented = operation.find_documented_response(response.status)
        added = headers_by_status.get(documented.status, ()) if documented else ()
        present = {name for name, _ in response.headers}
        missing = tuple(pair for pair in added if pair[0] not in present)
        return (
            response
            if not missing
            else MockResponse(
                status=response.status,
                headers=(*response.headers, *missing),
                body=response.body,
                explanation=response.explanation,
            )
        )

    return (add_headers,)


def make_header_text(contract: Contract, header: ResponseHeader) -> str:
    """Return a valid text for a header: a documented example, else a small value."""
    is_valid = schemas.compile_validator(contract.document, header.schema).is_valid
    candidates = [*header.examples, build_schema_example(contract.document, header.schema)]
    for value in candidates:
        if is_valid(value):
            return encode_simple_header(header.explode, value)
    return encode_simple_header(header.explode, _draw_value(contract, header))


def _draw_value(contract: Contract, header: ResponseHeader) -> Json:
    # a slow import (0.3 s) that few documents need
    from conformance.values.valid import ValueMaker

    return ValueMaker(contract.document, header.schema, None).make(header.name)
