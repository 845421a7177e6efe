"""`guards`: preconditions on the state of an item (RFC 9110, 13): If-Match and If-None-Match."""

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
from conformance.contract.word import Word, mapping_schema


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardsItem:
    """The behavior that an operation on an item minds a validator of that item's state.

    `validator` is the place where the answer that reads the item has it: `header:` and a name, or
    a pointer. With If-None-Match and the current validator, the operation answers `unchanged`; with
    If-Match and another one, it answers `stale` and does nothing. None: it does not mind that.
    """

    validator: str
    unchanged: int | None
    stale: int | None
    pointer: str
    source: Json


class GuardProperty(StrEnum):
    """Which property of such an operation a claim is about."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    STALE = "stale"
    CURRENT = "current"

    @property
    def header(self) -> str:
        """Return the header of the request that asks for it."""
        is_read = self in (self.UNCHANGED, self.CHANGED)
        return "If-None-Match" if is_read else "If-Match"


@dataclass(frozen=True, slots=True, kw_only=True)
class HasGuardProperty:
    """The promise that the operation has the property."""

    kind: ClassVar[str] = "guard.property"
    behavior: GuardsItem
    property: GuardProperty


def parse_guard_behavior(node: Json, pointer: str) -> GuardsItem:
    """Return the behavior that a `guards` node describes."""
    return GuardsItem(
        validator=node["validator"],
        unchanged=node.get("unchanged"),
        stale=node.get("stale"),
        pointer=pointer,
        source=node.get("x-source"),
    )


def derive_guard_claims(
    operation: Operation, behavior: GuardsItem, statements: Statements
) -> Iterator[ClaimDraft]:
    """Yield the claims about requests with a current and with another validator."""
    texts = {}
    if behavior.unchanged is not None:
        texts[GuardProperty.UNCHANGED] = (
            f"With If-None-Match and the current validator, the answer is {behavior.unchanged}."
        )
        texts[GuardProperty.CHANGED] = (
            "With If-None-Match and another validator, the answer is as without it."
        )
    if behavior.stale is not None:
        texts[GuardProperty.STALE] = (
            f"With If-Match and a stale validator, the answer is {behavior.stale}, and nothing"
            " changes."
        )
        texts[GuardProperty.CURRENT] = (
            "With If-Match and the current validator, the request is carried out."
        )
    for aspect, text in texts.items():
        yield ClaimDraft(
            id=f"{operation.id}/{aspect.header.lower()}/{aspect}",
            operation=operation.id,
            text=text,
            promise=HasGuardProperty(behavior=behavior, property=aspect),
            pointer=behavior.pointer,
            citations=statements.get_citations(behavior.source, aspect),
        )


_STATUS: Json = {"type": "integer", "minimum": 300, "maximum": 499}
BEHAVIOR = BehaviorKind(
    word=Word(
        name="guards",
        place="an operation on one item, and the operation that reads it",
        sentence="A validator of the item, such as its ETag, makes a read cheaper (unchanged), or"
        " a write safe from overwriting what others have written (stale).",
        schema=mapping_schema(
            ["validator"],
            validator={"type": "string", "pattern": "^(/.*|header:.+)$"},
            unchanged=_STATUS,
            stale=_STATUS,
        ),
        example="guards: {validator: 'header:ETag', stale: 412}",
    ),
    values=(GuardsItem,),
    parse=parse_guard_behavior,
    derive_claims=derive_guard_claims,
    checks="conformance.checks.guard",
    mock="conformance.mock.guard",
    faults="conformance.mock.faults.guard",
)
