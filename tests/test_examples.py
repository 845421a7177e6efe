"""The sample projects in examples/."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.mark.parametrize(
    "project",
    sorted(folder.name for folder in EXAMPLES.iterdir() if (folder / "pyproject.toml").is_file()),
)
def test_a_sample_project_passes_its_own_tests(project: str) -> None:
    """An integrator's project, with its own configuration, passes on the mocks of the contracts."""
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
    process = subprocess.run(
        command, cwd=EXAMPLES / project, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert " passed" in process.stdout
