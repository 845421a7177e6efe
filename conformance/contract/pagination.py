"""`paginates`: a list that is returned in pages, which a number or an offset chooses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from conformance.contract.behavior import BehaviorKind
from conformance.contract.claim import ClaimDraft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statements import Statements
from conformance.contract.word import POINTER, TEXT, Word, mapping_schema


class PagePastEndHandling(StrEnum):
    """What the server returns for a page past the end."""

    EMPTY = "empty"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaginationBehavior:
    """The behavior of a list in pages.

    `page_parameter` chooses a page: by its number, counted from `first_page`, or, if
    `counts_items`, by its offset, the number of items before it. These are pointers into the
    response, None if it has no such value: `count_pointer` to the number of items in the response,
    `total_pointer` to the number of all matching items, `page_count_pointer` to the number of
    pages, and `metadata_pointer` to the object that holds them, which is present whenever the
    request names a page. No response holds more than `max_items` items.

    Interpretations may set the rest: `unpaged_is_complete` if the response to a request without
    page and size holds all items, `unpaged_has_metadata` if that response has the metadata, and
    `past_end` for a page past the end. None means that the documentation does not say.
    """

    page_parameter: str
    size_parameter: str
    first_page: int
    count_pointer: str | None
    total_pointer: str | None
    page_count_pointer: str | None
    metadata_pointer: str | None
    max_items: int | None
    unpaged_is_complete: bool
    unpaged_has_metadata: bool | None
    past_end: PagePastEndHandling | None
    counts_items: bool = False
    pointer: str
    source: Json

    def build_page_arguments(self, index: int, size: int) -> dict[str, Json]:
        """Return the arguments that ask for a page; the first one has the index 0."""
        step = size if self.counts_items else 1
        return {self.page_parameter: self.first_page + index * step, self.size_parameter: size}

    def get_start(self, position: int, size: int) -> int:
        """Return how many items are before the page that a value of `page_parameter` asks for."""
        return (position - self.first_page) * (1 if self.counts_items else size)


class PagedListProperty(StrEnum):
    """Which property of a paginated list a claim is about."""

    SIZE = "size"
    ALL_PAGES = "allPages"
    FIRST_PAGE = "first"
    COUNT = "count"
    TOTAL = "total"
    PAGE_COUNT = "pages"
    METADATA = "metadata"
    MAX_ITEMS = "maxItems"
    UNPAGED_IS_COMPLETE = "unpagedIsComplete"
    UNPAGED_HAS_METADATA = "unpagedHasMetadata"
    PAST_END = "pastEnd"


@dataclass(frozen=True, slots=True, kw_only=True)
class HasPagedListProperty:
    """The promise that the list has the property `aspect`."""

    kind: ClassVar[str] = "pagination.property"
    behavior: PaginationBehavior
    property: PagedListProperty


def parse_pagination_behavior(node: Json, pointer: str) -> PaginationBehavior:
    """Return the behavior that a `paginates` node describes."""
    if ("page" in node) == ("offset" in node):
        raise ValueError("page or offset: it has one of them")
    counts_items = "offset" in node
    return PaginationBehavior(
        page_parameter=node["offset"] if counts_items else node["page"],
        size_parameter=node["size"],
        first_page=node.get("first", 0 if counts_items else 1),
        count_pointer=node.get("count"),
        total_pointer=node.get("total"),
        page_count_pointer=node.get("pages"),
        metadata_pointer=node.get("metadata"),
        max_items=node.get("maxItems"),
        unpaged_is_complete=node.get("unpagedIsComplete", False),
        unpaged_has_metadata=node.get("unpagedHasMetadata"),
        past_end=PagePastEndHandling(node["pastEnd"]) if "pastEnd" in node else None,
        counts_items=counts_items,
        pointer=pointer,
        source=node.get("x-source"),
    )


def derive_pagination_claims(
    operation: Operation, behavior: PaginationBehavior, statements: Statements
) -> Iterator[ClaimDraft]:
    """Yield one claim for each property of the pages that the behavior defines."""
    texts = {
        PagedListProperty.SIZE: (
            behavior.size_parameter,
            (
                f"A page holds as many items as {behavior.size_parameter} says, fewer only when no"
                " more are"
                " left."
            ),
        ),
        PagedListProperty.ALL_PAGES: (
            behavior.page_parameter,
            (
                f"The pages by {behavior.page_parameter}, put together, are the list: every item"
                " once, in"
                " order."
            ),
        ),
        PagedListProperty.FIRST_PAGE: (
            behavior.page_parameter,
            (
                f"{behavior.page_parameter}={behavior.first_page} begins with the first item, and"
                " that plus the size is the page after it."
                if behavior.counts_items
                else f"{behavior.page_parameter}={behavior.first_page} is the first page and"
                f" {behavior.first_page + 1} the one after it."
            ),
        ),
        PagedListProperty.COUNT: (
            behavior.count_pointer,
            "The answer says how many items it holds.",
        ),
        PagedListProperty.TOTAL: (
            behavior.total_pointer,
            "The answer says how many items match, over all pages.",
        ),
        PagedListProperty.PAGE_COUNT: (
            behavior.page_count_pointer,
            "The answer says how many pages there are: the matching items by the size, rounded up.",
        ),
        PagedListProperty.METADATA: (
            behavior.metadata_pointer,
            "A paged answer tells about its page.",
        ),
        PagedListProperty.MAX_ITEMS: (
            behavior.max_items and behavior.size_parameter,
            f"No answer holds more than {behavior.max_items} items.",
        ),
        PagedListProperty.UNPAGED_IS_COMPLETE: (
            behavior.unpaged_is_complete and behavior.size_parameter,
            f"Without {behavior.page_parameter} and {behavior.size_parameter} the list is not cut.",
        ),
        PagedListProperty.UNPAGED_HAS_METADATA: (
            behavior.unpaged_has_metadata is not None and behavior.metadata_pointer,
            (
                f"Without {behavior.page_parameter} and {behavior.size_parameter} the answer"
                f" {'tells' if behavior.unpaged_has_metadata else 'does not tell'} about its page."
            ),
        ),
        PagedListProperty.PAST_END: (
            behavior.past_end and behavior.page_parameter,
            f"A page past the end is {behavior.past_end}.",
        ),
    }
    for aspect, (name, text) in texts.items():
        if name:
            yield ClaimDraft(
                id=f"{operation.id}/{str(name).strip('/').replace('/', '.')}/{aspect}",
                operation=operation.id,
                text=text,
                promise=HasPagedListProperty(behavior=behavior, property=aspect),
                pointer=behavior.pointer,
                citations=statements.get_citations(behavior.source, aspect),
            )


def _list_parameters(node: Json) -> list[str]:
    return [node[key] for key in ("page", "offset", "size") if key in node]


BEHAVIOR = BehaviorKind(
    word=Word(
        name="paginates",
        place="an operation that lists",
        sentence="The list is returned in pages: of a number, or from an offset.",
        schema=mapping_schema(
            ["size"],
            page=TEXT,
            offset=TEXT,
            size=TEXT,
            first={"type": "integer"},
            count=POINTER,
            total=POINTER,
            pages=POINTER,
            metadata=POINTER,
            maxItems={"type": ["integer", "null"]},
            unpagedIsComplete={"type": "boolean"},
            unpagedHasMetadata={"type": ["boolean", "null"]},
            pastEnd=TEXT,
        ),
        example="paginates: {page: page, size: perPage, first: 0, total: /totalCount}",
    ),
    values=(PaginationBehavior,),
    parse=parse_pagination_behavior,
    derive_claims=derive_pagination_claims,
    list_parameters=_list_parameters,
    checks="conformance.checks.pagination",
    mock="conformance.mock.pagination",
    faults="conformance.mock.faults.pagination",
)
