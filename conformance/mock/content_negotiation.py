"""Checks of the Accept header."""

from __future__ import annotations

from conformance.contract.operation import Operation
from conformance.mock.handler import RequestCheck
from conformance.mock.message import MockRequest
from conformance.mock.refusal import Refusal
from conformance.protocol import parse_media_type


def build_accept_header_check(operation: Operation) -> RequestCheck | None:
    """Return a check of the Accept header, or None if the operation ignores the header.

    Only an operation with a documented 406 response checks it (RFC 9110, 12.5.1). The check raises
    Refusal (406).
    """
    if (
        operation.find_documented_response(406) is None
        or operation.success_response.media_type is None
    ):
        return None
    media_type = operation.success_response.media_type

    def check_accept(request: MockRequest) -> None:
        accepted = request.headers.get("accept")
        if accepted and not any(
            _range_includes(media_range, media_type) for media_range in accepted.split(",")
        ):
            raise Refusal(406, f"the answer is {media_type}, which Accept: {accepted} leaves out")

    return check_accept


def _range_includes(media_range: str, media_type: str) -> bool:
    range_type, _, range_subtype = parse_media_type(media_range).partition("/")
    main_type, _, subtype = media_type.lower().partition("/")
    return range_type in ("*", main_type) and (
        range_subtype in ("*", subtype) or range_subtype.endswith("json")
    )
