"""`sorts`: which parameter chooses the field that orders a list, and which the direction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.claim import Draft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statement import Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorts:
    """`keys` leads from each value of parameter `by` to the item pointer that it orders by;
    `direction` may be None.
    """

    by: str
    keys: Mapping[str, str]
    direction: str | None
    ascending: str | None
    descending: str | None
    pointer: str
    source: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A list asked for by `value` (of `sorts.by`) comes in that field's order, reversed when
    `descending`.
    """

    kind: ClassVar[str] = "sorting.order"
    sorts: Sorts
    value: str
    descending: bool


def parse(node: Json, pointer: str) -> Sorts:
    """Return the behaviour that a `sorts` node describes."""
    direction = node.get("direction") or {}
    return Sorts(
        by=node["by"],
        keys=node["keys"],
        direction=direction.get("parameter"),
        ascending=direction.get("ascending"),
        descending=direction.get("descending"),
        pointer=pointer,
        source=node.get("x-source"),
    )


def drafts(operation: Operation, sorts: Sorts, register: Register) -> Iterator[Draft]:
    """Yield the order by each field, in both directions."""
    for value in sorts.keys:
        yield Draft(
            id=f"{operation.id}/{sorts.by}/orders-by/{value}",
            operation=operation.id,
            text=f"{sorts.by}={value} lists the items in ascending order of {value}.",
            promise=Order(sorts=sorts, value=value, descending=False),
            pointer=sorts.pointer,
            ids=register.cite(sorts.source, "order"),
        )
        if sorts.direction:
            yield Draft(
                id=f"{operation.id}/{sorts.direction}/descends-by/{value}",
                operation=operation.id,
                text=(
                    f"{sorts.direction}={sorts.descending} with {sorts.by}={value} lists the items"
                    f" in descending order of {value}."
                ),
                promise=Order(sorts=sorts, value=value, descending=True),
                pointer=sorts.pointer,
                ids=register.cite(sorts.source, "descending"),
            )
