"""Mutation testing of the checks, with a sample of the faults.

`conformance prove` uses all faults.
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

CONTRACT_REVISIONS = [
    ("losant", None, 31),
    ("losant", "2017", 31),
    ("push-express", None, 31),
    ("tests/toy", None, 17),
    ("tests/lists", None, 11),
]
BENCHES = {
    (name, revision): MockMutationBench(name, revision) for name, revision, _ in CONTRACT_REVISIONS
}
MUTANT_SAMPLE = [
    (name, revision, fault, claim)
    for name, revision, step in CONTRACT_REVISIONS
    for fault, claim in BENCHES[name, revision].faults[::step]
]


@pytest.mark.parametrize(("name", "revision", "fault", "claim"), MUTANT_SAMPLE)
def test_each_mutant_is_killed(name: str, revision: str | None, fault: str, claim: str) -> None:
    """With one fault, the claim that it breaks is violated.

    It is noted instead if no binding document promises it.
    """
    result = run_mutant(BENCHES[name, revision], fault, claim, "1", RunProfile.STANDARD)
    assert result.killed, result.message


@pytest.mark.parametrize(("name", "revision"), BENCHES)
def test_every_binding_claim_has_a_fault(name: str, revision: str | None) -> None:
    """Every binding claim that can be observed has a fault that breaks it."""
    bench = BENCHES[name, revision]
    claims_with_fault = {claim for _, claim in bench.faults}
    assert [
        claim.id
        for claim in bench.contract.claims
        if claim.basis.is_binding
        and claim.unobservable is None
        and claim.id not in claims_with_fault
    ] == []


def test_processes_give_the_same_results() -> None:
    """Two processes give the same results as one."""
    bench = BENCHES["tests/toy", None]
    campaign = MutationCampaign(bench=bench, faults=tuple(bench.faults[:3]), seeds=("1",))
    results_of_one_process, results_of_two_processes = (
        [_summarize(outcome) for _, outcome in run_mutation_campaigns([campaign], workers)]
        for workers in (1, 2)
    )
    assert results_of_one_process == results_of_two_processes


def _summarize(outcome: MutantResult | FaultlessBaselineResult) -> tuple[object, ...]:
    return (
        (outcome.fault, outcome.killed, outcome.also_violated)
        if isinstance(outcome, MutantResult)
        else (outcome.seed, outcome.violated, outcome.undecided)
    )
