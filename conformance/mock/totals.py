"""Counts beside the items of a list, by their names: they agree with the items.

They stand in for what no behavior of the contract defines.
"""

from __future__ import annotations

import re

from conformance.contract.inference import COUNT_NAMES, PAGE_NAMES, SIZE_NAMES, TOTAL_NAMES
from conformance.contract.json import Json
from conformance.contract.operation import ResponseHeader
from conformance.contract.pointer import is_within, iterate_values, tokens
from conformance.contract.schema import Schema
from conformance.mock.bound_call import BoundCall
from conformance.mock.page import Page
from conformance.mock.part import HeaderField, MetadataField
from conformance.values.plain import make_plain_value

_TOTAL_NAMES = (
    *TOTAL_NAMES,
    "numfound",
    "totalhits",
    "totalrecords",
    "recordstotal",
    "resultcount",
)
_PAGE_COUNT_NAMES = ("pages", "pagecount", "totalpages", "numpages", "lastpage")
_MORE_NAMES = ("hasmore", "hasnext", "hasnextpage", "more")
_MAX_DEPTH = 2  # deeper numbers, as those of facets, count something else


def build_count_metadata_fields(
    schema: Schema | None, items_pointer: str
) -> dict[str, MetadataField]:
    """Return the fields of a list response beside its items: counts by name, else constants."""
    example = make_plain_value(schema) if schema else None
    return {
        pointer: _find_count(schema, pointer, value) or _build_constant(value)
        for pointer, value in iterate_values(example)
        if pointer and not isinstance(value, dict) and not is_within(pointer, items_pointer)
    }


def build_count_headers(headers: tuple[ResponseHeader, ...]) -> dict[str, HeaderField]:
    """Return the headers that count items, by lower-case name."""
    return {
        header.name.lower(): _build_header_field(count)
        for header in headers
        if {"integer", "number"} & set(header.schema.types)
        and (count := _COUNTS.get(_normalize(header.name).removeprefix("x"))) is not None
    }


def _build_header_field(count: MetadataField) -> HeaderField:
    return lambda page, call: str(count(page, call))


def correct_counts(value: Json) -> Json:
    """Return an object with one list whose counts agree with it; any other value unchanged."""
    lists = (
        [child for child in value.values() if isinstance(child, list)]
        if isinstance(value, dict)
        else []
    )
    if len(lists) != 1:
        return value
    names = (*_TOTAL_NAMES, *COUNT_NAMES)
    return {
        name: len(lists[0]) if _normalize(name) in names and _is_count(child) else child
        for name, child in value.items()
    }


def _find_count(schema: Schema | None, pointer: str, value: Json) -> MetadataField | None:
    path = tokens(pointer)
    count = _COUNTS.get(_normalize(path[-1])) if len(path) <= _MAX_DEPTH else None
    owner = schema.find_property(tuple(path[:-1])) if schema is not None else None
    if count is _count_items and not (
        owner is not None and {*map(_normalize, owner.properties)} & {*_TOTAL_NAMES}
    ):
        count = _count_all  # a count that stands alone is the total
    if count is None or schema is None or (declared := schema.find_property(tuple(path))) is None:
        return None
    wanted = {"boolean"} if _normalize(path[-1]) in _MORE_NAMES else {"integer", "number"}
    return count if wanted & set(declared.types) and "const" not in declared.merged else None


def _is_count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _normalize(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _build_constant(value: Json) -> MetadataField:
    return lambda page, call: value


def _count_items(page: Page, call: BoundCall) -> Json:
    return len(page.items)


def _count_all(page: Page, call: BoundCall) -> Json:
    return page.total


def _count_pages(page: Page, call: BoundCall) -> Json:
    return page.page_count


def _get_number(page: Page, call: BoundCall) -> Json:
    return page.number


def _get_size(page: Page, call: BoundCall) -> Json:
    return page.size


def _get_start(page: Page, call: BoundCall) -> Json:
    return page.start


def _has_more(page: Page, call: BoundCall) -> Json:
    return page.start + len(page.items) < page.total


_COUNTS: dict[str, MetadataField] = {
    **dict.fromkeys(SIZE_NAMES, _get_size),
    **dict.fromkeys(COUNT_NAMES, _count_items),
    **dict.fromkeys(_TOTAL_NAMES, _count_all),
    **dict.fromkeys(_PAGE_COUNT_NAMES, _count_pages),
    **dict.fromkeys(PAGE_NAMES, _get_number),
    **dict.fromkeys(_MORE_NAMES, _has_more),
    **dict.fromkeys(("offset", "skip"), _get_start),
}
