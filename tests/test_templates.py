"""The templates for CI: their steps are run as they are written."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

ROOT = Path(__file__).parent.parent
# steps with this command are left out: they would install into the environment of these tests
INSTALL = "pip install"


def run_steps(steps: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run steps in one shell, with this environment's programs first in PATH, on a free port.

    Processes that the steps leave running are killed.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    script = "\n".join(
        [
            *(step for step in steps if INSTALL not in step),
            "status=$?",
            "kill $(jobs -p) 2>/dev/null",
            "exit $status",
        ]
    ).replace("9000", port)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "CONFORMANCE_"))
    }
    port_variables = {name: value.replace("9000", port) for name, value in variables.items()}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**environment, "PATH": path, **port_variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="the templates are for shells")
def test_the_workflow_for_github(tmp_path: Path) -> None:
    """Its steps check the server, write every report, and fill the job summary."""
    job = yaml.safe_load((ROOT / "docs/ci/github-actions.yml").read_text())["jobs"]["conformance"]
    steps = [step["run"] for step in job["steps"] if "run" in step]
    summary = tmp_path / "summary.md"
    variables = {
        "CONTRACT": job["env"]["CONTRACT"],
        "URL": job["env"]["URL"],
        "PROFILE": "quick",
        "CONFORMANCE_TOKEN": "token-of-the-mock",
    }
    process = run_steps(
        steps, tmp_path, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary), **variables
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert "verified" in summary.read_text()
    assert sorted(file.name for file in (tmp_path / "reports").iterdir()) == [
        "exchanges.har",
        "index.html",
        "junit.xml",
        "result.json",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="the templates are for shells")
def test_the_job_for_gitlab(tmp_path: Path) -> None:
    """Its steps check the server and write the artifacts that it declares."""
    job = yaml.safe_load((ROOT / "docs/ci/gitlab-ci.yml").read_text())["conformance"]
    process = run_steps(
        [*job["before_script"], *job["script"]],
        tmp_path,
        CI="true",
        **{**job["variables"], "PROFILE": "quick"},
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert (
        ElementTree.parse(tmp_path / job["artifacts"]["reports"]["junit"]).getroot().get("failures")
        == "0"
    )


def test_the_hooks_for_pre_commit() -> None:
    """The entry of each hook passes in a checkout."""
    hooks = yaml.safe_load((ROOT / "docs/ci/pre-commit-config.yaml").read_text())["repos"][0][
        "hooks"
    ]
    for hook in hooks:
        process = run_steps([hook["entry"]], ROOT)
        assert process.returncode == 0, (hook["id"], process.stdout + process.stderr)
