"""The one alias under which JSON enters typed code."""

from __future__ import annotations

from typing import Any, TypeAlias

Json: TypeAlias = Any


def same(one: Json, other: Json) -> bool:
    """Tell whether two JSON values are equal, keeping booleans apart from numbers (JSON Schema
    2020-12, 4.2.2).
    """
    if isinstance(one, bool) or isinstance(other, bool):
        return isinstance(one, bool) and isinstance(other, bool) and one == other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            same(value, other[key]) for key, value in one.items()
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
