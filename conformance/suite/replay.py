"""Replays a finding: executes the scenarios that showed it again, with new items."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.checks.check import evaluate_trace, observe_exchange
from conformance.checks.exchange import Exchange
from conformance.checks.observation import Disturbed, Failed, Inconclusive, Observation, Passed
from conformance.errors import Problem, TargetUnreachableError
from conformance.suite import cleanup
from conformance.suite.cleanup import ItemCleanupResult
from conformance.suite.ledger import Ledger
from conformance.suite.plan import Plan, ScenarioTask
from conformance.suite.session import TargetSession
from conformance.suite.target import Target
from conformance.suite.target_client import ExchangeHandler, TargetClient, ignore

MAX_SCENARIOS = 8  # scenarios to execute before a finding counts as not reproduced


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisiveStep:
    """The exchange that decided a finding: the step of its scenario, and the operation."""

    step: str
    operation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayResult:
    """The result of a replay.

    `reproduced` is True if the finding shows again, False if the claim was seen to hold, and None
    if neither; `message` says why. `exchanges` are those of the last scenario, `evidence` the
    decisive ones among them.
    """

    reproduced: bool | None
    message: str
    exchanges: tuple[Exchange, ...]
    evidence: tuple[Exchange, ...]


def replay_finding(
    plan: Plan,
    target: Target,
    claim: str,
    decisive_step: DecisiveStep,
    recorder: ExchangeHandler = ignore,
    ledger: Ledger | None = None,
    leftovers: list[ItemCleanupResult] | None = None,
) -> ReplayResult:
    """Execute the scenarios of a claim until its finding shows again.

    `plan` is the plan of the whole run, with the same seed and profile, because a claim that
    observes all responses may be shown by the scenarios of other claims. Created items are deleted;
    those that remain are added to `leftovers`. Raises TargetUnreachableError if nothing responds,
    and ValueError if the plan does not have the claim.
    """
    if claim not in plan.contexts:
        raise ValueError(claim)
    client = TargetClient(plan.contract, target, ledger=ledger, recorder=recorder)
    leftovers = leftovers if leftovers is not None else []
    try:
        with TargetSession(plan.contract, target, client=client) as session:
            client.ledger.lock_run(session.mark)
            try:
                return _replay_until_reproduced(plan, claim, decisive_step, session)
            finally:
                session.created_items.delete_all_items()
                outcome = cleanup.clean_up_run(session)
                leftovers.extend(outcome.leftovers)
    finally:
        client.close()
        client.ledger.close()


def _replay_until_reproduced(
    plan: Plan, claim: str, decisive_step: DecisiveStep, session: TargetSession
) -> ReplayResult:
    result = ReplayResult(
        reproduced=None,
        message=plan.skip_reasons[claim].reason
        if claim in plan.skip_reasons
        else "no script of this contract asks what the finding asked",
        exchanges=(),
        evidence=(),
    )
    unreachable = _probe(session)
    if unreachable is not None:
        return unreachable
    not_reproduced: ReplayResult | None = None
    for task in find_tasks_to_replay(plan, claim, decisive_step)[:MAX_SCENARIOS]:
        result = _replay_scenario_task(plan, claim, task, session)
        if result.reproduced:
            return result
        not_reproduced = not_reproduced or (result if result.reproduced is False else None)
    return not_reproduced or result


def find_tasks_to_replay(plan: Plan, claim: str, decisive_step: DecisiveStep) -> list[ScenarioTask]:
    """Return the tasks that may show a finding.

    Tasks with the decisive step come first, then the other tasks of the claim.
    """
    tasks = [task for task in plan.tasks if task.claim == claim]
    if plan.checks[claim].observe is not None:
        tasks += [
            task
            for task in plan.tasks
            if task.claim != claim and _contains_step(task, decisive_step)
        ]
    return sorted(tasks, key=lambda task: not _contains_step(task, decisive_step))


def _contains_step(task: ScenarioTask, decisive_step: DecisiveStep) -> bool:
    steps = [*task.scenario.steps, *(task.scenario.setup.steps if task.scenario.setup else ())]
    return any(
        step.name == decisive_step.step and step.call.operation == decisive_step.operation
        for step in steps
    )


def _replay_scenario_task(
    plan: Plan, claim: str, task: ScenarioTask, run_session: TargetSession
) -> ReplayResult:
    check, context = plan.checks[claim], plan.contexts[claim]
    exchanges: list[Exchange] = []
    with run_session.create_child_session(exchanges.append) as session:
        trace = session.execute_scenario(
            task.scenario,
            session.execute_setup(task.scenario.setup) if task.scenario.setup else None,
        )
        observations: list[Observation] = (
            list(evaluate_trace(check, context, trace)) if task.claim == claim else []
        )
        observations += [
            observation
            for exchange in exchanges
            for observation in observe_exchange(check, context, exchange)
        ]
    return _build_replay_result(observations, tuple(exchanges))


def _probe(run_session: TargetSession) -> ReplayResult | None:
    """Return why no plain request succeeds, or None if one does.

    Raises TargetUnreachableError if nothing responds.
    """
    exchanges: list[Exchange] = []
    with run_session.create_child_session(exchanges.append) as session:
        session.probe_plain_requests()
        _require_response(exchanges)
        if session.reachable:
            return None
        message = session.client.state.probe_failure
    return ReplayResult(reproduced=None, message=message, exchanges=tuple(exchanges), evidence=())


def _require_response(exchanges: list[Exchange]) -> None:
    if exchanges and all(exchange.response is None for exchange in exchanges):
        message = f"no answer from {exchanges[-1].request.url}: {exchanges[-1].failure}"
        raise TargetUnreachableError(
            Problem(message=message, hint="is the server running, and is --url its base URL?")
        )


def _build_replay_result(
    observations: list[Observation], sent_exchanges: tuple[Exchange, ...]
) -> ReplayResult:
    for observation in observations:
        if isinstance(observation, Failed):
            return ReplayResult(
                reproduced=True,
                message=observation.message,
                exchanges=sent_exchanges,
                evidence=observation.exchanges,
            )
    for observation in observations:
        if isinstance(observation, Passed):
            return ReplayResult(
                reproduced=False,
                message="the promise was kept this time",
                exchanges=sent_exchanges,
                evidence=(observation.exchange,),
            )
    reason = next(
        (
            observation.reason
            for observation in observations
            if isinstance(observation, Inconclusive | Disturbed)
        ),
        "nothing that happened showed it",
    )
    return ReplayResult(reproduced=None, message=reason, exchanges=sent_exchanges, evidence=())
