"""A quick run: few requests, nearly all faults detected, and no unrelated claim violated."""

from __future__ import annotations

import pytest

from conformance.embedded import MockMutationBench
from conformance.suite.events import ClaimDecided, RunFinished, Verdict
from conformance.suite.plan import RunProfile
from conformance.suite.prove import run_mutant
from conformance.suite.run import run_plan

MAX_REQUESTS = {("losant", None): 285, ("losant", "2017"): 180, ("push-express", None): 230}


@pytest.mark.parametrize(("name", "revision"), MAX_REQUESTS, ids=lambda value: str(value))
def test_claims_are_verified_on_an_honest_server(name: str, revision: str | None) -> None:
    """On an honest server a quick run decides every claim that a longer run decides.

    It needs about one request for each claim.
    """
    bench = MockMutationBench(name, revision)
    events = [*run_plan(bench.generate_plan("1", RunProfile.QUICK), bench.create_target(None))]
    assert [
        event.claim.id
        for event in events
        if isinstance(event, ClaimDecided) and event.verdict is not Verdict.VERIFIED
    ] == []
    assert (
        next(event.requests for event in events if isinstance(event, RunFinished))
        <= MAX_REQUESTS[name, revision]
    )


@pytest.mark.parametrize("name", ["losant", "push-express", "tests/toy"])
def test_nine_in_ten_mutants_are_killed(name: str, seeds: list[str]) -> None:
    """A quick run detects nine of ten faults in a sample; the soak uses a larger one."""
    bench = MockMutationBench(name)
    sample = bench.faults[:: 8 if len(seeds) > 1 else 24]
    killed = [
        run_mutant(bench, fault, claim, "1", RunProfile.QUICK).killed for fault, claim in sample
    ]
    assert sum(killed) >= 0.9 * len(killed)


@pytest.mark.parametrize("credential_problem", ["missing", "invalid"])
def test_side_effects_violate_only_their_own_claim(credential_problem: str) -> None:
    """A refused request that changed a shared item violates no other claim."""
    bench = MockMutationBench("push-express")
    fault = f"updateAppGroup/credentials/{credential_problem}!done-all-the-same"
    assert fault in dict(bench.faults)
    events = run_plan(bench.generate_plan("1", RunProfile.QUICK), bench.create_target(fault))
    violated = [
        event.claim.id
        for event in events
        if isinstance(event, ClaimDecided) and event.verdict is Verdict.VIOLATED
    ]
    assert violated == [f"updateAppGroup/credentials/{credential_problem}"]
