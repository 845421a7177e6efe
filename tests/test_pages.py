"""The documentation pages: their shell commands work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from conformance.cli import cli
from conformance.contract import loader

ROOT = Path(__file__).parent.parent
VENDORS = (ROOT / "docs/vendors.md").read_text("utf-8")
PORT = "19753"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def run_script(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "CONFORMANCE_"))
    }
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**environment, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files that the page for vendors tells the reader to write."""
    folder = tmp_path_factory.mktemp("vendor")
    for name, text in re.findall(r"^`([\w/.-]+)`\n\n```yaml\n(.*?)^```$", VENDORS, re.S | re.M):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def list_shell_blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", VENDORS, re.S | re.M)


def test_every_statement_of_the_worked_example_has_claims(folder: Path) -> None:
    """Each statement of the worked example is cited by a claim, or says why it cannot be
    observed.
    """
    contract = loader.load_contract(str(folder / "bookmarks"))
    cited_ids = {id for claim in contract.claims for id in claim.statements}
    assert [
        statement.id
        for statement in contract.statements.by_id.values()
        if statement.id not in cited_ids and not statement.unobservable
    ] == []


@pytest.mark.skipif(
    sys.platform == "win32" or not shutil.which("curl"),
    reason="the lines are for a shell with curl",
)
def test_the_commands_of_the_page_for_vendors_work(folder: Path) -> None:
    """The commands work in that folder one after the other.

    `prove` takes minutes and is left to .ci/run.
    """
    lines = [
        line
        for block in list_shell_blocks()
        for line in block.splitlines()
        if " prove " not in line
    ]
    wait_command = (
        f"for _ in $(seq 100); do curl -s -o /dev/null http://127.0.0.1:{PORT}/ && break; sleep"
        " 0.2; done"
    )
    script = "\n".join(
        [
            command
            for line in lines
            for command in ([line, wait_command] if " mock " in line else [line])
        ]
    ).replace("9000", PORT)
    process = run_script(
        f"set -e\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{script}", folder
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert "0 violated" not in process.stdout
    assert (folder / "site/index.html").is_file()
    assert (
        "violated"
        not in (folder / "site/statements.html")
        .read_text()
        .partition('class="filters"')[2]
        .partition("</form>")[0]
    )


def test_the_pages_name_commands_and_flags_that_exist() -> None:
    """Each line that begins with `conformance` names an existing command and existing flags of
    it.
    """
    for page in PAGES:
        for block in re.findall(r"^```sh\n(.*?)^```$", page.read_text("utf-8"), re.S | re.M):
            for line in block.replace("\\\n", " ").splitlines():
                words = line.partition("#")[0].split()
                if words[0] != "conformance":
                    continue
                command = cli.get_command(click.Context(cli), words[1])
                assert command is not None, line
                known_flags = {flag for parameter in command.params for flag in parameter.opts}
                assert [
                    word for word in words if word.startswith("-") and word not in known_flags
                ] == [], line


def test_the_readme_is_short() -> None:
    """Who opens it wants to know what it is, try it, and find the rest."""
    assert len((ROOT / "README.md").read_text("utf-8").split()) <= 700


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    """Links to files of the repository are relative to the page."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs/README.md").read_text("utf-8")
    assert [page.name for page in PAGES if f"({page.name})" not in index] == ["README.md"] * 2


def test_the_first_run_of_the_readme_works(tmp_path: Path) -> None:
    """The lines for a server, as they stand there, on a port of the test."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text(), re.S | re.M)
    mock_line, run_line = blocks[2].strip().splitlines()
    wait_command = (
        f"for _ in $(seq 100); do curl -s -o /dev/null http://127.0.0.1:{PORT}/ && break; sleep"
        " 0.2; done"
    )
    script = "\n".join([mock_line, wait_command, run_line + " --profile quick"])
    process = run_script(
        "set -e\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n" + script.replace("9000", PORT),
        tmp_path,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert "violated" not in process.stdout
    assert (tmp_path / "report.html").is_file()
