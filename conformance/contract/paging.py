"""`paginates`: a list that comes in numbered pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from conformance.contract.claim import Draft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statement import Register


class Beyond(StrEnum):
    """What a page past the end is."""

    EMPTY = "empty"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paginates:
    """Parameters `page` (counted from `first`) and `size`; pointers into the answer for what it
    tells about itself.

    `count` is the number of items in the answer, `total` that of all matching ones, `pages` the
    number of pages, `metadata` the object that holds them and is there whenever a page is asked
    for. `ceiling` is the most items that any answer holds. Where a reading says so: `whole`, a call
    without page and size is not cut; `told`, its answer has the metadata or has none; `beyond`,
    what a page past the end is. None: left open.
    """

    page: str
    size: str
    first: int
    count: str | None
    total: str | None
    pages: str | None
    metadata: str | None
    ceiling: int | None
    whole: bool
    told: bool | None
    beyond: Beyond | None
    pointer: str
    source: Json


class Part(StrEnum):
    """Which property of a paged list a claim is about."""

    SIZE = "size"
    WALK = "walk"
    FIRST = "first"
    COUNT = "count"
    TOTAL = "total"
    PAGES = "pages"
    METADATA = "metadata"
    CEILING = "ceiling"
    WHOLE = "whole"
    TOLD = "told"
    BEYOND = "beyond"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged:
    """The list has the property `part`."""

    kind: ClassVar[str] = "paging.paged"
    paginates: Paginates
    part: Part


def parse(node: Json, pointer: str) -> Paginates:
    """Return the behaviour that a `paginates` node describes."""
    return Paginates(
        page=node["page"],
        size=node["size"],
        first=node.get("first", 1),
        count=node.get("count"),
        total=node.get("total"),
        pages=node.get("pages"),
        metadata=node.get("metadata"),
        ceiling=node.get("ceiling"),
        whole=node.get("whole", False),
        told=node.get("told"),
        beyond=Beyond(node["beyond"]) if "beyond" in node else None,
        pointer=pointer,
        source=node.get("x-source"),
    )


def drafts(operation: Operation, paginates: Paginates, register: Register) -> Iterator[Draft]:
    """Yield the size, the walk through all pages, the first page's number, and what the answer says
    of itself.
    """
    texts = {
        Part.SIZE: (
            paginates.size,
            (
                f"A page holds as many items as {paginates.size} says, fewer only when no more are"
                " left."
            ),
        ),
        Part.WALK: (
            paginates.page,
            (
                f"The pages by {paginates.page}, put together, are the list: every item once, in"
                " order."
            ),
        ),
        Part.FIRST: (
            paginates.page,
            (
                f"{paginates.page}={paginates.first} is the first page and {paginates.first + 1}"
                " the one after it."
            ),
        ),
        Part.COUNT: (paginates.count, "The answer says how many items it holds."),
        Part.TOTAL: (paginates.total, "The answer says how many items match, over all pages."),
        Part.PAGES: (
            paginates.pages,
            "The answer says how many pages there are: the matching items by the size, rounded up.",
        ),
        Part.METADATA: (paginates.metadata, "A paged answer tells about its page."),
        Part.CEILING: (
            paginates.ceiling and paginates.size,
            f"No answer holds more than {paginates.ceiling} items.",
        ),
        Part.WHOLE: (
            paginates.whole and paginates.size,
            f"Without {paginates.page} and {paginates.size} the list is not cut.",
        ),
        Part.TOLD: (
            paginates.told is not None and paginates.metadata,
            (
                f"Without {paginates.page} and {paginates.size} the answer"
                f" {'tells' if paginates.told else 'does not tell'} about its page."
            ),
        ),
        Part.BEYOND: (
            paginates.beyond and paginates.page,
            f"A page past the end is {paginates.beyond}.",
        ),
    }
    for part, (place, text) in texts.items():
        if place:
            yield Draft(
                id=f"{operation.id}/{str(place).strip('/').replace('/', '.')}/{part}",
                operation=operation.id,
                text=text,
                promise=Paged(paginates=paginates, part=part),
                pointer=paginates.pointer,
                ids=register.cite(paginates.source, part),
            )
