"""The commands that make reports and documentation, from the line to the file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.contract import loader
from conformance.embedded import build_embedded_mock_config
from conformance.mock.faults.catalog import list_contract_faults
from conformance.mock.mock import Mock
from conformance.mock.server import serve_in_thread
from conformance.suite.transport import BoundedTransport
from tests.report.sample import claim, result, small

FAULT = "listExperienceGroups/sortDirection/refuses/enum!passed-over"
CLAIM = FAULT.partition("!")[0]
Ran = tuple[int, str, str]
Run = Callable[[str], Ran]


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run each test in a folder of its own."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def faulty() -> Iterator[str]:
    """Serve a server that has one fault; its URL."""
    contract = loader.load_contract("losant")
    fault = next(fault for fault in list_contract_faults(contract) if fault.id == FAULT)
    with serve_in_thread(Mock(contract, build_embedded_mock_config(contract), fault)) as url:
        yield url


@pytest.fixture(scope="module")
def made(faulty: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run against the faulty server, with all its reports."""
    folder = tmp_path_factory.mktemp("run")
    flags = "--json r.json --junit r.xml --markdown r.md --html page --har r.har"
    line = (
        f"-m conformance run losant --url {faulty} --token mock-token --only *sort* {flags}".split()
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    assert (
        subprocess.run(
            [sys.executable, *line], cwd=folder, env=clean, capture_output=True, check=False
        ).returncode
        == 1
    )
    return folder


@pytest.fixture
def found(made: Path, tmp_path: Path) -> Path:
    """Return the result of that run, in the folder of this test."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "r.json"


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_the_curl_line_shows_the_fault(found: Path) -> None:
    """The line of the report's finding, run in a shell with the token, shows what the finding says:
    an answer of 200 where a refusal is promised.
    """
    claims = [
        one for one in json.loads(found.read_text())["claims"] if one["verdict"] == "violated"
    ]
    assert [one["id"] for one in claims] == [CLAIM]
    line = claims[0]["findings"][0]["curl"]
    assert line in (found.parent / "r.md").read_text()
    shown = subprocess.run(
        ["bash", "-c", line],
        env={**os.environ, "TOKEN": "mock-token", "no_proxy": "*"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.startswith("HTTP/1.1 200")


def test_every_report_of_a_run_is_written(found: Path) -> None:
    """A run writes each report that its flags name, and the archive holds every request."""
    folder = found.parent
    assert (folder / "page/index.html").read_text().startswith("<!DOCTYPE html>")
    assert (
        len(json.loads((folder / "r.har").read_text())["log"]["entries"])
        == json.loads(found.read_text())["requests"]
    )
    assert 'failures="1"' in (folder / "r.xml").read_text()


def test_a_result_becomes_any_other_report(conformance: Run, found: Path) -> None:
    """`report` makes of the JSON what the run made of its events; an archive then holds evidence
    and findings.
    """
    folder = found.parent
    assert conformance("report r.json --junit s.xml --markdown s.md --html s.html --har s.har") == (
        0,
        "",
        "",
    )
    assert (folder / "s.xml").read_text() == (folder / "r.xml").read_text()
    assert (folder / "s.md").read_text() == (folder / "r.md").read_text()
    assert (folder / "s.html").read_text() == (folder / "page/index.html").read_text()
    assert json.loads((folder / "s.har").read_text())["log"]["entries"]


def test_two_results_are_compared(conformance: Run, tmp_path: Path) -> None:
    """What is newly broken is named, and the exit status is 1; the other way round it is fixed, and
    0.
    """
    (tmp_path / "old.json").write_text(json.dumps(result(claim("list/x"))))
    (tmp_path / "new.json").write_text(json.dumps(result(claim("list/x", "violated", "it broke"))))
    status, out, _ = conformance("report new.json --against old.json --json diff.json")
    assert (status, "newly broken list/x" in out) == (1, True)
    assert (
        json.loads((tmp_path / "diff.json").read_text())["changes"]["newly broken"][0]["claim"]
        == "list/x"
    )
    status, out, _ = conformance("report old.json --against new.json")
    assert (status, "newly fixed list/x" in out) == (0, True)


def test_a_github_job_gets_its_summary_and_annotations(
    conformance: Run, monkeypatch: pytest.MonkeyPatch, faulty: str, tmp_path: Path
) -> None:
    """With GITHUB_STEP_SUMMARY and GITHUB_ACTIONS set, the summary is appended to and each finding
    marks the line of the contract, if it stands in the repository of the job.
    """
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("CI", "true")
    _, out, _ = conformance(f"run losant --url {faulty} --token mock-token --only '{CLAIM}'")
    assert summary.read_text().startswith("before\n## losant current")
    commands = [line for line in out.splitlines() if line.startswith("::error ")]
    assert len(commands) == 1
    assert commands[0].startswith("::error title=")  # a built-in contract is in no repository
    assert "1 claims, " in out
    monkeypatch.chdir(Path(__file__).parents[1])
    _, out, _ = conformance(f"run losant --url {faulty} --token mock-token --only '{CLAIM}'")
    commands = [line for line in out.splitlines() if line.startswith("::error ")]
    assert commands[0].startswith("::error file=specs/losant/openapi.yaml,line=")


def test_a_run_writes_what_code_scanning_reads(
    conformance: Run, faulty: str, tmp_path: Path
) -> None:
    """SARIF and Code Quality hold the one violation; with - the SARIF is standard output."""
    line = f"run losant --url {faulty} --token mock-token --only '{CLAIM}'"
    status, out, err = conformance(f"{line} --sarif - --code-quality quality.json")
    assert (status, "1 claims: 1 violated" in err) == (1, True)
    (found,) = json.loads(out)["runs"][0]["results"]
    (issue,) = json.loads((tmp_path / "quality.json").read_text())
    assert (found["ruleId"], issue["check_name"]) == (CLAIM, CLAIM)


def test_a_finding_is_replayed(conformance: Run, found: Path, faulty: str) -> None:
    """On the target of the report it shows again (1); on an honest one the promise is kept (0)."""
    status, out, _ = conformance(f"replay r.json {CLAIM} --url {faulty} --token mock-token")
    assert (status, "the finding shows again" in out, faulty in out) == (1, True, True)
    status, out, _ = conformance(f"replay r.json {CLAIM} --url mock:")
    assert (status, "the promise is kept now" in out) == (0, True)


def test_no_credential_goes_where_only_the_report_says(
    conformance: Run, found: Path, faulty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report may come from anybody: a credential on the line is refused, one of the environment
    stays at home.
    """
    status, _, err = conformance(f"replay r.json {CLAIM} --token mock-token")
    assert (status, "no credential is sent to a URL that you have not named" in err) == (2, True)
    assert f"--url {faulty}" in err
    monkeypatch.setenv("CONFORMANCE_TOKEN", "mock-token")
    sent: list[str] = []
    original = BoundedTransport.send
    monkeypatch.setattr(
        BoundedTransport,
        "send",
        lambda self, request, *rest: (
            sent.append(str(request.headers)) or original(self, request, *rest)
        ),  # type: ignore[func-returns-value]
    )
    status, _, err = conformance(f"replay r.json {CLAIM}")
    assert (status, "CONFORMANCE_TOKEN is not sent" in err) == (3, True)
    assert sent
    assert [one for one in sent if "mock-token" in one] == []


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("replay r.json nope", 2, "no finding about 'nope'"),
        ("replay r.json list --url https://api.losant.com", 2, "production host"),
        ("replay r.json list --url http://127.0.0.1:1 --token x", 3, "no answer"),
        ("replay nowhere.json list", 2, "nowhere.json: cannot be read"),
        ("report nowhere.json", 2, "nowhere.json: cannot be read"),
        ("report r.json --against r.md", 2, "r.md: is not JSON"),
        ("report r.json --html /proc/nowhere/x.html", 2, "cannot be written"),
        ("docs losant --evidence nowhere.json", 2, "nowhere.json: cannot be read"),
        ("docs push-express --evidence r.json", 2, "is a result of losant"),
        ("diff losant", 2, "Missing argument"),
        ("diff losant@1900 losant", 2, "has no revision '1900'"),
        ("diff losant@ losant", 2, "CONTRACT@REVISION"),
    ],
)
def test_mistakes_get_one_clear_message(
    conformance: Run, found: Path, line: str, status: int, message: str
) -> None:
    """A mistake of the user's ends with its status and a message, never a traceback."""
    ended, out, err = conformance(line)
    assert (ended, message in err, "Traceback" in out + err) == (status, True, False)


def test_editions_are_compared(conformance: Run, tmp_path: Path) -> None:
    """`diff` names what changed and what breaks callers, also as JSON; --breaking makes that the
    exit status.
    """
    status, out, _ = conformance("diff losant@2017 losant --json changes.json")
    assert (status, "default 1000 became 100" in out, " breaking for callers" in out) == (
        0,
        True,
        True,
    )
    changes = json.loads((tmp_path / "changes.json").read_text())
    assert changes["breaking"] == sum(change["breaking"] for change in changes["changes"]) > 0
    assert conformance("diff losant@2017 losant --breaking")[0] == 1
    assert conformance("diff losant losant --breaking")[0] == 0


def test_a_site_goes_on_where_it_stopped(conformance: Run, found: Path) -> None:
    """Evidence is appended: a second run adds to the history, and the first one's evidence is
    kept.
    """
    assert conformance("docs losant --evidence r.json -o site")[0] == 0
    later = json.loads(found.read_text())
    later["started"] = "2031-01-01T00:00:00+00:00"
    (found.parent / "later.json").write_text(json.dumps(later))
    status, out, _ = conformance("docs losant --evidence later.json -o site")
    assert (status, "2 runs" in out, "155" in out) == (0, True, False)
    assert len(list((found.parent / "site/evidence").iterdir())) == 2
    assert conformance("docs losant -o site")[1].count("2 runs") == 1


def test_a_result_is_shown_without_flags(conformance: Run, tmp_path: Path) -> None:
    """`report` alone shows what `run` showed."""
    (tmp_path / "small.json").write_text(json.dumps(small()))
    status, out, _ = conformance("report small.json")
    assert (status, "violated listThings/order/orders-by/name" in out, "4 claims" in out) == (
        0,
        True,
        True,
    )
