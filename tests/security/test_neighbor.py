"""Runs that are killed on a server shared with another user: `clean` deletes the tool's own items
and changes no foreign item.

The server records every change exactly and does not depend on how cleaning works.
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
    ServerState,
    Switches,
    build_forging_hook,
    build_takeover_hook,
    serve,
)

CONTRACT = "push-express"
AfterRun = Callable[[ServerState, dict[str, object]], None]


def build_backup_restorer(rename: Callable[[str], str], *, restart_ids: bool = False) -> AfterRun:
    """Return a function that restores a backup and then gives ids of the tool's items to foreign
    items.
    """

    def restore_backup(state: ServerState, backup: dict[str, object]) -> None:
        created = [
            (event.id, (event.after or {}).get("name"))
            for event in state.events
            if event.action == "create"
        ]
        state.frozen = True
        state.restore(backup)
        if restart_ids:
            state.next_id = 1
        for id, original_name in created[:100]:
            if id not in state.items_by_id:
                state.create_as_neighbor(rename(str(original_name)), id=id)
        state.frozen = False

    return restore_backup


def copy_tool_items(state: ServerState, backup: dict[str, object]) -> None:
    """Copy every item of the tool as the neighbor."""
    for item in state.list_items_of(TOOL):
        if isinstance(item.fields.get("name"), str):
            state.clone_as_neighbor(item, " copy")


@dataclass(frozen=True, kw_only=True)
class Case:
    """What happens around a killed run. `leftovers_allowed`: leftovers may be reported instead of
    deleted.
    """

    switches: dict[str, object] = field(default_factory=dict)
    hooks: Callable[[], list[Hook]] = list
    after_run: AfterRun | None = None
    leftovers_allowed: bool = False


CASES = {
    "plain": Case(),
    "lost answers": Case(switches={"lost_answers": 0.15}),
    "failed, and created": Case(switches={"failed_but_created": 0.2}),
    "refused, and created": Case(switches={"refused_but_created": 0.2}),
    "lying deletions": Case(switches={"lying_deletions": 0.4}, leftovers_allowed=True),
    "short pages": Case(switches={"page_limit": 5}),
    "slow": Case(switches={"delay": (0.002, 0.02)}),
    "a restored backup": Case(after_run=build_backup_restorer(lambda name: "a customer's")),
    "a backup, and copies": Case(
        after_run=build_backup_restorer(lambda name: f"{name} copy"), leftovers_allowed=True
    ),
    "identities anew": Case(
        switches={"first_id": 1},
        after_run=build_backup_restorer(lambda name: f"{name[:17]}-mine", restart_ids=True),
        leftovers_allowed=True,
    ),
    "identities used again": Case(
        switches={"reuse_ids": True}, hooks=lambda: [build_takeover_hook(lambda name: "mine", 60)]
    ),
    "used again, answers lost": Case(
        switches={"reuse_ids": True, "lost_answers": 0.1},
        hooks=lambda: [build_takeover_hook(lambda name: "mine", 60)],
        leftovers_allowed=True,
    ),
    "forged marks": Case(hooks=lambda: [build_forging_hook(60)], leftovers_allowed=True),
    "copies": Case(after_run=copy_tool_items, leftovers_allowed=True),
}


KILLED_TWICE_IN_CI = {  # in CI: twenty killed runs in total
    "plain",
    "lost answers",
    "forged marks",
    "a restored backup",
    "copies",
    "lying deletions",
}


def start_tool(state_folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a command with its ledger in the folder of the test."""
    environment = {**os.environ, "XDG_STATE_HOME": str(state_folder), "COLUMNS": "200"}
    command = [sys.executable, "-m", "conformance", *arguments, "--token", TOOL_TOKEN]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )


def check_killed_run(case: Case, seed: int, state_folder: Path) -> None:
    """Kill a run at a random request, clean up, and check the recorded changes."""
    rng = random.Random(seed)
    state = ServerState(Switches(**{"seed": seed, **case.switches}))  # type: ignore[arg-type]
    for number in range(12):
        state.create_as_neighbor(f"neighbor {number}")
    backup, kill_at = state.backup(), rng.randint(2, 180)
    processes: list[subprocess.Popen[str]] = []

    def kill(state: ServerState, event: Event) -> None:
        if event.number >= kill_at and processes:
            processes[0].kill()

    with serve(state) as url:
        state.hooks += [*case.hooks(), kill]
        processes.append(
            start_tool(state_folder, "run", CONTRACT, "--url", url, "--profile", "quick")
        )
        output = processes[0].communicate(timeout=120)[0]
        time.sleep(0.2)  # requests in flight when the run was killed still take effect
        if case.after_run is not None:
            case.after_run(state, backup)
        request_count = len(state.requests)
        dry_run = start_tool(state_folder, "clean", CONTRACT, "--url", url, "--dry-run")
        dry_run_output = dry_run.communicate(timeout=60)[0]
        assert [
            record.request
            for record in state.requests[request_count:]
            if record.writes and record.user == TOOL
        ] == []
        cleanup = start_tool(state_folder, "clean", CONTRACT, "--url", url)
        cleanup_output = cleanup.communicate(timeout=120)[0]
        audit = state.audit()
    text = f"{output[-500:]}\n{dry_run_output}\n{cleanup_output}"
    assert "Traceback" not in text
    assert [(event.action, event.id, event.request[:200]) for event in audit["touched"]] == [], text
    assert audit["unmarked"] == []
    leftovers = [item.fields.get("name") for item in audit["left"]]
    assert cleanup.returncode in ((0, 3) if case.leftovers_allowed else (0,)), text
    assert leftovers == [] or cleanup.returncode == 3, text


@pytest.mark.parametrize("name", CASES)
def test_a_killed_run_is_cleaned_up(name: str, seeds: list[str], tmp_path: Path) -> None:
    """After a run was killed at any request, `clean` leaves no item and changes no foreign item."""
    count = 15 if len(seeds) > 1 else 2 if name in KILLED_TWICE_IN_CI else 1
    for number in range(count):
        check_killed_run(CASES[name], 100 * number + len(name), tmp_path / str(number))
