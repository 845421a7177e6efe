"""The sample projects under examples/."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.mark.parametrize(
    "project", sorted(one.name for one in EXAMPLES.iterdir() if (one / "pyproject.toml").is_file())
)
def test_a_sample_project_passes_its_own_tests(project: str) -> None:
    """An integrator's project, with its own configuration, is held to the contracts by the
    mocks.
    """
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-W",
        "error",
    ]
    found = subprocess.run(
        command, cwd=EXAMPLES / project, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert " passed" in found.stdout
