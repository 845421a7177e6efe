"""A quick run: few requests, nearly as much found, and nobody else accused."""

from __future__ import annotations

import pytest

from conformance.embedded import MockMutationBench
from conformance.suite.events import ClaimDecided, RunFinished, Verdict
from conformance.suite.plan import RunProfile
from conformance.suite.prove import run_mutant
from conformance.suite.run import run_plan

MOST = {("losant", None): 285, ("losant", "2017"): 180, ("push-express", None): 230}


@pytest.mark.parametrize(("name", "revision"), MOST, ids=lambda value: str(value))
def test_honest(name: str, revision: str | None) -> None:
    """On an honest server a quick run decides every claim that a longer one decides, with about a
    request for each.
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
        <= MOST[name, revision]
    )


@pytest.mark.parametrize("name", ["losant", "push-express", "tests/toy"])
def test_nine_in_ten(name: str, seeds: list[str]) -> None:
    """A quick run finds nine faults in ten: of a sample, which is larger in a soak."""
    bench = MockMutationBench(name)
    sample = bench.faults[:: 8 if len(seeds) > 1 else 24]
    found = [
        run_mutant(bench, fault, claim, "1", RunProfile.QUICK).killed for fault, claim in sample
    ]
    assert sum(found) >= 0.9 * len(found)


@pytest.mark.parametrize("way", ["missing", "invalid"])
def test_effects_accuse_only_their_cause(way: str) -> None:
    """What a refused request did to the thing that others share is laid to no other claim."""
    bench = MockMutationBench("push-express")
    fault = f"updateAppGroup/credentials/{way}!done-all-the-same"
    assert fault in dict(bench.faults)
    events = run_plan(bench.generate_plan("1", RunProfile.QUICK), bench.create_target(fault))
    violated = [
        event.claim.id
        for event in events
        if isinstance(event, ClaimDecided) and event.verdict is Verdict.VIOLATED
    ]
    assert violated == [f"updateAppGroup/credentials/{way}"]
