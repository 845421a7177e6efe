"""`continues`: a list in pages, each of which says how to get the next one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

from conformance.contract import pointer as pointers
from conformance.contract.behavior import BehaviorKind
from conformance.contract.claim import ClaimDraft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statements import Statements
from conformance.contract.word import TEXT, Word, mapping_schema

HEADER_PREFIX = "header:"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuesInPages:
    """The behavior of a list whose pages each say how to get the next one.

    `next` is the place of an answer that says it: a pointer, or `header:` and a name. With a
    `cursor_parameter`, its value is what to send in that parameter. Without one, it is the URL of
    the next page, in a `Link` header that of the relation `next` (RFC 8288). The last page has
    nothing there, or null. `size_parameter` limits the items of a page.
    """

    next: str
    cursor_parameter: str | None
    size_parameter: str | None
    pointer: str
    source: Json

    def find_next_arguments(
        self,
        arguments: Mapping[str, Json],
        body: Json,
        headers: Mapping[str, str],
        parameters: Collection[str],
    ) -> dict[str, Json] | None:
        """Return the arguments of the next page, or None if this is the last one.

        `headers` have lower-case names; `parameters` are those of the operation. Raises ValueError
        for a next page that these parameters cannot ask for.
        """
        value = self._find_next_value(body, headers)
        if value is None:
            return None
        if self.cursor_parameter is not None:
            return {**arguments, self.cursor_parameter: value}
        query = dict(parse_qsl(urlsplit(str(value)).query, keep_blank_values=True))
        unknown = [name for name in query if name not in parameters]
        if unknown:
            raise ValueError(f"the next page needs the parameter {unknown[0]}")
        return {**arguments, **query}

    def _find_next_value(self, body: Json, headers: Mapping[str, str]) -> Json:
        if self.next.startswith(HEADER_PREFIX):
            name = self.next.removeprefix(HEADER_PREFIX).lower()
            text = headers.get(name)
            if name == "link" and text is not None:
                return find_link(text, "next")
            return text or None
        value = pointers.get_at_pointer(body, self.next)
        return None if value in (pointers.MISSING, "", False) else value


def find_link(header: str, relation: str) -> str | None:
    """Return the target of a relation in a Link header (RFC 8288, section 3), or None."""
    for target, parameters in re.findall(r"<([^>]*)>((?:\s*;\s*[^,;]+)*)", header):
        for name, value in re.findall(r";\s*(\w+)\s*=\s*\"?([^\",;]*)", parameters):
            if name.lower() == "rel" and relation in value.lower().split():
                return str(target)
    return None


class ContinuedListProperty(StrEnum):
    """Which property of such a list a claim is about."""

    ALL_PAGES = "allPages"
    SIZE = "size"


@dataclass(frozen=True, slots=True, kw_only=True)
class HasContinuedListProperty:
    """The promise that the list has the property."""

    kind: ClassVar[str] = "continuation.property"
    behavior: ContinuesInPages
    property: ContinuedListProperty


def parse_continuation_behavior(node: Json, pointer: str) -> ContinuesInPages:
    """Return the behavior that a `continues` node describes."""
    return ContinuesInPages(
        next=node["next"],
        cursor_parameter=node.get("cursor"),
        size_parameter=node.get("size"),
        pointer=pointer,
        source=node.get("x-source"),
    )


def derive_continuation_claims(
    operation: Operation, behavior: ContinuesInPages, statements: Statements
) -> Iterator[ClaimDraft]:
    """Yield the claims about the pages put together, and about their size."""
    name = behavior.cursor_parameter or "pages"
    texts = {
        ContinuedListProperty.ALL_PAGES: (
            name,
            f"The pages, followed by {behavior.next} to the last one, are the list: every item"
            " once.",
        ),
        ContinuedListProperty.SIZE: (
            behavior.size_parameter,
            f"A page holds at most as many items as {behavior.size_parameter} says.",
        ),
    }
    for aspect, (element, text) in texts.items():
        if element is not None:
            yield ClaimDraft(
                id=f"{operation.id}/{element}/{aspect}",
                operation=operation.id,
                text=text,
                promise=HasContinuedListProperty(behavior=behavior, property=aspect),
                pointer=behavior.pointer,
                citations=statements.get_citations(behavior.source, aspect),
            )


def _list_parameters(node: Json) -> list[str]:
    return [node[key] for key in ("cursor", "size") if key in node]


BEHAVIOR = BehaviorKind(
    word=Word(
        name="continues",
        place="an operation that lists",
        sentence="The list is returned in pages, each of which says how to get the next one: a"
        " value for the parameter `cursor`, or the URL of the next page.",
        schema=mapping_schema(
            ["next"],
            next={"type": "string", "pattern": "^(/.*|header:.+)$"},
            cursor=TEXT,
            size=TEXT,
        ),
        example="continues: {cursor: after, size: limit, next: /next_cursor}",
    ),
    values=(ContinuesInPages,),
    parse=parse_continuation_behavior,
    derive_claims=derive_continuation_claims,
    list_parameters=_list_parameters,
    checks="conformance.checks.continuation",
    mock="conformance.mock.continuation",
    faults="conformance.mock.faults.continuation",
)
