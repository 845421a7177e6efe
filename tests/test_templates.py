"""The templates for CI: their steps are run as they are written."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from conformance.contract.json import Json
from conformance.contract.loader import load_contract
from conformance.embedded import build_embedded_mock_config
from conformance.mock.mock import Mock
from conformance.mock.server import serve_in_thread
from tests.report.sample import ran

ROOT = Path(__file__).parent.parent
# steps with this command are left out: they would install into the environment of these tests
INSTALL = "pip install"


def read_template(name: str) -> Json:
    """Return a template for CI."""
    return yaml.safe_load((ROOT / "docs/ci" / name).read_text("utf-8"))


def list_steps(job: Json) -> list[str]:
    """Return the commands of a job of a workflow."""
    return [step["run"] for step in job["steps"] if "run" in step]


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
    workflow = read_template("github-actions.yml")
    steps = list_steps(workflow["jobs"]["conformance"])
    summary = tmp_path / "summary.md"
    variables = {**workflow["env"], "PROFILE": "quick"}
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
        "results.sarif",
    ]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Create a repository that has one commit and a remote."""
    folder = tmp_path / "repository"
    commands = f"""
        git init -q --bare {tmp_path}/remote.git
        git init -q -b main {folder}
        cd {folder}
        git -c user.name=a -c user.email=a@localhost commit -q --allow-empty -m first
        git remote add origin {tmp_path}/remote.git
        git push -q origin main
    """
    subprocess.run(["bash", "-euc", commands], check=True)
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="the templates are for shells")
def test_the_site_of_the_workflow_keeps_its_history(repository: Path) -> None:
    """The branch of the site gets each run; the second one is compared with the first."""
    workflow = read_template("github-actions.yml")
    steps = ["(set -e", *list_steps(workflow["jobs"]["site"]), ")"]
    for started, expected in (("2026-01-01", ""), ("2026-01-02", "nothing changed")):
        (repository / "reports").mkdir(exist_ok=True)
        target: Json = {"url": "http://127.0.0.1:9001"}
        run_result = ran("tests/toy").to_json() | {
            "target": target,
            "started": f"{started}T00:00:00+00:00",
        }
        (repository / "reports/result.json").write_text(json.dumps(run_result))
        variables = {"CONTRACT": str(ROOT / "tests/toy")}
        process = run_steps(steps, repository, **variables)
        assert process.returncode == 0, process.stdout + process.stderr
        assert expected in process.stdout
        subprocess.run(["git", "worktree", "remove", "-f", "site"], cwd=repository, check=True)
    names = subprocess.run(
        ["git", "ls-tree", "-r", "--name-only", "origin/gh-pages"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "index.html" in names
    assert len([name for name in names if name.startswith("evidence/evidence-")]) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="the templates are for shells")
def test_the_workflow_in_parts(tmp_path: Path) -> None:
    """Three parts make one result; without one of them, the last job fails with status 3."""
    workflow = read_template("github-actions-parts.yml")
    contract = load_contract("tests/toy")
    part_steps, merge_steps = (list_steps(workflow["jobs"][name]) for name in ("part", "merge"))
    with serve_in_thread(Mock(contract, build_embedded_mock_config(contract))) as url:
        for part in workflow["jobs"]["part"]["strategy"]["matrix"]["part"]:
            variables = {"CONTRACT": str(ROOT / "tests/toy"), "URL": url, "PART": str(part)}
            process = run_steps(part_steps, tmp_path, **variables, CONFORMANCE_TOKEN="mock-token")
            assert process.returncode == 0, process.stdout + process.stderr
    process = run_steps(merge_steps, tmp_path)
    assert process.returncode == 0, process.stdout + process.stderr
    (tmp_path / "parts/2.json").unlink()
    process = run_steps(merge_steps, tmp_path)
    assert (process.returncode, "part 2/3 of the run is missing" in process.stderr) == (3, True)


@pytest.mark.skipif(sys.platform == "win32", reason="the templates are for shells")
def test_the_job_for_gitlab(tmp_path: Path) -> None:
    """Its steps check the server and write the artifacts that it declares."""
    template = read_template("gitlab-ci.yml")
    job = template["conformance"]
    process = run_steps(
        [*job["before_script"], *job["script"]],
        tmp_path,
        CI="true",
        **{**template["variables"], "PROFILE": "quick"},
    )
    assert process.returncode == 0, process.stdout + process.stderr
    pages = run_steps(template["pages"]["script"], tmp_path, **template["variables"])
    assert pages.returncode == 0, pages.stdout + pages.stderr
    assert (tmp_path / "public/index.html").is_file()
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
