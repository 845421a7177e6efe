"""The Accept header: which media type a response has, and when none will do (RFC 9110, 12.5.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from conformance.contract.operation import Operation, ResponseSpec
from conformance.mock.handler import ChooseMediaType, RequestCheck
from conformance.mock.message import MockRequest, MockResponse
from conformance.mock.refusal import Refusal
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


def _list_available_media_types(response: ResponseSpec) -> list[str]:
    """Return the media types in which the mock can answer, the main one first.

    The others are those JSON types that have the same schema: their bodies are the same.
    """
    return [
        name_concrete_media_type(response.media_type or ""),
        *(
            name_concrete_media_type(content.media_type)
            for content in response.contents
            if content.media_type != response.media_type
            and is_json(response.media_type or "")
            and is_json(name_concrete_media_type(content.media_type))
            and content.schema == response.schema
        ),
    ]


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


def build_media_type_chooser(operation: Operation) -> ChooseMediaType | None:
    """Return what gives a response the media type that its request prefers.

    Return None if no response of the operation can have several.
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
        available = available_by_status.get(documented.status, [])
        accepted = parse_accept_header(text)
        headers = dict(response.headers)
        if parse_media_type(headers.get("content-type", "")) not in available or not accepted:
            return response
        preferred = max(available, key=lambda name: compute_quality(name, accepted))
        if not compute_quality(preferred, accepted):
            return response
        return replace(response, headers=tuple({**headers, "content-type": preferred}.items()))

    return choose_media_type
