"""Carries out the scripts of a plan: which at once, which alone, which again.

Scripts are bundled: those that look at one stage, else one script with the claims that share it.
Bundles that judge only what bears their own mark go on at once. Those that must see a whole
collection at rest come alone, and so does whatever did not settle or showed a breach while others
were busy: what is said of a server does not depend on how many workers said it.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import partial

from conformance.checks.check import judged
from conformance.checks.exchange import Trace
from conformance.checks.observation import Broken, Observation, Unreached, Unsettled
from conformance.checks.script import Script, Stage
from conformance.suite.line import TRANSIENT
from conformance.suite.plan import Plan, Task
from conformance.suite.played import Played
from conformance.suite.session import Session

# times that a script is played when what it looks at does not settle, or to see a breach again
AGAIN = 6
NETWORK = "the network failed"
BREACHES = 2  # plays that must show a breach
# … where others use the collection that is judged: one of their things may be gone and back between
# two looks
CROWDED = 4
DROPPED = 4  # … when it was the network that failed
PAUSES = (0.0, 0.05, 0.2, 0.5)  # seconds before the list that others change is looked at again


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What one script showed of one claim after so many `plays`; `breach` is an earlier play that
    broke it, `times` how many such there were.

    `requests` are counted once, for the first of the claims that share a script.
    """

    task: Task
    observations: tuple[Observation, ...]
    requests: int
    plays: int = 1
    breach: Shown | None = None
    times: int = 0


@dataclass(slots=True, kw_only=True)
class Bundle:
    """Scripts that are carried out together: those of one stage, or a single one."""

    stage: Stage | None
    scripts: list[list[Task]]
    rest: bool
    lazy: bool


def bundles(plan: Plan) -> list[Bundle]:
    """Return the bundles of a plan, in its order."""
    found: dict[tuple[object, ...], dict[str, list[Task]]] = {}
    for task in plan.tasks:
        lazy = plan.checks[task.claim].lazy
        key = (
            (lazy, task.script.stage.name) if task.script.stage else (lazy, None, _key(task.script))
        )
        found.setdefault(key, {}).setdefault(_key(task.script), []).append(task)
    return [
        Bundle(
            stage=next(iter(scripts.values()))[0].script.stage,
            scripts=list(scripts.values()),
            rest=any(task.script.rest for tasks in scripts.values() for task in tasks),
            lazy=bool(key[0]),
        )
        for key, scripts in found.items()
    ]


def _key(script: Script) -> str:
    return repr(
        (
            script.stage.name if script.stage else None,
            script.steps,
            script.exclusive,
            script.stock,
            script.recall,
        )
    )


class Conductor:
    """Carries out a plan with so many workers. `heard` tells of a claim whether the exchanges of
    other claims have shown it already.
    """

    def __init__(
        self, plan: Plan, session: Session, workers: int, heard: Callable[[str], bool]
    ) -> None:
        self.plan, self.workers = plan, workers
        self._session = session
        self._heard = heard
        self._again: list[Shown] = []

    def carry(self) -> Iterator[Shown]:
        """Yield what every script shows of every claim, when it is settled."""
        every = bundles(self.plan)
        yield from self._together([one for one in every if not one.lazy and not one.rest])
        for bundle in every:
            if bundle.rest and not bundle.lazy:
                yield from self._alone(bundle)
        yield from self._together(
            [lazy for one in every if one.lazy if (lazy := self._wanted(one)).scripts]
        )
        yield from self._once_more()

    def _wanted(self, bundle: Bundle) -> Bundle:
        """Return a lazy bundle without the claims that were shown by others' exchanges; those are
        settled without a script of their own.
        """
        scripts = [
            [task for task in tasks if not self._heard(task.claim)] for tasks in bundle.scripts
        ]
        return Bundle(
            stage=bundle.stage,
            scripts=[tasks for tasks in scripts if tasks],
            rest=bundle.rest,
            lazy=True,
        )

    # At once

    def _together(self, waiting: Sequence[Bundle]) -> Iterator[Shown]:
        if self.workers == 1:
            for bundle in waiting:
                yield from self._alone(bundle)
            return
        with ThreadPoolExecutor(self.workers, "conformance") as pool:
            for shown in _Rounds(self, pool, deque(waiting)).results():
                if _unsettled(shown):
                    self._again.append(shown)
                else:
                    yield shown

    # Alone

    def _alone(self, bundle: Bundle) -> Iterator[Shown]:
        """Yield what a bundle shows while nothing else of ours goes on; what does not settle is
        played again at once.
        """
        with self._session.another() as session:
            stage = session.set(bundle.stage) if bundle.stage else None
            readers = [
                tasks
                for tasks in bundle.scripts
                if bundle.rest and self._only_reads(tasks[0].script)
            ]
            for shown in self._read(readers, session, stage):
                yield from self._now(shown, session, stage)
            for tasks in [tasks for tasks in bundle.scripts if tasks not in readers]:
                for shown in play(self.plan, tasks, session, stage):
                    yield from self._now(shown, session, stage)
        self._session.things.abandoned += session.things.abandoned

    def _only_looks(self, script: Script) -> bool:
        return not script.recall and self._only_reads(script)

    def _only_reads(self, script: Script) -> bool:
        return all(
            self.plan.contract.operations[move.call.operation].reads_only for move in script.steps
        )

    def _read(
        self, scripts: list[list[Task]], session: Session, stage: Played | None
    ) -> list[Shown]:
        """Return what scripts show that only look, and so may go on at once even where nothing is
        to be changed.
        """
        if self.workers == 1 or len(scripts) < 2:
            return [shown for tasks in scripts for shown in play(self.plan, tasks, session, stage)]
        with ThreadPoolExecutor(self.workers, "conformance") as pool:
            return [
                shown
                for found in pool.map(lambda tasks: play(self.plan, tasks, session, stage), scripts)
                for shown in found
            ]

    def _now(self, shown: Shown, session: Session, stage: Played | None) -> Iterator[Shown]:
        """Yield what a script shows, played again at once while it does not settle.

        What the network broke, or may be broken by what another script did to the same stage, waits
        for a stage of its own.
        """
        while _unsettled(shown):
            if _network(shown) or (stage is not None and not self._only_looks(shown.task.script)):
                self._again.append(shown)
                return
            settled = self._further(shown, session, stage)
            if isinstance(settled, Shown):
                yield settled
                return
            shown = settled[0]
        yield shown

    def _once_more(self) -> Iterator[Shown]:
        """Yield what scripts show when they are played alone, each time on a new stage, that did
        not settle, or showed a breach, among others.

        Only scripts that leave a stage as it is share one: another's effect is to accuse nobody
        twice.
        """
        while self._again:
            pending: defaultdict[str, list[Shown]] = defaultdict(list)
            for shown in self._again:
                script = shown.task.script
                pending[
                    script.stage.name if script.stage and self._only_looks(script) else _key(script)
                ].append(shown)
            self._again = []
            for group in pending.values():
                with self._session.another(
                    patient=True
                ) as session:  # scripts that recall a life see what was read while it was set
                    first = group[0].task.script.stage
                    stage = session.set(first) if first else None
                    for shown in group:
                        settled = self._further(shown, session, stage)
                        if isinstance(settled, Shown):
                            yield settled
                        else:
                            self._again += settled
                self._session.things.abandoned += session.things.abandoned

    def _further(self, shown: Shown, session: Session, stage: Played | None) -> Shown | list[Shown]:
        """Play a script again: return what is settled then, or in a list what is not, with the
        plays so far counted. A breach must show in several.
        """
        patient = session.target.settle > 0
        counts = _broke(shown.observations) and not (patient and shown.plays == 1)
        broken, times = shown.breach or (shown if counts else None), shown.times + counts
        if any(isinstance(one, Unsettled) for one in shown.observations):
            session.line.sleep(PAUSES[min(shown.plays - 1, len(PAUSES) - 1)])
        again = play(self.plan, [shown.task], session, stage, patient=patient)[0]
        again = replace(
            again,
            plays=shown.plays + 1,
            requests=shown.requests + again.requests,
            breach=broken,
            times=times,
        )
        if (
            any(
                isinstance(one, Broken) and self._refused_creation(one)
                for one in again.observations
            )
            and not session.takes_more()
        ):
            reason = (
                "the server no longer creates even what it created before: there may be a limit on"
                " how much it holds"
            )
            return replace(again, observations=(Unreached(reason),))
        if _broke(again.observations):
            crowded = shown.task.script.rest and not session.target.exclusive
            return again if times + 1 >= (CROWDED if crowded else BREACHES) else [again]
        if _unsettled(again) and again.plays < (DROPPED if _network(again) else AGAIN):
            return [again]
        if broken:
            message = next(one.message for one in broken.observations if isinstance(one, Broken))
            return replace(
                again, observations=(Unreached(f"seen once, and not when tried again: {message}"),)
            )
        return again

    def _refused_creation(self, breach: Broken) -> bool:
        last = breach.exchanges[-1]
        return last.refused and any(
            last.call.operation == resource.create for resource in self.plan.contract.resources
        )

    # For _Rounds

    def begin(self) -> Session:
        """Return the conversation of one bundle."""
        return self._session.another()

    def end(self, session: Session) -> None:
        """Close the conversation of one bundle."""
        self._session.things.abandoned += session.things.abandoned


@dataclass(slots=True, eq=False)
class _Going:
    bundle: Bundle
    session: Session
    stage: Played | None = None
    left: int = 0


@dataclass(slots=True)
class _Rounds:
    """The coordination of bundles that go on at once: set the stage, play its scripts, remove what
    was made; a few bundles at a time.
    """

    conductor: Conductor
    pool: Executor
    waiting: deque[Bundle]
    jobs: dict[Future[list[Shown]], _Going] = field(default_factory=dict)
    active: list[_Going] = field(default_factory=list)

    def results(self) -> Iterator[Shown]:
        """Yield what the scripts show, as they end."""
        try:
            while self.waiting or self.jobs:
                while self.waiting and len(self.jobs) < 2 * self.conductor.workers:
                    going = _Going(self.waiting.popleft(), self.conductor.begin())
                    self.active.append(going)
                    self._submit(going, self._lone if going.bundle.stage is None else self._staged)
                done, _ = wait(self.jobs, return_when=FIRST_COMPLETED)
                for job in done:
                    going = self.jobs.pop(job)
                    yield from job.result()
                    self._advance(going)
        finally:
            wait([job for job in self.jobs if not job.cancel()])
            for going in self.active:
                going.session.things.remove()
                self.conductor.end(going.session)

    def _submit(self, going: _Going, job: Callable[[_Going], list[Shown]]) -> None:
        self.jobs[self.pool.submit(job, going)] = going

    def _advance(self, going: _Going) -> None:
        """Go on with a bundle whose job has ended."""
        if going.bundle.stage is None or going.left == -1:
            self.conductor.end(going.session)
            self.active.remove(going)
        elif going.stage is not None and going.left == 0:
            going.left = len(going.bundle.scripts)
            for tasks in going.bundle.scripts:
                self._submit(going, partial(self._scripted, tasks=tasks))
        else:
            going.left -= 1
            if going.left == 0:
                going.left = -1
                self._submit(going, self._removed)

    def _lone(self, going: _Going) -> list[Shown]:
        try:
            return play(self.conductor.plan, going.bundle.scripts[0], going.session, None)
        finally:
            going.session.things.remove()

    def _staged(self, going: _Going) -> list[Shown]:
        going.stage = going.session.set(going.bundle.stage) if going.bundle.stage else None
        return []

    def _scripted(self, going: _Going, tasks: list[Task]) -> list[Shown]:
        return play(self.conductor.plan, tasks, going.session, going.stage)

    def _removed(self, going: _Going) -> list[Shown]:
        going.session.things.remove()
        return []


def play(
    plan: Plan, tasks: list[Task], session: Session, stage: Played | None, patient: bool = False
) -> list[Shown]:
    """Play the script that some claims share, remove what it made, and return what it shows of
    each.
    """
    one = session.alike(patient)
    try:
        with one:
            trace = one.play(tasks[0].script, stage)
    finally:
        session.things.abandoned += one.things.abandoned
    found = []
    for number, task in enumerate(tasks):
        seen = [
            _at_the_door(session, observation)
            for observation in judged(plan.checks[task.claim], plan.settings[task.claim], trace)
        ]
        if (
            not any(isinstance(observation, Broken) for observation in seen)
            and _dropped(trace)
            and any(isinstance(one, Unreached) for one in seen)
        ):
            seen = [Unsettled(f"{NETWORK}: {_dropped(trace)}")]
        found.append(
            Shown(task=task, observations=tuple(seen), requests=0 if number else one.requests)
        )
    return found


def _dropped(trace: Trace) -> str | None:
    """Return which request of a trace a gateway, or the network, dropped."""
    lost = (
        exchange
        for exchange in trace
        if (exchange.response is None and not exchange.unsent)
        or (exchange.response and exchange.response.status in TRANSIENT)
    )
    return next((str(exchange) for exchange in lost), None)


def _broke(found: Sequence[Observation]) -> bool:
    return any(isinstance(one, Broken) for one in found)


def _network(shown: Shown) -> bool:
    return any(
        isinstance(one, Unsettled) and one.reason.startswith(NETWORK) for one in shown.observations
    )


def _unsettled(shown: Shown) -> bool:
    return any(isinstance(one, Broken | Unsettled) for one in shown.observations)


def _at_the_door(session: Session, observation: Observation) -> Observation:
    """Return the observation, unless it rests on a refusal by a server that has not let one plain
    request through.
    """
    if (
        isinstance(observation, Broken)
        and not session.at_home
        and not observation.exchanges[-1].succeeded
    ):
        return Unreached(
            "no plain request succeeds there: are the URL, its base path and the parameters right?"
            f" ({observation.exchanges[-1]})"
        )
    return observation


def counted(plan: Plan) -> Counter[str]:
    """Return how many scripts each claim has."""
    return Counter(task.claim for task in plan.tasks)
