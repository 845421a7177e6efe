"""What a behavior adds to the mock of its operation: a record of functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.mock.bound_call import BoundCall
from conformance.mock.handler import PostProcessor, Precondition
from conformance.mock.message import MockResponse
from conformance.mock.page import Page
from conformance.mock.state import Item, ItemCollection, MockState

GetCollection = Callable[[MockState, BoundCall], ItemCollection]
SortItems = Callable[[ItemCollection, BoundCall], Sequence[Item]]
ItemFilter = Callable[[Sequence[Item], BoundCall], Sequence[Item]]
PageSlicer = Callable[[Sequence[Item], BoundCall], Page]
MetadataField = Callable[[Page, BoundCall], Json]
ReadCurrent = Callable[[MockState, BoundCall], MockResponse]
HeaderField = Callable[[Page, BoundCall], str | None]
Override = Callable[[dict[str, Json]], None]


def _build_nothing(contract: Contract, operation: Operation, behavior: Any) -> Iterable[Any]:
    return ()


def _build_no_fields(contract: Contract, operation: Operation, behavior: Any) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class MockPart:
    """The functions of one kind of behavior; each gets contract, operation and behavior.

    Of a list: `build_sorter` and `build_slicer` return the function that sorts all items and the
    one that selects a page (None: the behavior does neither); `build_filters` returns functions
    that select items, `build_metadata_fields` the functions that compute what stands beside the
    items, by pointer, `build_header_fields` the same for response headers, by lowercase name (None:
    the response lacks it), and `build_overrides` functions that remove arguments without effect.

    Of an operation on one item: `build_precondition` returns the function that may answer in place
    of the action; it also gets the function that reads the item as the documented operation does.

    Of any operation: `build_post_processors` returns functions that change every response.
    """

    build_sorter: Callable[[Contract, Operation, Any], SortItems] | None = None
    build_slicer: Callable[[Contract, Operation, Any], PageSlicer] | None = None
    build_filters: Callable[[Contract, Operation, Any], Iterable[ItemFilter]] = _build_nothing
    build_metadata_fields: Callable[[Contract, Operation, Any], Mapping[str, MetadataField]] = (
        _build_no_fields
    )
    build_header_fields: Callable[[Contract, Operation, Any], Mapping[str, HeaderField]] = (
        _build_no_fields
    )
    build_overrides: Callable[[Contract, Operation, Any], Iterable[Override]] = _build_nothing
    build_precondition: Callable[[Contract, Operation, Any, ReadCurrent], Precondition] | None = (
        None
    )
    build_post_processors: Callable[[Contract, Operation, Any], Iterable[PostProcessor]] = (
        _build_nothing
    )
