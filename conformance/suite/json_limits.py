"""Limits of JSON that is judged: a body within them costs little, however it was made to cost
much.
"""

from __future__ import annotations

import re

VALUES = 90_000  # members and elements of one body
DEPTH = 200  # levels of nesting: JSON Schema validators give up a little below 256
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_OTHERS = re.compile(rb"[^\[\]{}]+")


def beyond(body: bytes) -> str | None:
    """Return in which way a body is too large to be judged as JSON; None for one that is not."""
    opened = body.count(b"[") + body.count(b"{")
    if opened <= DEPTH and len(body) <= VALUES:
        return None
    plain = _STRINGS.sub(b"", body)
    if plain.count(b",") + plain.count(b"[") + plain.count(b"{") > VALUES:
        return f"it holds more than {VALUES} values"
    depth = deepest = 0
    for bracket in _OTHERS.sub(b"", plain):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return f"it is nested more than {DEPTH} levels deep" if deepest > DEPTH else None
