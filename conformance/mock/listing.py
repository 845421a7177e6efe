"""List operations: collect, sort, filter, paginate and render items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.contract.pagination import PaginationBehavior
from conformance.contract.pointer import MISSING
from conformance.mock.accessors import set_value_at_pointer
from conformance.mock.bound_call import BoundCall
from conformance.mock.message import MockResponse, encode_json
from conformance.mock.page import Page
from conformance.mock.part import (
    GetCollection,
    HeaderField,
    ItemFilter,
    MetadataField,
    PageSlicer,
    SortItems,
)
from conformance.mock.state import MockState

_ITEMS_PLACEHOLDER = "@items@"  # encoded first, so its first occurrence is the right one


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAction:
    """An action that returns a list of items.

    `items_pointer` is the position of the items in the response. `metadata_fields` maps other
    pointers to the functions that compute the values there, `header_fields` does the same for
    response headers.
    """

    get_collection: GetCollection
    sort: SortItems
    filters: tuple[ItemFilter, ...]
    slice_page: PageSlicer
    metadata_fields: Mapping[str, MetadataField]
    header_fields: Mapping[str, HeaderField]
    items_pointer: str
    status: int
    headers: tuple[tuple[str, str], ...]

    def __call__(self, state: MockState, call: BoundCall) -> MockResponse:
        """Return the response with the list that the call asks for."""
        items = self.sort(self.get_collection(state, call), call)
        for apply_filter in self.filters:
            items = apply_filter(items, call)
        return self.render_page_response(self.slice_page(items, call), call)

    def render_page_response(self, page: Page, call: BoundCall) -> MockResponse:
        """Return the response that contains a page."""
        document = set_value_at_pointer({}, self.items_pointer, _ITEMS_PLACEHOLDER)
        for pointer, get_metadata in self.metadata_fields.items():
            if (value := get_metadata(page, call)) is not MISSING:
                document = set_value_at_pointer(document, pointer, value)
        items = ",".join([item.json_text for item in page.items])
        body = encode_json(document).replace(f'"{_ITEMS_PLACEHOLDER}"', f"[{items}]", 1)
        headers = self.headers
        if self.header_fields:
            texts = {name: get(page, call) for name, get in self.header_fields.items()}
            headers += tuple((name, text) for name, text in texts.items() if text is not None)
        return MockResponse(status=self.status, headers=headers, body=body.encode())


def omit_page_metadata_unless_paged(
    paginates: PaginationBehavior, metadata_fields: Mapping[str, MetadataField]
) -> dict[str, MetadataField]:
    """Return the metadata fields, with pagination metadata only in paginated responses.

    A response is paginated if the request has a page or size parameter.
    """

    def require_paging(get_metadata: MetadataField) -> MetadataField:
        return lambda page, call: (
            get_metadata(page, call)
            if paginates.page_parameter in call.sent or paginates.size_parameter in call.sent
            else MISSING
        )

    return {
        pointer: require_paging(get_metadata)
        if pointer.startswith(f"{paginates.metadata_pointer}/")
        else get_metadata
        for pointer, get_metadata in metadata_fields.items()
    }
