"""Console output during a run and at its end."""

from __future__ import annotations

import io
import itertools
import os
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from conformance.contract import loader
from conformance.embedded import create_embedded_target
from conformance.report.console import ProgressDisplay, print_run_result
from conformance.suite.plan import generate_plan
from conformance.suite.run import run_plan
from tests.report.sample import hostile


def capture_progress_output(plain: bool | None, seconds_per_event: float = 0.5) -> str:
    """Return the output of a run without a terminal, whose events take this long each."""
    clock = itertools.count(0, seconds_per_event).__next__
    contract, file = loader.load_contract("losant"), io.StringIO()
    claims = tuple(claim for claim in contract.claims if "/sortField/" in claim.id)
    with ProgressDisplay(Console(file=file, width=200), plain, clock) as display:
        for event in run_plan(
            generate_plan(contract, "1", only=claims), create_embedded_target(contract)
        ):
            display.show_event(event)
    return file.getvalue()


def test_a_ci_job_gets_plain_lines() -> None:
    """Without a terminal, in CI, a plain line is printed every ten seconds, without terminal
    control sequences.
    """
    lines = capture_progress_output(plain=True).splitlines()
    assert lines[0].startswith("losant current: ")
    assert len(lines) >= 3
    shares = [int(line.partition("%")[0]) for line in lines[1:]]
    assert shares == sorted(shares)
    assert shares[-1] == 100
    assert lines[-1].endswith(" requests")
    assert "\x1b" not in "".join(lines)


def test_a_short_run_prints_its_end_only() -> None:
    lines = capture_progress_output(plain=True, seconds_per_event=0.0).splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["losant", "100%"]


@pytest.mark.parametrize("width", [40, 60, 89, 90, 200])
def test_the_bar_fits_every_width(width: int) -> None:
    """The line of a terminal is never wrapped; narrow ones show less."""
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=True, color_system=None)
    contract = loader.load_contract("losant")
    claims = tuple(claim for claim in contract.claims if "/sortField/" in claim.id)
    with ProgressDisplay(console) as display:
        for event in run_plan(
            generate_plan(contract, "1", only=claims), create_embedded_target(contract)
        ):
            display.show_event(event)
            console.print("", end="")
    lines = re.split(r"[\r\n]|\x1b\[[0-9?]*[A-Za-z]", file.getvalue())
    assert max(cell_len(line) for line in lines) <= width
    assert any("%" in line for line in lines)
    assert any("left" in line for line in lines) == (width >= 90)


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
