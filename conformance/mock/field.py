"""Where a value stands in an item, as a compiled function: lists of ten thousand items ask ten
thousand times.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from conformance.contract import pointer as pointers
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING

way = lru_cache(maxsize=1024)(pointers.tokens)
Get = Callable[[Json], Json]


def at(pointer: str) -> Get:
    """Return a function that takes what stands at `pointer`, or MISSING."""
    if len(way(pointer)) != 1:
        return lambda value: pointers.get(value, pointer)
    name = way(pointer)[0]
    return lambda value: value.get(name, MISSING)


def lay(value: Json, pointer: str, new: Json) -> Json:
    """Put `new` into `value` at a pointer of property names, in place; returns the whole."""
    if not pointer:
        return new
    *above, last = way(pointer)
    below = value
    for token in above:
        below = below.setdefault(token, {})
    below[last] = new
    return value


def members(value: Json) -> list[Json]:
    """Return what filters compare: the members of a list, the one value, nothing where there is
    none.
    """
    if isinstance(value, list):
        return value
    return [] if value is MISSING or value is None else [value]
