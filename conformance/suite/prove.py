"""Mutation testing of the suite: each fault of the mock must be found, no honest mock accused.

Each fault is injected into a server, and a run must find it; a run on the server without a fault
must find no violation. The server comes in as a `MutationBench`, so this module does not depend on
the mock.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Protocol

from conformance.suite.events import ClaimDecided, RunFinished, Verdict
from conformance.suite.plan import Plan, RunProfile
from conformance.suite.run import run_plan
from conformance.suite.target import Target


class MutationTestBench(Protocol):
    """A server into which faults can be injected.

    It can be pickled; each process creates its own server.
    """

    @property
    def faults(self) -> Sequence[tuple[str, str]]:
        """Return the id of each fault with the id of the claim that it breaks."""
        ...

    def generate_plan(self, seed: str, profile: RunProfile) -> Plan:
        """Return the plan of a run, drawn once for each seed."""
        ...

    def create_target(self, fault: str | None) -> Target:
        """Return a new server with this fault, or without a fault."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MutantResult:
    """The result of a run on a server with one fault.

    `killed` says whether the run found the broken claim; `also_violated` are the other violated
    claims. `requests` counts the requests of the broken claim's scenarios, `seconds` is the
    duration of the whole run, and `message` is the finding.
    """

    fault: str
    claim: str
    killed: bool
    also_violated: tuple[str, ...]
    requests: int
    seconds: float
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultlessBaselineResult:
    """The result of a run on the server without a fault.

    `violated` are the violated claims, of which there should be none; `verified` is the share of
    verified claims, from 0 to 1.
    """

    seed: str
    violated: tuple[str, ...]
    verified: float
    undecided: tuple[str, ...]
    requests: int
    seconds: float


def run_mutant(
    bench: MutationTestBench, fault: str, claim: str, seed: str, profile: RunProfile
) -> MutantResult:
    """Return the result of a run on a server with one fault.

    If the broken claim has no binding basis, it cannot be violated: then a note kills the mutant.
    """
    started = time.perf_counter()
    killed, also_violated, requests, message = False, [], 0, ""
    for event in run_plan(bench.generate_plan(seed, profile), bench.create_target(fault)):
        if not isinstance(event, ClaimDecided):
            continue
        if event.claim.id == claim:
            killed = event.verdict is Verdict.VIOLATED or (
                not event.claim.basis.is_binding and bool(event.notes)
            )
            requests, message = (
                event.requests,
                (
                    event.findings[0].message
                    if event.findings
                    else " ".join(event.notes) or event.reason or ""
                ),
            )
        elif event.verdict is Verdict.VIOLATED:
            also_violated.append(event.claim.id)
    return MutantResult(
        fault=fault,
        claim=claim,
        killed=killed,
        also_violated=tuple(also_violated),
        requests=requests,
        seconds=time.perf_counter() - started,
        message=message,
    )


def run_faultless_baseline(
    bench: MutationTestBench, seed: str, profile: RunProfile
) -> FaultlessBaselineResult:
    """Return the result of a run on the server without a fault."""
    started = time.perf_counter()
    verdicts: dict[str, Verdict] = {}
    requests = 0
    for event in run_plan(bench.generate_plan(seed, profile), bench.create_target(None)):
        if isinstance(event, ClaimDecided):
            verdicts[event.claim.id] = event.verdict
        elif isinstance(event, RunFinished):
            requests = event.requests
    return FaultlessBaselineResult(
        seed=seed,
        violated=tuple(id for id, verdict in verdicts.items() if verdict is Verdict.VIOLATED),
        verified=sum(verdict is Verdict.VERIFIED for verdict in verdicts.values())
        / max(1, len(verdicts)),
        undecided=tuple(id for id, verdict in verdicts.items() if verdict is Verdict.UNDECIDED),
        requests=requests,
        seconds=time.perf_counter() - started,
    )


ProofTask = tuple[str, str] | str  # a fault with its claim, or the seed of a baseline run


@dataclass(frozen=True, slots=True, kw_only=True)
class MutationCampaign:
    """The faults and the baseline seeds to run on one bench."""

    bench: MutationTestBench
    faults: tuple[tuple[str, str], ...]
    seeds: tuple[str, ...]


def run_mutation_campaigns(
    campaigns: Sequence[MutationCampaign],
    workers: int,
    profile: RunProfile = RunProfile.STANDARD,
    seed: str = "1",
) -> Iterator[tuple[int, MutantResult | FaultlessBaselineResult]]:
    """Yield the number of the campaign and the result of each baseline run and each mutant.

    Results come in the order of the tasks. The tasks are spread over `workers` processes.
    """
    tasks: list[tuple[int, ProofTask]] = []
    for number, campaign in enumerate(campaigns):
        tasks += [(number, baseline_seed) for baseline_seed in campaign.seeds]
        tasks += [(number, fault) for fault in campaign.faults]
    benches = [campaign.bench for campaign in campaigns]
    if workers <= 1:
        yield from (_run_proof_task(benches, task, seed, profile) for task in tasks)
        return
    with ProcessPoolExecutor(
        workers,
        get_context("spawn"),
        initializer=_initialize_worker,
        initargs=(benches, seed, profile),
    ) as pool:
        yield from pool.map(_run_task_in_worker, tasks, chunksize=4)


_worker_arguments: list[tuple[list[MutationTestBench], str, RunProfile]] = []
_warm_benches: set[int] = set()  # numbers of benches that this process has used


def _initialize_worker(benches: list[MutationTestBench], seed: str, profile: RunProfile) -> None:
    _worker_arguments[:] = [(benches, seed, profile)]


def _run_task_in_worker(
    numbered_task: tuple[int, ProofTask],
) -> tuple[int, MutantResult | FaultlessBaselineResult]:
    benches, seed, profile = _worker_arguments[0]
    result = _run_proof_task(benches, numbered_task, seed, profile)
    # contract, plan and stocked items live as long as the process: freezing spares the garbage
    # collector from scanning them again
    if numbered_task[0] not in _warm_benches:
        _warm_benches.add(numbered_task[0])
        gc.collect()
        gc.freeze()
    return result


def _run_proof_task(
    benches: list[MutationTestBench],
    numbered_task: tuple[int, ProofTask],
    seed: str,
    profile: RunProfile,
) -> tuple[int, MutantResult | FaultlessBaselineResult]:
    number, task = numbered_task
    bench = benches[number]
    return number, (
        run_faultless_baseline(bench, task, profile)
        if isinstance(task, str)
        else run_mutant(bench, *task, seed, profile)
    )
