"""Observations that a check makes in a trace.

Without an observation there is no verdict: a claim that was not exercised stays undecided.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.checks.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Passed:
    """The server kept the promise in this exchange."""

    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Failed:
    """The server broke the promise.

    `message` says what happened instead. `exchanges` are the evidence, the decisive one last.
    """

    message: str
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class Inconclusive:
    """The trace does not show whether the promise is kept, for the given reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Disturbed:
    """Another client changed the data in the meantime, so that the scenario must be repeated."""

    reason: str


Observation = Passed | Failed | Inconclusive | Disturbed
