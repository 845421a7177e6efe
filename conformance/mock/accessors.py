"""Where a value stands in an item, as a compiled function: lists of ten thousand items ask ten
thousand times.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from conformance.contract import pointer as pointers
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING

split_pointer = lru_cache(maxsize=1024)(pointers.tokens)
Getter = Callable[[Json], Json]


def build_getter(pointer: str) -> Getter:
    """Return a function that takes what stands at `pointer`, or MISSING."""
    if len(split_pointer(pointer)) != 1:
        return lambda value: pointers.get(value, pointer)
    name = split_pointer(pointer)[0]
    return lambda value: value.get(name, MISSING)


def set_value(value: Json, pointer: str, new: Json) -> Json:
    """Put `new` into `value` at a pointer of property names, in place; returns the whole."""
    if not pointer:
        return new
    *parents, name = split_pointer(pointer)
    target = value
    for token in parents:
        target = target.setdefault(token, {})
    target[name] = new
    return value


def as_list(value: Json) -> list[Json]:
    """Return what filters compare: the members of a list, the one value, nothing where there is
    none.
    """
    if isinstance(value, list):
        return value
    return [] if value is MISSING or value is None else [value]
