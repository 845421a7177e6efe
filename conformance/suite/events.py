"""What a run tells while it goes on. Every report is a consumer of these, and of nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from conformance.checks.exchange import Exchange
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.interpretation import Interpretation
from conformance.contract.json import Json
from conformance.suite.metrics import OperationMetrics
from conformance.suite.target import Target


class Verdict(StrEnum):
    """What is known of a claim after a run."""

    VERIFIED = "verified"
    VIOLATED = "violated"
    UNDECIDED = "undecided"
    UNOBSERVABLE = "unobservable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The evidence that a claim does not hold: what happened instead, and the exchanges that show
    it, the telling one last.
    """

    message: str
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDecided:
    """The verdict on one claim. `examples` counts what was seen to hold, `requests` what the
    claim's scripts sent.

    `reason` says why a claim is undecided; `evidence` is one telling exchange, also of a verified
    claim.
    """

    claim: Claim
    verdict: Verdict
    reason: str | None
    examples: int
    requests: int
    notes: tuple[str, ...]
    evidence: Exchange | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """A run begins; `started` is in seconds since 1970."""

    contract: Contract
    target: Target
    seed: str
    claims: int
    scenarios: int
    started_at: float
    profile: str = "standard"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgressed:
    """So many of the scripts are done, after so many requests."""

    scenarios: int
    requests: int
    claim: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InterpretationDecided:
    """Whether the server follows one reading of an ambiguous passage; `followed` is None when that
    could not be seen, and `reason` says why.
    """

    interpretation: Interpretation
    followed: bool | None
    reason: str | None
    evidence: Exchange | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """An item that carries the mark of the run and was not deleted, and why."""

    resource: str
    identity: Json
    name: str | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """A run is over. `duration` is in seconds. `stopped` says why it ended before everything was
    tried.

    `unseen` names the lists of which it is not known whether they hold more of ours. `down`: the
    target is gone.
    """

    summary: Mapping[Verdict, int]
    requests: int
    duration: float
    leftovers: tuple[Leftover, ...]
    incomplete_lists: tuple[str, ...] = ()
    stop_reason: str | None = None
    target_down: bool = False
    workers: int = 1
    metrics: tuple[OperationMetrics, ...] = ()


Event = RunStarted | RunProgressed | ClaimDecided | InterpretationDecided | RunFinished
