"""Observations that a check makes in a trace, as data.

Without an observation there is no verdict: a claim that was not exercised stays undecided. Nothing
decides anything by the sentences made here; they are for people.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

from conformance.checks.cause import Cause
from conformance.checks.exchange import Exchange
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING


@dataclass(frozen=True, slots=True)
class FailureKind:
    """A way in which a server can break a promise.

    `name` is for machines, and stays. `sentence` says what happened, with placeholders: `{status}`
    of the decisive exchange, `{pointer}`, `{field}` (the pointer without its first slash),
    `{expected}`, `{actual}`, `{header}`, and whatever `details` a failure has.
    """

    name: str
    sentence: str

    @property
    def names_status(self) -> bool:
        """Tell whether the sentence names the status of the decisive exchange."""
        return "{status}" in self.sentence or "{exchange}" in self.sentence


WRONG_STATUS = FailureKind("wrong-status", "answered with {status}; documented is {documented}")


@dataclass(frozen=True, slots=True)
class Passed:
    """The server kept the promise in this exchange."""

    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Failed:
    """The server broke the promise.

    `exchanges` are the evidence, the decisive one last. `pointer` leads to the place in the body of
    the decisive exchange, `header` names a header of its response; `expected` and `actual` are JSON
    values, MISSING where there is none to name.
    """

    kind: FailureKind
    exchanges: tuple[Exchange, ...]
    pointer: str = ""
    expected: Json = MISSING
    actual: Json = MISSING
    header: str = ""
    details: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def status(self) -> int | None:
        """Return the status of the decisive exchange, or None if it got no answer."""
        response = self.exchanges[-1].response if self.exchanges else None
        return response.status if response else None

    @property
    def message(self) -> str:
        """Return what happened instead, as one sentence without capital and full stop."""
        last_exchange = self.exchanges[-1] if self.exchanges else None
        return self.kind.sentence.format_map(
            {
                "status": self.status or "nothing",
                "exchange": str(last_exchange),
                "pointer": self.pointer or "the root",
                "field": self.pointer[1:] or "the body",
                "expected": describe_value(self.expected),
                "actual": describe_value(self.actual),
                "header": self.header,
                **self.details,
            }
        )

    @property
    def identity(self) -> Hashable:
        """Return what failures have in common that say the same of different exchanges."""
        return (
            self.kind.name,
            self.pointer,
            self.header,
            repr(self.expected),
            repr(self.actual),
            tuple(self.details.items()),
            self.status,
        )

    def map_texts(self, change: Callable[[str], str], exchanges: tuple[Exchange, ...]) -> Failed:
        """Return the failure with all its texts changed, and with other exchanges."""
        return Failed(
            self.kind,
            exchanges,
            change(self.pointer),
            _map_texts(self.expected, change),
            _map_texts(self.actual, change),
            self.header,
            {
                name: change(value) if isinstance(value, str) else value
                for name, value in self.details.items()
            },
        )


def describe_value(value: Json) -> str:
    """Return a JSON value as it stands in a sentence.

    It is not shortened: a secret that is cut could not be found any more. Reports cut what they
    have masked.
    """
    return "nothing" if value is MISSING else json.dumps(value, ensure_ascii=False)


def _map_texts(value: Json, change: Callable[[str], str]) -> Json:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(name): _map_texts(member, change) for name, member in value.items()}
    if isinstance(value, list):
        return [_map_texts(member, change) for member in value]
    return value


@dataclass(frozen=True, slots=True)
class Inconclusive:
    """The trace does not show whether the promise is kept; `reason` is a sentence for people."""

    reason: str
    cause: Cause = Cause.NOT_SHOWN


@dataclass(frozen=True, slots=True)
class Disturbed:
    """Something came in between, so that the scenario must be repeated."""

    reason: str
    cause: Cause = Cause.OTHER_CLIENTS


Observation = Passed | Failed | Inconclusive | Disturbed
