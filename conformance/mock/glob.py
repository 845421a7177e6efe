"""Glob patterns in which only `*` is special and stands for any run of characters."""

from __future__ import annotations

from collections.abc import Callable

TextPredicate = Callable[[str], bool]


def compile_glob_predicate(pattern: str) -> TextPredicate:
    """Return a predicate that tells whether a whole text matches the pattern.

    Matching is case-sensitive. `*` also matches the empty text.
    """
    prefix, *remaining = pattern.split("*")
    if not remaining:
        return lambda text: text == pattern
    *middle_parts, suffix = remaining
    min_length = len(prefix) + len(suffix)

    def matches_glob(text: str) -> bool:
        return (
            len(text) >= min_length
            and text.startswith(prefix)
            and text.endswith(suffix)
            and _contains_parts_in_order(text[len(prefix) : len(text) - len(suffix)], middle_parts)
        )

    return matches_glob


def _contains_parts_in_order(text: str, parts: list[str]) -> bool:
    position = 0
    # the earliest match of each part leaves the most text for the next: no backtracking
    for part in parts:
        index = text.find(part, position)
        if index < 0:
            return False
        position = index + len(part)
    return True
