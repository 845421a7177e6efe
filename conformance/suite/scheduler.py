"""Executes the scenarios of a plan: concurrently, alone, or again.

Scenarios are grouped into batches: all scenarios with the same setup, or one scenario without a
setup, with all claims that share it. Batches whose scenarios use only items with their own mark are
executed concurrently. Scenarios that need a list without concurrent changes are executed alone. So
are scenarios that failed or did not settle during concurrent execution, so that verdicts do not
depend on the number of workers.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import partial

from conformance.checks.cause import Cause
from conformance.checks.check import evaluate_trace
from conformance.checks.exchange import Trace
from conformance.checks.observation import Disturbed, Failed, Inconclusive, Observation
from conformance.checks.scenario import AnyStep, PagedReadStep, Scenario, Setup
from conformance.protocol import TRANSIENT_STATUSES
from conformance.suite.execution import ExecutionRecord
from conformance.suite.plan import Plan, ScenarioTask
from conformance.suite.session import TargetSession

# executions of a scenario that does not settle, or whose failure must be confirmed
MAX_EXECUTIONS = 6
# that reading a list is estimated as: how many pages it has is known only when it was read
REQUESTS_PER_PAGED_READ = 2
MIN_FAILURES = 2  # executions that must show a failure
# the same for a list that others use: their items may disappear and return between two reads
MIN_FAILURES_ON_SHARED_LIST = 4
MAX_EXECUTIONS_AFTER_NETWORK_FAILURE = 4
# seconds before a list that others change is read again
REPEAT_PAUSES = (0.0, 0.05, 0.2, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioResult:
    """What a scenario showed about one claim after this many `executions`.

    `earlier_failure` is an earlier execution that failed; `failure_count` counts those. `requests`
    and the `seconds` that their exchanges took are counted only for the first of the claims that
    share a scenario. `exchange_ids` are the `id()` of the exchanges in its trace.
    """

    task: ScenarioTask
    observations: tuple[Observation, ...]
    requests: int
    seconds: float = 0.0
    exchange_ids: frozenset[int] = frozenset()
    executions: int = 1
    earlier_failure: ScenarioResult | None = None
    failure_count: int = 0


@dataclass(slots=True, kw_only=True)
class ScenarioBatch:
    """Scenarios that are executed together: those of one setup, or a single one."""

    setup: Setup | None
    task_groups: list[list[ScenarioTask]]
    needs_quiescence: bool
    lazy: bool


def group_tasks_into_batches(plan: Plan) -> list[ScenarioBatch]:
    """Return the batches of a plan, in the order of its tasks."""
    grouped: dict[tuple[object, ...], dict[str, list[ScenarioTask]]] = {}
    for task in plan.tasks:
        lazy = plan.checks[task.claim].lazy
        key = (
            (lazy, task.scenario.setup.name)
            if task.scenario.setup
            else (lazy, None, _build_scenario_key(task.scenario))
        )
        grouped.setdefault(key, {}).setdefault(_build_scenario_key(task.scenario), []).append(task)
    return [
        ScenarioBatch(
            setup=next(iter(tasks_by_scenario.values()))[0].scenario.setup,
            task_groups=list(tasks_by_scenario.values()),
            needs_quiescence=any(
                task.scenario.needs_quiescence
                for tasks in tasks_by_scenario.values()
                for task in tasks
            ),
            lazy=bool(key[0]),
        )
        for key, tasks_by_scenario in grouped.items()
    ]


def estimate_requests_by_task(plan: Plan) -> dict[int, int]:
    """Return how many requests the scenario of each task needs, by the `id()` of the task.

    Of tasks that share a scenario or a setup, the first one counts it. Lists are longer than one
    page: reading one counts as `REQUESTS_PER_PAGED_READ`.
    """
    estimates: dict[int, int] = {}
    for batch in group_tasks_into_batches(plan):
        setup_requests = _count_requests(batch.setup.steps) if batch.setup else 0
        for tasks in batch.task_groups:
            estimates[id(tasks[0])] = setup_requests + _count_requests(tasks[0].scenario.steps)
            setup_requests = 0
    return estimates


def _count_requests(steps: Iterable[AnyStep]) -> int:
    return sum(REQUESTS_PER_PAGED_READ if isinstance(step, PagedReadStep) else 1 for step in steps)


def _build_scenario_key(scenario: Scenario) -> str:
    return repr(
        (
            scenario.setup.name if scenario.setup else None,
            scenario.steps,
            scenario.exclusive,
            scenario.min_items,
            scenario.aliases,
        )
    )


class ScenarioScheduler:
    """Executes a plan with a number of workers.

    `is_decided` returns whether the exchanges of other claims have already decided a claim.
    """

    def __init__(
        self, plan: Plan, session: TargetSession, workers: int, is_decided: Callable[[str], bool]
    ) -> None:
        self.plan, self.workers = plan, workers
        self._session = session
        self._is_decided = is_decided
        self._to_repeat: list[ScenarioResult] = []

    def execute_plan(self) -> Iterator[ScenarioResult]:
        """Yield the result of every scenario for every claim, once it is settled."""
        batches = group_tasks_into_batches(self.plan)
        yield from self._execute_batches_concurrently(
            [batch for batch in batches if not batch.lazy and not batch.needs_quiescence]
        )
        for batch in batches:
            if batch.needs_quiescence and not batch.lazy:
                yield from self._execute_batch_alone(batch)
        yield from self._execute_batches_concurrently(
            [
                undecided
                for batch in batches
                if batch.lazy
                if (undecided := self._drop_tasks_of_decided_claims(batch)).task_groups
            ]
        )
        yield from self._repeat_disturbed_scenarios()

    def _drop_tasks_of_decided_claims(self, batch: ScenarioBatch) -> ScenarioBatch:
        """Return a lazy batch without the claims that other exchanges have decided."""
        task_groups = [
            [task for task in tasks if not self._is_decided(task.claim)]
            for tasks in batch.task_groups
        ]
        return ScenarioBatch(
            setup=batch.setup,
            task_groups=[tasks for tasks in task_groups if tasks],
            needs_quiescence=batch.needs_quiescence,
            lazy=True,
        )

    # Concurrent execution

    def _execute_batches_concurrently(
        self, batches: Sequence[ScenarioBatch]
    ) -> Iterator[ScenarioResult]:
        if self.workers == 1:
            for batch in batches:
                yield from self._execute_batch_alone(batch)
            return
        with ThreadPoolExecutor(self.workers, "conformance") as executor:
            for result in ConcurrentBatchRunner(
                self, executor, deque(batches)
            ).run_and_yield_results():
                if _is_unstable(result):
                    self._to_repeat.append(result)
                else:
                    yield result

    # Execution alone

    def _execute_batch_alone(self, batch: ScenarioBatch) -> Iterator[ScenarioResult]:
        """Yield the results of a batch that is executed alone.

        Scenarios that do not settle are executed again immediately.
        """
        with self._session.create_child_session() as session:
            setup_record = session.execute_setup(batch.setup) if batch.setup else None
            read_only_groups = [
                tasks
                for tasks in batch.task_groups
                if batch.needs_quiescence and self.plan.is_read_only(tasks[0].scenario)
            ]
            for result in self._execute_read_only_scenarios(
                read_only_groups, session, setup_record
            ):
                yield from self._execute_until_settled(result, session, setup_record)
            for tasks in [tasks for tasks in batch.task_groups if tasks not in read_only_groups]:
                for result in execute_shared_scenario(self.plan, tasks, session, setup_record):
                    yield from self._execute_until_settled(result, session, setup_record)
        self._session.created_items.abandoned += session.created_items.abandoned

    def _can_share_setup(self, scenario: Scenario) -> bool:
        return not scenario.aliases and self.plan.is_read_only(scenario)

    def _execute_read_only_scenarios(
        self,
        task_groups: list[list[ScenarioTask]],
        session: TargetSession,
        setup_record: ExecutionRecord | None,
    ) -> list[ScenarioResult]:
        """Return the results of read-only scenarios.

        They may be executed concurrently even where the list must not change.
        """
        if self.workers == 1 or len(task_groups) < 2:
            return [
                result
                for tasks in task_groups
                for result in execute_shared_scenario(self.plan, tasks, session, setup_record)
            ]
        with ThreadPoolExecutor(self.workers, "conformance") as executor:
            return [
                result
                for results in executor.map(
                    lambda tasks: execute_shared_scenario(self.plan, tasks, session, setup_record),
                    task_groups,
                )
                for result in results
            ]

    def _execute_until_settled(
        self, result: ScenarioResult, session: TargetSession, setup_record: ExecutionRecord | None
    ) -> Iterator[ScenarioResult]:
        """Yield the result of a scenario, which is executed again while it does not settle.

        A scenario is executed later with a setup of its own if the network failed, or if another
        scenario may have changed the same setup.
        """
        while _is_unstable(result):
            if _is_network_failure(result) or (
                setup_record is not None and not self._can_share_setup(result.task.scenario)
            ):
                self._to_repeat.append(result)
                return
            repeated = self._execute_scenario_again(result, session, setup_record)
            if isinstance(repeated, ScenarioResult):
                yield repeated
                return
            result = repeated[0]
        yield result

    def _repeat_disturbed_scenarios(self) -> Iterator[ScenarioResult]:
        """Execute scenarios alone and with a new setup that failed or did not settle before.

        Only read-only scenarios share a setup, so that one scenario's side effects cannot fail
        another.
        """
        while self._to_repeat:
            pending: defaultdict[str, list[ScenarioResult]] = defaultdict(list)
            for result in self._to_repeat:
                scenario = result.task.scenario
                pending[
                    scenario.setup.name
                    if scenario.setup and self._can_share_setup(scenario)
                    else _build_scenario_key(scenario)
                ].append(result)
            self._to_repeat = []
            for group in pending.values():
                # wait after writes: a scenario with aliases evaluates the reads of the setup itself
                with self._session.create_child_session(wait_after_writes=True) as session:
                    setup = group[0].task.scenario.setup
                    setup_record = session.execute_setup(setup) if setup else None
                    for result in group:
                        repeated = self._execute_scenario_again(result, session, setup_record)
                        if isinstance(repeated, ScenarioResult):
                            yield repeated
                        else:
                            self._to_repeat += repeated
                self._session.created_items.abandoned += session.created_items.abandoned

    def _execute_scenario_again(
        self, result: ScenarioResult, session: TargetSession, setup_record: ExecutionRecord | None
    ) -> ScenarioResult | list[ScenarioResult]:
        """Execute a scenario again; return the result if it is settled, or else in a list.

        The executions so far are counted in the result. A failure is settled only after several
        failed executions.
        """
        wait_after_writes = session.target.settle_seconds > 0
        counts_as_failure = _has_failed(result.observations) and not (
            wait_after_writes and result.executions == 1
        )
        earlier_failure, failure_count = (
            result.earlier_failure or (result if counts_as_failure else None),
            result.failure_count + counts_as_failure,
        )
        if any(isinstance(observation, Disturbed) for observation in result.observations):
            session.client.sleep(REPEAT_PAUSES[min(result.executions - 1, len(REPEAT_PAUSES) - 1)])
        repeated = execute_shared_scenario(
            self.plan, [result.task], session, setup_record, wait_after_writes=wait_after_writes
        )[0]
        repeated = replace(
            repeated,
            executions=result.executions + 1,
            requests=result.requests + repeated.requests,
            seconds=result.seconds + repeated.seconds,
            earlier_failure=earlier_failure,
            failure_count=failure_count,
        )
        if (
            any(
                isinstance(observation, Failed) and self._is_refused_creation(observation)
                for observation in repeated.observations
            )
            and not session.still_accepts_creations()
        ):
            reason = (
                "the server no longer creates even what it created before: there may be a limit on"
                " how much it holds"
            )
            return replace(repeated, observations=(Inconclusive(reason, Cause.REFUSED),))
        if _has_failed(repeated.observations):
            is_shared_list = result.task.scenario.needs_quiescence and not session.target.exclusive
            return (
                repeated
                if failure_count + 1
                >= (MIN_FAILURES_ON_SHARED_LIST if is_shared_list else MIN_FAILURES)
                else [repeated]
            )
        if _is_unstable(repeated) and repeated.executions < (
            MAX_EXECUTIONS_AFTER_NETWORK_FAILURE
            if _is_network_failure(repeated)
            else MAX_EXECUTIONS
        ):
            return [repeated]
        if earlier_failure:
            message = next(
                observation.message
                for observation in earlier_failure.observations
                if isinstance(observation, Failed)
            )
            return replace(
                repeated,
                observations=(
                    Inconclusive(
                        f"seen once, and not when tried again: {message}", Cause.SEEN_ONCE
                    ),
                ),
            )
        return repeated

    def _is_refused_creation(self, failure: Failed) -> bool:
        last_exchange = failure.exchanges[-1]
        return last_exchange.refused and any(
            last_exchange.call.operation == resource.create
            for resource in self.plan.contract.resources
        )

    # Used by ConcurrentBatchRunner

    def open_session(self) -> TargetSession:
        """Return a new session for one batch."""
        return self._session.create_child_session()

    def close_session(self, session: TargetSession) -> None:
        """Take over the items that the session of a batch could not delete."""
        self._session.created_items.abandoned += session.created_items.abandoned


@dataclass(slots=True, eq=False)
class BatchInProgress:
    """A batch that is being executed, with the session that executes it."""

    batch: ScenarioBatch
    session: TargetSession
    setup_record: ExecutionRecord | None = None
    remaining: int = 0


@dataclass(slots=True)
class ConcurrentBatchRunner:
    """Executes batches concurrently, a few at a time.

    For each batch it creates the setup, executes the scenarios and deletes the created items.
    """

    scheduler: ScenarioScheduler
    executor: Executor
    waiting: deque[ScenarioBatch]
    jobs_by_future: dict[Future[list[ScenarioResult]], BatchInProgress] = field(
        default_factory=dict
    )
    active_jobs: list[BatchInProgress] = field(default_factory=list)

    def run_and_yield_results(self) -> Iterator[ScenarioResult]:
        """Yield the results of the scenarios as they finish."""
        try:
            while self.waiting or self.jobs_by_future:
                while self.waiting and len(self.jobs_by_future) < 2 * self.scheduler.workers:
                    job = BatchInProgress(self.waiting.popleft(), self.scheduler.open_session())
                    self.active_jobs.append(job)
                    self._submit(
                        job, self._execute_single if job.batch.setup is None else self._create_setup
                    )
                done, _ = wait(self.jobs_by_future, return_when=FIRST_COMPLETED)
                for future in done:
                    job = self.jobs_by_future.pop(future)
                    yield from future.result()
                    self._start_next_phase(job)
        finally:
            wait([future for future in self.jobs_by_future if not future.cancel()])
            for job in self.active_jobs:
                job.session.created_items.delete_all_items()
                self.scheduler.close_session(job.session)

    def _submit(
        self, job: BatchInProgress, function: Callable[[BatchInProgress], list[ScenarioResult]]
    ) -> None:
        self.jobs_by_future[self.executor.submit(function, job)] = job

    def _start_next_phase(self, job: BatchInProgress) -> None:
        """Start the next phase of a job when one of its functions has finished."""
        if job.batch.setup is None or job.remaining == -1:
            self.scheduler.close_session(job.session)
            self.active_jobs.remove(job)
        elif job.setup_record is not None and job.remaining == 0:
            job.remaining = len(job.batch.task_groups)
            for tasks in job.batch.task_groups:
                self._submit(job, partial(self._execute_scenario, tasks=tasks))
        else:
            job.remaining -= 1
            if job.remaining == 0:
                job.remaining = -1
                self._submit(job, self._delete_created_items)

    def _execute_single(self, job: BatchInProgress) -> list[ScenarioResult]:
        try:
            return execute_shared_scenario(
                self.scheduler.plan, job.batch.task_groups[0], job.session, None
            )
        finally:
            job.session.created_items.delete_all_items()

    def _create_setup(self, job: BatchInProgress) -> list[ScenarioResult]:
        job.setup_record = job.session.execute_setup(job.batch.setup) if job.batch.setup else None
        return []

    def _execute_scenario(
        self, job: BatchInProgress, tasks: list[ScenarioTask]
    ) -> list[ScenarioResult]:
        return execute_shared_scenario(self.scheduler.plan, tasks, job.session, job.setup_record)

    def _delete_created_items(self, job: BatchInProgress) -> list[ScenarioResult]:
        job.session.created_items.delete_all_items()
        return []


def execute_shared_scenario(
    plan: Plan,
    tasks: list[ScenarioTask],
    session: TargetSession,
    setup_record: ExecutionRecord | None,
    wait_after_writes: bool = False,
) -> list[ScenarioResult]:
    """Execute the scenario that the tasks share, and return its result for each claim.

    Created items are deleted.
    """
    scenario_session = session.create_session_with_same_mark(wait_after_writes)
    try:
        with scenario_session:
            trace = scenario_session.execute_scenario(tasks[0].scenario, setup_record)
    finally:
        session.created_items.abandoned += scenario_session.created_items.abandoned
    results = []
    for index, task in enumerate(tasks):
        observations = [
            _discount_refusal_if_unreachable(session, observation)
            for observation in evaluate_trace(
                plan.checks[task.claim], plan.contexts[task.claim], trace
            )
        ]
        if (
            not any(isinstance(observation, Failed) for observation in observations)
            and _describe_first_dropped_request(trace)
            and any(isinstance(observation, Inconclusive) for observation in observations)
        ):
            observations = [
                Disturbed(
                    f"the network failed: {_describe_first_dropped_request(trace)}", Cause.NO_ANSWER
                )
            ]
        results.append(
            ScenarioResult(
                task=task,
                observations=tuple(observations),
                requests=0 if index else scenario_session.requests,
                seconds=0.0 if index else sum(exchange.elapsed for exchange in trace),
                exchange_ids=frozenset() if index else frozenset(map(id, trace)),
            )
        )
    return results


def _describe_first_dropped_request(trace: Trace) -> str | None:
    """Return the first exchange of a trace that the network or a gateway dropped, or None."""
    dropped = (
        exchange
        for exchange in trace
        if (exchange.response is None and not exchange.unsent)
        or (exchange.response and exchange.response.status in TRANSIENT_STATUSES)
    )
    return next((str(exchange) for exchange in dropped), None)


def _has_failed(observations: Sequence[Observation]) -> bool:
    return any(isinstance(observation, Failed) for observation in observations)


def _is_network_failure(result: ScenarioResult) -> bool:
    return any(
        isinstance(observation, Disturbed) and observation.cause is Cause.NO_ANSWER
        for observation in result.observations
    )


def _is_unstable(result: ScenarioResult) -> bool:
    return any(isinstance(observation, Failed | Disturbed) for observation in result.observations)


def _discount_refusal_if_unreachable(
    session: TargetSession, observation: Observation
) -> Observation:
    """Return the observation, or Inconclusive for a refusal by an unreachable target.

    A refusal means nothing if the target has not let any plain request succeed.
    """
    if (
        isinstance(observation, Failed)
        and not session.reachable
        and not observation.exchanges[-1].succeeded
    ):
        return Inconclusive(
            "no plain request succeeds there: are the URL, its base path and the parameters right?"
            f" ({observation.exchanges[-1]})",
            Cause.REFUSED,
        )
    return observation


def count_scenarios(plan: Plan) -> Counter[str]:
    """Return the number of scenarios of each claim."""
    return Counter(task.claim for task in plan.tasks)
