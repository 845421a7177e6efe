"""Limits of JSON that is judged: a body within them costs little, however it was made to cost
much.
"""

from __future__ import annotations

import re

MAX_VALUES = 90_000  # members and elements of one body
MAX_DEPTH = 200  # levels of nesting: JSON Schema validators give up a little below 256
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_NON_BRACKETS = re.compile(rb"[^\[\]{}]+")


def find_exceeded_limit(body: bytes) -> str | None:
    """Return in which way a body is too large to be judged as JSON; None for one that is not."""
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
