"""Constant responses: a documented or generated example in one of the documented media types."""

from __future__ import annotations

from conformance.contract.json import Json
from conformance.contract.operation import MediaContent, ResponseSpec
from conformance.contract.schema import MessageDirection, Schema
from conformance.mock.message import MockResponse, encode_json
from conformance.mock.totals import correct_counts
from conformance.mock.xml import encode_xml, is_xml
from conformance.protocol import BODILESS_STATUSES, is_json, name_concrete_media_type
from conformance.values.plain import make_plain_value

JSON_HEADERS = (("content-type", "application/json"),)


def build_content_type_headers(media_type: str | None) -> tuple[tuple[str, str], ...]:
    """Return the headers for a media type, empty if there is no body."""
    return (
        ()
        if media_type is None
        else JSON_HEADERS
        if media_type == JSON_HEADERS[0][1]
        else (("content-type", name_concrete_media_type(media_type)),)
    )


def build_constant_response(response_spec: ResponseSpec, status: int) -> MockResponse:
    """Return a documented response in its main media type: its example, or a generated one."""
    if response_spec.media_type is None or status in BODILESS_STATUSES:
        return MockResponse(status=status, headers=(), body=b"")
    value = choose_response_body_example(response_spec)
    return build_example_response(status, response_spec.media_type, value, response_spec.schema)


def build_example_response(
    status: int, media_type: str, value: Json, schema: Schema | None
) -> MockResponse:
    """Return the response whose body is one example."""
    return MockResponse(
        status=status,
        headers=build_content_type_headers(media_type),
        body=encode_body(media_type, value, schema),
    )


def encode_body(media_type: str, value: Json, schema: Schema | None) -> bytes:
    """Return the body for a value in its media type: JSON, XML, or a text as it is."""
    media_type = name_concrete_media_type(media_type)
    if isinstance(value, str) and not is_json(media_type):
        return value.encode("utf-8", "replace")
    if is_xml(media_type) and schema is not None:
        return encode_xml(schema, value).encode("utf-8", "replace")
    return encode_json(value).encode()


def choose_response_body_example(response_spec: ResponseSpec | MediaContent) -> Json:
    """Return the first documented or generated example that fits the response schema.

    If none fits, the first one is returned.
    """
    schema = response_spec.schema
    if schema is None:
        return next(iter(response_spec.examples), None)
    generated = (_build_example_with_all_properties(schema), make_plain_value(schema))
    values = [*response_spec.examples, *map(correct_counts, generated), *generated]
    if not is_json(name_concrete_media_type(response_spec.media_type or "")):
        return values[0]
    validator = schema.compile(MessageDirection.RESPONSE)
    return next((value for value in values if validator.is_valid(value)), values[0])


def _build_example_with_all_properties(schema: Schema) -> Json:
    value = make_plain_value(schema)
    optional = (
        {
            name: make_plain_value(property_schema)
            for name, property_schema in schema.properties.items()
        }
        if isinstance(value, dict)
        else {}
    )
    return {**optional, **value} if optional else value
