"""`overrides`: a parameter that takes the effect of others away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from conformance.contract.claim import Draft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statement import Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """When `parameter` is sent, those in `disables` have no effect."""

    parameter: str
    disables: tuple[str, ...]
    pointer: str
    source: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Inert:
    """The disabled parameters, sent beside the overriding one, change nothing."""

    kind: ClassVar[str] = "overriding.inert"
    overrides: Overrides


def parse(node: Json, pointer: str) -> Overrides:
    """Return the behaviour that an `overrides` node describes."""
    return Overrides(
        parameter=node["parameter"],
        disables=tuple(node["disables"]),
        pointer=pointer,
        source=node.get("x-source"),
    )


def drafts(operation: Operation, overrides: Overrides, register: Register) -> Iterator[Draft]:
    """Yield the one claim of an override."""
    others = " and ".join(overrides.disables)
    yield Draft(
        id=f"{operation.id}/{overrides.parameter}/overrides",
        operation=operation.id,
        text=f"Beside {overrides.parameter}, {others} have no effect.",
        promise=Inert(overrides=overrides),
        pointer=overrides.pointer,
        ids=register.cite(overrides.source),
    )
