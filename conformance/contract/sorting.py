"""`sorts`: the parameters that choose the sort field and the direction of a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.behavior import BehaviorKind
from conformance.contract.claim import ClaimDraft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statements import Statements
from conformance.contract.word import POINTERS_BY_NAME, TEXT, Word, mapping_schema


@dataclass(frozen=True, slots=True, kw_only=True)
class SortingBehavior:
    """The behavior of a list that is sorted by the field that `key_parameter` selects.

    `pointers_by_key` maps each value of that parameter to an item pointer. The direction fields are
    None if the direction cannot be chosen.
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
    """The promise that a list requested with sort key `key` is in the order of that field.

    The order is reversed if `descending`.
    """

    kind: ClassVar[str] = "sorting.order"
    behavior: SortingBehavior
    key: str
    descending: bool


def parse_sorting_behavior(node: Json, pointer: str) -> SortingBehavior:
    """Return the behavior that a `sorts` node describes."""
    direction = node.get("direction") or {}
    return SortingBehavior(
        key_parameter=node["by"],
        pointers_by_key=node["keys"],
        direction_parameter=direction.get("parameter"),
        ascending_value=direction.get("ascending"),
        descending_value=direction.get("descending"),
        pointer=pointer,
        source=node.get("x-source"),
    )


def derive_sorting_claims(
    operation: Operation, behavior: SortingBehavior, statements: Statements
) -> Iterator[ClaimDraft]:
    """Yield one claim for each sort key and direction."""
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
                    f"{behavior.direction_parameter}={behavior.descending_value} with"
                    f" {behavior.key_parameter}={key} lists the items"
                    f" in descending order of {key}."
                ),
                promise=ListsInOrder(behavior=behavior, key=key, descending=True),
                pointer=behavior.pointer,
                citations=statements.get_citations(behavior.source, "descending"),
            )


def _list_parameters(node: Json) -> list[str]:
    direction = node.get("direction")
    return [node["by"], *([direction["parameter"]] if isinstance(direction, dict) else [])]


BEHAVIOR = BehaviorKind(
    word=Word(
        name="sorts",
        place="an operation that lists",
        sentence="A parameter chooses the field by which the list is ordered.",
        schema=mapping_schema(
            ["by", "keys"],
            by=TEXT,
            keys=POINTERS_BY_NAME,
            direction=mapping_schema(
                ["parameter", "ascending", "descending"],
                parameter=TEXT,
                ascending=TEXT,
                descending=TEXT,
            ),
        ),
        example="sorts: {by: sortField, keys: {name: /name}, direction: {parameter: sortDirection,"
        " ascending: asc, descending: desc}}",
    ),
    values=(SortingBehavior,),
    parse=parse_sorting_behavior,
    derive_claims=derive_sorting_claims,
    list_parameters=_list_parameters,
    checks="conformance.checks.sorting",
    mock="conformance.mock.sorting",
    faults="conformance.mock.faults.sorting",
)
