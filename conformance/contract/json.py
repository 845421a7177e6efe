"""The one alias under which JSON enters typed code."""

from __future__ import annotations

from typing import Any, TypeAlias

Json: TypeAlias = Any


def json_equal(left: Json, right: Json) -> bool:
    """Tell whether two JSON values are equal, keeping booleans apart from numbers (JSON Schema
    2020-12, 4.2.2).
    """
    if isinstance(left, bool) or isinstance(right, bool):
        return isinstance(left, bool) and isinstance(right, bool) and left == right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(
            json_equal(value, right[key]) for key, value in left.items()
        )
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(json_equal, left, right))
    return bool(left == right)
