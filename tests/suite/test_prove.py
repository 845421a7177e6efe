"""The proof that checks can fail, on a sample of the faults (all of them in `conformance
prove`).
"""

from __future__ import annotations

import pytest

from conformance.embedded import MockMutationBench
from conformance.suite.plan import RunProfile
from conformance.suite.prove import (
    FaultlessBaselineResult,
    MutantResult,
    MutationCampaign,
    run_mutant,
    run_mutation_campaigns,
)

EDITIONS = [
    ("losant", None, 9),
    ("losant", "2017", 9),
    ("push-express", None, 9),
    ("tests/toy", None, 6),
]
BENCHES = {(name, revision): MockMutationBench(name, revision) for name, revision, _ in EDITIONS}
SAMPLE = [
    (name, revision, fault, claim)
    for name, revision, step in EDITIONS
    for fault, claim in BENCHES[name, revision].faults[::step]
]


@pytest.mark.parametrize(("name", "revision", "fault", "claim"), SAMPLE)
def test_a_fault_is_found_by_the_claim_it_breaks(
    name: str, revision: str | None, fault: str, claim: str
) -> None:
    """With one fault, the claim that it breaks is violated (or noted, where no binding document
    promises it).
    """
    caught = run_mutant(BENCHES[name, revision], fault, claim, "1", RunProfile.STANDARD)
    assert caught.killed, caught.message


@pytest.mark.parametrize(("name", "revision"), BENCHES)
def test_every_binding_claim_has_a_fault(name: str, revision: str | None) -> None:
    """A claim that nothing can break proves nothing."""
    bench = BENCHES[name, revision]
    broken = {claim for _, claim in bench.faults}
    assert [
        claim.id
        for claim in bench.contract.claims
        if claim.basis.is_binding and claim.unobservable is None and claim.id not in broken
    ] == []


def test_processes_share_the_work() -> None:
    """Two processes find what one finds."""
    bench = BENCHES["tests/toy", None]
    trial = MutationCampaign(bench=bench, faults=tuple(bench.faults[:3]), seeds=("1",))
    one, two = (
        [_facts(outcome) for _, outcome in run_mutation_campaigns([trial], workers)]
        for workers in (1, 2)
    )
    assert one == two


def _facts(outcome: MutantResult | FaultlessBaselineResult) -> tuple[object, ...]:
    return (
        (outcome.fault, outcome.killed, outcome.also_violated)
        if isinstance(outcome, MutantResult)
        else (outcome.seed, outcome.violated, outcome.undecided)
    )
