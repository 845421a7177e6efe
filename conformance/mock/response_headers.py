"""Documented response headers: each response carries them, with a valid value."""

from __future__ import annotations

from conformance.contract.operation import Operation, ResponseHeader
from conformance.contract.parameter_decoding import encode_simple_header
from conformance.contract.pointer import MISSING
from conformance.mock.handler import PostProcessor
from conformance.mock.message import MockResponse
from conformance.mock.state import MockState
from conformance.values.plain import make_plain_value


def build_header_post_processors(operation: Operation) -> tuple[PostProcessor, ...]:
    """Return the post-processor that adds the documented headers of each status, if any."""
    headers_by_status = {
        response.status: tuple(
            (header.name.lower(), make_header_text(header)) for header in response.headers
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


def make_header_text(header: ResponseHeader) -> str:
    """Return a valid text for a header: a documented example, else a small value."""
    valid_examples = filter(header.schema.is_valid, header.examples)
    value = next(valid_examples, MISSING)
    return encode_simple_header(
        header.explode, make_plain_value(header.schema) if value is MISSING else value
    )
