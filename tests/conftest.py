"""Options of our own tests."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

import pytest

from tests.browser import browser


def pytest_configure(config: pytest.Config) -> None:
    """Keep ledgers of runs that tests start, and what was found valid, out of the user's own folders."""
    for kind in ("STATE", "CACHE"):
        os.environ[f"XDG_{kind}_HOME"] = tempfile.mkdtemp(prefix="conformance-tests-")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --soak-seeds: how many seeds each honest server is tried with."""
    parser.addoption("--soak-seeds", type=int, default=1, help="seeds for each honest server (nox -s soak: 20)")


@pytest.fixture
def seeds(request: pytest.FixtureRequest) -> list[str]:
    """Return the seeds to try each honest server with."""
    return [str(number + 1) for number in range(request.config.getoption("--soak-seeds"))]


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """Return a browser for a module: while it is open, an event loop runs in this thread, in which other tests could start none."""
    with browser() as opened:
        yield opened
