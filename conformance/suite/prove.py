"""The proof that checks can fail: the mock is broken once per fault, and the suite must notice;
left honest, it must not be accused.

What is broken comes in as a `Bench`: this floor knows no mock.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Protocol

from conformance.suite.event import Decided, Finished, Verdict
from conformance.suite.plan import Plan, Profile
from conformance.suite.run import run
from conformance.suite.target import Target


class Bench(Protocol):
    """A server that can be broken on demand. It pickles; each process makes its own."""

    @property
    def faults(self) -> Sequence[tuple[str, str]]:
        """Return the id of each fault and that of the claim it breaks."""
        ...

    def plan(self, seed: str, profile: Profile) -> Plan:
        """Return the plan of a run, drawn once for each seed."""
        ...

    def target(self, fault: str | None) -> Target:
        """Return a fresh server with that fault, or an honest one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """What a run made of one fault: whether the broken claim was found, and which others were
    violated besides.

    `requests` is what the broken claim's own scripts sent, `seconds` the time of the whole run;
    `message` is the finding.
    """

    fault: str
    claim: str
    found: bool
    besides: tuple[str, ...]
    requests: int
    seconds: float
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """What a run made of the honest server: the violated claims (there should be none) and the
    verified share, from 0 to 1.
    """

    seed: str
    violated: tuple[str, ...]
    verified: float
    undecided: tuple[str, ...]
    requests: int
    seconds: float


def catch(bench: Bench, fault: str, claim: str, seed: str, profile: Profile) -> Caught:
    """Return what a run makes of one fault. A note finds a fault of a claim that cannot be
    violated.
    """
    began = time.perf_counter()
    found, besides, requests, message = False, [], 0, ""
    for event in run(bench.plan(seed, profile), bench.target(fault)):
        if not isinstance(event, Decided):
            continue
        if event.claim.id == claim:
            found = event.verdict is Verdict.VIOLATED or (
                not event.claim.basis.binding and bool(event.notes)
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
            besides.append(event.claim.id)
    return Caught(
        fault=fault,
        claim=claim,
        found=found,
        besides=tuple(besides),
        requests=requests,
        seconds=time.perf_counter() - began,
        message=message,
    )


def clear(bench: Bench, seed: str, profile: Profile) -> Cleared:
    """Return what a run makes of the honest server."""
    began = time.perf_counter()
    verdicts: dict[str, Verdict] = {}
    requests = 0
    for event in run(bench.plan(seed, profile), bench.target(None)):
        if isinstance(event, Decided):
            verdicts[event.claim.id] = event.verdict
        elif isinstance(event, Finished):
            requests = event.requests
    return Cleared(
        seed=seed,
        violated=tuple(id for id, verdict in verdicts.items() if verdict is Verdict.VIOLATED),
        verified=sum(verdict is Verdict.VERIFIED for verdict in verdicts.values())
        / max(1, len(verdicts)),
        undecided=tuple(id for id, verdict in verdicts.items() if verdict is Verdict.UNDECIDED),
        requests=requests,
        seconds=time.perf_counter() - began,
    )


Task = tuple[str, str] | str  # a fault with its claim, or a seed of the honest server


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is to be proved of one bench: these of its faults, and its honest server over these
    seeds.
    """

    bench: Bench
    faults: tuple[tuple[str, str], ...]
    seeds: tuple[str, ...]


def prove(
    trials: Sequence[Trial], workers: int, profile: Profile = Profile.STANDARD, seed: str = "1"
) -> Iterator[tuple[int, Caught | Cleared]]:
    """Yield, with the number of its trial, what becomes of each honest run and each fault, as it
    becomes known, over `workers` processes.
    """
    tasks: list[tuple[int, Task]] = []
    for number, trial in enumerate(trials):
        tasks += [(number, honest) for honest in trial.seeds]
        tasks += [(number, fault) for fault in trial.faults]
    benches = [trial.bench for trial in trials]
    if workers <= 1:
        yield from (_carried(benches, task, seed, profile) for task in tasks)
        return
    with ProcessPoolExecutor(
        workers, get_context("spawn"), initializer=_settle, initargs=(benches, seed, profile)
    ) as pool:
        yield from pool.map(_at_bench, tasks, chunksize=4)


_settled: list[tuple[list[Bench], str, Profile]] = []
_warm: set[int] = set()  # numbers of benches that this process has used


def _settle(benches: list[Bench], seed: str, profile: Profile) -> None:
    _settled[:] = [(benches, seed, profile)]


def _at_bench(task: tuple[int, Task]) -> tuple[int, Caught | Cleared]:
    benches, seed, profile = _settled[0]
    done = _carried(benches, task, seed, profile)
    # contract, plan and stock live as long as the process: the collector need not go through them
    # again and again
    if task[0] not in _warm:
        _warm.add(task[0])
        gc.collect()
        gc.freeze()
    return done


def _carried(
    benches: list[Bench], numbered: tuple[int, Task], seed: str, profile: Profile
) -> tuple[int, Caught | Cleared]:
    number, task = numbered
    bench = benches[number]
    return number, (
        clear(bench, task, profile) if isinstance(task, str) else catch(bench, *task, seed, profile)
    )
