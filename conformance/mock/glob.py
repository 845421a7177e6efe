"""Patterns in which `*` is any run of characters, and nothing else is special."""

from __future__ import annotations

from collections.abc import Callable

Match = Callable[[str], bool]


def fitting(pattern: str) -> Match:
    """Return whether a whole text fits the pattern: upper and lower case differ, `*` may stand for
    no character at all.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return lambda text: text == pattern
    *inner, last = rest
    least = len(first) + len(last)

    def fits(text: str) -> bool:
        return (
            len(text) >= least
            and text.startswith(first)
            and text.endswith(last)
            and _holds(text[len(first) : len(text) - len(last)], inner)
        )

    return fits


def _holds(text: str, parts: list[str]) -> bool:
    at = 0
    # the earliest place for each part leaves the most room for the next: no backtracking
    for part in parts:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True
