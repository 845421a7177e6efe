"""Patterns in which `*` is any run of characters, and nothing else is special."""

from __future__ import annotations

from collections.abc import Callable

TextPredicate = Callable[[str], bool]


def compile_glob(pattern: str) -> TextPredicate:
    """Return whether a whole text fits the pattern: upper and lower case differ, `*` may stand for
    no character at all.
    """
    prefix, *remaining = pattern.split("*")
    if not remaining:
        return lambda text: text == pattern
    *middle_parts, suffix = remaining
    min_length = len(prefix) + len(suffix)

    def matches(text: str) -> bool:
        return (
            len(text) >= min_length
            and text.startswith(prefix)
            and text.endswith(suffix)
            and _contains_in_order(text[len(prefix) : len(text) - len(suffix)], middle_parts)
        )

    return matches


def _contains_in_order(text: str, parts: list[str]) -> bool:
    position = 0
    # the earliest place for each part leaves the most room for the next: no backtracking
    for part in parts:
        index = text.find(part, position)
        if index < 0:
            return False
        position = index + len(part)
    return True
