"""From observations to a verdict: one breach decides, nothing seen decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.checks.observation import Broken, Held, Observation, Unreached, Unsettled
from conformance.contract.claim import Claim
from conformance.suite.event import Decided, Finding, Verdict


def decide(
    claim: Claim, observations: Sequence[Observation], requests: int, twice: bool = False
) -> Decided:
    """Return the verdict on a claim: a breach of a binding promise violates it, a breach of any
    other is a note.

    With `twice`, one answer is not enough for a breach: a gateway may have given it.
    """
    broken = [one for one in observations if isinstance(one, Broken)]
    if twice and len({id(one.exchanges[-1]) for one in broken}) == 1 and broken:
        observations = [one for one in observations if not isinstance(one, Broken)]
        observations.append(Unreached(f"seen once, and not again: {broken[0].message}"))
        broken = []
    held = [one for one in observations if isinstance(one, Held)]
    notes = (
        tuple(dict.fromkeys(f"not promised by the page, and seen: {one.message}" for one in broken))
        if not claim.basis.binding
        else ()
    )
    if broken and claim.basis.binding:
        verdict, reason = Verdict.VIOLATED, None
    elif broken:
        verdict, reason = (
            Verdict.UNDECIDED,
            "the server does otherwise, which no binding document forbids",
        )
    elif held:
        verdict, reason = Verdict.VERIFIED, None
    else:
        reasons = dict.fromkeys(
            one.reason for one in observations if isinstance(one, Unreached | Unsettled)
        )
        verdict, reason = (
            Verdict.UNDECIDED,
            "; ".join(list(reasons)[:3]) or "nothing that happened in the run showed it",
        )
    findings = (
        tuple(Finding(message=one.message, exchanges=one.exchanges) for one in _different(broken))
        if verdict is Verdict.VIOLATED
        else ()
    )
    evidence = (
        findings[0].exchanges[-1]
        if findings and findings[0].exchanges
        else (held[0].exchange if held else None)
    )
    return Decided(
        claim=claim,
        verdict=verdict,
        reason=reason,
        examples=len(held),
        requests=requests,
        notes=notes,
        evidence=evidence,
        findings=findings,
    )


def _different(broken: list[Broken]) -> list[Broken]:
    """Return at most three breaches, the shortest evidence first, no message twice."""
    by_message: dict[str, Broken] = {}
    for one in sorted(broken, key=lambda one: len(one.exchanges)):
        by_message.setdefault(one.message, one)
    return list(by_message.values())[:3]
