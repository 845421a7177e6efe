"""Limits on JSON bodies that are evaluated, so that no body makes the evaluation expensive."""

from __future__ import annotations

import re

MAX_VALUES = 90_000  # members and elements of one body
MAX_DEPTH = 200  # levels of nesting: JSON Schema validators give up a little below 256
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_NON_BRACKETS = re.compile(rb"[^\[\]{}]+")


def find_exceeded_json_limit(body: bytes) -> str | None:
    """Return which limit a JSON body exceeds, or None if it exceeds none."""
    open_brackets = body.count(b"[") + body.count(b"{")
    if open_brackets <= MAX_DEPTH and len(body) <= MAX_VALUES:
        return None
    without_strings = _STRINGS.sub(b"", body)
    if (
        without_strings.count(b",") + without_strings.count(b"[") + without_strings.count(b"{")
        > MAX_VALUES
    ):
        return f"it holds more than {MAX_VALUES} values"
    depth = deepest = 0
    for bracket in _NON_BRACKETS.sub(b"", without_strings):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return f"it is nested more than {MAX_DEPTH} levels deep" if deepest > MAX_DEPTH else None
