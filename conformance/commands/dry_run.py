"""`--dry-run`: what a run would send and create, without doing it."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.text import Text

from conformance.checks.scenario import PagedReadStep, Scenario
from conformance.suite.plan import Plan
from conformance.suite.scheduler import REQUESTS_PER_PAGED_READ, group_tasks_into_batches
from conformance.suite.target import Target


def print_dry_run(console: Console, plan: Plan, target: Target) -> None:
    """Print how many claims, scenarios and requests a run has, and what it would make."""
    created: Counter[str] = Counter()
    request_count = write_count = 0
    for bundle in group_tasks_into_batches(plan):
        for steps in ([bundle.setup.steps] if bundle.setup else []) + [
            tasks[0].scenario.steps for tasks in bundle.task_groups
        ]:
            for step in steps:
                operation = plan.contract.operations[step.call.operation]
                if target.read_only and not operation.is_safe:
                    continue
                request_count += REQUESTS_PER_PAGED_READ if isinstance(step, PagedReadStep) else 1
                write_count += 0 if operation.is_safe else 1
                created.update(
                    resource.name
                    for resource in plan.contract.resources
                    if resource.create == operation.id
                )
    deleted_count = sum(created.values())
    lines = [
        f"{len(plan.contexts)} claims, {sum(1 for _ in _list_scenarios(plan))} scenarios ->"
        f" {target.display_name}",
        (
            f"about {request_count + deleted_count} requests, {write_count} of which change"
            f" something; {deleted_count} more"
            " remove what was made"
        ),
        "would be made, marked, and removed again: "
        + (", ".join(f"{count} x {name}" for name, count in created.items()) or "nothing"),
    ]
    reasons = Counter(skipped.reason for skipped in plan.skip_reasons.values())
    for reason, count in reasons.most_common():
        lines.append(f"{count} claims without a script: {reason}")
    if target.read_only:
        lines.append("nothing that changes anything is sent: claims that need it stay undecided")
    for text in lines:
        console.print(Text(text), soft_wrap=True)


def _list_scenarios(plan: Plan) -> list[Scenario]:
    return [
        tasks[0].scenario
        for bundle in group_tasks_into_batches(plan)
        for tasks in bundle.task_groups
    ]
