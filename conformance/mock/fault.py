"""Faults: deliberate violations of single claims by the mock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.mock.service import MockService


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A deliberate violation of one claim.

    `claim` is the id of the violated claim, `text` describes the implementation error, and `patch`
    changes the service accordingly. The fault is only observable if `seed_count` items exist at the
    start.
    """

    id: str
    claim: str
    text: str
    kind: str
    variant: str
    patch: Callable[[MockService], MockService] = field(compare=False, repr=False)
    seed_count: int = 0
