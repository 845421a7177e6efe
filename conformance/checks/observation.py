"""What a judge sees in a trace. No observation, no verdict: what was not exercised stays
undecided.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.checks.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Passed:
    """The promise was kept here."""

    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Failed:
    """The promise was broken here: what happened instead, and the exchanges that show it, the
    telling one last.
    """

    message: str
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class Inconclusive:
    """Nothing can be said here, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unstable:
    """Someone else changed what was looked at; try again."""

    reason: str


Observation = Passed | Failed | Inconclusive | Unstable
