"""Encoding of request bodies by their media type: JSON, forms with the Encoding Object, texts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from conformance.checks.call import ApiCall
from conformance.contract.form import FormField, build_form_field, is_form, list_form_fields
from conformance.contract.json import Json
from conformance.contract.operation import RequestBodySpec
from conformance.contract.pointer import MISSING
from conformance.protocol import (
    JSON_MEDIA_TYPE,
    MULTIPART_MEDIA_TYPE,
    is_json,
    name_concrete_media_type,
    parse_media_type,
)
from conformance.suite.parameter_encoding import encode_query_value, encode_text


class UnencodableBodyError(Exception):
    """Raised if a body cannot be carried by its media type; the text says why."""


@dataclass(frozen=True, slots=True)
class EncodedBody:
    """A body as sent, and its Content-Type."""

    text: str
    content_type: str


def encode_body(body: RequestBodySpec | None, call: ApiCall) -> EncodedBody | None:
    """Return the body of a call, or None if it has none.

    Raises UnencodableBodyError for a value that the media type cannot carry.
    """
    if call.text is None and call.body is MISSING:
        return None
    if body is not None and call.media_type is not None:
        body = body.get_for_media_type(call.media_type)
    media_type = name_concrete_media_type(body.media_type) if body else JSON_MEDIA_TYPE
    if call.text is not None:
        return EncodedBody(call.text, media_type)
    if body is None or is_json(media_type):
        return EncodedBody(json.dumps(call.body, ensure_ascii=False), media_type)
    if not is_form(media_type):
        if not isinstance(call.body, str):
            raise UnencodableBodyError(f"a body of type {media_type} is a text, not a JSON value")
        return EncodedBody(call.body, media_type)
    if not isinstance(call.body, dict):
        raise UnencodableBodyError(f"a body of type {media_type} has fields, this value has none")
    known = list_form_fields(body)
    fields = [
        (known.get(name) or build_form_field(body, name, body.schema.with_node({})), value)
        for name, value in call.body.items()
    ]
    for field, value in fields:
        if value is None and field.parameter.media_type is None:
            raise UnencodableBodyError(f"a form cannot carry null in {field.parameter.name}")
    if parse_media_type(media_type) == MULTIPART_MEDIA_TYPE:
        return _encode_multipart(fields)
    pairs = [pair for field, value in fields for pair in encode_query_value(field.parameter, value)]
    return EncodedBody("&".join(f"{name}={text}" for name, text in pairs), media_type)


def _encode_multipart(fields: list[tuple[FormField, Json]]) -> EncodedBody:
    """Return a multipart form (RFC 7578); its boundary depends on the content alone."""
    parts = [part for field, value in fields for part in _build_parts(field, value)]
    content = "".join(head + text for head, text in parts)
    boundary = "conformance-" + hashlib.sha256(content.encode()).hexdigest()[:24]
    text = "".join(f"--{boundary}\r\n{head}\r\n\r\n{text}\r\n" for head, text in parts)
    return EncodedBody(f"{text}--{boundary}--\r\n", f"{MULTIPART_MEDIA_TYPE}; boundary={boundary}")


def _build_parts(field: FormField, value: Json) -> Iterator[tuple[str, str]]:
    """Yield head and text of each part of a property: a list has one for each member."""
    name = field.parameter.name.replace("\\", "\\\\").replace('"', '\\"')
    for member in value if field.is_list and isinstance(value, list) else [value]:
        disposition = f'Content-Disposition: form-data; name="{name}"'
        if field.is_file:
            disposition += f'; filename="{name}"'
        is_content = field.parameter.media_type is not None
        text = json.dumps(member, ensure_ascii=False) if is_content else encode_text(member)
        yield f"{disposition}\r\nContent-Type: {field.content_type}", text
