"""Draws values from Hypothesis strategies, reproducibly and without a test around them.

One seed gives one value: nothing depends on the time, on other draws, on files of the user, or on a
database of earlier runs.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.control import BuildContext
from hypothesis.errors import HypothesisException, StopTest
from hypothesis.internal.conjecture.data import ConjectureData
from hypothesis.internal.conjecture.providers import HypothesisProvider
from hypothesis.internal.constants_ast import Constants

T = TypeVar("T")

MAX_ATTEMPTS = 50  # draws until a strategy yields a value that its own filters accept


class _NoConstantsProvider(HypothesisProvider):
    """Hypothesis' provider of choices, without the constants of the user's modules.

    Hypothesis harvests constants from the modules that it finds beside the program: a secret in one
    of them would be sent to the target.
    """

    @property
    def _local_constants(self) -> Any:
        return Constants()


def draw(strategy: st.SearchStrategy[T], seed: str) -> T:
    """Return the value that `strategy` yields for `seed`.

    Raises ValueError if its filters reject everything.
    """
    for attempt in range(MAX_ATTEMPTS):
        data = ConjectureData(
            random=random.Random(f"{seed}/{attempt}"), provider=_NoConstantsProvider
        )
        try:
            with BuildContext(data, wrapped_test=draw):
                return data.draw(strategy)
        except StopTest:  # a filter rejected the draw, or it grew too large
            continue
        except HypothesisException as error:
            raise ValueError(f"{strategy} cannot be drawn from: {error}") from error
    raise ValueError(f"the filters of {strategy} reject everything")


def draw_many(strategy: st.SearchStrategy[T], seed: str, count: int) -> Iterator[T]:
    """Yield `count` values, which may be equal."""
    for number in range(count):
        yield draw(strategy, f"{seed}#{number}")
