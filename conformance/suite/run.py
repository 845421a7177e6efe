"""Executes a plan on a target and yields events as they happen."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from conformance.checks.cause import Cause
from conformance.checks.check import observe_exchange
from conformance.checks.exchange import Exchange
from conformance.checks.observation import Failed, Inconclusive, Observation, Passed
from conformance.contract.interpretation import Interpretation
from conformance.errors import Problem, TargetUnreachableError
from conformance.suite import cleanup, fuzzing
from conformance.suite.budget import Interruption
from conformance.suite.events import (
    ClaimDecided,
    Event,
    InterpretationDecided,
    LeftoverItem,
    RunFinished,
    RunProgressed,
    RunStarted,
    Verdict,
)
from conformance.suite.ledger import Ledger
from conformance.suite.metrics import TrafficMetrics
from conformance.suite.plan import Plan, RunProfile, ScenarioTask, generate_plan
from conformance.suite.scheduler import (
    ScenarioResult,
    ScenarioScheduler,
    count_scenarios,
    estimate_requests_by_task,
)
from conformance.suite.session import TargetSession
from conformance.suite.target import Target
from conformance.suite.target_client import ExchangeHandler, TargetClient, ignore, is_not_connected
from conformance.suite.verdict import decide_claim

# initial exchanges without a response, after which the target counts as unreachable
MAX_INITIAL_UNANSWERED = 2
# observations of each type that are kept for a claim that observes all responses
MAX_OBSERVATIONS = 3
# upper bound of the response time in seconds, and the number of workers below it
WORKERS_BY_LATENCY = ((0.003, 1), (0.015, 4), (0.04, 8))
MAX_WORKERS = 16


class _ExchangeObserver:
    """Observes every exchange for the claims that evaluate all responses of an operation."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.observations: defaultdict[str, list[Observation]] = defaultdict(list)
        self.passed_counts: Counter[str] = Counter()
        self._origins: dict[int, ScenarioTask] = {}
        self.answer_count = 0
        self.unanswered_count = 0
        self.fastest_answer = float("inf")
        self._lock = threading.Lock()
        self._claims_by_operation: defaultdict[str, list[str]] = defaultdict(list)
        for claim_id, check in plan.checks.items():
            if check.observe is not None:
                self._claims_by_operation[plan.contexts[claim_id].claim.operation].append(claim_id)

    def has_decided_claim(self, claim: str) -> bool:
        """Return whether the exchanges so far decide a claim.

        They do if an observation passed and none failed, or if two observations failed.
        """
        failures = [
            observation
            for observation in self.observations[claim]
            if isinstance(observation, Failed)
        ]
        return len(failures) > 1 or (
            not failures
            and any(isinstance(observation, Passed) for observation in self.observations[claim])
        )

    def record_origins(self, result: ScenarioResult) -> None:
        """Record which scenario sent the exchanges that a claim saw fail."""
        with self._lock:
            failed_ids = {
                id(observation.exchanges[-1])
                for observations in self.observations.values()
                for observation in observations
                if isinstance(observation, Failed)
            }
            for exchange_id in failed_ids & result.exchange_ids:
                self._origins.setdefault(exchange_id, result.task)

    def list_single_failures(self) -> list[tuple[str, ScenarioTask | None]]:
        """Return the claims that failed in one response only, each with the scenario that saw it.

        The scenario is None if no scenario of the plan sent the request.
        """
        single = []
        for claim, observations in self.observations.items():
            exchange_ids = {
                id(observation.exchanges[-1])
                for observation in observations
                if isinstance(observation, Failed)
            }
            if len(exchange_ids) == 1:
                single.append((claim, self._origins.get(exchange_ids.pop())))
        return single

    def needs_confirmation(self, exchange: Exchange) -> bool:
        """Return whether an exchange must be repeated, because it is a claim's only failure."""
        failures_by_claim = (
            [
                observation
                for observation in self.observations[claim_id]
                if isinstance(observation, Failed)
            ]
            for claim_id in self._claims_by_operation[exchange.call.operation]
        )
        return any(
            len(failures) == 1 and failures[0].exchanges[-1] is exchange
            for failures in failures_by_claim
        )

    def evaluate_fuzzed_exchange(self, exchange: Exchange) -> None:
        """Evaluate an exchange whose request was generated by the fuzzer."""
        self.evaluate_exchange(
            exchange,
            [
                claim_id
                for claim_id in self._claims_by_operation[exchange.call.operation]
                if self.plan.checks[claim_id].response_only
            ],
        )

    def evaluate_exchange(self, exchange: Exchange, claim_ids: Sequence[str] | None = None) -> None:
        """Evaluate an exchange for all claims that observe its operation, or for `claim_ids`.

        Raises TargetUnreachableError if the target has not responded at all.
        """
        if exchange.response is None and not exchange.unsent:
            with self._lock:
                self.unanswered_count += 1
                if self.answer_count == 0 and (
                    self.unanswered_count >= MAX_INITIAL_UNANSWERED or is_not_connected(exchange)
                ):
                    message = f"no answer from {exchange.request.url}: {exchange.failure}"
                    raise TargetUnreachableError(
                        Problem(
                            message=message,
                            hint="is the server running, and is --url its base URL?",
                        )
                    )
            return
        results = [
            (
                claim_id,
                observe_exchange(
                    self.plan.checks[claim_id], self.plan.contexts[claim_id], exchange
                ),
            )
            for claim_id in (
                self._claims_by_operation[exchange.call.operation]
                if claim_ids is None
                else claim_ids
            )
        ]
        with self._lock:
            if not exchange.unsent:
                self.answer_count += 1
                self.fastest_answer = min(self.fastest_answer, exchange.elapsed)
            for claim_id, observations in results:
                for observation in observations:
                    self._keep_observation_within_limit(claim_id, observation)

    def _keep_observation_within_limit(self, claim_id: str, observation: Observation) -> None:
        """Keep an observation, unless enough of its type are kept.

        A run observes thousands of responses with their bodies, which would fill the memory.
        """
        self.passed_counts[claim_id] += isinstance(observation, Passed)
        if (
            sum(type(previous) is type(observation) for previous in self.observations[claim_id])
            < MAX_OBSERVATIONS
        ):
            self.observations[claim_id].append(observation)


def run_plan(
    plan: Plan,
    target: Target,
    interpretations: Sequence[Interpretation] = (),
    recorder: ExchangeHandler = ignore,
    *,
    workers: int | None = None,
    ledger: Ledger | None = None,
    interruption: Interruption | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Event]:
    """Execute a plan and yield its events.

    The events are RunStarted, then RunProgressed and ClaimDecided as they occur,
    InterpretationDecided for each of `interpretations`, and RunFinished.

    Up to `workers` scenarios are executed at once (None: chosen by the target's latency); verdicts
    do not depend on it. Items are recorded in `ledger` before they are created, and are deleted at
    the end, even if the consumer stops early. `recorder` is called with every exchange, including
    retries and deletions. An `interruption` ends the run early: what was decided is decided. Raises
    TargetUnreachableError if the target does not respond at all.
    """
    started_at = time.time()
    yield RunStarted(
        contract=plan.contract,
        target=target,
        seed=plan.seed,
        claims=len(plan.contexts),
        scenarios=len(plan.tasks),
        started_at=started_at,
        profile=str(plan.profile),
    )
    metrics = TrafficMetrics()

    def record_exchange(exchange: Exchange) -> None:
        metrics.record_exchange(exchange)
        recorder(exchange)

    summary: Counter[Verdict] = Counter()
    observer = _ExchangeObserver(plan)
    client = TargetClient(
        plan.contract, target, ledger=ledger, recorder=record_exchange, sleep=sleep, clock=clock
    )
    if interruption is not None:
        interruption.attach(client.budget)
    outcome = cleanup.RunCleanupResult()
    try:
        with TargetSession(
            plan.contract, target, on_exchange=observer.evaluate_exchange, client=client
        ) as session:
            client.ledger.lock_run(session.mark)
            session.probe_plain_requests()
            workers = workers or _choose_worker_count(observer.fastest_answer, target)
            client.set_concurrency(workers)
            try:
                events: Iterator[RunProgressed | ClaimDecided] = (
                    _execute_plan_and_decide_claims(plan, session, workers, observer)
                    if session.reachable
                    else _leave_undecided(plan, client.state.probe_failure)
                )
                need_writing = plan.list_claims_that_need_writing() if target.read_only else ()
                for event in events:
                    if isinstance(event, ClaimDecided):
                        summary[event.verdict] += 1
                        if event.verdict is Verdict.UNDECIDED and event.claim.id in need_writing:
                            yield replace(event, needs_writing=True)
                            continue
                    yield event
                session.created_items.delete_all_items()
                if session.reachable:
                    yield from _decide_interpretations(interpretations, plan.seed, session, workers)
            finally:
                session.created_items.delete_all_items()
                outcome = cleanup.clean_up_run(session)
    finally:
        client.close()
        client.ledger.close()
    leftovers = tuple(
        LeftoverItem(
            resource=leftover.resource,
            identity=leftover.identity,
            name=leftover.name,
            reason=leftover.reason,
        )
        for leftover in outcome.leftovers
    )
    stop_reason = (
        client.budget.down_reason or client.state.probe_failure or client.budget.exhausted_reason
    )
    duration = time.time() - started_at
    yield RunFinished(
        summary={verdict: summary[verdict] for verdict in Verdict},
        requests=client.budget.requests,
        duration=duration,
        leftovers=leftovers,
        incomplete_lists=tuple(outcome.incomplete_lists),
        stop_reason=stop_reason,
        target_down=client.budget.down_reason is not None or not client.state.reachable,
        workers=workers,
        metrics=metrics.get_operation_metrics(),
    )


def _leave_undecided(plan: Plan, reason: str) -> Iterator[ClaimDecided]:
    """Yield the decision that no claim can be decided, with the reason."""
    for context in plan.contexts.values():
        yield decide_claim(context.claim, [Inconclusive(reason, Cause.REFUSED)], 0)


def _choose_worker_count(fastest_answer: float, target: Target) -> int:
    """Return the number of workers for a target; one if it runs in this process.

    `fastest_answer` is its fastest response time in seconds.
    """
    if target.transport is not None:
        return 1
    return next(
        (workers for latency, workers in WORKERS_BY_LATENCY if fastest_answer < latency),
        MAX_WORKERS,
    )


def _execute_plan_and_decide_claims(
    plan: Plan, session: TargetSession, workers: int, observer: _ExchangeObserver
) -> Iterator[RunProgressed | ClaimDecided]:
    """Execute all scenarios and decide all claims.

    A claim is decided after its last scenario, but a claim that observes all responses only at the
    end.
    """
    observations: defaultdict[str, list[Observation]] = defaultdict(list)
    request_counts: Counter[str] = Counter()
    seconds: defaultdict[str, float] = defaultdict(float)
    remaining = count_scenarios(plan)
    estimates, finished_requests = estimate_requests_by_task(plan), 0
    expected_requests = max(1, sum(estimates.values()))
    decided: set[str] = set()
    for completed, result in enumerate(
        ScenarioScheduler(plan, session, workers, observer.has_decided_claim).execute_plan(),
        start=1,
    ):
        observer.record_origins(result)
        claim = result.task.claim
        observations[claim] += result.observations
        request_counts[claim] += result.requests
        seconds[claim] += result.seconds
        remaining[claim] -= 1
        finished_requests += estimates.get(id(result.task), 0)
        yield RunProgressed(
            scenarios=completed,
            requests=session.client.budget.requests,
            claim=claim,
            share=min(1.0, finished_requests / expected_requests),
        )
        if not remaining[claim] and plan.checks[claim].observe is None:
            decided.add(claim)
            yield decide_claim(
                plan.contexts[claim].claim,
                observations[claim],
                request_counts[claim],
                seconds[claim],
            )
    if plan.profile is RunProfile.DEEP and any(
        check.response_only for check in plan.checks.values()
    ):
        with session.create_child_session(observer.evaluate_fuzzed_exchange) as fuzzing_session:
            fuzzing.fuzz_target(
                plan.contract, fuzzing_session, plan.seed, observer.needs_confirmation
            )
        session.created_items.abandoned += fuzzing_session.created_items.abandoned
    _reexecute_single_failures(plan, session, observer)
    for claim_id, context in plan.contexts.items():
        if claim_id not in decided:
            reasons = [plan.skip_reasons[claim_id]] if claim_id in plan.skip_reasons else []
            decision = decide_claim(
                context.claim,
                [*observations[claim_id], *observer.observations[claim_id], *reasons],
                request_counts[claim_id],
                seconds[claim_id],
                require_two_answers=True,
            )
            unkept_passes = observer.passed_counts[claim_id] - sum(
                isinstance(observation, Passed) for observation in observer.observations[claim_id]
            )
            yield replace(decision, examples=decision.examples + unkept_passes)


def _reexecute_single_failures(
    plan: Plan, session: TargetSession, observer: _ExchangeObserver
) -> None:
    """Execute the scenarios again whose responses showed the only failure of a claim.

    They send the same operations and the same drawn values; only marks and ids differ.
    """
    tasks_by_claim = {task.claim: task for task in reversed(plan.tasks)}
    for claim, origin in observer.list_single_failures():
        task = origin or tasks_by_claim.get(claim)
        if task is None:
            continue
        with session.create_child_session() as child_session:
            setup = task.scenario.setup
            child_session.execute_scenario(
                task.scenario, child_session.execute_setup(setup) if setup else None
            )
        session.created_items.abandoned += child_session.created_items.abandoned


def _decide_interpretations(
    interpretations: Sequence[Interpretation], seed: str, session: TargetSession, workers: int
) -> Iterator[InterpretationDecided]:
    """Yield for each interpretation whether the server follows it.

    If the server follows one interpretation of an ambiguity, no requests are sent for the others.
    """
    followed: dict[str, InterpretationDecided] = {}
    for interpretation in interpretations:
        decided = (
            _exclude_interpretation(interpretation, followed[interpretation.ambiguity])
            if interpretation.ambiguity in followed
            else _decide_interpretation(interpretation, seed, session, workers)
        )
        if decided.followed:
            followed[interpretation.ambiguity] = decided
        yield decided


def _decide_interpretation(
    interpretation: Interpretation, seed: str, session: TargetSession, workers: int
) -> InterpretationDecided:
    """Return whether the server follows an interpretation.

    It does if all deciding claims of the interpretation are verified.
    """
    claims = [
        claim
        for claim in interpretation.contract.claims
        if claim.id in interpretation.deciding_claims
    ]
    plan = generate_plan(interpretation.contract, seed, only=claims)
    observer = _ExchangeObserver(plan)
    observer.answer_count = 1  # the target has answered before
    with session.with_contract(
        interpretation.contract, observer.evaluate_exchange
    ) as child_session:
        decided = {
            event.claim.id: event
            for event in _execute_plan_and_decide_claims(plan, child_session, workers, observer)
            if isinstance(event, ClaimDecided)
        }
    session.created_items.abandoned += child_session.created_items.abandoned
    decisions: list[ClaimDecided] = [decided[claim.id] for claim in claims]
    violation = next(
        (decision for decision in decisions if decision.verdict is Verdict.VIOLATED), None
    )
    if violation is not None:
        return InterpretationDecided(
            interpretation=interpretation,
            followed=False,
            reason=violation.findings[0].message,
            evidence=violation.evidence,
        )
    undecided = next(
        (decision for decision in decisions if decision.verdict is not Verdict.VERIFIED), None
    )
    if undecided is not None:
        return InterpretationDecided(
            interpretation=interpretation, followed=None, reason=undecided.reason, evidence=None
        )
    return InterpretationDecided(
        interpretation=interpretation, followed=True, reason=None, evidence=decisions[0].evidence
    )


def _exclude_interpretation(
    interpretation: Interpretation, followed: InterpretationDecided
) -> InterpretationDecided:
    """Return that the server does not follow an interpretation, as it follows another one.

    The interpretations of one ambiguity exclude each other.
    """
    return InterpretationDecided(
        interpretation=interpretation,
        followed=False,
        reason=f"the server follows another interpretation: {followed.interpretation.meaning}",
        evidence=followed.evidence,
    )


__all__ = ["ScenarioResult", "run_plan"]
