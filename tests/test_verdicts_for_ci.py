"""What a CI job relies on: complete sets of parts, accepted violations, comparisons."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from conformance.commands.accept import generalize_message
from conformance.configuration import load_configuration
from conformance.contract.loader import load_contract
from conformance.embedded import create_embedded_target
from conformance.mock.faults.catalog import list_contract_faults
from conformance.report.result_recorder import build_result_from_events
from conformance.suite.plan import RunProfile, generate_plan
from conformance.suite.run import run_plan

Ran = tuple[int, str, str]
Run = Callable[[str], Ran]
CLAIM = "listNotes/n/size"


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the results of the three parts of a run."""
    from conformance.sharding import describe_part, select_shard_claims

    folder = tmp_path_factory.mktemp("parts")
    contract = load_contract("tests/toy")
    settings: dict[str, Any] = {"seed": "1", "profile": "quick"}
    for shard in ("1/3", "2/3", "3/3"):
        claims = select_shard_claims(contract, contract.claims, shard)
        plan = generate_plan(contract, "1", RunProfile.QUICK, claims)
        result = build_result_from_events(run_plan(plan, create_embedded_target(contract)))
        part = describe_part(contract, contract.claims, settings, shard)
        text = json.dumps({**result, "part": part})
        (folder / f"{shard[0]}.json").write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("numbers", "status", "message"),
    [
        ("1 2 3", 0, ""),
        ("3 1 2", 0, ""),
        ("1 3", 3, "part 2/3 of the run is missing"),
        ("1", 3, "part 2/3, 3/3 of the run is missing"),
        ("1 2 3 3", 3, "part 3/3 of the run is given twice"),
    ],
)
def test_a_set_of_parts(
    conformance: Run, parts: Path, numbers: str, status: int, message: str
) -> None:
    """A set is complete, or it is refused with what is missing."""
    files = " ".join(str(parts / f"{number}.json") for number in numbers.split())
    found, _, err = conformance(f"merge {files}")
    assert found == status, err
    assert message in err


def test_parts_of_different_runs(conformance: Run, parts: Path, tmp_path: Path) -> None:
    """Parts of runs with another selection or profile do not make up a run."""
    other = json.loads((parts / "2.json").read_text())
    other["part"]["plan"] = "another"
    (tmp_path / "2.json").write_text(json.dumps(other))
    found, _, err = conformance(
        f"merge {parts / '1.json'} {tmp_path / '2.json'} {parts / '3.json'}"
    )
    assert (found, "parts of different runs" in err) == (3, True)


def test_whole_runs_are_no_parts(conformance: Run, parts: Path, tmp_path: Path) -> None:
    """Two results that name no part and decide the same claims are refused."""
    whole = json.loads((parts / "1.json").read_text())
    del whole["part"]
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(json.dumps(whole))
    found, _, err = conformance(f"merge {tmp_path / 'a.json'} {tmp_path / 'b.json'}")
    assert (found, "no parts of one run" in err) == (3, True)


@pytest.fixture(scope="module")
def broken() -> dict[str, Any]:
    """Return the result of a run on a server that breaks a promise."""
    contract = load_contract("tests/toy")
    fault = next(fault for fault in list_contract_faults(contract) if fault.claim == CLAIM)
    plan = generate_plan(contract, "1", RunProfile.QUICK)
    target = create_embedded_target(contract, fault=fault)
    result: dict[str, Any] = build_result_from_events(run_plan(plan, target))
    violated = [claim["id"] for claim in result["claims"] if claim["verdict"] == "violated"]
    assert violated == [CLAIM]
    return result


def accepted(result: dict[str, Any], reason: str = "ticket 17") -> dict[str, Any]:
    """Return the result in which the violation is accepted."""
    claims = [
        {**claim, "accepted": {"reason": reason, "until": "2099-01-31"}}
        if claim["id"] == CLAIM
        else claim
        for claim in result["claims"]
    ]
    return {**result, "claims": claims}


def test_accepted_is_not_red(conformance: Run, broken: dict[str, Any], tmp_path: Path) -> None:
    """An accepted violation is shown as accepted, with reason and date, in every report."""
    file = tmp_path / "result.json"
    file.write_text(json.dumps(accepted(broken)))
    status, out, err = conformance(f"report {file}")
    assert status == 0, err
    assert f"accepted {CLAIM}" in out
    assert "ticket 17 (until 2099-01-31)" in out
    assert "1 violated (1 accepted)" in out
    for name in ("junit", "markdown", "html"):
        conformance(f"report {file} --{name} {tmp_path / name}")
    suites = ElementTree.parse(tmp_path / "junit").getroot()
    assert [suite.get("failures") for suite in suites.iter("testsuite")].count("0") == len(suites)
    messages = [one.get("message") for one in suites.iter("skipped")]
    assert "accepted: ticket 17 (until 2099-01-31)" in messages
    markdown = (tmp_path / "markdown").read_text()
    assert "### 1 accepted violation" in markdown
    assert "broken promise" not in markdown
    (file_of_page,) = (tmp_path / "html").glob("*.html")
    page = file_of_page.read_text()
    assert "Violations that are accepted" in page
    assert "ticket 17 (until 2099-01-31)" in page
    assert "1 promise broken, and accepted so" in page


def test_accept_writes_the_entry(conformance: Run, broken: dict[str, Any], tmp_path: Path) -> None:
    """`accept` pins the finding: another breach of the same claim is not accepted."""
    file, config = tmp_path / "result.json", tmp_path / "conformance.toml"
    file.write_text(json.dumps(broken))
    line = f"accept {file} {CLAIM} --reason ticket --until 2099-01-31 --config {config}"
    assert conformance(line)[0] == 0
    (rule,) = load_configuration(str(config)).accepted_violations
    (claim,) = (claim for claim in broken["claims"] if claim["id"] == CLAIM)
    assert rule.covers("toy", CLAIM)
    assert all(rule.accepts_finding(found["message"]) for found in claim["findings"])
    assert not rule.accepts_finding("answered with 500; documented is 200")
    status, _, err = conformance(line.replace(CLAIM, "nothing"))
    assert (status, "no finding about 'nothing'" in err) == (2, True)


@pytest.mark.parametrize(
    ("message", "other", "same"),
    [
        ("a page holds 3 items", "a page holds 4 items", True),
        ("name was sent as 'a' and reads back as 'b'", "name was sent as 'c' and reads back as 'd'",
         True),
        ("name was sent as 'a'", "note was sent as 'a'", False),
        ("values [1]?", "values [2]?", True),
        ("values *", "values x", False),
    ],
)  # fmt: skip
def test_what_pins_a_finding(message: str, other: str, same: bool) -> None:
    """Values may differ from run to run; what is wrong with which field may not."""
    from fnmatch import fnmatchcase

    pattern = generalize_message(message)
    assert fnmatchcase(message, pattern)
    assert fnmatchcase(other, pattern) is same


def verdict(result: dict[str, Any], verdict: str) -> dict[str, Any]:
    """Return the result with another verdict on the claim."""
    claims = [
        {**claim, "verdict": verdict} if claim["id"] == CLAIM else claim
        for claim in result["claims"]
    ]
    return {**result, "claims": claims}


@pytest.mark.parametrize(
    ("history", "status", "message"),
    [
        ("verified violated", 1, "newly broken"),
        ("violated verified violated", 1, "back again"),
        ("verified violated verified", 0, "newly fixed"),
        ("violated violated", 0, "still violated"),
    ],
)
def test_comparisons(
    conformance: Run,
    broken: dict[str, Any],
    tmp_path: Path,
    history: str,
    status: int,
    message: str,
) -> None:
    """What is broken, or broken again, fails; what is fixed does not."""
    files = []
    for number, name in enumerate(history.split()):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(json.dumps(verdict(broken, name)))
    against = " ".join(f"--against {file}" for file in files[:-1])
    found, out, err = conformance(f"report {files[-1]} {against}")
    assert found == status, out + err
    assert message in out


@pytest.mark.parametrize("what", ["contract", "target"])
def test_what_does_not_compare(
    conformance: Run, broken: dict[str, Any], tmp_path: Path, what: str
) -> None:
    """Results of different contracts or targets are refused."""
    other = json.loads(json.dumps(broken))
    other[what]["name" if what == "contract" else "url"] = "http://other.test"
    for name, result in (("a", broken), ("b", other)):
        (tmp_path / f"{name}.json").write_text(json.dumps(result))
    found, _, err = conformance(f"report {tmp_path / 'a.json'} --against {tmp_path / 'b.json'}")
    assert (found, f"different {what}s" in err) == (2, True)


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("push-express --read-only", 0, ""),
        ("losant --read-only --max-requests 5", 3, "% of the claims that reading can decide"),
        ("push-express --read-only --only 'create*'", 3, "no claim can be decided by reading"),
        ("push-express --max-requests 3", 3, "% of the claims could be decided"),
    ],
)
def test_the_minimum_of_a_run_that_only_reads(
    conformance: Run, line: str, status: int, message: str
) -> None:
    """It is a share of what reading can decide: what needs writing is left out of it."""
    found, out, _ = conformance(f"run {line} --profile quick")
    assert found == status
    assert message in out
