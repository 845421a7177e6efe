"""Runs that are killed beside other people: `clean` deletes what is ours, and touches nothing of
others.

The server keeps exact books and knows nothing of how cleaning works.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.security.neighbor_server import (
    TOOL,
    TOOL_TOKEN,
    Event,
    Hook,
    Switches,
    World,
    forging,
    serve,
    taking_over,
)

CONTRACT = "push-express"
After = Callable[[World, dict[str, object]], None]


def restored(name: Callable[[str], str], *, anew: bool = False) -> After:
    """Return how to put a backup back, after which identities of ours name things of others."""

    def after(world: World, backup: dict[str, object]) -> None:
        made = [(e.id, (e.after or {}).get("name")) for e in world.events if e.action == "create"]
        world.frozen = True
        world.restore(backup)
        if anew:
            world.next_id = 1
        for id, told in made[:100]:
            if id not in world.things:
                world.make(name(str(told)), id=id)
        world.frozen = False

    return after


def cloned(world: World, backup: dict[str, object]) -> None:
    """Copy everything of the tool's, as a neighbor may."""
    for thing in world.of(TOOL):
        if isinstance(thing.fields.get("name"), str):
            world.clone(thing, " copy")


@dataclass(frozen=True, kw_only=True)
class Case:
    """What happens around a killed run. `reported`: what is left may be reported instead of
    deleted.
    """

    switches: dict[str, object] = field(default_factory=dict)
    hooks: Callable[[], list[Hook]] = list
    after: After | None = None
    reported: bool = False


CASES = {
    "plain": Case(),
    "lost answers": Case(switches={"lost_answers": 0.15}),
    "failed, and created": Case(switches={"failed_but_created": 0.2}),
    "refused, and created": Case(switches={"refused_but_created": 0.2}),
    "lying deletions": Case(switches={"lying_deletions": 0.4}, reported=True),
    "short pages": Case(switches={"page_limit": 5}),
    "slow": Case(switches={"delay": (0.002, 0.02)}),
    "a restored backup": Case(after=restored(lambda name: "a customer's")),
    "a backup, and copies": Case(after=restored(lambda name: f"{name} copy"), reported=True),
    "identities anew": Case(
        switches={"first_id": 1},
        after=restored(lambda name: f"{name[:17]}-mine", anew=True),
        reported=True,
    ),
    "identities used again": Case(
        switches={"reuse_ids": True}, hooks=lambda: [taking_over(lambda name: "mine", 60)]
    ),
    "used again, answers lost": Case(
        switches={"reuse_ids": True, "lost_answers": 0.1},
        hooks=lambda: [taking_over(lambda name: "mine", 60)],
        reported=True,
    ),
    "forged marks": Case(hooks=lambda: [forging(60)], reported=True),
    "copies": Case(after=cloned, reported=True),
}


TWICE = {  # in CI: twenty kills in all
    "plain",
    "lost answers",
    "forged marks",
    "a restored backup",
    "copies",
    "lying deletions",
}


def tool(state: Path, *words: str) -> subprocess.Popen[str]:
    """Start a command, with its ledger in a folder of the test's."""
    environment = {**os.environ, "XDG_STATE_HOME": str(state), "COLUMNS": "200"}
    line = [sys.executable, "-m", "conformance", *words, "--token", TOOL_TOKEN]
    return subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )


def killed(case: Case, seed: int, state: Path) -> None:
    """Kill a run at some request, clean up, and hold the books against what was promised."""
    rng = random.Random(seed)
    world = World(Switches(**{"seed": seed, **case.switches}))  # type: ignore[arg-type]
    for number in range(12):
        world.make(f"neighbor {number}")
    backup, last = world.backup(), rng.randint(2, 180)
    run: list[subprocess.Popen[str]] = []

    def kill(world: World, event: Event) -> None:
        if event.number >= last and run:
            run[0].kill()

    with serve(world) as url:
        world.hooks += [*case.hooks(), kill]
        run.append(tool(state, "run", CONTRACT, "--url", url, "--profile", "quick"))
        output = run[0].communicate(timeout=120)[0]
        time.sleep(0.2)  # what was on its way when the run was killed still takes place
        if case.after is not None:
            case.after(world, backup)
        before = len(world.requests)
        dry = tool(state, "clean", CONTRACT, "--url", url, "--dry-run")
        shown = dry.communicate(timeout=60)[0]
        assert [
            one.request for one in world.requests[before:] if one.writes and one.who == TOOL
        ] == []
        cleaning = tool(state, "clean", CONTRACT, "--url", url)
        cleaned = cleaning.communicate(timeout=120)[0]
        verdict = world.verdict()
    text = f"{output[-500:]}\n{shown}\n{cleaned}"
    assert "Traceback" not in text
    assert [(one.action, one.id, one.request[:200]) for one in verdict["touched"]] == [], text
    assert verdict["unmarked"] == []
    left = [thing.fields.get("name") for thing in verdict["left"]]
    assert cleaning.returncode in ((0, 3) if case.reported else (0,)), text
    assert left == [] or cleaning.returncode == 3, text


@pytest.mark.parametrize("name", CASES)
def test_a_killed_run_is_cleaned_up(name: str, seeds: list[str], tmp_path: Path) -> None:
    """Killed at any request, a run leaves nothing once `clean` was there, and touched nothing."""
    count = 15 if len(seeds) > 1 else 2 if name in TWICE else 1
    for number in range(count):
        killed(CASES[name], 100 * number + len(name), tmp_path / str(number))
