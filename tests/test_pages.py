"""The pages for people: what they tell to type works."""

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


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "CONFORMANCE_"))
    }
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**clean, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty folder with the files that the page for vendors tells to write."""
    made = tmp_path_factory.mktemp("vendor")
    for name, text in re.findall(r"^`([\w/.-]+)`\n\n```yaml\n(.*?)^```$", VENDORS, re.S | re.M):
        (made / name).parent.mkdir(exist_ok=True)
        (made / name).write_text(text, "utf-8")
    return made


def blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", VENDORS, re.S | re.M)


def test_every_sentence_of_the_third_api_has_its_claims(folder: Path) -> None:
    """Of the worked example each statement is cited by a claim, or says why none can be."""
    contract = loader.load_contract(str(folder / "bookmarks"))
    cited = {id for claim in contract.claims for id in claim.statements}
    assert [
        one.id
        for one in contract.statements.by_id.values()
        if one.id not in cited and not one.unobservable
    ] == []


@pytest.mark.skipif(
    sys.platform == "win32" or not shutil.which("curl"),
    reason="the lines are for a shell with curl",
)
def test_what_the_page_for_vendors_tells_to_type_works(folder: Path) -> None:
    """Every line works in that folder, one after the other; only `prove`, which takes minutes, is
    left to .ci/run.
    """
    lines = [line for block in blocks() for line in block.splitlines() if " prove " not in line]
    wait = (
        f"for _ in $(seq 100); do curl -s -o /dev/null http://127.0.0.1:{PORT}/ && break; sleep"
        " 0.2; done"
    )
    script = "\n".join(
        [text for line in lines for text in ([line, wait] if " mock " in line else [line])]
    ).replace("9000", PORT)
    done = shell(f"set -e\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{script}", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 violated" not in done.stdout
    assert (folder / "site/index.html").is_file()
    assert (
        "violated"
        not in (folder / "site/statements.html")
        .read_text()
        .partition('class="filters"')[2]
        .partition("</form>")[0]
    )


def test_the_pages_name_commands_and_flags_that_exist() -> None:
    """Each line that begins with `conformance` on either page names a command, and flags that this
    command has.
    """
    for page in ("vendors.md", "integrators.md"):
        for block in re.findall(
            r"^```sh\n(.*?)^```$", (ROOT / "docs" / page).read_text("utf-8"), re.S | re.M
        ):
            for line in block.splitlines():
                words = line.partition("#")[0].split()
                command = cli.get_command(click.Context(cli), words[1])
                assert command is not None, line
                known = {flag for parameter in command.params for flag in parameter.opts}
                assert [
                    word for word in words if word.startswith("-") and word not in known
                ] == [], line
