"""Options and fixtures of the tests."""

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
    """Keep ledgers and cached validations of the tests out of the user's own folders."""
    for kind in ("STATE", "CACHE"):
        os.environ[f"XDG_{kind}_HOME"] = tempfile.mkdtemp(prefix="conformance-tests-")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --soak-seeds: the number of seeds that each honest server is tested with, and --corpus:
    the folder of real documents.
    """
    parser.addoption(
        "--soak-seeds", type=int, default=1, help="seeds for each honest server (nox -s soak: 20)"
    )
    parser.addoption("--corpus", help="a folder that benchmarks/documents.py has filled")


@pytest.fixture
def seeds(request: pytest.FixtureRequest) -> list[str]:
    """Return the seeds that each honest server is tested with."""
    return [str(number + 1) for number in range(request.config.getoption("--soak-seeds"))]


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """Yield a browser for a module.

    While it is open, an event loop runs in this thread, so other tests cannot start one.
    """
    with browser() as opened_browser:
        yield opened_browser


@pytest.fixture
def conformance(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], tuple[int, str, str]]:
    """Return a function that runs the command line in this process.

    It returns exit status, standard output and standard error.
    """
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
