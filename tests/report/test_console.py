"""Console output during a run and at its end."""

from __future__ import annotations

import io
import os

import pytest
from rich.console import Console

from conformance.contract import loader
from conformance.embedded import create_embedded_target
from conformance.report.console import ProgressDisplay, print_run_result
from conformance.suite.plan import generate_plan
from conformance.suite.run import run_plan
from tests.report.sample import hostile


def capture_progress_output(plain: bool | None) -> str:
    """Return the output of a run without a terminal."""
    contract, file = loader.load_contract("losant"), io.StringIO()
    claims = tuple(claim for claim in contract.claims if "/sortField/" in claim.id)
    with ProgressDisplay(Console(file=file, width=200), plain) as display:
        for event in run_plan(
            generate_plan(contract, "1", only=claims), create_embedded_target(contract)
        ):
            display.show_event(event)
    return file.getvalue()


def test_a_ci_job_gets_plain_lines() -> None:
    """Without a terminal, in CI, about ten plain lines show the progress of the run, without
    terminal control sequences.
    """
    lines = capture_progress_output(plain=True).splitlines()
    assert 5 <= len(lines) <= 12
    assert lines[0].startswith("losant current: ")
    assert lines[-1].endswith(" requests")
    assert "\x1b" not in "".join(lines)


def test_a_pipe_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal and outside CI, nothing is printed during a run. By default, the
    environment variable CI decides.
    """
    monkeypatch.delenv("CI", raising=False)
    assert capture_progress_output(plain=None) == ""
    monkeypatch.setitem(os.environ, "CI", "true")
    assert capture_progress_output(plain=None) != ""


def test_server_text_cannot_inject_runner_commands() -> None:
    """Text from a server can neither send a command to a CI runner (`::error::…` at the beginning
    of a line) nor an escape sequence to a terminal.
    """
    file = io.StringIO()
    print_run_result(Console(file=file, width=200, soft_wrap=True), hostile(), verbose=True)
    assert [line for line in file.getvalue().splitlines() if line.startswith("::")] == []
    assert "\x1b" not in file.getvalue()
