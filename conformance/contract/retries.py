"""`retries`: failures after which a client must try again.

This is a duty of clients, so no server can violate it.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.contract.behavior import BehaviorKind
from conformance.contract.json import Json
from conformance.contract.word import Word, mapping_schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """The behavior that a client repeats requests that fail with one of these statuses.

    A status is a code or a class such as `5XX`.
    """

    statuses: tuple[str, ...]
    pointer: str
    source: Json


def parse_retries_behavior(node: Json, pointer: str) -> Retries:
    """Return the behavior that a `retries` node describes."""
    return Retries(
        statuses=tuple(str(status) for status in node["statuses"]),
        pointer=pointer,
        source=node.get("x-source"),
    )


BEHAVIOR = BehaviorKind(
    word=Word(
        name="retries",
        place="an operation",
        sentence="After these statuses a client tries again.",
        schema=mapping_schema(
            ["statuses"], statuses={"type": "array", "items": {"type": ["string", "integer"]}}
        ),
        example="retries: {statuses: [500, 503]}",
    ),
    values=(Retries,),
    parse=parse_retries_behavior,
)
