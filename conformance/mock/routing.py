"""Routing of paths to operations by a tree of path segments.

Literal segments take precedence over templated ones (OpenAPI 3.1, 4.8.8.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote

T = TypeVar("T")
_PLACEHOLDER_SEGMENT = re.compile(r"\{[^{}]+\}")
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@dataclass(slots=True)
class RouteNode(Generic[T]):
    """A node of the routing tree.

    `literals`, `patterns` (regular expressions of partly templated segments) and `wildcard` lead to
    the nodes of the next segment. `methods` holds the targets of paths that end here.
    """

    literals: dict[str, RouteNode[T]] = field(default_factory=dict)
    wildcard: RouteNode[T] | None = None
    patterns: dict[str, RouteNode[T]] = field(default_factory=dict)
    methods: dict[str, T] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PathMatch(Generic[T]):
    """The targets by method at a path, and the values of its path template in order."""

    methods: Mapping[str, T]
    path_values: tuple[str, ...]


def build_routing_tree(entries: Iterable[tuple[str, str, T]]) -> RouteNode[T]:
    """Return the routing tree for entries of method, path template (base path included), target."""
    root: RouteNode[T] = RouteNode()
    for method, path, target in entries:
        node = root
        for segment in path.split("/")[1:]:
            if "{" in segment and not _PLACEHOLDER_SEGMENT.fullmatch(segment):
                parts = [
                    re.escape(part) if position % 2 == 0 else "(.+?)"
                    for position, part in enumerate(_PLACEHOLDER.split(segment))
                ]
                node = node.patterns.setdefault("".join(parts), RouteNode())
            elif "{" in segment:
                node.wildcard = node.wildcard or RouteNode()
                node = node.wildcard
            else:
                node = node.literals.setdefault(segment, RouteNode())
        node.methods[method] = target
    return root


def find_route(root: RouteNode[T], path: str) -> PathMatch[T] | None:
    """Return the match for a percent-encoded path, or None."""
    return _match_path_segments(
        root,
        [unquote(segment) if "%" in segment else segment for segment in path.split("/")[1:]],
        (),
    )


def _match_path_segments(
    node: RouteNode[T], segments: list[str], path_values: tuple[str, ...]
) -> PathMatch[T] | None:
    if not segments:
        return PathMatch(node.methods, path_values) if node.methods else None
    if (child := node.literals.get(segments[0])) and (
        match := _match_path_segments(child, segments[1:], path_values)
    ):
        return match
    for pattern, pattern_child in node.patterns.items():
        if (segment_match := re.fullmatch(pattern, segments[0])) and (
            match := _match_path_segments(
                pattern_child, segments[1:], (*path_values, *segment_match.groups())
            )
        ):
            return match
    return (
        _match_path_segments(node.wildcard, segments[1:], (*path_values, segments[0]))
        if node.wildcard and segments[0]
        else None
    )
