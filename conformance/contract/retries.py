"""`retries`: failures after which the calling client must try again. A duty of clients: no server
can break it.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.contract.json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """Answers of these statuses (codes or classes such as 5XX) are to be tried again."""

    statuses: tuple[str, ...]
    pointer: str
    source: Json


def parse(node: Json, pointer: str) -> Retries:
    """Return the behavior that a `retries` node describes."""
    return Retries(
        statuses=tuple(str(status) for status in node["statuses"]),
        pointer=pointer,
        source=node.get("x-source"),
    )
