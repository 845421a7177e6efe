"""Sorting of lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.sorting import SortingBehavior
from conformance.mock.bound_call import BoundCall
from conformance.mock.part import MockPart, SortItems
from conformance.mock.state import Item, ItemCollection

SortCollection = Callable[[ItemCollection], Sequence[Item]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSorter:
    """A function that sorts a list by request parameters.

    `orders` maps the value of `sort_parameter`, and whether the order is descending, to a sort
    function. Any other value leaves the items in the order of creation. A value that begins with
    `descending_prefix` asks for a descending order. `default` is the order of calls without a
    value.
    """

    sort_parameter: str
    direction_parameter: str | None
    descending_value: str | None
    orders: Mapping[tuple[Json, bool], SortCollection]
    descending_prefix: str | None = None
    default: tuple[Json, bool] | None = None

    def __call__(self, collection: ItemCollection, call: BoundCall) -> Sequence[Item]:
        """Return the items of a collection in the requested order."""
        sort = self.orders.get(self.get_requested_key_and_direction(call))
        return sort(collection) if sort else sort_by_age(collection)

    def get_requested_key_and_direction(self, call: BoundCall) -> tuple[Json, bool]:
        """Return the requested sort key and whether the order is descending."""
        arguments = call.arguments
        key = arguments.get(self.sort_parameter)
        if key is None and self.default is not None:
            return self.default
        prefix = self.descending_prefix
        if prefix is not None and isinstance(key, str):
            return key.removeprefix(prefix), key.startswith(prefix)
        return (
            key,
            self.direction_parameter is not None
            and arguments.get(self.direction_parameter) == self.descending_value,
        )


def sort_by_age(collection: ItemCollection, call: BoundCall | None = None) -> Sequence[Item]:
    """Return the items in the order of creation."""
    return collection.sort_by_age()


def build_field_sort_function(pointer: str, descending: bool) -> SortCollection:
    """Return a function that sorts a collection by the value at `pointer`."""
    return lambda collection: collection.sort_by_field(pointer, descending)


def build_list_sorter(
    contract: Contract, operation: Operation, sorts: SortingBehavior
) -> SortItems:
    """Return the sort function of a list."""
    orders = {
        (value, descending): build_field_sort_function(pointer, descending)
        for value, pointer in sorts.pointers_by_key.items()
        for descending in (False, True)
    }
    return ListSorter(
        sort_parameter=sorts.key_parameter,
        direction_parameter=sorts.direction_parameter,
        descending_value=sorts.descending_value,
        descending_prefix=sorts.descending_prefix,
        default=sorts.default,
        orders=orders,
    )


PART = MockPart(build_sorter=build_list_sorter)
