"""What others build on: the action, the hooks and the image, read by the tools of their users."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


def run_tool(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / words[0]), *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "words",
    [
        ("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml"),
        (
            *("check-jsonschema", "--builtin-schema", "vendor.github-workflows"),
            "docs/ci/github-actions.yml",
        ),
        ("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "docs/ci/gitlab-ci.yml"),
        ("pre-commit", "validate-manifest", ".pre-commit-hooks.yaml"),
        ("pre-commit", "validate-config", "docs/ci/pre-commit-config.yaml"),
        ("hadolint", "Dockerfile"),
    ],
    ids=lambda words: " ".join(words[-2:]),
)
def test_files_are_valid(words: tuple[str, ...]) -> None:
    """The schemas and linters are those of the tools that read these files."""
    completed = run_tool(*words)
    assert completed.returncode == 0, completed.stdout + completed.stderr


def test_options_of_the_action_exist() -> None:
    """Every option that the action passes is one of `conformance run`."""
    steps = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"]
    script = steps[-1]["run"]
    help_text = run_tool("conformance", "run", "--help").stdout
    options = set(re.findall(r"--[a-z][a-z-]+", script))
    assert len(options) >= 6
    assert [option for option in options if option not in help_text] == []


def run_action(tmp_path: Path, mock: str) -> subprocess.CompletedProcess[str]:
    """Return what the last step of the action ends with, without a URL."""
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", action["runs"]["steps"][-1]["run"]],
        env={
            "PATH": f"{BIN}:/usr/bin:/bin",
            "HOME": str(tmp_path),
            "CONTRACT": "push-express",
            "URL": "",
            "MOCK": mock,
            "PROFILE": "quick",
            "ARGUMENTS": "--only listAppGroups/responses/* --min-decided 1",
            "REPORTS": str(tmp_path / "reports"),
            "CONFORMANCE_TOKEN": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_action_checks_no_mock_unasked(tmp_path: Path) -> None:
    """A URL that is empty, such as an unset variable, does not end as a green job."""
    completed = run_action(tmp_path, mock="false")
    assert (completed.returncode, "::error::url is empty" in completed.stdout) == (2, True)
    assert not (tmp_path / "reports").exists()


def test_script_of_the_action_runs(tmp_path: Path) -> None:
    """Its last step writes every report; further options are split as a shell does."""
    completed = run_action(tmp_path, mock="true")
    assert completed.returncode == 0, completed.stdout + completed.stderr
    written = {path.name for path in (tmp_path / "reports").iterdir()}
    assert written == {"result.json", "junit.xml", "results.sarif", "index.html", "badge.svg"}


def test_hooks_name_commands_that_exist() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    for hook in hooks:
        command = hook["entry"].split()[1]
        assert run_tool("conformance", command, "--help").returncode == 0, hook["id"]


def test_the_image_copies_files_that_exist() -> None:
    """Every source of a COPY is in the repository and not ignored."""
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    sources = [word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]]
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert len(sources) >= 5
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert not {source.removeprefix("./") for source in sources} & set(ignored)
