"""The Accept header: which media type a response has, and when none will do (RFC 9110, 12.5.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from conformance.contract.operation import MediaContent, Operation, ResponseSpec
from conformance.mock.examples import choose_response_body_example, encode_body
from conformance.mock.handler import ChooseMediaType, RequestCheck
from conformance.mock.message import MockRequest, MockResponse, decode_json
from conformance.mock.refusal import Refusal
from conformance.mock.xml import is_xml
from conformance.protocol import (
    is_json,
    media_type_matches,
    name_concrete_media_type,
    parse_media_type,
    rank_media_range,
)


@dataclass(frozen=True, slots=True)
class AcceptedRange:
    """A media range of an Accept header, and how much it is preferred: from 0, not at all, to 1."""

    media_range: str
    quality: float


def parse_accept_header(text: str) -> tuple[AcceptedRange, ...]:
    """Return the ranges of an Accept header; ranges that cannot be read are left out."""
    return tuple(_parse_media_ranges(text))


def _parse_media_ranges(text: str) -> Iterator[AcceptedRange]:
    for part in text.split(","):
        media_range, *parameters = (piece.strip() for piece in part.split(";"))
        if media_range.count("/") != 1:
            continue
        quality, own_parameters = 1.0, []
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "q":
                try:
                    quality = min(1.0, max(0.0, float(value)))
                except ValueError:
                    quality = 1.0
                break  # what follows q is an extension
            own_parameters.append(parameter)
        yield AcceptedRange("; ".join([media_range, *own_parameters]), quality)


def compute_quality(media_type: str, accepted: tuple[AcceptedRange, ...]) -> float:
    """Return how much a media type is preferred: by the most specific range that includes it."""
    matches = [entry for entry in accepted if media_type_matches(entry.media_range, media_type)]
    if not matches:
        return 0.0
    return max(matches, key=lambda entry: rank_media_range(entry.media_range)).quality


def _list_available_media_types(response: ResponseSpec) -> dict[str, MediaContent | None]:
    """Return the media types in which the mock can answer, the main one first.

    A type has a content of its own unless its bodies are those of the main type, as with JSON types
    of the same schema.
    """
    main = response.media_type or ""
    available: dict[str, MediaContent | None] = {name_concrete_media_type(main): None}
    for content in response.contents:
        name = name_concrete_media_type(content.media_type)
        are_both_json = is_json(name_concrete_media_type(main)) and is_json(name)
        if content.media_type == main or (are_both_json and content.schema == response.schema):
            available.setdefault(name, None)
        elif _has_example(content):
            available.setdefault(name, content)
    return available


def _has_example(content: MediaContent) -> bool:
    """Tell whether a body can be made: what is not JSON, XML or text needs an example."""
    return (
        bool(content.examples)
        or is_json(name_concrete_media_type(content.media_type))
        or (
            content.schema is not None
            and (content.schema.types == ("string",) or is_xml(content.media_type))
        )
    )


def build_accept_header_check(operation: Operation) -> RequestCheck | None:
    """Return a check of the Accept header, or None if the operation ignores the header.

    Only an operation with a documented 406 response checks it: without one, a server may answer in
    another media type. The check raises Refusal (406).
    """
    if (
        operation.find_documented_response(406) is None
        or operation.success_response.media_type is None
    ):
        return None
    available = _list_available_media_types(operation.success_response)

    def check_accept(request: MockRequest) -> None:
        text = request.headers.get("accept")
        accepted = parse_accept_header(text) if text else ()
        if accepted and not any(compute_quality(name, accepted) for name in available):
            raise Refusal(
                406, f"the answer is {' or '.join(available)}, which Accept: {text} leaves out"
            )

    return check_accept


def _make_body(documented: ResponseSpec, content: MediaContent, response: MockResponse) -> bytes:
    """Return the body in a media type of its own: the same value in XML, else its example."""
    is_same_value = is_xml(content.media_type) and content.schema == documented.schema
    value = (
        decode_json(response.body)
        if is_same_value and is_json(documented.media_type or "")
        else choose_response_body_example(content)
    )
    return encode_body(content.media_type, value, content.schema)


def build_media_type_chooser(operation: Operation) -> ChooseMediaType | None:
    """Return what gives a response the media type that its request prefers.

    In a type whose bodies differ, the body is its example. Return None if no response of the
    operation can have several types.
    """
    available_by_status = {
        response.status: _list_available_media_types(response)
        for response in operation.responses
        if response.media_type is not None
    }
    if all(len(available) < 2 for available in available_by_status.values()):
        return None

    def choose_media_type(request: MockRequest, response: MockResponse) -> MockResponse:
        documented = operation.find_documented_response(response.status)
        text = request.headers.get("accept")
        if documented is None or not text or not response.body:
            return response
        available = available_by_status.get(documented.status, {})
        accepted = parse_accept_header(text)
        headers = dict(response.headers)
        if parse_media_type(headers.get("content-type", "")) not in available or not accepted:
            return response
        preferred = max(available, key=lambda name: compute_quality(name, accepted))
        if not compute_quality(preferred, accepted):
            return response
        content = available[preferred]
        return replace(
            response,
            headers=tuple({**headers, "content-type": preferred}.items()),
            body=response.body if content is None else _make_body(documented, content, response),
        )

    return choose_media_type
