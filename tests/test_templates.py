"""The templates for CI: their steps are run as they stand."""

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
# the one kind of step that is left out: it would install into the environment of these tests
INSTALL = "pip install"


def run(steps: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run steps as one shell would, ours first in PATH, at a port that is free; what they leave
    running is ended.
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
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "CONFORMANCE_"))
    }
    given = {name: value.replace("9000", port) for name, value in variables.items()}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**clean, "PATH": path, **given},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="the templates are for shells")
def test_the_workflow_for_github(tmp_path: Path) -> None:
    """Its steps check the server, write every report, and fill the summary of the job."""
    job = yaml.safe_load((ROOT / "docs/ci/github-actions.yml").read_text())["jobs"]["conformance"]
    steps = [step["run"] for step in job["steps"] if "run" in step]
    summary = tmp_path / "summary.md"
    variables = {
        "CONTRACT": job["env"]["CONTRACT"],
        "URL": job["env"]["URL"],
        "PROFILE": "quick",
        "CONFORMANCE_TOKEN": "token-of-the-mock",
    }
    done = run(
        steps, tmp_path, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary), **variables
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "verified" in summary.read_text()
    assert sorted(file.name for file in (tmp_path / "reports").iterdir()) == [
        "exchanges.har",
        "index.html",
        "junit.xml",
        "result.json",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="the templates are for shells")
def test_the_job_for_gitlab(tmp_path: Path) -> None:
    """Its steps check the server, and leave the artifacts that it names."""
    job = yaml.safe_load((ROOT / "docs/ci/gitlab-ci.yml").read_text())["conformance"]
    done = run(
        [*job["before_script"], *job["script"]],
        tmp_path,
        CI="true",
        **{**job["variables"], "PROFILE": "quick"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (
        ElementTree.parse(tmp_path / job["artifacts"]["reports"]["junit"]).getroot().get("failures")
        == "0"
    )


def test_the_hooks_for_pre_commit() -> None:
    """Each hook's entry, run in a checkout, passes."""
    hooks = yaml.safe_load((ROOT / "docs/ci/pre-commit-config.yaml").read_text())["repos"][0][
        "hooks"
    ]
    for hook in hooks:
        done = run([hook["entry"]], ROOT)
        assert done.returncode == 0, (hook["id"], done.stdout + done.stderr)
