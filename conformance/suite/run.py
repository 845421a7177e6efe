"""Carries out a plan on a target and yields what happens as it happens."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from conformance.checks.check import watched
from conformance.checks.exchange import Exchange
from conformance.checks.observation import Broken, Held, Observation, Unreached
from conformance.contract.reading import Reading
from conformance.errors import Problem, TargetError
from conformance.suite import cleaning, exploring
from conformance.suite.conduct import Conductor, Shown, counted
from conformance.suite.event import (
    Decided,
    Event,
    Finished,
    Left,
    Progressed,
    Read,
    Started,
    Verdict,
)
from conformance.suite.ledger import Ledger
from conformance.suite.line import Heard, Line, unheard
from conformance.suite.plan import Plan, Profile, draw
from conformance.suite.session import Session
from conformance.suite.target import Target
from conformance.suite.traffic import Traffic
from conformance.suite.verdict import decide

# exchanges without any answer, from the first one on, after which a target counts as out of reach
UNREACHED = 5
KEPT = 3  # observations of one sort that are kept of a claim which hears every answer
# seconds for one answer, and the workers that are worth while below it
WORKERS = ((0.003, 1), (0.015, 4), (0.04, 8))
MOST = 16


class _Watcher:
    """Hears every exchange on behalf of the claims that judge all answers of an operation."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.seen: defaultdict[str, list[Observation]] = defaultdict(list)
        self.held: Counter[str] = Counter()
        self.doubted: set[str] = set()
        self.answers = 0
        self.silences = 0
        self.fastest = float("inf")
        self._lock = threading.Lock()
        self._watching: defaultdict[str, list[str]] = defaultdict(list)
        for id, check in plan.checks.items():
            if check.watch is not None:
                self._watching[plan.settings[id].claim.operation].append(id)

    def decides(self, claim: str) -> bool:
        """Tell whether what was heard is enough for a verdict: something held, or two answers that
        broke it.
        """
        broken = [one for one in self.seen[claim] if isinstance(one, Broken)]
        if len(broken) == 1:
            # its script is played now, which is the second look that a breach needs
            self.doubted.add(claim)
        return len(broken) > 1 or (
            not broken and any(isinstance(one, Held) for one in self.seen[claim])
        )

    def doubtful(self, exchange: Exchange) -> bool:
        """Tell whether an exchange broke a claim of which no other breach was seen: it is to be
        seen once more.
        """
        broken = (
            [one for one in self.seen[id] if isinstance(one, Broken)]
            for id in self._watching[exchange.call.operation]
        )
        return any(len(found) == 1 and found[0].exchanges[-1] is exchange for found in broken)

    def explored(self, exchange: Exchange) -> None:
        """Judge an exchange of which the request was made up."""
        self.hear(
            exchange,
            [id for id in self._watching[exchange.call.operation] if self.plan.checks[id].anything],
        )

    def hear(self, exchange: Exchange, ids: Sequence[str] | None = None) -> None:
        """Judge one exchange for all claims that hear its operation, or for some; raises
        TargetError while the target has not answered at all.
        """
        if exchange.response is None and not exchange.unsent:
            with self._lock:
                self.silences += 1
                if self.answers == 0 and (
                    self.silences >= UNREACHED
                    or (exchange.failure or "").startswith("cannot connect")
                ):
                    message = f"no answer from {exchange.request.url}: {exchange.failure}"
                    raise TargetError(
                        Problem(
                            message=message,
                            hint="is the server running, and is --url its base URL?",
                        )
                    )
            return
        found = [
            (id, watched(self.plan.checks[id], self.plan.settings[id], exchange))
            for id in (self._watching[exchange.call.operation] if ids is None else ids)
        ]
        with self._lock:
            if not exchange.unsent:
                self.answers += 1
                self.fastest = min(self.fastest, exchange.elapsed)
            for id, observations in found:
                for one in observations:
                    self._keep(id, one)

    def _keep(self, id: str, one: Observation) -> None:
        """Keep an observation, unless enough of its sort are kept: a run hears thousands of
        answers, each of them with its body.
        """
        self.held[id] += isinstance(one, Held)
        if sum(type(other) is type(one) for other in self.seen[id]) < KEPT:
            self.seen[id].append(one)


def run(
    plan: Plan,
    target: Target,
    readings: Sequence[Reading] = (),
    tap: Heard = unheard,
    *,
    workers: int | None = None,
    ledger: Ledger | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Event]:
    """Yield the events of a run: Started, then Progressed and Decided as they come, a Read for each
    of `readings`, then Finished.

    `workers` scripts are played at once (None: as many as the target's latency makes worth while);
    verdicts do not depend on it. What is made is written in `ledger` first, and is removed, also
    when the consumer stops early. `tap` is called with every exchange, repetitions and removals
    among them. Raises TargetError when the target does not answer at all.
    """
    began = time.time()
    yield Started(
        contract=plan.contract,
        target=target,
        seed=plan.seed,
        claims=len(plan.settings),
        scripts=len(plan.tasks),
        started=began,
        profile=str(plan.profile),
    )
    traffic = Traffic()

    def count(exchange: Exchange) -> None:
        traffic.hear(exchange)
        tap(exchange)

    summary: Counter[Verdict] = Counter()
    watcher = _Watcher(plan)
    line = Line(plan.contract, target, ledger=ledger, tap=count, sleep=sleep, clock=clock)
    outcome = cleaning.Outcome()
    try:
        with Session(plan.contract, target, heard=watcher.hear, line=line) as session:
            line.ledger.open(session.mark)
            session.greet()
            workers = workers or _worthwhile(watcher.fastest, target)
            line.widen(workers)
            try:
                for event in _carried(plan, session, workers, watcher):
                    if isinstance(event, Decided):
                        summary[event.verdict] += 1
                    yield event
                session.things.remove()
                yield from _told_apart(readings, plan.seed, session, workers)
            finally:
                session.things.remove()
                outcome = cleaning.last_look(session)
    finally:
        line.close()
        line.ledger.close()
    left = tuple(
        Left(resource=one.resource, identity=one.identity, name=one.name, reason=one.reason)
        for one in outcome.left
    )
    stopped = line.pace.down or line.pace.spent
    duration = time.time() - began
    yield Finished(
        summary={verdict: summary[verdict] for verdict in Verdict},
        requests=line.pace.requests,
        duration=duration,
        leftovers=left,
        unseen=tuple(outcome.unseen),
        stopped=stopped,
        down=line.pace.down is not None,
        workers=workers,
        traffic=traffic.flows(),
    )


def _worthwhile(fastest: float, target: Target) -> int:
    """Return how many workers a target is worth that answered its first requests in `fastest`
    seconds; one for a target in this process.
    """
    if target.transport is not None:
        return 1
    return next((workers for seconds, workers in WORKERS if fastest < seconds), MOST)


def _carried(
    plan: Plan, session: Session, workers: int, watcher: _Watcher
) -> Iterator[Progressed | Decided]:
    """Carry out every script; decide each claim with its last one, but those that hear others'
    exchanges at the end.
    """
    seen: defaultdict[str, list[Observation]] = defaultdict(list)
    sent: Counter[str] = Counter()
    waiting = counted(plan)
    decided: set[str] = set()
    for done, shown in enumerate(
        Conductor(plan, session, workers, watcher.decides).carry(), start=1
    ):
        claim = shown.task.claim
        seen[claim] += shown.observations
        sent[claim] += shown.requests
        waiting[claim] -= 1
        yield Progressed(scripts=done, requests=session.line.pace.requests, claim=claim)
        if not waiting[claim] and plan.checks[claim].watch is None:
            decided.add(claim)
            yield decide(plan.settings[claim].claim, seen[claim], sent[claim])
    if plan.profile is Profile.DEEP and any(check.anything for check in plan.checks.values()):
        with session.another(watcher.explored) as other:
            exploring.explore(plan.contract, other, plan.seed, watcher.doubtful)
        session.things.abandoned += other.things.abandoned
    _look_again(plan, session, watcher)
    for id, setting in plan.settings.items():
        if id not in decided:
            reasons = [Unreached(plan.reasons[id])] if id in plan.reasons else []
            last = decide(
                setting.claim, [*seen[id], *watcher.seen[id], *reasons], sent[id], twice=True
            )
            more = watcher.held[id] - sum(isinstance(one, Held) for one in watcher.seen[id])
            yield replace(last, examples=last.examples + more)


def _look_again(plan: Plan, session: Session, watcher: _Watcher) -> None:
    """Play once more the scripts of claims that a single answer of the whole run broke."""
    for task in plan.tasks:
        broken = [one for one in watcher.seen[task.claim] if isinstance(one, Broken)]
        if len(broken) == 1 and task.claim not in watcher.doubted:
            with session.another() as other:
                other.play(task.script, other.set(task.script.stage) if task.script.stage else None)
            session.things.abandoned += other.things.abandoned


def _told_apart(
    readings: Sequence[Reading], seed: str, session: Session, workers: int
) -> Iterator[Read]:
    """Yield of each reading whether the server follows it; once it follows one of a passage,
    nothing is sent for the others.
    """
    followed: dict[str, Read] = {}
    for reading in readings:
        found = (
            _excluded(reading, followed[reading.passage])
            if reading.passage in followed
            else _read(reading, seed, session, workers)
        )
        if found.followed:
            followed[reading.passage] = found
        yield found


def _read(reading: Reading, seed: str, session: Session, workers: int) -> Read:
    """Return whether the server behaves as a reading has it: as all the claims say that show it."""
    claims = [claim for claim in reading.contract.claims if claim.id in reading.shows]
    plan = draw(reading.contract, seed, only=claims)
    watcher = _Watcher(plan)
    watcher.answers = 1  # the target has answered before
    with session.under(reading.contract, watcher.hear) as other:
        decided = {
            event.claim.id: event
            for event in _carried(plan, other, workers, watcher)
            if isinstance(event, Decided)
        }
    session.things.abandoned += other.things.abandoned
    found: list[Decided] = [decided[claim.id] for claim in claims]
    against = next((one for one in found if one.verdict is Verdict.VIOLATED), None)
    if against is not None:
        return Read(
            reading=reading,
            followed=False,
            reason=against.findings[0].message,
            evidence=against.evidence,
        )
    open_ = next((one for one in found if one.verdict is not Verdict.VERIFIED), None)
    if open_ is not None:
        return Read(reading=reading, followed=None, reason=open_.reason, evidence=None)
    return Read(reading=reading, followed=True, reason=None, evidence=found[0].evidence)


def _excluded(reading: Reading, followed: Read) -> Read:
    """Return that a server does not follow a reading, since it follows another of the same passage:
    meanings of one passage exclude each other.
    """
    return Read(
        reading=reading,
        followed=False,
        reason=f"the server follows another reading: {followed.reading.meaning}",
        evidence=followed.evidence,
    )


__all__ = ["Shown", "run"]
