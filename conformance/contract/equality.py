"""Equality of JSON values (JSON Schema 2020-12 Core, 4.2.2).

A boolean does not equal a number, and 1.0 equals 1.
"""

from __future__ import annotations

from conformance.contract import pointer as pointers
from conformance.contract.json import Json


def json_equal(left: Json, right: Json) -> bool:
    """Tell whether two JSON values are equal."""
    if isinstance(left, bool) or isinstance(right, bool):
        return isinstance(left, bool) and isinstance(right, bool) and left == right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(
            json_equal(value, right[key]) for key, value in left.items()
        )
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(json_equal, left, right))
    return bool(left == right)


def find_first_json_difference(left: Json, right: Json, pointer: str = "") -> str | None:
    """Return the JSON pointer at which two values first differ, or None if they are equal.

    `pointer` is the pointer of the values themselves; the result begins with it.
    """
    if isinstance(left, dict) and isinstance(right, dict):
        for key in [*left, *(key for key in right if key not in left)]:
            child_pointer = pointers.join(pointer, key)
            if key not in left or key not in right:
                return child_pointer
            if (
                difference := find_first_json_difference(left[key], right[key], child_pointer)
            ) is not None:
                return difference
        return None
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            return pointer
        return next(
            (
                difference
                for index, pair in enumerate(zip(left, right, strict=True))
                if (difference := find_first_json_difference(*pair, pointers.join(pointer, index)))
                is not None
            ),
            None,
        )
    equal = left is right or (
        isinstance(left, bool) == isinstance(right, bool) and bool(left == right)
    )
    return None if equal else pointer
