"""The plan of a run: the scenarios of all claims, drawn before the first request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from conformance.checks.check import Check, CheckContext, plan_scenarios
from conformance.checks.observation import Inconclusive
from conformance.checks.registry import get_checks
from conformance.checks.scenario import Scenario, Setup
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract


class RunProfile(StrEnum):
    """The thoroughness of a run."""

    QUICK = "quick"
    STANDARD = "standard"
    DEEP = "deep"

    @property
    def random_values_per_claim(self) -> int:
        """Return how many random values are drawn for each property-based claim.

        They are drawn in addition to the plain values.
        """
        return {RunProfile.QUICK: 0, RunProfile.STANDARD: 2, RunProfile.DEEP: 12}[self]

    @property
    def long_list_size(self) -> int:
        """Return how many items make a list longer than one page."""
        return 9 if self is RunProfile.QUICK else 60

    def select_scenarios(self, scenarios: tuple[Scenario, ...]) -> tuple[Scenario, ...]:
        """Return the scenarios of a claim that this profile executes.

        A quick run executes the first scenario and those marked `in_quick`; other runs execute all.
        """
        return scenarios[:1] + tuple(
            scenario
            for scenario in scenarios[1:]
            if self is not RunProfile.QUICK or scenario.in_quick
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioTask:
    """One scenario of one claim."""

    claim: str
    scenario: Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run will do.

    `tasks` are grouped by setup, those of lazy checks last. `skip_reasons` says, for each claim
    without a scenario, why there is none.
    """

    contract: Contract
    seed: str
    contexts: Mapping[str, CheckContext]
    checks: Mapping[str, Check]
    tasks: tuple[ScenarioTask, ...]
    skip_reasons: Mapping[str, Inconclusive]
    profile: RunProfile = RunProfile.STANDARD

    @property
    def setups(self) -> Mapping[str, Setup]:
        """Return the setups by name."""
        return {
            task.scenario.setup.name: task.scenario.setup
            for task in self.tasks
            if task.scenario.setup
        }

    def is_read_only(self, scenario: Scenario | Setup) -> bool:
        """Tell whether the steps of a scenario, without its setup, or of a setup only read."""
        return all(self.contract.operations[step.call.operation].is_safe for step in scenario.steps)

    def list_claims_that_need_writing(self) -> frozenset[str]:
        """Return the claims all of whose scenarios, or their setups, change something."""
        readable = {
            task.claim
            for task in self.tasks
            if self.is_read_only(task.scenario)
            and (task.scenario.setup is None or self.is_read_only(task.scenario.setup))
        }
        return frozenset(task.claim for task in self.tasks) - readable


def generate_plan(
    contract: Contract,
    seed: str,
    profile: RunProfile = RunProfile.STANDARD,
    only: Iterable[Claim] | None = None,
) -> Plan:
    """Return the plan of a run of all claims, or of the claims in `only`.

    The same seed gives the same plan.
    """
    claims = contract.claims if only is None else tuple(only)
    contexts = {
        claim.id: CheckContext(
            contract=contract,
            claim=claim,
            seed=seed,
            example_count=profile.random_values_per_claim,
            long_list_size=profile.long_list_size,
        )
        for claim in claims
    }
    skip_reasons: dict[str, Inconclusive] = {}
    tasks: list[ScenarioTask] = []
    for claim in claims:
        scenarios = plan_scenarios(get_checks()[claim.kind], contexts[claim.id])
        if isinstance(scenarios, Inconclusive):
            skip_reasons[claim.id] = scenarios
        else:
            tasks += [
                ScenarioTask(claim=claim.id, scenario=scenario)
                for scenario in profile.select_scenarios(scenarios)
            ]
    setup_order = list(dict.fromkeys(_get_setup_name(task) for task in tasks))
    return Plan(
        contract=contract,
        seed=seed,
        contexts=contexts,
        checks={claim.id: get_checks()[claim.kind] for claim in claims},
        tasks=tuple(
            sorted(
                tasks,
                key=lambda task: (
                    get_checks()[contexts[task.claim].claim.kind].lazy,
                    setup_order.index(_get_setup_name(task)),
                ),
            )
        ),
        skip_reasons=skip_reasons,
        profile=profile,
    )


def _get_setup_name(task: ScenarioTask) -> str:
    return task.scenario.setup.name if task.scenario.setup else ""
