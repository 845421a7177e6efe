"""The evidence that runs provide for a contract.

It contains the best observation of each claim, whether it is stale, and the resulting status of a
statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.statements import Statement
from conformance.suite.events import Verdict
from conformance.suite.target import EMBEDDED_URL_PREFIX


class EvidenceStatus(StrEnum):
    """What is known about a statement or about an element of the contract.

    The first four values are verdicts of its claims on servers. The others say why there is no
    verdict.
    """

    VIOLATED = "violated"
    VERIFIED = "verified"
    PARTLY_VERIFIED = "partly"
    UNDECIDED = "undecided"
    UNOBSERVABLE = "unobservable"
    CLIENT_DUTY = "client"
    DESCRIBED = "described"
    MOCK_ONLY = "mock"
    NO_EVIDENCE = "untried"
    OTHER_EDITION = "elsewhere"


STATUS_DESCRIPTIONS = {
    EvidenceStatus.VIOLATED: "a server was seen not to keep it",
    EvidenceStatus.VERIFIED: "a server was seen to keep it",
    EvidenceStatus.PARTLY_VERIFIED: (
        "some of what follows from it was seen to hold, the rest was not reached"
    ),
    EvidenceStatus.UNDECIDED: "no run could reach it, and the reason is given",
    EvidenceStatus.UNOBSERVABLE: "no client can see it, and the reason is given",
    EvidenceStatus.CLIENT_DUTY: (
        "a duty of the caller: tested on the generated client, no server can keep or break it"
    ),
    EvidenceStatus.DESCRIBED: (
        "part of the description that other claims rest on; no claim of its own"
    ),
    EvidenceStatus.MOCK_ONLY: "only the embedded mock was run, which says nothing of a server",
    EvidenceStatus.NO_EVIDENCE: "no evidence was given yet",
    EvidenceStatus.OTHER_EDITION: "stated by another edition only",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRunResult:
    """The result of one claim in one run.

    `claim_result` is its entry in the JSON result. `stale` is true if the contract has changed
    since the run.
    """

    claim_result: Json
    target: str
    observed_at: datetime
    stale: bool

    @property
    def verdict(self) -> str:
        """Return the verdict of the claim in that run."""
        return str(self.claim_result["verdict"])

    @property
    def is_of_mock(self) -> bool:
        """Tell whether the embedded mock was run: no server was seen."""
        return is_mock_target(self.target)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSummary:
    """The status of some claims, with the observation that it is based on.

    `decisive` is the observation that decided; a stale one takes precedence. `reason` says why
    there is no verdict. `verified_count` of the `claim_count` claims are verified.
    """

    status: EvidenceStatus
    decisive: ClaimRunResult | None
    reason: str
    verified_count: int
    claim_count: int

    @property
    def stale(self) -> bool:
        """Tell whether the decisive observation is of another version of the contract."""
        return self.decisive is not None and self.decisive.stale


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractEvidence:
    """The results of runs, and what they show of each claim.

    `results` starts with the oldest run. `observations` maps claim IDs to observations, the best
    first: those of servers come before those of the embedded mock, those of the same contract
    before stale ones, newer ones before older ones.
    """

    results: tuple[Json, ...]
    observations: Mapping[str, tuple[ClaimRunResult, ...]]

    def list_newest_by_target(self, claim: str) -> list[ClaimRunResult]:
        """Return the best observation of a claim for each target, servers first."""
        newest: dict[str, ClaimRunResult] = {}
        for observation in self.observations.get(claim, ()):
            newest.setdefault(observation.target, observation)
        return list(newest.values())

    def list_targets(self) -> list[Json]:
        """Return the newest result of each target, servers first, the newest before the others."""
        newest: dict[str, Json] = {}
        for result in reversed(self.results):
            newest.setdefault(result["target"]["url"], result)
        return sorted(newest.values(), key=lambda result: is_mock_target(result["target"]["url"]))

    def find_decisive_observation(self, claim: str) -> ClaimRunResult | None:
        """Return the observation of a server that decides about a claim, or None.

        What one server breaks is broken, whatever another one does; what the contract no longer
        says decides only where there is nothing else.
        """
        candidates = [
            observation
            for observation in self.list_newest_by_target(claim)
            if not observation.is_of_mock
        ]
        ranks = (Verdict.VIOLATED, Verdict.VERIFIED)
        return min(
            candidates,
            key=lambda observation: (
                observation.stale,
                ranks.index(Verdict(observation.verdict))
                if observation.verdict in ranks
                else len(ranks),
            ),
            default=None,
        )

    def summarize_claims(self, claims: Sequence[Claim]) -> EvidenceSummary:
        """Return the combined evidence of servers for some claims.

        One violated claim makes the status `VIOLATED`. It is `VERIFIED` only if all claims are.
        """
        best_observations = [
            observation
            for claim in claims
            if (observation := self.find_decisive_observation(claim.id)) is not None
        ]
        verified = [
            observation
            for observation in best_observations
            if observation.verdict == Verdict.VERIFIED
        ]
        violated = [
            observation
            for observation in best_observations
            if observation.verdict == Verdict.VIOLATED
        ]
        newest = (
            max(
                violated or verified or best_observations,
                key=lambda observation: (observation.stale, observation.observed_at),
                default=None,
            )
            if best_observations
            else None
        )
        reason = "; ".join(
            dict.fromkeys(
                str(observation.claim_result["reason"])
                for observation in best_observations
                if observation.claim_result["reason"]
            )
        )
        if violated:
            status = EvidenceStatus.VIOLATED
        elif not best_observations:
            is_mocked = any(self.observations.get(claim.id) for claim in claims)
            status = EvidenceStatus.MOCK_ONLY if is_mocked else EvidenceStatus.NO_EVIDENCE
        elif len(verified) == len(claims):
            status = EvidenceStatus.VERIFIED
        else:
            status = EvidenceStatus.PARTLY_VERIFIED if verified else EvidenceStatus.UNDECIDED
        return EvidenceSummary(
            status=status,
            decisive=newest,
            reason=reason,
            verified_count=len(verified),
            claim_count=len(claims),
        )


def collect_evidence(contract: Contract, results: Iterable[Json]) -> ContractEvidence:
    """Return what JSON results show of a contract.

    A result for a contract with another digest is included, but its observations are stale.
    """
    ordered = sorted(results, key=_parse_start_time)
    observations: dict[str, list[ClaimRunResult]] = {claim.id: [] for claim in contract.claims}
    for result in ordered:
        stale = result["contract"]["digest"] != contract.digest
        for claim in result["claims"]:
            if claim["id"] in observations:
                observations[claim["id"]].append(
                    ClaimRunResult(
                        claim_result=claim,
                        target=result["target"]["url"],
                        observed_at=_parse_start_time(result),
                        stale=stale,
                    )
                )
    sorted_observations = {
        claim_id: tuple(
            sorted(
                claim_observations,
                key=lambda observation: (
                    observation.is_of_mock,
                    observation.stale,
                    -observation.observed_at.timestamp(),
                ),
            )
        )
        for claim_id, claim_observations in observations.items()
    }
    return ContractEvidence(results=tuple(ordered), observations=sorted_observations)


def is_mock_target(url: str) -> bool:
    """Tell whether the target of a result is the embedded mock."""
    return url.startswith(EMBEDDED_URL_PREFIX)


def _parse_start_time(result: Json) -> datetime:
    return datetime.fromisoformat(result["started"])


def summarize_statement_evidence(
    contract: Contract, evidence: ContractEvidence, statement: Statement
) -> EvidenceSummary:
    """Return what is known about a statement.

    This is the combined evidence for the claims that cite it, or the reason why there are none.
    """
    claims = [claim for claim in contract.claims if statement.id in claim.statements]
    if not set(statement.document_ids) & set(contract.document_ids):
        titles = ", ".join(
            contract.statements.documents[document_id].title
            for document_id in statement.document_ids
        )
        return EvidenceSummary(
            status=EvidenceStatus.OTHER_EDITION,
            decisive=None,
            reason=f"It is stated by {titles} only.",
            verified_count=0,
            claim_count=0,
        )
    if claims:
        summary = evidence.summarize_claims(claims)
        return (
            summary
            if summary.status not in (EvidenceStatus.NO_EVIDENCE, EvidenceStatus.MOCK_ONLY)
            else EvidenceSummary(
                status=summary.status,
                decisive=None,
                reason="No evidence was given."
                if summary.status is EvidenceStatus.NO_EVIDENCE
                else "Only the embedded mock was run.",
                verified_count=0,
                claim_count=summary.claim_count,
            )
        )
    if statement.unobservable:
        return EvidenceSummary(
            status=EvidenceStatus.UNOBSERVABLE,
            decisive=None,
            reason=statement.unobservable,
            verified_count=0,
            claim_count=0,
        )
    if statement.client_duty:
        return EvidenceSummary(
            status=EvidenceStatus.CLIENT_DUTY,
            decisive=None,
            reason=statement.client_duty,
            verified_count=0,
            claim_count=0,
        )
    reason = (
        "The contract cites it; it is seen wherever its element is used, and no claim is its own."
    )
    return EvidenceSummary(
        status=EvidenceStatus.DESCRIBED,
        decisive=None,
        reason=reason,
        verified_count=0,
        claim_count=0,
    )
