"""Paths to operations: a table walked by segments (OpenAPI 3.1, 4.8.8.2: what is spelt out goes
before what is templated).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote

T = TypeVar("T")
_WHOLE = re.compile(r"\{[^{}]+\}")
_PART = re.compile(r"\{([^{}]+)\}")


@dataclass(slots=True)
class Node(Generic[T]):
    """What may follow a path so far: named segments, partly templated ones (by regular expression),
    any, or the end with a target for each method.
    """

    named: dict[str, Node[T]] = field(default_factory=dict)
    any: Node[T] | None = None
    mixed: dict[str, Node[T]] = field(default_factory=dict)
    methods: dict[str, T] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """The targets by method at a path, and the values of its template, in order."""

    methods: Mapping[str, T]
    values: tuple[str, ...]


def table(entries: Iterable[tuple[str, str, T]], base: str) -> Node[T]:
    """Return the table of (method, path template, target)."""
    root: Node[T] = Node()
    for method, path, target in entries:
        node = root
        for segment in (base + path).split("/")[1:]:
            if "{" in segment and not _WHOLE.fullmatch(segment):
                parts = [
                    re.escape(part) if place % 2 == 0 else "(.+?)"
                    for place, part in enumerate(_PART.split(segment))
                ]
                node = node.mixed.setdefault("".join(parts), Node())
            elif "{" in segment:
                node.any = node.any or Node()
                node = node.any
            else:
                node = node.named.setdefault(segment, Node())
        node.methods[method] = target
    return root


def find(root: Node[T], path: str) -> Match[T] | None:
    """Return what stands at a percent-encoded path, None when nothing does."""
    return _find(
        root,
        [unquote(segment) if "%" in segment else segment for segment in path.split("/")[1:]],
        (),
    )


def _find(node: Node[T], rest: list[str], values: tuple[str, ...]) -> Match[T] | None:
    if not rest:
        return Match(node.methods, values) if node.methods else None
    if (named := node.named.get(rest[0])) and (found := _find(named, rest[1:], values)):
        return found
    for pattern, mixed in node.mixed.items():
        if (fits := re.fullmatch(pattern, rest[0])) and (
            found := _find(mixed, rest[1:], (*values, *fits.groups()))
        ):
            return found
    return _find(node.any, rest[1:], (*values, rest[0])) if node.any and rest[0] else None
