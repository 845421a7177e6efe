"""Options of our own tests."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator

import pytest

from conformance import cli
from tests.browser import browser


def pytest_configure(config: pytest.Config) -> None:
    """Keep ledgers of runs that tests start, and what was found valid, out of the user's own
    folders.
    """
    for kind in ("STATE", "CACHE"):
        os.environ[f"XDG_{kind}_HOME"] = tempfile.mkdtemp(prefix="conformance-tests-")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --soak-seeds: how many seeds each honest server is tried with."""
    parser.addoption(
        "--soak-seeds", type=int, default=1, help="seeds for each honest server (nox -s soak: 20)"
    )


@pytest.fixture
def seeds(request: pytest.FixtureRequest) -> list[str]:
    """Return the seeds to try each honest server with."""
    return [str(number + 1) for number in range(request.config.getoption("--soak-seeds"))]


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """Return a browser for a module: while it is open, an event loop runs in this thread, in which
    other tests could start none.
    """
    with browser() as opened:
        yield opened


@pytest.fixture
def conformance(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], tuple[int, str, str]]:
    """Run the command line in this process: exit status, standard output, standard error."""
    for name in ("CONFORMANCE_TOKEN", "GITHUB_STEP_SUMMARY", "GITHUB_ACTIONS", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")

    def run(line: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["conformance", *shlex.split(line)])
        status = 0
        try:
            cli.main()
        except SystemExit as exit:
            status = int(exit.code or 0)
        out, err = capsys.readouterr()
        return status, out, err

    return run
