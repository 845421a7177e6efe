"""List operations: collect, sort, filter, paginate and render items."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.contract.json import Json
from conformance.contract.pagination import PaginationBehavior
from conformance.contract.pointer import MISSING
from conformance.mock.accessors import set_value_at_pointer
from conformance.mock.bound_call import BoundCall
from conformance.mock.filtering import ItemFilter
from conformance.mock.message import MockResponse, encode_json
from conformance.mock.pagination import Page, PageSlicer
from conformance.mock.state import Item, ItemCollection, MockState

GetCollection = Callable[[MockState, BoundCall], ItemCollection]
SortItems = Callable[[ItemCollection, BoundCall], Sequence[Item]]
MetadataField = Callable[[Page, BoundCall], Json]

_ITEMS_PLACEHOLDER = "@items@"  # encoded first, so its first occurrence is the right one


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAction:
    """An action that returns a list of items.

    `items_pointer` is the position of the items in the response. `metadata_fields` maps other
    pointers to the functions that compute the values there, and `count_headers` names of headers.
    """

    get_collection: GetCollection
    sort: SortItems
    filters: tuple[ItemFilter, ...]
    slice_page: PageSlicer
    metadata_fields: Mapping[str, MetadataField]
    items_pointer: str
    status: int
    headers: tuple[tuple[str, str], ...]
    count_headers: Mapping[str, MetadataField] = field(default_factory=dict)

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
        if self.count_headers:
            counts = ((name, count(page, call)) for name, count in self.count_headers.items())
            headers = (*headers, *((name, str(value)) for name, value in counts))
        return MockResponse(status=self.status, headers=headers, body=body.encode())


def build_page_count_metadata_fields(
    paginates: PaginationBehavior | None,
) -> dict[str, MetadataField]:
    """Return the metadata fields with the item counts and the page count of a response."""
    if paginates is None:
        return {}
    fields: dict[str | None, MetadataField] = {
        paginates.count_pointer: lambda page, call: len(page.items),
        paginates.total_pointer: lambda page, call: page.total,
        paginates.page_count_pointer: lambda page, call: page.page_count,
    }
    return {pointer: get_metadata for pointer, get_metadata in fields.items() if pointer}


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
