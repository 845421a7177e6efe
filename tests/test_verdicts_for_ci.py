"""What a CI job relies on: complete sets of shards, accepted violations and comparisons."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from conformance.configuration import AcceptedViolation, load_configuration
from conformance.contract.loader import load_contract
from conformance.embedded import create_embedded_target
from conformance.mock.faults.catalog import list_contract_faults
from conformance.report.result_recorder import build_result_from_events
from conformance.suite.plan import RunProfile, generate_plan
from conformance.suite.run import run_plan

CommandResult = tuple[int, str, str]
RunCommand = Callable[[str], CommandResult]
CLAIM = "listNotes/n/size"


@pytest.fixture(scope="module")
def shard_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the results of the three shards of a run."""
    from conformance.sharding import describe_part, select_shard_claims

    folder = tmp_path_factory.mktemp("parts")
    contract = load_contract("tests/toy")
    settings: dict[str, Any] = {"seed": "1", "profile": "quick"}
    for shard in ("1/3", "2/3", "3/3"):
        claims = select_shard_claims(contract, contract.claims, shard)
        plan = generate_plan(contract, "1", RunProfile.QUICK, claims)
        result = build_result_from_events(run_plan(plan, create_embedded_target(contract)))
        part = describe_part(contract, contract.claims, settings, shard)
        result_text = json.dumps(replace(result, part=part).to_json())
        (folder / f"{shard[0]}.json").write_text(result_text, "utf-8")
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
def test_merge_needs_a_complete_set_of_shards(
    conformance: RunCommand, shard_folder: Path, numbers: str, status: int, message: str
) -> None:
    """An incomplete set is refused; the message lists what is missing or duplicate."""
    files = " ".join(str(shard_folder / f"{number}.json") for number in numbers.split())
    exit_status, _, err = conformance(f"merge {files}")
    assert exit_status == status, err
    assert message in err


def test_shards_of_different_runs(
    conformance: RunCommand, shard_folder: Path, tmp_path: Path
) -> None:
    """Shards of runs with different selections or profiles cannot be merged."""
    shard = json.loads((shard_folder / "2.json").read_text())
    shard["part"]["plan"] = "another"
    (tmp_path / "2.json").write_text(json.dumps(shard))
    exit_status, _, err = conformance(
        f"merge {shard_folder / '1.json'} {tmp_path / '2.json'} {shard_folder / '3.json'}"
    )
    assert (exit_status, "parts of different runs" in err) == (3, True)


def test_results_without_shards_are_refused(
    conformance: RunCommand, shard_folder: Path, tmp_path: Path
) -> None:
    """Two results that name no shard and decide the same claims cannot be merged."""
    result = json.loads((shard_folder / "1.json").read_text())
    del result["part"]
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(json.dumps(result))
    exit_status, _, err = conformance(f"merge {tmp_path / 'a.json'} {tmp_path / 'b.json'}")
    assert (exit_status, "no parts of one run" in err) == (3, True)


@pytest.fixture(scope="module")
def violated_result() -> dict[str, Any]:
    """Return the result of a run on a server that violates one claim."""
    contract = load_contract("tests/toy")
    fault = next(fault for fault in list_contract_faults(contract) if fault.claim == CLAIM)
    plan = generate_plan(contract, "1", RunProfile.QUICK)
    target = create_embedded_target(contract, fault=fault)
    result: dict[str, Any] = build_result_from_events(run_plan(plan, target)).to_json()
    violated = [claim["id"] for claim in result["claims"] if claim["verdict"] == "violated"]
    assert violated == [CLAIM]
    return result


def accept_violation(result: dict[str, Any], reason: str = "ticket 17") -> dict[str, Any]:
    """Return the result with the violation accepted."""
    claims = [
        {**claim, "accepted": {"reason": reason, "until": "2099-01-31"}}
        if claim["id"] == CLAIM
        else claim
        for claim in result["claims"]
    ]
    return {**result, "claims": claims}


def test_a_server_that_is_down_leaves_reports_that_say_so(
    conformance: RunCommand, tmp_path: Path
) -> None:
    """Reports of an earlier run are replaced, and the exit status is 3."""
    reports = {name: tmp_path / name for name in ("json", "junit", "sarif", "code-quality", "html")}
    for file in reports.values():
        if file.name != "html":
            file.write_text("from an earlier run")
    flags = " ".join(f"--{name} {file}" for name, file in reports.items())
    status, out, _ = conformance(f"run tests/toy --url http://127.0.0.1:1 --token t {flags}")
    assert (status, "cannot connect" in out) == (3, True)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == len(reports)
    assert [file for file in files if "cannot connect" not in file.read_text("utf-8")] == []


def test_accepted_violations_do_not_fail(
    conformance: RunCommand, violated_result: dict[str, Any], tmp_path: Path
) -> None:
    """Every report shows an accepted violation as accepted, with reason and date."""
    file = tmp_path / "result.json"
    file.write_text(json.dumps(accept_violation(violated_result)))
    status, out, err = conformance(f"report {file}")
    assert status == 0, err
    assert f"accepted {CLAIM}" in out
    assert "ticket 17 (until 2099-01-31)" in out
    assert "1 violated (1 accepted)" in out
    for name in ("junit", "markdown", "html"):
        conformance(f"report {file} --{name} {tmp_path / name}")
    suites = ElementTree.parse(tmp_path / "junit").getroot()
    assert [suite.get("failures") for suite in suites.iter("testsuite")].count("0") == len(suites)
    messages = [element.get("message") for element in suites.iter("skipped")]
    assert "accepted: ticket 17 (until 2099-01-31)" in messages
    markdown = (tmp_path / "markdown").read_text()
    assert "### 1 accepted violation" in markdown
    assert "broken promise" not in markdown
    (page_file,) = (tmp_path / "html").glob("*.html")
    page = page_file.read_text()
    assert "Violations that are accepted" in page
    assert "ticket 17 (until 2099-01-31)" in page
    assert "1 promise broken, and accepted so" in page


def test_accept_writes_an_entry(
    conformance: RunCommand, violated_result: dict[str, Any], tmp_path: Path
) -> None:
    """`accept` stores kind and place of the finding.

    Another violation of the same claim is not accepted.
    """
    file, config = tmp_path / "result.json", tmp_path / "conformance.toml"
    file.write_text(json.dumps(violated_result))
    command = f"accept {file} {CLAIM} --reason ticket --until 2099-01-31 --config {config}"
    assert conformance(command)[0] == 0
    (rule,) = load_configuration(str(config)).accepted_violations
    (claim,) = (claim for claim in violated_result["claims"] if claim["id"] == CLAIM)
    assert rule.covers("toy", CLAIM)
    assert all(
        rule.accepts_finding(finding["kind"], finding["pointer"]) for finding in claim["findings"]
    )
    finding = claim["findings"][0]
    assert not rule.accepts_finding("wrong-status", finding["pointer"])
    assert not rule.accepts_finding(finding["kind"], "/elsewhere")
    assert conformance(command.replace("2099-01-31", "2098-01-31"))[0] == 0
    (rule,) = load_configuration(str(config)).accepted_violations
    assert str(rule.until) == "2098-01-31"
    status, _, err = conformance(command.replace("2099-01-31", "2020-01-31"))
    assert (status, "2020-01-31 is past" in err) == (2, True)
    status, _, err = conformance(command.replace(CLAIM, "nothing"))
    assert (status, "no finding about 'nothing'" in err) == (2, True)


def test_an_older_result_is_not_accepted(
    conformance: RunCommand, violated_result: dict[str, Any], tmp_path: Path
) -> None:
    """A result that names no kinds of findings cannot be accepted; the error says what to do."""
    for claim in violated_result["claims"]:
        claim["findings"] = [
            {key: value for key, value in finding.items() if key != "kind"}
            for finding in claim["findings"]
        ]
    file = tmp_path / "result.json"
    file.write_text(json.dumps(violated_result))
    command = f"accept {file} {CLAIM} --reason ticket --until 2099-01-31"
    status, _, err = conformance(f"{command} --config {tmp_path / 'c.toml'}")
    assert (status, "run again" in err) == (2, True)


@pytest.mark.parametrize(
    ("accepted", "observed", "is_accepted"),
    [
        ("/items/0/name", "/items/7/name", True),
        ("/items/0/name", "/items/0/id", False),
        ("/items/0", "/items/0/0", False),
        ("", "", True),
        ("", "/a", False),
    ],
)
def test_places_of_list_members_are_one(accepted: str, observed: str, is_accepted: bool) -> None:
    """Which member of a list shows a violation differs from run to run; the field does not."""
    rule = AcceptedViolation(
        claim_pattern="x", reason="r", until=None, contract=None, kind="k", pointer=accepted
    )
    assert rule.accepts_finding("k", observed) is is_accepted


def replace_verdict(result: dict[str, Any], verdict: str) -> dict[str, Any]:
    """Return the result with another verdict for the claim."""
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
    conformance: RunCommand,
    violated_result: dict[str, Any],
    tmp_path: Path,
    history: str,
    status: int,
    message: str,
) -> None:
    """A new or returning violation fails; a fixed one does not."""
    files = []
    for number, name in enumerate(history.split()):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(json.dumps(replace_verdict(violated_result, name)))
    against = " ".join(f"--against {file}" for file in files[:-1])
    exit_status, out, err = conformance(f"report {files[-1]} {against}")
    assert exit_status == status, out + err
    assert message in out


@pytest.mark.parametrize("attribute", ["contract", "target"])
def test_incomparable_results_are_refused(
    conformance: RunCommand, violated_result: dict[str, Any], tmp_path: Path, attribute: str
) -> None:
    """Results of different contracts or targets cannot be compared."""
    other_result = json.loads(json.dumps(violated_result))
    other_result[attribute]["name" if attribute == "contract" else "url"] = "http://other.test"
    for name, result in (("a", violated_result), ("b", other_result)):
        (tmp_path / f"{name}.json").write_text(json.dumps(result))
    exit_status, _, err = conformance(
        f"report {tmp_path / 'a.json'} --against {tmp_path / 'b.json'}"
    )
    assert (exit_status, f"different {attribute}s" in err) == (2, True)


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("push-express --read-only", 0, ""),
        ("losant --read-only --max-requests 5", 3, "% of the claims that reading can decide"),
        ("push-express --read-only --only 'create*'", 3, "no claim can be decided by reading"),
        ("push-express --max-requests 3", 3, "% of the claims could be decided"),
    ],
)
def test_the_minimum_of_a_read_only_run(
    conformance: RunCommand, line: str, status: int, message: str
) -> None:
    """The minimum is a share of the claims that reading can decide.

    Claims that need writing do not count.
    """
    exit_status, out, _ = conformance(f"run {line} --profile quick")
    assert exit_status == status
    assert message in out
