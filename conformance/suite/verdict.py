"""Decides a claim from its observations."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.checks.cause import Cause
from conformance.checks.observation import Disturbed, Failed, Inconclusive, Observation, Passed
from conformance.contract.claim import Claim
from conformance.suite.events import ClaimDecided, Finding, Verdict


def decide_claim(
    claim: Claim,
    observations: Sequence[Observation],
    requests: int,
    seconds: float = 0.0,
    require_two_answers: bool = False,
) -> ClaimDecided:
    """Return the verdict on a claim.

    Failures violate a claim with a binding basis; for any other claim they become notes. A claim
    without a passed or failed observation is undecided. With `require_two_answers`, failures in a
    single response do not count, because a gateway may have given it.
    """
    failures = [observation for observation in observations if isinstance(observation, Failed)]
    if (
        require_two_answers
        and len({id(failure.exchanges[-1]) for failure in failures}) == 1
        and failures
    ):
        # neither broken nor kept: what was seen once may come back
        observations = [
            Inconclusive(f"seen once, and not again: {failures[0].message}", Cause.SEEN_ONCE)
        ]
        failures = []
    passes = [observation for observation in observations if isinstance(observation, Passed)]
    notes = (
        tuple(
            dict.fromkeys(
                f"not promised by the page, and seen: {failure.message}" for failure in failures
            )
        )
        if not claim.basis.is_binding
        else ()
    )
    reason, cause = None, None
    if failures and claim.basis.is_binding:
        verdict = Verdict.VIOLATED
    elif failures:
        verdict, cause = Verdict.UNDECIDED, Cause.NOT_BINDING
        reason = "the server does otherwise, which no binding document forbids"
    elif passes:
        verdict = Verdict.VERIFIED
    else:
        verdict = Verdict.UNDECIDED
        causes_by_reason = {
            observation.reason: observation.cause
            for observation in observations
            if isinstance(observation, Inconclusive | Disturbed)
        }
        reason = (
            "; ".join(list(causes_by_reason)[:3]) or "nothing that happened in the run showed it"
        )
        cause = next(iter(causes_by_reason.values()), Cause.NOT_SHOWN)
    findings = (
        tuple(Finding(failure=failure) for failure in _select_distinct_failures(failures))
        if verdict is Verdict.VIOLATED
        else ()
    )
    evidence = (
        findings[0].exchanges[-1]
        if findings and findings[0].exchanges
        else (passes[0].exchange if passes else None)
    )
    return ClaimDecided(
        claim=claim,
        verdict=verdict,
        reason=reason,
        cause=cause,
        examples=len(passes),
        requests=requests,
        seconds=seconds,
        notes=notes,
        evidence=evidence,
        findings=findings,
    )


def _select_distinct_failures(failures: list[Failed]) -> list[Failed]:
    """Return at most three failures that differ in what they say, the shortest evidence first."""
    distinct: dict[object, Failed] = {}
    for failure in sorted(failures, key=lambda failure: len(failure.exchanges)):
        distinct.setdefault(failure.identity, failure)
    return list(distinct.values())[:3]
