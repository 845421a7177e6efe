"""Pages of lists that each say how to get the next one."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from conformance.contract.continuation import HEADER_PREFIX, ContinuesInPages
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation
from conformance.contract.pointer import MISSING, tokens
from conformance.mock.bound_call import BoundCall
from conformance.mock.page import Page
from conformance.mock.part import HeaderField, MetadataField, MockPart, PageSlicer
from conformance.mock.refusal import Refusal
from conformance.mock.state import Item

DEFAULT_PAGE_SIZE = 50  # if no size is asked for and none is documented
_CURSOR_PREFIX = "from-"


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorPageSlicer:
    """A function that selects the items from the position that a cursor names.

    A call without a cursor gets the first page.
    """

    cursor_parameter: str
    size_parameter: str | None

    def __call__(self, items: Sequence[Item], call: BoundCall) -> Page:
        """Return the page that begins at the cursor. Raises Refusal (400) for an unknown one."""
        start = decode_cursor(call.arguments.get(self.cursor_parameter))
        size = call.arguments.get(self.size_parameter) if self.size_parameter else None
        size = size if isinstance(size, int) and size > 0 else DEFAULT_PAGE_SIZE
        return Page(items[start : start + size], len(items), 1 + start // size, size, start)


def encode_cursor(start: int) -> str:
    """Return the cursor of the page that begins at a position."""
    return base64.urlsafe_b64encode(f"{_CURSOR_PREFIX}{start}".encode()).decode().rstrip("=")


def decode_cursor(cursor: Json) -> int:
    """Return the position that a cursor names, 0 if there is none.

    Raises Refusal (400) for a cursor that this mock has not made.
    """
    if cursor is None:
        return 0
    text = str(cursor)
    try:
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        return int(decoded.removeprefix(_CURSOR_PREFIX))
    except ValueError as error:  # not Base64, not UTF-8, or no number
        raise Refusal(400, "the cursor is not one of this list") from error


def find_next_start(page: Page) -> int | None:
    """Return where the page after this one begins, or None if this is the last one."""
    end = page.start + len(page.items)
    return end if end < page.total else None


def get_cursor_parameter(operation: Operation, behavior: ContinuesInPages) -> str:
    """Return the parameter that carries the cursor: in URLs of next pages, the mock chooses one."""
    if behavior.cursor_parameter is not None:
        return behavior.cursor_parameter
    used = {behavior.size_parameter}
    candidates = [
        parameter.name
        for parameter in operation.parameters
        if parameter.location is ParameterLocation.QUERY
        and parameter.name not in used
        and any(name in parameter.name.lower() for name in ("token", "cursor", "after", "page"))
    ]
    return candidates[0] if candidates else "cursor"


def build_page_slicer(
    contract: Contract, operation: Operation, behavior: ContinuesInPages
) -> PageSlicer:
    """Return the function that selects the requested page."""
    return CursorPageSlicer(
        cursor_parameter=get_cursor_parameter(operation, behavior),
        size_parameter=behavior.size_parameter,
    )


def _build_next_value(operation: Operation, behavior: ContinuesInPages) -> MetadataField:
    """Return the function that computes what the next page is asked for with, None at the end."""
    parameter = get_cursor_parameter(operation, behavior)

    def get_next_value(page: Page, call: BoundCall) -> Json:
        start = find_next_start(page)
        if start is None:
            return None
        cursor = encode_cursor(start)
        if behavior.cursor_parameter is not None:
            return cursor
        query = [(name, value) for name, value in call.request.query if name != parameter]
        host = call.request.headers.get("host")
        origin = f"http://{host}" if host else ""
        return f"{origin}{call.request.path}?{urlencode([*query, (parameter, cursor)])}"

    return get_next_value


def build_next_fields(
    contract: Contract, operation: Operation, behavior: ContinuesInPages
) -> dict[str, MetadataField]:
    """Return the field of the body that says how to get the next page."""
    if behavior.next.startswith(HEADER_PREFIX):
        return {}
    get_next_value = _build_next_value(operation, behavior)
    schema = operation.success_response.schema
    declared = schema.find_property(tokens(behavior.next)) if schema else None
    may_be_null = declared is None or declared.is_valid(None)

    def get_next_or_nothing(page: Page, call: BoundCall) -> Json:
        value = get_next_value(page, call)
        return MISSING if value is None and not may_be_null else value

    return {behavior.next: get_next_or_nothing}


def build_next_headers(
    contract: Contract, operation: Operation, behavior: ContinuesInPages
) -> dict[str, HeaderField]:
    """Return the header that says how to get the next page."""
    if not behavior.next.startswith(HEADER_PREFIX):
        return {}
    name = behavior.next.removeprefix(HEADER_PREFIX).lower()
    get_next_value = _build_next_value(operation, behavior)

    def get_header_text(page: Page, call: BoundCall) -> str | None:
        value = get_next_value(page, call)
        if value is None:
            return None
        return f'<{value}>; rel="next"' if name == "link" else str(value)

    return {name: get_header_text}


PART = MockPart(
    build_slicer=build_page_slicer,
    build_metadata_fields=build_next_fields,
    build_header_fields=build_next_headers,
)
