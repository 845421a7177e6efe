"""Bodies as forms: how each property is serialized, and how a form is read.

`application/x-www-form-urlencoded` and `multipart/form-data` with the Encoding Object (OpenAPI 3.1,
4.8.14.3 to 4.8.15). A property whose encoding names a style, explode or allowReserved is serialized
like a query parameter, any other by its content type.
"""

from __future__ import annotations

import email.policy
from collections.abc import Callable
from dataclasses import dataclass
from email.parser import BytesParser
from urllib.parse import quote, unquote_plus

from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Parameter, RequestBodySpec
from conformance.contract.parameter_decoding import build_parameter_decoder, split_query
from conformance.contract.schema import Schema
from conformance.protocol import (
    FORM_MEDIA_TYPE,
    JSON_MEDIA_TYPE,
    MULTIPART_MEDIA_TYPE,
    is_json,
    parse_media_type,
)

_STYLE_KEYS = ("style", "explode", "allowReserved")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """A property of a form.

    `parameter` says how its values stand in a query-like text, and `content_type` what a part of a
    multipart form is. `is_list` means that each member is a field of its own.
    """

    parameter: Parameter
    content_type: str
    is_list: bool
    is_file: bool


def is_form(media_type: str) -> bool:
    """Tell whether a media type is one of the two kinds of forms."""
    return parse_media_type(media_type) in (FORM_MEDIA_TYPE, MULTIPART_MEDIA_TYPE)


def list_form_fields(body: RequestBodySpec) -> dict[str, FormField]:
    """Return the properties of a form by name."""
    return {
        name: build_form_field(body, name, schema)
        for name, schema in body.schema.properties.items()
    }


def build_form_field(body: RequestBodySpec, name: str, schema: Schema) -> FormField:
    """Return how a property of a form is serialized."""
    encoding = body.encoding.get(name, {})
    is_list = "array" in schema.types
    member = (schema.items or schema.with_node({})) if is_list else schema
    is_object = "object" in member.types or ("properties" in member.merged and not member.types)
    is_file = member.get("format") == "binary" or "contentMediaType" in member.merged
    default_type = (
        JSON_MEDIA_TYPE
        if is_object
        else str(member.get("contentMediaType", "application/octet-stream"))
        if is_file
        else "text/plain"
    )
    content_type = str(encoding.get("contentType", default_type)).partition(",")[0].strip()
    has_style = any(key in encoding for key in _STYLE_KEYS)
    style = encoding.get("style", "form")
    by_content = (
        not has_style and is_json(content_type) and (is_object or "contentType" in encoding)
    )
    parameter = Parameter(
        name=name,
        wire_name=name,
        location=ParameterLocation.QUERY,
        style=style,
        explode=encoding.get("explode", style == "form"),
        required=False,
        schema=schema,
        pointer=body.pointer,
        media_type=content_type if by_content else None,
    )
    return FormField(
        parameter=parameter,
        content_type=content_type,
        is_list=is_list and not by_content,
        is_file=is_file,
    )


def build_form_decoder(body: RequestBodySpec) -> Callable[[bytes, str], dict[str, Json]]:
    """Return a function from the bytes of a form and its Content-Type to the value.

    The function raises ValueError for what is no such form. Fields that no property describes are
    texts.
    """
    fields = list_form_fields(body)
    decoders = {name: build_parameter_decoder(field.parameter) for name, field in fields.items()}

    def decode_urlencoded(text: str) -> dict[str, Json]:
        value: dict[str, Json] = {}
        explained: set[str] = set()
        for name, decoder in decoders.items():
            raw = decoder.select_text(text)
            if raw is None:
                continue
            value[name] = decoder.decode(raw)
            explained |= {key for key, _ in split_query(raw)} if decoder.structured else {name}
        for key, raw in split_query(text):
            if key not in explained:
                value[key] = unquote_plus(raw)
        return value

    def decode(content: bytes, content_type: str) -> dict[str, Json]:
        if parse_media_type(content_type) != MULTIPART_MEDIA_TYPE:
            return decode_urlencoded(content.decode("utf-8"))
        pairs: list[str] = []
        for name, text, part_type in _split_parts(content, content_type):
            field = fields.get(name)
            is_content = field is not None and field.parameter.media_type is not None
            if is_json(part_type) and not is_content and field is not None:
                raise ValueError(f"the part {name} is JSON, which its encoding does not say")
            pairs.append(f"{quote(name, safe='')}={quote(text, safe='')}")
        return decode_urlencoded("&".join(pairs))

    return decode


def _split_parts(content: bytes, content_type: str) -> list[tuple[str, str, str]]:
    """Return name, text and media type of each part of a multipart form (RFC 7578)."""
    head = f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode()
    message = BytesParser(policy=email.policy.HTTP).parsebytes(head + content)
    if not message.is_multipart():
        raise ValueError("the body has no parts as its boundary says")
    parts = []
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            raise ValueError("a part of the body has no name")
        payload = part.get_payload(decode=True)
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
        parts.append((name, text, part.get_content_type()))
    return parts
