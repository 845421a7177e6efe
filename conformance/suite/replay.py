"""A finding once more: the scripts that showed it are played again on a target, with things made
anew, and judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.checks.check import judged, watched
from conformance.checks.exchange import Exchange
from conformance.checks.observation import Broken, Held, Observation, Unreached, Unsettled
from conformance.errors import Problem, TargetError
from conformance.suite import cleaning
from conformance.suite.cleaning import Cleaned
from conformance.suite.ledger import Ledger
from conformance.suite.line import Heard, Line, unheard
from conformance.suite.plan import Plan, Task
from conformance.suite.session import Session
from conformance.suite.target import Target

MOST = 8  # scripts that are played before a finding counts as gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """The exchange by which a finding was told: the step of its script, and the operation."""

    step: str
    operation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came of it: `shows` is True (it shows again), False (the promise was seen kept) or None
    (neither, and `message` says why).

    `exchanges` are those of the last script, `evidence` the telling ones among them.
    """

    shows: bool | None
    message: str
    exchanges: tuple[Exchange, ...]
    evidence: tuple[Exchange, ...]


def replay(
    plan: Plan,
    target: Target,
    claim: str,
    telling: Telling,
    tap: Heard = unheard,
    ledger: Ledger | None = None,
    left: list[Cleaned] | None = None,
) -> Replayed:
    """Play a claim's scripts, drawn as they were, until its finding shows again; what they create
    is deleted, and `left` gets what remains.

    `plan` is that of the whole run, of the same seed and profile: a claim that hears every answer
    is shown by the scripts of others. Raises TargetError when nothing answers, ValueError for a
    claim that the plan does not have.
    """
    if claim not in plan.settings:
        raise ValueError(claim)
    line = Line(plan.contract, target, ledger=ledger, tap=tap)
    left = left if left is not None else []
    try:
        with Session(plan.contract, target, line=line) as session:
            line.ledger.open(session.mark)
            try:
                return _tried(plan, claim, telling, session)
            finally:
                session.things.remove()
                outcome = cleaning.last_look(session)
                left.extend(outcome.left)
    finally:
        line.close()
        line.ledger.close()


def _tried(plan: Plan, claim: str, telling: Telling, session: Session) -> Replayed:
    last = Replayed(
        shows=None,
        message=plan.reasons.get(claim, "no script of this contract asks what the finding asked"),
        exchanges=(),
        evidence=(),
    )
    held: Replayed | None = None
    for task in candidates(plan, claim, telling)[:MOST]:
        last = _played(plan, claim, task, session)
        if last.shows:
            return last
        held = held or (last if last.shows is False else None)
    return held or last


def candidates(plan: Plan, claim: str, telling: Telling) -> list[Task]:
    """Return the tasks that may show a finding: those with the telling step first, then the claim's
    others.
    """
    own = [task for task in plan.tasks if task.claim == claim]
    if plan.checks[claim].watch is not None:
        own += [task for task in plan.tasks if task.claim != claim and _tells(task, telling)]
    return sorted(own, key=lambda task: not _tells(task, telling))


def _tells(task: Task, telling: Telling) -> bool:
    moves = [*task.script.steps, *(task.script.stage.steps if task.script.stage else ())]
    return any(
        move.name == telling.step and move.call.operation == telling.operation for move in moves
    )


def _played(plan: Plan, claim: str, task: Task, run: Session) -> Replayed:
    check, setting = plan.checks[claim], plan.settings[claim]
    heard: list[Exchange] = []
    with run.another(heard.append) as session:
        session.greet()
        _reached(heard)
        began = len(heard)
        trace = session.play(
            task.script, session.set(task.script.stage) if task.script.stage else None
        )
        sent = heard[began:]
        found: list[Observation] = (
            list(judged(check, setting, trace)) if task.claim == claim else []
        )
        found += [one for exchange in sent for one in watched(check, setting, exchange)]
        at_home = session.at_home
    return _outcome(list(_fair(found, at_home)), tuple(sent))


def _reached(heard: list[Exchange]) -> None:
    if heard and all(exchange.response is None for exchange in heard):
        message = f"no answer from {heard[-1].request.url}: {heard[-1].failure}"
        raise TargetError(
            Problem(message=message, hint="is the server running, and is --url its base URL?")
        )


def _fair(found: list[Observation], at_home: bool) -> Iterator[Observation]:
    for one in found:
        if isinstance(one, Broken) and not at_home and not one.exchanges[-1].succeeded:
            yield Unreached(
                "no plain request succeeds there: are the URL, the token and the parameters right?"
            )
        else:
            yield one


def _outcome(found: list[Observation], sent: tuple[Exchange, ...]) -> Replayed:
    for one in found:
        if isinstance(one, Broken):
            return Replayed(shows=True, message=one.message, exchanges=sent, evidence=one.exchanges)
    for one in found:
        if isinstance(one, Held):
            return Replayed(
                shows=False,
                message="the promise was kept this time",
                exchanges=sent,
                evidence=(one.exchange,),
            )
    reason = next(
        (one.reason for one in found if isinstance(one, Unreached | Unsettled)),
        "nothing that happened showed it",
    )
    return Replayed(shows=None, message=reason, exchanges=sent, evidence=())
