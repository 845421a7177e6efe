"""The order of a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from conformance.contract.json import Json
from conformance.contract.sorting import Sorts
from conformance.mock.call import Call
from conformance.mock.state import Collection, Item

Arrange = Callable[[Collection], Sequence[Item]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    """A table from the value of parameter `by`, and whether it descends, to the order; any other
    value leaves the items in order of age.
    """

    by: str
    direction: str | None
    descending: str | None
    table: Mapping[tuple[Json, bool], Arrange]

    def __call__(self, collection: Collection, call: Call) -> Sequence[Item]:
        """Return the items of a collection in the order asked for."""
        arrange = self.table.get(self.asked(call))
        return arrange(collection) if arrange else by_age(collection)

    def asked(self, call: Call) -> tuple[Json, bool]:
        """Return the field asked for and whether it is to descend."""
        arguments = call.arguments
        return (
            arguments.get(self.by),
            self.direction is not None and arguments.get(self.direction) == self.descending,
        )


def by_age(collection: Collection) -> Sequence[Item]:
    """Return the items in the order of their creation."""
    return collection.aged()


def by_field(pointer: str, descending: bool) -> Arrange:
    """Return the order by what stands at `pointer`."""
    return lambda collection: collection.ordered(pointer, descending)


def ordering(sorts: Sorts | None) -> Callable[[Collection, Call], Sequence[Item]]:
    """Return how a list is ordered; without the behaviour, by age."""
    if sorts is None:
        return lambda collection, call: by_age(collection)
    table = {
        (value, descending): by_field(pointer, descending)
        for value, pointer in sorts.keys.items()
        for descending in (False, True)
    }
    return Ordering(
        by=sorts.by, direction=sorts.direction, descending=sorts.descending, table=table
    )
