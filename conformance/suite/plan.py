"""The plan of a run: every claim's scripts, drawn before the first request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from conformance.checks.check import Check, CheckContext, plan_scenarios
from conformance.checks.registry import CHECKS
from conformance.checks.scenario import Scenario, Setup
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract


class Profile(StrEnum):
    """How many examples a run draws."""

    QUICK = "quick"
    STANDARD = "standard"
    DEEP = "deep"

    @property
    def examples(self) -> int:
        """Return how many values are drawn for each property-based claim, besides the plain
        ones.
        """
        return {Profile.QUICK: 0, Profile.STANDARD: 2, Profile.DEEP: 12}[self]

    @property
    def many_items(self) -> int:
        """Return how many things fill a list that is to be longer than a page."""
        return 9 if self is Profile.QUICK else 60

    def select_scenarios(self, scenarios: tuple[Scenario, ...]) -> tuple[Scenario, ...]:
        """Return the scripts of a claim that are played: all; in a quick run, the first and those
        that cost next to nothing.
        """
        return scenarios[:1] + tuple(
            scenario for scenario in scenarios[1:] if self is not Profile.QUICK or scenario.in_quick
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioTask:
    """One script of one claim."""

    claim: str
    scenario: Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run will do. `tasks` are grouped by stage, those of lazy checks last; `reasons` says
    of each claim that has no script why.
    """

    contract: Contract
    seed: str
    contexts: Mapping[str, CheckContext]
    checks: Mapping[str, Check]
    tasks: tuple[ScenarioTask, ...]
    skip_reasons: Mapping[str, str]
    profile: Profile = Profile.STANDARD

    @property
    def setups(self) -> Mapping[str, Setup]:
        """Return the stages by name."""
        return {
            task.scenario.setup.name: task.scenario.setup
            for task in self.tasks
            if task.scenario.setup
        }


def draw_plan(
    contract: Contract,
    seed: str,
    profile: Profile = Profile.STANDARD,
    only: Iterable[Claim] | None = None,
) -> Plan:
    """Return the plan of a run of all claims, or of `only` some. The same seed gives the same
    plan.
    """
    claims = contract.claims if only is None else tuple(only)
    contexts = {
        claim.id: CheckContext(
            contract=contract,
            claim=claim,
            seed=seed,
            example_count=profile.examples,
            long_list_size=profile.many_items,
        )
        for claim in claims
    }
    skip_reasons: dict[str, str] = {}
    tasks: list[ScenarioTask] = []
    for claim in claims:
        scenarios = plan_scenarios(CHECKS[claim.kind], contexts[claim.id])
        if isinstance(scenarios, str):
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
        checks={claim.id: CHECKS[claim.kind] for claim in claims},
        tasks=tuple(
            sorted(
                tasks,
                key=lambda task: (
                    CHECKS[contexts[task.claim].claim.kind].lazy,
                    setup_order.index(_get_setup_name(task)),
                ),
            )
        ),
        skip_reasons=skip_reasons,
        profile=profile,
    )


def _get_setup_name(task: ScenarioTask) -> str:
    return task.scenario.setup.name if task.scenario.setup else ""
