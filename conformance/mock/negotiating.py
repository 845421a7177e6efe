"""Media types: what an answer may be and what a body is."""

from __future__ import annotations

from conformance.contract.operation import Operation
from conformance.mock.handler import Admit
from conformance.mock.message import Request
from conformance.mock.refusal import Refusal


def negotiating(operation: Operation) -> Admit | None:
    """Return a look at Accept, for an operation whose documents leave room for 406 (RFC 9110,
    12.5.1); the others disregard it.
    """
    if operation.response(406) is None or operation.success.media is None:
        return None
    wanted = operation.success.media

    def check(request: Request) -> None:
        accepted = request.headers.get("accept")
        if accepted and not any(_covers(one, wanted) for one in accepted.split(",")):
            raise Refusal(406, f"the answer is {wanted}, which Accept: {accepted} leaves out")

    return check


def is_json(content_type: str) -> bool:
    """Tell whether a content type is JSON or one built on it (RFC 6839, 3.1)."""
    media = content_type.partition(";")[0].strip().lower()
    return media in ("application/json", "text/json") or media.endswith("+json")


def _covers(range_: str, media: str) -> bool:
    major, _, minor = range_.partition(";")[0].strip().lower().partition("/")
    wanted, _, detail = media.lower().partition("/")
    return major in ("*", wanted) and (minor in ("*", detail) or minor.endswith("json"))
