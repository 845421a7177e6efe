"""Repair of response bodies that violate their documented schema.

The mock needs this for contracts that are only inferred, because a composed response may violate
its own schema there.
"""

from __future__ import annotations

from dataclasses import replace

from conformance.contract.operation import Operation, ResponseSpec
from conformance.contract.schema import Schema
from conformance.mock.handler import PostProcessor
from conformance.mock.message import MockResponse, decode_json, encode_json
from conformance.mock.state import MockState
from conformance.protocol import is_json
from conformance.values.repair import SchemaValueRepairer

CACHE_SIZE = 256  # repaired bodies per operation


def build_response_repair_processor(operation: Operation) -> PostProcessor:
    """Return a post-processor that repairs the JSON responses of an operation.

    It changes a response only if it violates the documented schema of its status.
    """
    repairer, cache = SchemaValueRepairer(), dict[tuple[int, bytes], bytes]()

    def repair_response_body(state: MockState, response: MockResponse) -> MockResponse:
        response_spec = operation.find_documented_response(response.status)
        schema = response_spec.schema if response_spec else None
        if response_spec is None or schema is None or not _has_json_body(response_spec, response):
            return response
        key = (response.status, response.body)
        if key not in cache:
            if len(cache) >= CACHE_SIZE:
                cache.clear()
            cache[key] = _repair_body(repairer, schema, response.body)
        return replace(response, body=cache[key])

    return repair_response_body


def _has_json_body(response_spec: ResponseSpec, response: MockResponse) -> bool:
    return (
        is_json(response_spec.media_type or "")
        and bool(response.body)
        and is_json(dict(response.headers).get("content-type", ""))
    )


def _repair_body(repairer: SchemaValueRepairer, schema: Schema, body: bytes) -> bytes:
    value = decode_json(body)
    repaired = repairer.repair_value(schema, value)
    return body if repaired is value else encode_json(repaired).encode()
