"""Drawn contracts on the command line: every command ends as documented; faults are found."""

from __future__ import annotations

import ast
import contextlib
import io
import random
import subprocess
import sys
from unittest import mock

import yaml
from hypothesis import given

from conformance import cli
from conformance.contract.json import Json
from conformance.embedded import MockMutationBench
from conformance.suite.plan import RunProfile
from conformance.suite.prove import run_mutant

from .contracts import contracts
from .test_drawn import build_settings, save_contract

FAULTS = 3  # that are tried of each contract


def run_command(*words: str) -> tuple[int, str]:
    """Return the exit status of a command and everything that it printed.

    A traceback of any error fails the test, because the error is raised here.
    """
    output = io.StringIO()
    status = 0
    with (
        mock.patch.object(sys, "argv", ["conformance", *words]),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(output),
    ):
        try:
            cli.main()
        except SystemExit as exit:
            status = int(exit.code or 0)
    return status, output.getvalue()


def remove_contract_words(node: Json) -> Json:
    """Return a document without words of the contract language, as a vendor publishes it."""
    if isinstance(node, dict):
        return {
            key: remove_contract_words(child)
            for key, child in node.items()
            if not str(key).startswith("x-")
        }
    if isinstance(node, list):
        return [remove_contract_words(child) for child in node]
    return node


@build_settings(8)
@given(contracts())
def test_commands_end_as_documented(document: Json) -> None:
    """Status 0, or another documented one with a message that names a place."""
    with save_contract(document) as (file, _):
        folder = file.parent
        assert run_command("claims", str(file))[0] == 0
        status, output = run_command("generate", str(file), "--output", str(folder / "client"))
        assert status == 0, output
        for module in (folder / "client").rglob("*.py"):
            ast.parse(module.read_text("utf-8"))
        site = folder / "site"
        status, output = run_command("docs", str(file), "--output", str(site))
        assert status == 0, output
        assert (site / "index.html").is_file()
        status, output = run_command("diff", str(file), str(file))
        assert status == 0, output
        plain = folder / "plain.yaml"
        plain.write_text(yaml.safe_dump(remove_contract_words(document), sort_keys=False), "utf-8")
        status, output = run_command("init", str(plain), "--output", str(folder / "guessed"))
        assert status == 0, output
        status, output = run_command("run", str(folder / "guessed"), "--profile", "quick")
        assert status in (0, 3), output


@build_settings(4)
@given(contracts(), contracts())
def test_differences_of_two_contracts(first: Json, second: Json) -> None:
    """Two contracts can always be compared: 0 without a breaking change, 1 with one."""
    with save_contract(first) as (old, _), save_contract(second) as (new, _):
        status, output = run_command("diff", str(old), str(new))
        assert status in (0, 1), output
        assert status == 0 or "breaking" in output


@build_settings(3)
@given(contracts())
def test_generated_client_can_be_imported(document: Json) -> None:
    """The package is importable by a Python of its own."""
    with save_contract(document) as (file, _):
        target = file.parent / "client"
        status, output = run_command("generate", str(file), "--output", str(target))
        assert status == 0, output
        package = next(path.parent.name for path in target.glob("*/__init__.py"))
        subprocess.run(
            [sys.executable, "-c", f"import {package}; {package}.Client"], cwd=target, check=True
        )


@build_settings(6)
@given(contracts())
def test_sample_of_faults_is_found(document: Json) -> None:
    """No contract is so gentle that its checks cannot fail."""
    with save_contract(document) as (file, contract):
        bench = MockMutationBench(str(file))
        faults = bench.faults
        chosen = random.Random(contract.digest).sample(range(len(faults)), FAULTS)
        results = [
            run_mutant(bench, *faults[number], "1", RunProfile.STANDARD) for number in chosen
        ]
        missed = {result.fault: result.message for result in results if not result.killed}
        assert missed == {}
