"""The plan of a run: every claim's scripts, drawn before the first request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from conformance.checks.check import Check, Setting, planned
from conformance.checks.register import CHECKS
from conformance.checks.script import Script, Stage
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
    def crowd(self) -> int:
        """Return how many things fill a list that is to be longer than a page."""
        return 9 if self is Profile.QUICK else 60

    def chosen(self, scripts: tuple[Script, ...]) -> tuple[Script, ...]:
        """Return the scripts of a claim that are played: all; in a quick run, the first and those
        that cost next to nothing.
        """
        return scripts[:1] + tuple(
            script for script in scripts[1:] if self is not Profile.QUICK or script.cheap
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One script of one claim."""

    claim: str
    script: Script


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run will do. `tasks` are grouped by stage, those of lazy checks last; `reasons` says
    of each claim that has no script why.
    """

    contract: Contract
    seed: str
    settings: Mapping[str, Setting]
    checks: Mapping[str, Check]
    tasks: tuple[Task, ...]
    reasons: Mapping[str, str]
    profile: Profile = Profile.STANDARD

    @property
    def stages(self) -> Mapping[str, Stage]:
        """Return the stages by name."""
        return {
            task.script.stage.name: task.script.stage for task in self.tasks if task.script.stage
        }


def draw(
    contract: Contract,
    seed: str,
    profile: Profile = Profile.STANDARD,
    only: Iterable[Claim] | None = None,
) -> Plan:
    """Return the plan of a run of all claims, or of `only` some. The same seed gives the same
    plan.
    """
    claims = contract.claims if only is None else tuple(only)
    settings = {
        claim.id: Setting(
            contract=contract,
            claim=claim,
            seed=seed,
            examples=profile.examples,
            crowd=profile.crowd,
        )
        for claim in claims
    }
    reasons: dict[str, str] = {}
    tasks: list[Task] = []
    for claim in claims:
        scripts = planned(CHECKS[claim.kind], settings[claim.id])
        if isinstance(scripts, str):
            reasons[claim.id] = scripts
        else:
            tasks += [Task(claim=claim.id, script=script) for script in profile.chosen(scripts)]
    order = list(dict.fromkeys(_stage(task) for task in tasks))
    return Plan(
        contract=contract,
        seed=seed,
        settings=settings,
        checks={claim.id: CHECKS[claim.kind] for claim in claims},
        tasks=tuple(
            sorted(
                tasks,
                key=lambda task: (
                    CHECKS[settings[task.claim].claim.kind].lazy,
                    order.index(_stage(task)),
                ),
            )
        ),
        reasons=reasons,
        profile=profile,
    )


def _stage(task: Task) -> str:
    return task.script.stage.name if task.script.stage else ""
