"""Compiled access to the fields of an item by JSON pointer.

Filters and indexes read the same pointer from thousands of items, so each pointer is split only
once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from conformance.contract import pointer as pointers
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING

split_pointer = lru_cache(maxsize=1024)(pointers.tokens)
Getter = Callable[[Json], Json]


def build_pointer_getter(pointer: str) -> Getter:
    """Return a function that reads the value at `pointer`, or MISSING if there is none."""
    if len(split_pointer(pointer)) != 1:
        return lambda value: pointers.get_at_pointer(value, pointer)
    name = split_pointer(pointer)[0]
    return lambda value: value.get(name, MISSING)


def set_value_at_pointer(value: Json, pointer: str, new: Json) -> Json:
    """Set the value at `pointer` to `new` in place and return the whole value.

    The pointer consists of property names. Missing objects on the path are created. For the empty
    pointer, `new` itself is returned.
    """
    if not pointer:
        return new
    *parents, name = split_pointer(pointer)
    target = value
    for token in parents:
        target = target.setdefault(token, {})
    target[name] = new
    return value


def list_comparable_values(value: Json) -> list[Json]:
    """Return the values that a filter compares.

    These are the members of a list, the single value, or nothing for null and MISSING.
    """
    if isinstance(value, list):
        return value
    return [] if value is MISSING or value is None else [value]
