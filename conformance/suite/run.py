"""Carries out a plan on a target and yields what happens as it happens."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from conformance.checks.check import judged, watched
from conformance.checks.exchange import Exchange, Trace
from conformance.checks.observation import Broken, Held, Observation, Unreached, Unsettled
from conformance.checks.script import Script
from conformance.contract import pointer as pointers
from conformance.contract.reading import Reading
from conformance.errors import Problem, TargetError
from conformance.suite.event import Decided, Event, Finished, Left, Progressed, Read, Started, Verdict
from conformance.suite.ledger import Entry
from conformance.suite.plan import Plan, Task, draw
from conformance.suite.session import Played, Session
from conformance.suite.target import Target
from conformance.suite.traffic import Traffic
from conformance.suite.verdict import decide

AGAIN = 3  # times that a script is played when what it looks at does not settle, or to see a breach again
UNREACHED = 5  # exchanges without any answer, from the first one on, after which a target counts as out of reach


class _Watcher:
    """Hears every exchange on behalf of the claims that judge all answers of an operation."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.seen: defaultdict[str, list[Observation]] = defaultdict(list)
        self.answers = 0
        self.silences = 0
        self._watching: defaultdict[str, list[str]] = defaultdict(list)
        for id, check in plan.checks.items():
            if check.watch is not None:
                self._watching[plan.settings[id].claim.operation].append(id)

    def decides(self, claim: str) -> bool:
        """Tell whether what was heard is enough for a verdict: something held, or two answers that broke it."""
        broken = [one for one in self.seen[claim] if isinstance(one, Broken)]
        return len(broken) > 1 or (not broken and any(isinstance(one, Held) for one in self.seen[claim]))

    def hear(self, exchange: Exchange) -> None:
        if exchange.response is None:
            self.silences += 1
            if self.answers == 0 and (self.silences >= UNREACHED or (exchange.failure or "").startswith("cannot connect")):
                message = f"no answer from {exchange.request.url}: {exchange.failure}"
                raise TargetError(Problem(message=message, hint="is the server running, and is --url its base URL?"))
            return
        self.answers += 1
        for id in self._watching[exchange.call.operation]:
            self.seen[id] += watched(self.plan.checks[id], self.plan.settings[id], exchange)


def run(plan: Plan, target: Target, readings: Sequence[Reading] = (), tap: Callable[[Exchange], None] = lambda exchange: None) -> Iterator[Event]:
    """Yield the events of a run: Started, then Progressed and Decided as they come, a Read for each of `readings`, then Finished.

    `tap` is called with every exchange, repetitions and removals among them. Raises TargetError when the target does not answer at all.
    What was made is removed, also when the consumer stops early.
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
    decided: set[str] = set()
    seen: defaultdict[str, list[Observation]] = defaultdict(list)
    sent: Counter[str] = Counter()
    with Session(plan.contract, target, heard=watcher.hear, tap=count) as session:
        session.greet()
        for event in _played(plan, session, seen, sent, watcher.decides):
            if isinstance(event, Decided):
                decided.add(event.claim.id)
                summary[event.verdict] += 1
            yield event
        _look_again(plan, session, watcher)
        for id, setting in plan.settings.items():
            if id not in decided:
                reasons = [Unreached(plan.reasons[id])] if id in plan.reasons else []
                last = decide(setting.claim, [*seen[id], *watcher.seen[id], *reasons], sent[id], twice=True)
                summary[last.verdict] += 1
                yield last
        session.remove(0)
        session.sweep()
    requests, abandoned = session.requests, list(session.ledger.abandoned)
    for reading in readings:
        with Session(reading.contract, replace(target, max_leftovers=max(0, target.max_leftovers - len(abandoned))), tap=count) as other:
            yield _read(reading, plan.seed, other)
            other.remove(0)
        requests += other.requests
        abandoned += other.ledger.abandoned
    left = tuple(_left(plan, entry) for entry in abandoned)
    yield Finished(
        summary={verdict: summary[verdict] for verdict in Verdict},
        requests=requests,
        duration=time.time() - began,
        leftovers=left,
        traffic=traffic.flows(),
    )


def _look_again(plan: Plan, session: Session, watcher: _Watcher) -> None:
    """Play once more the scripts of claims that a single answer of the whole run broke."""
    for task in plan.tasks:
        broken = [one for one in watcher.seen[task.claim] if isinstance(one, Broken)]
        if len(broken) == 1:
            base = len(session.ledger.entries)
            session.play(task.script, session.set(task.script.stage) if task.script.stage else None)
            session.remove(base)


def _read(reading: Reading, seed: str, session: Session) -> Read:
    """Return whether the server behaves as a reading has it: as all the claims say that show it."""
    claims = [claim for claim in reading.contract.claims if claim.id in reading.shows]
    plan = draw(reading.contract, seed, only=claims)
    seen: defaultdict[str, list[Observation]] = defaultdict(list)
    watcher = _Watcher(plan)
    session.heard = watcher.hear
    decided = {event.claim.id: event for event in _played(plan, session, seen, Counter(), watcher.decides) if isinstance(event, Decided)}
    found = [decided.get(claim.id) or decide(claim, [*seen[claim.id], *watcher.seen[claim.id]], 0) for claim in claims]
    against = next((one for one in found if one.verdict is Verdict.VIOLATED), None)
    if against is not None:
        return Read(reading=reading, followed=False, reason=against.findings[0].message, evidence=against.evidence)
    open_ = next((one for one in found if one.verdict is not Verdict.VERIFIED), None)
    if open_ is not None:
        return Read(reading=reading, followed=None, reason=open_.reason, evidence=None)
    return Read(reading=reading, followed=True, reason=None, evidence=found[0].evidence)


def _played(
    plan: Plan, session: Session, seen: dict[str, list[Observation]], sent: Counter[str], heard: Callable[[str], bool]
) -> Iterator[Progressed | Decided]:
    """Play every task, stage by stage; decide each claim with its last script, but for those that go on hearing the others' exchanges.

    `heard` tells of a claim whether the exchanges of other claims have shown it already.
    """
    waiting = Counter(task.claim for task in plan.tasks)
    shared = _Shared(plan, session)
    for done, (task, stage) in enumerate(_staged(plan, session), start=1):
        before = session.requests
        if not (plan.checks[task.claim].lazy and heard(task.claim)):
            seen[task.claim] += _settled(plan, task, session, stage, shared)
        sent[task.claim] += session.requests - before
        waiting[task.claim] -= 1
        yield Progressed(scripts=done, requests=session.requests, claim=task.claim)
        if not waiting[task.claim] and plan.checks[task.claim].watch is None:
            yield decide(plan.settings[task.claim].claim, seen[task.claim], sent[task.claim])


def _staged(plan: Plan, session: Session) -> Iterator[tuple[Task, Played | None]]:
    for name, tasks in groupby(plan.tasks, key=lambda task: task.script.stage.name if task.script.stage else None):
        base = len(session.ledger.entries)
        stage = session.set(plan.stages[name]) if name is not None else None
        for task in tasks:
            yield task, stage
        session.remove(base)


class _Shared:
    """Plays a script that several claims have once for all of them."""

    def __init__(self, plan: Plan, session: Session) -> None:
        self._session = session
        self._left = Counter(_key(task.script) for task in plan.tasks)
        self._traces: dict[str, Trace] = {}

    def trace(self, script: Script, stage: Played | None) -> Trace:
        key = _key(script)
        self._left[key] -= 1
        if key not in self._traces:
            base = len(self._session.ledger.entries)
            self._traces[key] = self._session.play(script, stage)
            self._session.remove(base)
        return self._traces[key] if self._left[key] else self._traces.pop(key)


def _key(script: Script) -> str:
    return repr((script.stage.name if script.stage else None, script.steps, script.exclusive, script.stock))


def _settled(plan: Plan, task: Task, session: Session, stage: Played | None, shared: _Shared) -> list[Observation]:
    """Return what a script shows, played again while it does not settle; a breach must show twice."""
    check, setting = plan.checks[task.claim], plan.settings[task.claim]
    breaches: list[list[Observation]] = []
    found: list[Observation] = []
    for number in range(AGAIN):
        base = len(session.ledger.entries)
        trace = session.play(task.script, stage) if number else shared.trace(task.script, stage)
        found = [one if session.at_home else _at_the_wrong_door(one) for one in judged(check, setting, trace)]
        session.remove(base)
        if any(isinstance(one, Broken) and _refused_creation(plan, one) for one in found) and not session.takes_more():
            return [Unreached("the server no longer creates even what it created before: there may be a limit on how much it holds")]
        if any(isinstance(one, Broken) for one in found):
            breaches.append(found)
            if len(breaches) == 2:
                return found
        elif not any(isinstance(one, Unsettled) for one in found):
            break
    if breaches:
        message = next(one.message for one in breaches[0] if isinstance(one, Broken))
        return [Unreached(f"seen once, and not when tried again: {message}")]
    return found


def _at_the_wrong_door(observation: Observation) -> Observation:
    """Return the observation, unless it rests on a refusal by a server that has not let one plain request through."""
    if isinstance(observation, Broken) and not observation.exchanges[-1].succeeded:
        return Unreached(f"no plain request succeeds there: are the URL, its base path and the parameters right? ({observation.exchanges[-1]})")
    return observation


def _refused_creation(plan: Plan, breach: Broken) -> bool:
    last = breach.exchanges[-1]
    return last.refused and any(last.call.operation == resource.create for resource in plan.contract.resources)


def _left(plan: Plan, entry: Entry) -> Left:
    resource = next(one for one in plan.contract.resources if one.name == entry.resource)
    name = pointers.get(entry.creation.call.body, resource.mark) if resource.mark else None
    return Left(resource=entry.resource, identity=entry.identity, name=name if isinstance(name, str) else None)
