"""Behaviors of other packages: found by their entry point, and proven like our own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent.parent / "examples/behavior"


def install(folder: Path, name: str, target: str, package: Path | None = None) -> Path:
    """Put a package with one entry point where Python finds it, as an installer does."""
    if package is not None:
        shutil.copytree(package, folder / package.name, dirs_exist_ok=True)
    information = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    text = f"[conformance.behaviors]\n{name.partition('-')[2]} = {target}\n"
    (information / "entry_points.txt").write_text(text)
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command with the packages of a folder."""
    return subprocess.run(
        [sys.executable, "-m", "conformance", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the example package."""
    folder = tmp_path_factory.mktemp("installed")
    package = EXAMPLE / "conformance_counts"
    return install(folder, "conformance-counts", "conformance_counts:BEHAVIOR", package)


def test_its_word_is_known(installed: Path) -> None:
    """`words` explains it, and the schema for editors has it."""
    assert "X-Total-Count" in run(installed, "words", "counts").stdout
    schema = json.loads(run(installed, "schema").stdout)
    assert "counts" in schema["$defs"]["x-behaviors"]["items"]["properties"]
    assert run(installed, "words", "cuonts").stderr.count("is it counts?") == 1


def test_it_is_checked_and_proven(installed: Path) -> None:
    """The mock keeps its promise, and every fault of it is found, with no false alarm."""
    process = run(installed, "run", str(EXAMPLE / "contract"), "--json", "r.json")
    assert process.returncode == 0, process.stdout + process.stderr
    claims = json.loads((installed / "r.json").read_text())["claims"]
    verdicts = {claim["id"]: claim["verdict"] for claim in claims}
    assert verdicts["listBooks/counts/X-Total-Count"] == "verified"
    proof = run(installed, "prove", str(EXAMPLE / "contract"), "--json", "p.json")
    assert proof.returncode == 0, proof.stdout + proof.stderr
    mutation = json.loads((installed / "p.json").read_text())
    assert (mutation["killed"], mutation["false_alarms"]) == (mutation["faults"], 0)
    variants = {row["fault"] for row in mutation["matrix"] if "/counts/" in row["claim"]}
    assert len(variants) == 3


def test_without_the_package_its_word_is_refused(tmp_path: Path) -> None:
    """A contract with a word that is not installed says so, with file and line."""
    process = run(tmp_path, "claims", str(EXAMPLE / "contract"))
    assert process.returncode == 2
    assert "counts is no key of x-behaviors" in process.stderr
    assert "openapi.yaml:" in process.stderr


BROKEN = {
    "raises": ("raise RuntimeError('no luck')", "cannot be loaded: RuntimeError: no luck"),
    "is something else": ("BEHAVIOR = 3", "is no conformance.contract.behavior.BehaviorKind"),
    "is of another version": (
        "from dataclasses import replace\n"
        "from conformance.contract.sorting import BEHAVIOR as KIND\n"
        "BEHAVIOR = replace(KIND, version=99)",
        "was written for version 99 of the interface",
    ),
    "has a word of ours": (
        "from conformance.contract.sorting import BEHAVIOR",
        "the word sorts is taken",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_package_that_is_wrong_is_named(name: str, tmp_path: Path) -> None:
    """What is wrong with a package is told by its name, without a traceback, with status 2."""
    code, message = BROKEN[name]
    (tmp_path / "wrong_package.py").write_text(code)
    install(tmp_path, "their-behavior", "wrong_package:BEHAVIOR")
    for arguments in (["words"], ["claims", "losant"]):
        process = run(tmp_path, *arguments)
        assert process.returncode == 2, process.stdout
        assert "the behavior behavior of their-behavior (wrong_package:BEHAVIOR)" in process.stderr
        assert message in process.stderr
        assert "Traceback" not in process.stderr


def test_a_part_that_cannot_be_imported_is_named(tmp_path: Path) -> None:
    """A module of a behavior that raises is told with the word, when it is needed."""
    package = tmp_path / "source" / "conformance_counts"
    shutil.copytree(EXAMPLE / "conformance_counts", package)
    (package / "checks.py").write_text("raise RuntimeError('no luck')")
    folder = install(
        tmp_path / "site", "conformance-counts", "conformance_counts:BEHAVIOR", package
    )
    assert run(folder, "claims", str(EXAMPLE / "contract")).returncode == 0
    process = run(folder, "run", str(EXAMPLE / "contract"))
    assert process.returncode == 2
    assert "the behavior counts: conformance_counts.checks cannot be imported" in process.stderr
    assert "Traceback" not in process.stderr
