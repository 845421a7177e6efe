"""Carries out a plan on a target and yields what happens as it happens."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from conformance.checks.check import observe_exchange
from conformance.checks.exchange import Exchange
from conformance.checks.observation import Failed, Inconclusive, Observation, Passed
from conformance.contract.interpretation import Interpretation
from conformance.errors import Problem, TargetError
from conformance.suite import cleanup, fuzzing
from conformance.suite.events import (
    ClaimDecided,
    Event,
    InterpretationDecided,
    Leftover,
    RunFinished,
    RunProgressed,
    RunStarted,
    Verdict,
)
from conformance.suite.ledger import Ledger
from conformance.suite.metrics import TrafficMetrics
from conformance.suite.plan import Plan, Profile, draw_plan
from conformance.suite.scheduler import ScenarioResult, Scheduler, count_scenarios
from conformance.suite.session import Session
from conformance.suite.target import Target
from conformance.suite.target_client import ExchangeHandler, TargetClient, ignore
from conformance.suite.verdict import decide_claim

# exchanges without any answer, from the first one on, after which a target counts as out of reach
MAX_UNANSWERED = 5
MAX_OBSERVATIONS = 3  # observations of one sort that are kept of a claim which hears every answer
# seconds for one answer, and the workers that are worth while below it
WORKERS_BY_LATENCY = ((0.003, 1), (0.015, 4), (0.04, 8))
MAX_WORKERS = 16


class _ExchangeObserver:
    """Hears every exchange on behalf of the claims that judge all answers of an operation."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.observations: defaultdict[str, list[Observation]] = defaultdict(list)
        self.passed_counts: Counter[str] = Counter()
        self.reexecuted: set[str] = set()
        self.answer_count = 0
        self.unanswered_count = 0
        self.fastest_answer = float("inf")
        self._lock = threading.Lock()
        self._claims_by_operation: defaultdict[str, list[str]] = defaultdict(list)
        for claim_id, check in plan.checks.items():
            if check.observe is not None:
                self._claims_by_operation[plan.contexts[claim_id].claim.operation].append(claim_id)

    def has_decided(self, claim: str) -> bool:
        """Tell whether what was heard is enough for a verdict: something held, or two answers that
        broke it.
        """
        failures = [
            observation
            for observation in self.observations[claim]
            if isinstance(observation, Failed)
        ]
        if len(failures) == 1:
            # its script is played now, which is the second look that a breach needs
            self.reexecuted.add(claim)
        return len(failures) > 1 or (
            not failures
            and any(isinstance(observation, Passed) for observation in self.observations[claim])
        )

    def needs_confirmation(self, exchange: Exchange) -> bool:
        """Tell whether an exchange broke a claim of which no other breach was seen: it is to be
        seen once more.
        """
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

    def observe_fuzzed(self, exchange: Exchange) -> None:
        """Judge an exchange of which the request was made up."""
        self.observe(
            exchange,
            [
                claim_id
                for claim_id in self._claims_by_operation[exchange.call.operation]
                if self.plan.checks[claim_id].response_only
            ],
        )

    def observe(self, exchange: Exchange, claim_ids: Sequence[str] | None = None) -> None:
        """Judge one exchange for all claims that hear its operation, or for some; raises
        TargetError while the target has not answered at all.
        """
        if exchange.response is None and not exchange.unsent:
            with self._lock:
                self.unanswered_count += 1
                if self.answer_count == 0 and (
                    self.unanswered_count >= MAX_UNANSWERED
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
                    self._keep_observation(claim_id, observation)

    def _keep_observation(self, claim_id: str, observation: Observation) -> None:
        """Keep an observation, unless enough of its sort are kept: a run hears thousands of
        answers, each of them with its body.
        """
        self.passed_counts[claim_id] += isinstance(observation, Passed)
        if (
            sum(type(previous) is type(observation) for previous in self.observations[claim_id])
            < MAX_OBSERVATIONS
        ):
            self.observations[claim_id].append(observation)


def run(
    plan: Plan,
    target: Target,
    interpretations: Sequence[Interpretation] = (),
    recorder: ExchangeHandler = ignore,
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
        metrics.record(exchange)
        recorder(exchange)

    summary: Counter[Verdict] = Counter()
    observer = _ExchangeObserver(plan)
    client = TargetClient(
        plan.contract, target, ledger=ledger, recorder=record_exchange, sleep=sleep, clock=clock
    )
    outcome = cleanup.CleanupOutcome()
    try:
        with Session(plan.contract, target, on_exchange=observer.observe, client=client) as session:
            client.ledger.begin_run(session.mark)
            session.probe()
            workers = workers or _choose_worker_count(observer.fastest_answer, target)
            client.set_concurrency(workers)
            try:
                for event in _execute_plan(plan, session, workers, observer):
                    if isinstance(event, ClaimDecided):
                        summary[event.verdict] += 1
                    yield event
                session.created_items.delete_all()
                yield from _decide_interpretations(interpretations, plan.seed, session, workers)
            finally:
                session.created_items.delete_all()
                outcome = cleanup.clean_up_run(session)
    finally:
        client.close()
        client.ledger.close()
    leftovers = tuple(
        Leftover(
            resource=leftover.resource,
            identity=leftover.identity,
            name=leftover.name,
            reason=leftover.reason,
        )
        for leftover in outcome.leftovers
    )
    stop_reason = client.budget.down_reason or client.budget.exhausted_reason
    duration = time.time() - started_at
    yield RunFinished(
        summary={verdict: summary[verdict] for verdict in Verdict},
        requests=client.budget.requests,
        duration=duration,
        leftovers=leftovers,
        incomplete_lists=tuple(outcome.incomplete_lists),
        stop_reason=stop_reason,
        target_down=client.budget.down_reason is not None,
        workers=workers,
        metrics=metrics.summarize_operations(),
    )


def _choose_worker_count(fastest_answer: float, target: Target) -> int:
    """Return how many workers a target is worth that answered its first requests in `fastest`
    seconds; one for a target in this process.
    """
    if target.transport is not None:
        return 1
    return next(
        (workers for latency, workers in WORKERS_BY_LATENCY if fastest_answer < latency),
        MAX_WORKERS,
    )


def _execute_plan(
    plan: Plan, session: Session, workers: int, observer: _ExchangeObserver
) -> Iterator[RunProgressed | ClaimDecided]:
    """Carry out every script; decide each claim with its last one, but those that hear others'
    exchanges at the end.
    """
    observations: defaultdict[str, list[Observation]] = defaultdict(list)
    request_counts: Counter[str] = Counter()
    remaining = count_scenarios(plan)
    decided: set[str] = set()
    for completed, result in enumerate(
        Scheduler(plan, session, workers, observer.has_decided).execute_plan(), start=1
    ):
        claim = result.task.claim
        observations[claim] += result.observations
        request_counts[claim] += result.requests
        remaining[claim] -= 1
        yield RunProgressed(
            scenarios=completed, requests=session.client.budget.requests, claim=claim
        )
        if not remaining[claim] and plan.checks[claim].observe is None:
            decided.add(claim)
            yield decide_claim(
                plan.contexts[claim].claim, observations[claim], request_counts[claim]
            )
    if plan.profile is Profile.DEEP and any(check.response_only for check in plan.checks.values()):
        with session.child(observer.observe_fuzzed) as fuzzing_session:
            fuzzing.fuzz(plan.contract, fuzzing_session, plan.seed, observer.needs_confirmation)
        session.created_items.abandoned += fuzzing_session.created_items.abandoned
    _confirm_single_failures(plan, session, observer)
    for claim_id, context in plan.contexts.items():
        if claim_id not in decided:
            reasons = (
                [Inconclusive(plan.skip_reasons[claim_id])] if claim_id in plan.skip_reasons else []
            )
            decision = decide_claim(
                context.claim,
                [*observations[claim_id], *observer.observations[claim_id], *reasons],
                request_counts[claim_id],
                require_two_answers=True,
            )
            unkept_passes = observer.passed_counts[claim_id] - sum(
                isinstance(observation, Passed) for observation in observer.observations[claim_id]
            )
            yield replace(decision, examples=decision.examples + unkept_passes)


def _confirm_single_failures(plan: Plan, session: Session, observer: _ExchangeObserver) -> None:
    """Play once more the scripts of claims that a single answer of the whole run broke."""
    for task in plan.tasks:
        failures = [
            observation
            for observation in observer.observations[task.claim]
            if isinstance(observation, Failed)
        ]
        if len(failures) == 1 and task.claim not in observer.reexecuted:
            with session.child() as child_session:
                child_session.execute(
                    task.scenario,
                    child_session.set_up(task.scenario.setup) if task.scenario.setup else None,
                )
            session.created_items.abandoned += child_session.created_items.abandoned


def _decide_interpretations(
    interpretations: Sequence[Interpretation], seed: str, session: Session, workers: int
) -> Iterator[InterpretationDecided]:
    """Yield of each reading whether the server follows it; once it follows one of a passage,
    nothing is sent for the others.
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
    interpretation: Interpretation, seed: str, session: Session, workers: int
) -> InterpretationDecided:
    """Return whether the server behaves as a reading has it: as all the claims say that show it."""
    claims = [
        claim
        for claim in interpretation.contract.claims
        if claim.id in interpretation.deciding_claims
    ]
    plan = draw_plan(interpretation.contract, seed, only=claims)
    observer = _ExchangeObserver(plan)
    observer.answer_count = 1  # the target has answered before
    with session.with_contract(interpretation.contract, observer.observe) as child_session:
        decided = {
            event.claim.id: event
            for event in _execute_plan(plan, child_session, workers, observer)
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
    """Return that a server does not follow a reading, since it follows another of the same passage:
    meanings of one passage exclude each other.
    """
    return InterpretationDecided(
        interpretation=interpretation,
        followed=False,
        reason=f"the server follows another reading: {followed.interpretation.meaning}",
        evidence=followed.evidence,
    )


__all__ = ["ScenarioResult", "run"]
