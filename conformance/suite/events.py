"""The events of a run. Reports are made from these events only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from conformance.checks.cause import Cause
from conformance.checks.exchange import Exchange
from conformance.checks.observation import Failed
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.interpretation import Interpretation
from conformance.contract.json import Json
from conformance.suite.metrics import OperationMetrics
from conformance.suite.target import Target


class Verdict(StrEnum):
    """The verdict on a claim after a run."""

    VERIFIED = "verified"
    VIOLATED = "violated"
    UNDECIDED = "undecided"
    UNOBSERVABLE = "unobservable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The evidence that a claim does not hold."""

    failure: Failed

    @property
    def message(self) -> str:
        """Return what happened instead."""
        return self.failure.message

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Return the exchanges that show it, the decisive one last."""
        return self.failure.exchanges


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDecided:
    """The verdict on one claim.

    `examples` counts the observations that passed, `requests` the requests of the claim's
    scenarios, `seconds` the time that their exchanges took. `reason` says why a claim is undecided,
    for people, and `cause` for programs.
    `evidence` is one decisive exchange, for verified claims too. `needs_writing` is true for an
    undecided claim that a run which may only read cannot decide.
    """

    claim: Claim
    verdict: Verdict
    reason: str | None
    examples: int
    requests: int
    notes: tuple[str, ...]
    evidence: Exchange | None
    findings: tuple[Finding, ...]
    seconds: float = 0.0
    cause: Cause | None = None
    needs_writing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """The start of a run; `started_at` is in seconds since 1970."""

    contract: Contract
    target: Target
    seed: str
    claims: int
    scenarios: int
    started_at: float
    profile: str = "standard"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgressed:
    """The progress of a run: the number of finished scenarios and of sent requests.

    `share` is the share of the expected requests that are done, from 0 to 1.
    """

    scenarios: int
    requests: int
    claim: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InterpretationDecided:
    """Whether the server follows one interpretation of an ambiguity.

    `followed` is None if that could not be observed; `reason` says why.
    """

    interpretation: Interpretation
    followed: bool | None
    reason: str | None
    evidence: Exchange | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftoverItem:
    """An item of the run that was not deleted, and why."""

    resource: str
    identity: Json
    name: str | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """The end of a run.

    `duration` is in seconds. `incomplete_lists` names the lists that may hold more items of the
    run. `stop_reason` says why the run ended early. `target_down` is True if the target stopped
    answering.
    """

    summary: Mapping[Verdict, int]
    requests: int
    duration: float
    leftovers: tuple[LeftoverItem, ...]
    incomplete_lists: tuple[str, ...] = ()
    stop_reason: str | None = None
    target_down: bool = False
    workers: int = 1
    metrics: tuple[OperationMetrics, ...] = ()


Event = RunStarted | RunProgressed | ClaimDecided | InterpretationDecided | RunFinished
