"""Scripts of findings: without the tool, they show the breach and leave nothing behind."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.contract.json import Json
from conformance.contract.loader import load_contract
from conformance.embedded import (
    OTHER_TOKEN,
    TOKEN,
    USER,
    build_embedded_mock_config,
    create_embedded_target,
    scoped_token,
)
from conformance.mock.fault import Fault
from conformance.mock.faults.catalog import list_contract_faults
from conformance.mock.mock import Mock
from conformance.mock.server import serve_in_thread
from conformance.report import result_recorder
from conformance.report.record import record_to_json
from conformance.suite.plan import Plan, generate_plan
from conformance.suite.replay import DecisiveStep
from conformance.suite.reproduction import build_reproduction
from conformance.suite.run import run_plan

CONTRACT = load_contract("tests/toy")
KINDS = {claim.id: claim.kind for claim in CONTRACT.claims}
# needs sixty things: the run gives such a scenario a stocked server of its own
NEEDS_STOCKED_SERVER = {"listNotes/n/default"}
# a value that changes from answer to answer, and whose equality is what a breach may be about
CHANGING_VALUE = re.compile(
    r"conf[0-9a-z]{13}|[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[0-9:.]+Z|request-\d+"
)


def sample_faults() -> list[Fault]:
    """Return one fault for each kind of claim."""
    by_kind: dict[str, Fault] = {}
    for fault in list_contract_faults(CONTRACT):
        if not fault.seed_count and fault.claim not in NEEDS_STOCKED_SERVER:
            by_kind.setdefault(KINDS[fault.claim], fault)
    return list(by_kind.values())


def find_violation(fault: Fault) -> tuple[Plan, Json]:
    """Return the plan and the violated claim of a run against a mock with a fault."""
    plan = generate_plan(
        CONTRACT, "1", only=[claim for claim in CONTRACT.claims if claim.id == fault.claim]
    )
    target = create_embedded_target(CONTRACT, fault=fault)
    result = result_recorder.build_result_from_events(run_plan(plan, target))
    return plan, record_to_json(result.claim(fault.claim))


def reproduce(plan: Plan, claim: Json) -> str:
    """Return the script of the first finding of a claim."""
    target = replace(create_embedded_target(CONTRACT), transport=None, stocked_transport=None)
    step = claim["findings"][0]["exchanges"][-1]["step"]
    return build_reproduction(
        plan, target, claim, DecisiveStep(step=step, operation=claim["operation"])
    )


def execute(script: str, folder: Path, fault: Fault | None) -> tuple[str, list[Json]]:
    """Return what a script shows of a mock with a fault, and what it leaves there."""
    file = folder / "breach.py"
    file.write_text(script)
    mock = Mock(CONTRACT, build_embedded_mock_config(CONTRACT), fault)
    state = mock.create_state()
    scopes = {
        "TOKEN_" + re.sub("[^A-Za-z0-9]", "_", scope).upper(): scoped_token(scope)
        for scope in CONTRACT.scopes
    }
    secrets = {"TOKEN": TOKEN, "CREDENTIALS": USER, "OTHER_TOKEN": OTHER_TOKEN, **scopes}
    with serve_in_thread(mock, state=state) as url:
        process = subprocess.run(
            [sys.executable, "-I", str(file), url],
            capture_output=True,
            text=True,
            env={**os.environ, **secrets},
            check=False,
        )
    assert process.returncode == 0, process.stderr
    left = [
        item.value
        for collection in state.collections.values()
        for item in collection.items.values()
    ]
    return process.stdout, left


def normalize(output: str) -> str:
    """Return an output in which equal changing values have equal names."""
    names: dict[str, str] = {}
    return CHANGING_VALUE.sub(
        lambda match: names.setdefault(match[0], f"value {len(names)}"), output
    )


@pytest.mark.parametrize("fault", sample_faults(), ids=lambda fault: str(fault.id))
def test_a_script_shows_the_breach(fault: Fault, tmp_path: Path) -> None:
    """A server with the fault answers the script differently from one that keeps its promise."""
    plan, claim = find_violation(fault)
    if claim["verdict"] != "violated":
        assert not next(c for c in CONTRACT.claims if c.id == fault.claim).basis.is_binding
        return
    script = reproduce(plan, claim)
    output, _ = execute(script, tmp_path, fault)
    honest_output, left = execute(script, tmp_path, None)
    assert claim["text"] in output
    assert normalize(output) != normalize(honest_output)
    assert "\nleft      " not in honest_output
    assert [item for item in left if "conf" in json.dumps(item)] == []


def list_imports(script: str) -> Iterator[str]:
    """Yield the modules that a script imports."""
    for node in ast.walk(ast.parse(script)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module).partition(".")[0]


def test_a_script_holds_no_secret_and_imports_no_package(tmp_path: Path) -> None:
    """Secrets come from the environment; a missing one is asked for by name."""
    plan, claim = find_violation(sample_faults()[0])
    script = reproduce(plan, claim)
    assert {*list_imports(script)} <= {*sys.stdlib_module_names, "__future__"}
    assert TOKEN not in script
    file = tmp_path / "breach.py"
    file.write_text(script)
    process = subprocess.run(
        [sys.executable, "-I", str(file), "http://127.0.0.1:9"],
        capture_output=True,
        text=True,
        env={name: value for name, value in os.environ.items() if "TOKEN" not in name},
        check=False,
    )
    assert "set TOKEN in the environment" in process.stderr
