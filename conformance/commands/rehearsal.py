"""What a run would do, without doing it."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.text import Text

from conformance.checks.script import Script, Walk
from conformance.suite.conduct import bundles
from conformance.suite.plan import Plan
from conformance.suite.target import Target

PAGES = (
    2  # requests that a walk through a list is counted as: its pages are known only when it is done
)


def rehearse(console: Console, plan: Plan, target: Target) -> None:
    """Print how many claims, scripts and requests a run has, and what it would make."""
    made: Counter[str] = Counter()
    requests = sent = 0
    for bundle in bundles(plan):
        for steps in ([bundle.stage.steps] if bundle.stage else []) + [
            tasks[0].script.steps for tasks in bundle.scripts
        ]:
            for move in steps:
                operation = plan.contract.operations[move.call.operation]
                if target.read_only and not operation.reads_only:
                    continue
                requests += PAGES if isinstance(move, Walk) else 1
                sent += 0 if operation.reads_only else 1
                made.update(
                    one.name for one in plan.contract.resources if one.create == operation.id
                )
    removed = sum(made.values())
    lines = [
        f"{len(plan.settings)} claims, {sum(1 for _ in _scripts(plan))} scripts -> {target.shown}",
        (
            f"about {requests + removed} requests, {sent} of which change something; {removed} more"
            " remove what was made"
        ),
        "would be made, marked, and removed again: "
        + (", ".join(f"{count} x {name}" for name, count in made.items()) or "nothing"),
    ]
    for reason, count in Counter(plan.reasons.values()).most_common():
        lines.append(f"{count} claims without a script: {reason}")
    if target.read_only:
        lines.append("nothing that changes anything is sent: claims that need it stay undecided")
    for line in lines:
        console.print(Text(line), soft_wrap=True)


def _scripts(plan: Plan) -> list[Script]:
    return [tasks[0].script for bundle in bundles(plan) for tasks in bundle.scripts]
