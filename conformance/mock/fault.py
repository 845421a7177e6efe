"""Deliberate departures of the mock from single claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.mock.service import MockService


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One departure: the claim it breaks, what a maintainer would have got wrong, and the change to
    the service that does it.

    `seeds` is the number of items that must exist at the start for the departure to show.
    """

    id: str
    claim: str
    text: str
    kind: str
    variant: str
    patch: Callable[[MockService], MockService] = field(compare=False, repr=False)
    seed_count: int = 0
