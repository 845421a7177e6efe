"""Values that are computed from an immutable value once, and live as long as it does."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

_Value = TypeVar("_Value")


class DerivedValues:
    """The derived values of one owner, by key.

    A copy that is made by pickling begins without any: compiled schemas cannot be pickled.
    """

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values: dict[Hashable, Any] = {}

    def __reduce__(self) -> tuple[type[DerivedValues], tuple[()]]:
        return DerivedValues, ()

    def get(self, key: Hashable, compute: Callable[[], _Value]) -> _Value:
        """Return the value of a key, computed if it is not known yet.

        Two threads may both compute it; they get equal values.
        """
        if key not in self._values:
            self._values[key] = compute()
        value: _Value = self._values[key]
        return value
