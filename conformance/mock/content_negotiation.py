"""Media types: what an answer may be and what a body is."""

from __future__ import annotations

from conformance.contract.operation import Operation
from conformance.mock.handler import RequestCheck
from conformance.mock.message import MockRequest
from conformance.mock.refusal import Refusal


def build_accept_check(operation: Operation) -> RequestCheck | None:
    """Return a look at Accept, for an operation whose documents leave room for 406 (RFC 9110,
    12.5.1); the others disregard it.
    """
    if operation.response(406) is None or operation.success_response.media_type is None:
        return None
    media_type = operation.success_response.media_type

    def check_accept(request: MockRequest) -> None:
        accepted = request.headers.get("accept")
        if accepted and not any(
            _range_includes(media_range, media_type) for media_range in accepted.split(",")
        ):
            raise Refusal(406, f"the answer is {media_type}, which Accept: {accepted} leaves out")

    return check_accept


def is_json(content_type: str) -> bool:
    """Tell whether a content type is JSON or one built on it (RFC 6839, 3.1)."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type in ("application/json", "text/json") or media_type.endswith("+json")


def _range_includes(media_range: str, media_type: str) -> bool:
    range_type, _, range_subtype = media_range.partition(";")[0].strip().lower().partition("/")
    main_type, _, subtype = media_type.lower().partition("/")
    return range_type in ("*", main_type) and (
        range_subtype in ("*", subtype) or range_subtype.endswith("json")
    )
