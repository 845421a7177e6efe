"""What is shown while a run goes on, and at its end."""

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


def told(plain: bool | None) -> str:
    """Return what a run prints where there is no terminal."""
    contract, file = loader.load_contract("losant"), io.StringIO()
    claims = tuple(claim for claim in contract.claims if "/sortField/" in claim.id)
    with ProgressDisplay(Console(file=file, width=200), plain) as live:
        for event in run_plan(
            generate_plan(contract, "1", only=claims), create_embedded_target(contract)
        ):
            live.show_event(event)
    return file.getvalue()


def test_a_job_of_ci_gets_plain_lines() -> None:
    """Without a terminal, in CI, about ten plain lines tell how far the run is, without anything
    that a terminal would obey.
    """
    lines = told(plain=True).splitlines()
    assert 5 <= len(lines) <= 12
    assert lines[0].startswith("losant current: ")
    assert lines[-1].endswith(" requests")
    assert "\x1b" not in "".join(lines)


def test_a_pipe_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal and outside of CI nothing is printed while a run goes on; CI in the
    environment decides by itself.
    """
    monkeypatch.delenv("CI", raising=False)
    assert told(plain=None) == ""
    monkeypatch.setitem(os.environ, "CI", "true")
    assert told(plain=None) != ""


def test_no_line_of_a_servers_begins_a_line_of_ours() -> None:
    """Whatever a server sends, it cannot give a CI runner a command (`::error::…` at the beginning
    of a line) nor a terminal an escape.
    """
    file = io.StringIO()
    print_run_result(Console(file=file, width=200, soft_wrap=True), hostile(), verbose=True)
    assert [line for line in file.getvalue().splitlines() if line.startswith("::")] == []
    assert "\x1b" not in file.getvalue()
