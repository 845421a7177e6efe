"""`sorts`: which parameter chooses the field that orders a list, and which the direction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.claim import ClaimDraft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statements import Statements


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorts:
    """`keys` leads from each value of parameter `by` to the item pointer that it orders by;
    `direction` may be None.
    """

    key_parameter: str
    pointers_by_key: Mapping[str, str]
    direction_parameter: str | None
    ascending_value: str | None
    descending_value: str | None
    pointer: str
    source: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ListsInOrder:
    """A list asked for by `value` (of `sorts.by`) comes in that field's order, reversed when
    `descending`.
    """

    kind: ClassVar[str] = "sorting.order"
    behavior: Sorts
    key: str
    descending: bool


def parse(node: Json, pointer: str) -> Sorts:
    """Return the behavior that a `sorts` node describes."""
    direction = node.get("direction") or {}
    return Sorts(
        key_parameter=node["by"],
        pointers_by_key=node["keys"],
        direction_parameter=direction.get("parameter"),
        ascending_value=direction.get("ascending"),
        descending_value=direction.get("descending"),
        pointer=pointer,
        source=node.get("x-source"),
    )


def draft_claims(
    operation: Operation, behavior: Sorts, statements: Statements
) -> Iterator[ClaimDraft]:
    """Yield the order by each field, in both directions."""
    for key in behavior.pointers_by_key:
        yield ClaimDraft(
            id=f"{operation.id}/{behavior.key_parameter}/orders-by/{key}",
            operation=operation.id,
            text=f"{behavior.key_parameter}={key} lists the items in ascending order of {key}.",
            promise=ListsInOrder(behavior=behavior, key=key, descending=False),
            pointer=behavior.pointer,
            citations=statements.get_citations(behavior.source, "order"),
        )
        if behavior.direction_parameter:
            yield ClaimDraft(
                id=f"{operation.id}/{behavior.direction_parameter}/descends-by/{key}",
                operation=operation.id,
                text=(
                    f"{behavior.direction_parameter}={behavior.descending_value} with {behavior.key_parameter}={key} lists the items"
                    f" in descending order of {key}."
                ),
                promise=ListsInOrder(behavior=behavior, key=key, descending=True),
                pointer=behavior.pointer,
                citations=statements.get_citations(behavior.source, "descending"),
            )
