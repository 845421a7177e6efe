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

    `pointers_by_key` maps each value of that parameter to an item pointer. The direction is chosen
    by another parameter, or by a prefix of the key, such as `-`; else these fields are None.
    `default` is the order without these parameters: a key, and whether it descends.
    """

    key_parameter: str
    pointers_by_key: Mapping[str, str]
    direction_parameter: str | None
    ascending_value: str | None
    descending_value: str | None
    descending_prefix: str | None = None
    default: tuple[str, bool] | None = None
    pointer: str
    source: Json

    @property
    def can_descend(self) -> bool:
        """Tell whether a request can ask for a descending order."""
        return self.direction_parameter is not None or self.descending_prefix is not None

    def build_arguments(self, key: str, descending: bool) -> dict[str, Json]:
        """Return the arguments that ask for an order explicitly."""
        if self.direction_parameter is not None:
            direction = self.descending_value if descending else self.ascending_value
            return {self.key_parameter: key, self.direction_parameter: direction}
        prefix = self.descending_prefix if descending and self.descending_prefix else ""
        return {self.key_parameter: prefix + key}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListsInOrder:
    """The promise that a list requested with sort key `key` is in the order of that field.

    The order is reversed if `descending`. If `is_default`, the request asks for no order.
    """

    kind: ClassVar[str] = "sorting.order"
    behavior: SortingBehavior
    key: str
    descending: bool
    is_default: bool = False

    @property
    def arguments(self) -> dict[str, Json]:
        """Return the arguments of the request."""
        return {} if self.is_default else self.behavior.build_arguments(self.key, self.descending)


def parse_sorting_behavior(node: Json, pointer: str) -> SortingBehavior:
    """Return the behavior that a `sorts` node describes."""
    direction, default = node.get("direction") or {}, node.get("default")
    if default is not None and default["key"] not in node["keys"]:
        raise ValueError(f"default: {default['key']} is none of the keys")
    return SortingBehavior(
        key_parameter=node["by"],
        pointers_by_key=node["keys"],
        direction_parameter=direction.get("parameter"),
        ascending_value=direction.get("ascending"),
        descending_value=direction.get("descending"),
        descending_prefix=direction.get("prefix"),
        default=(default["key"], default.get("descending", False)) if default else None,
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
        if behavior.can_descend:
            (parameter, value), *others = reversed(behavior.build_arguments(key, True).items())
            beside = f" with {others[0][0]}={others[0][1]}" if others else ""
            yield ClaimDraft(
                id=f"{operation.id}/{parameter}/descends-by/{key}",
                operation=operation.id,
                text=f"{parameter}={value}{beside} lists the items in descending order of {key}.",
                promise=ListsInOrder(behavior=behavior, key=key, descending=True),
                pointer=behavior.pointer,
                citations=statements.get_citations(behavior.source, "descending"),
            )
    if behavior.default is not None:
        key, descending = behavior.default
        direction = "descending" if descending else "ascending"
        yield ClaimDraft(
            id=f"{operation.id}/{behavior.key_parameter}/default-order",
            operation=operation.id,
            text=f"Without {behavior.key_parameter}, the items are in {direction} order of {key}.",
            promise=ListsInOrder(
                behavior=behavior, key=key, descending=descending, is_default=True
            ),
            pointer=behavior.pointer,
            citations=statements.get_citations(behavior.source, "default"),
        )


def _list_parameters(node: Json) -> list[str]:
    direction = node.get("direction")
    has_parameter = isinstance(direction, dict) and "parameter" in direction
    return [node["by"], *([direction["parameter"]] if has_parameter else [])]


def _list_item_pointers(behavior: SortingBehavior) -> list[str]:
    return [*behavior.pointers_by_key.values()]


BEHAVIOR = BehaviorKind(
    word=Word(
        name="sorts",
        place="an operation that lists",
        sentence="A parameter chooses the field by which the list is ordered.",
        schema=mapping_schema(
            ["by", "keys"],
            by=TEXT,
            keys=POINTERS_BY_NAME,
            direction={
                "anyOf": [
                    mapping_schema(
                        ["parameter", "ascending", "descending"],
                        parameter=TEXT,
                        ascending=TEXT,
                        descending=TEXT,
                    ),
                    mapping_schema(["prefix"], prefix={**TEXT, "minLength": 1}),
                ]
            },
            default=mapping_schema(["key"], key=TEXT, descending={"type": "boolean"}),
        ),
        example="sorts: {by: sortField, keys: {name: /name}, direction: {parameter: sortDirection,"
        " ascending: asc, descending: desc}}",
    ),
    values=(SortingBehavior,),
    parse=parse_sorting_behavior,
    derive_claims=derive_sorting_claims,
    list_parameters=_list_parameters,
    list_item_pointers=_list_item_pointers,
    checks="conformance.checks.sorting",
    mock="conformance.mock.sorting",
    faults="conformance.mock.faults.sorting",
)
