"""The commands that write reports and documentation, from the command line to the file."""

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
CommandResult = tuple[int, str, str]
RunCommand = Callable[[str], CommandResult]


@pytest.fixture(autouse=True)
def empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run each test in its own folder."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def faulty_url() -> Iterator[str]:
    """Yield the URL of a server that has one fault."""
    contract = loader.load_contract("losant")
    fault = next(fault for fault in list_contract_faults(contract) if fault.id == FAULT)
    with serve_in_thread(Mock(contract, build_embedded_mock_config(contract), fault)) as url:
        yield url


@pytest.fixture(scope="module")
def report_folder(faulty_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with all reports of a run against the faulty server."""
    folder = tmp_path_factory.mktemp("run")
    flags = "--json r.json --junit r.xml --markdown r.md --html page --har r.har"
    arguments = (
        f"-m conformance run losant --url {faulty_url} --token mock-token --only *sort* {flags}"
    ).split()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")
    }
    assert (
        subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            check=False,
        ).returncode
        == 1
    )
    return folder


@pytest.fixture
def result_file(report_folder: Path, tmp_path: Path) -> Path:
    """Return the JSON result of that run, copied to the folder of this test."""
    shutil.copytree(report_folder, tmp_path, dirs_exist_ok=True)
    return tmp_path / "r.json"


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_the_curl_command_reproduces_the_finding(result_file: Path) -> None:
    """Run in a shell with the token, the curl command of the report shows the finding: a status of
    200 where a refusal is promised.
    """
    violated_claims = [
        claim
        for claim in json.loads(result_file.read_text())["claims"]
        if claim["verdict"] == "violated"
    ]
    assert [claim["id"] for claim in violated_claims] == [CLAIM]
    command = violated_claims[0]["findings"][0]["curl"]
    assert command in (result_file.parent / "r.md").read_text()
    process = subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "TOKEN": "mock-token", "no_proxy": "*"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stdout.startswith("HTTP/1.1 200")


def test_every_report_of_a_run_is_written(result_file: Path) -> None:
    """A run writes each report that its flags name. The HAR file has every request."""
    folder = result_file.parent
    assert (folder / "page/index.html").read_text().startswith("<!DOCTYPE html>")
    assert (
        len(json.loads((folder / "r.har").read_text())["log"]["entries"])
        == json.loads(result_file.read_text())["requests"]
    )
    assert 'failures="1"' in (folder / "r.xml").read_text()


def test_a_result_is_converted_to_other_reports(conformance: RunCommand, result_file: Path) -> None:
    """From the JSON result, `report` writes the same reports as the run.

    A HAR file then has evidence and findings only.
    """
    folder = result_file.parent
    assert conformance("report r.json --junit s.xml --markdown s.md --html s.html --har s.har") == (
        0,
        "",
        "",
    )
    assert (folder / "s.xml").read_text() == (folder / "r.xml").read_text()
    assert (folder / "s.md").read_text() == (folder / "r.md").read_text()
    assert (folder / "s.html").read_text() == (folder / "page/index.html").read_text()
    assert json.loads((folder / "s.har").read_text())["log"]["entries"]


def test_two_results_are_compared(conformance: RunCommand, tmp_path: Path) -> None:
    """A new violation is listed, and the exit status is 1.

    In the opposite direction it is listed as fixed, with status 0.
    """
    (tmp_path / "old.json").write_text(json.dumps(result(claim("list/x")).to_json()))
    (tmp_path / "new.json").write_text(
        json.dumps(result(claim("list/x", "violated", "it broke")).to_json())
    )
    status, out, _ = conformance("report new.json --against old.json --json diff.json")
    assert (status, "newly broken list/x" in out) == (1, True)
    assert (
        json.loads((tmp_path / "diff.json").read_text())["changes"]["newly broken"][0]["claim"]
        == "list/x"
    )
    status, out, _ = conformance("report old.json --against new.json")
    assert (status, "newly fixed list/x" in out) == (0, True)


def test_a_github_job_gets_its_summary_and_annotations(
    conformance: RunCommand, monkeypatch: pytest.MonkeyPatch, faulty_url: str, tmp_path: Path
) -> None:
    """If GITHUB_STEP_SUMMARY and GITHUB_ACTIONS are set, the summary is appended to the file.

    Each finding annotates the line of the contract if the contract is in the repository of the job.
    """
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("CI", "true")
    _, out, _ = conformance(f"run losant --url {faulty_url} --token mock-token --only '{CLAIM}'")
    assert summary.read_text().startswith("before\n## losant current")
    commands = [line for line in out.splitlines() if line.startswith("::error ")]
    assert len(commands) == 1
    assert commands[0].startswith("::error title=")  # a built-in contract is in no repository
    assert "1 claims, " in out
    monkeypatch.chdir(Path(__file__).parents[1])
    _, out, _ = conformance(f"run losant --url {faulty_url} --token mock-token --only '{CLAIM}'")
    commands = [line for line in out.splitlines() if line.startswith("::error ")]
    assert commands[0].startswith("::error file=specs/losant/openapi.yaml,line=")


def test_a_run_writes_sarif_and_code_quality(
    conformance: RunCommand, faulty_url: str, tmp_path: Path
) -> None:
    """SARIF and Code Quality have the one violation. With -, SARIF goes to standard output."""
    command = f"run losant --url {faulty_url} --token mock-token --only '{CLAIM}'"
    status, out, err = conformance(f"{command} --sarif - --code-quality quality.json")
    assert (status, "1 claims: 1 violated" in err) == (1, True)
    (sarif_result,) = json.loads(out)["runs"][0]["results"]
    (issue,) = json.loads((tmp_path / "quality.json").read_text())
    assert (sarif_result["ruleId"], issue["check_name"]) == (CLAIM, CLAIM)


def test_a_finding_is_replayed(conformance: RunCommand, result_file: Path, faulty_url: str) -> None:
    """On the target of the report the finding occurs again (1); on a server without the fault it
    does not (0).
    """
    status, out, _ = conformance(f"replay r.json {CLAIM} --url {faulty_url} --token mock-token")
    assert (status, "the finding shows again" in out, faulty_url in out) == (1, True, True)
    status, out, _ = conformance(f"replay r.json {CLAIM} --url mock:")
    assert (status, "the promise is kept now" in out) == (0, True)


def test_a_finding_is_written_as_a_script(
    conformance: RunCommand, result_file: Path, faulty_url: str, tmp_path: Path
) -> None:
    """`replay --script` sends nothing; the script shows the breach with Python alone."""
    file = tmp_path / "breach.py"
    status, output, error = conformance(f"replay {result_file} {CLAIM} --script {file}")
    assert (status, "TOKEN=…" in output) == (0, True), error
    process = subprocess.run(
        [sys.executable, "-I", str(file), faulty_url],
        capture_output=True,
        text=True,
        env={**os.environ, "TOKEN": "mock-token"},
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout.startswith("promised  ")
    assert "→ 20" in process.stdout
    status, _, error = conformance(f"replay {result_file} {CLAIM} --script {file}/breach.py")
    assert (status, "--script" in error) == (2, True)


def test_a_replay_without_the_token_says_what_is_missing(
    conformance: RunCommand, result_file: Path, faulty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without credentials nothing can be seen: a few requests, status 3, and what to give."""
    monkeypatch.delenv("CONFORMANCE_TOKEN", raising=False)
    status, out, _ = conformance(f"replay {result_file} {CLAIM} --url {faulty_url}")
    assert status == 3
    assert "no credentials were given: give --token" in out
    assert out.count("  sent ") <= 5


def test_every_report_names_the_replay(conformance: RunCommand, result_file: Path) -> None:
    """Whichever report somebody reads, it says how to see the finding again."""
    command = f"conformance replay {result_file} {CLAIM} --url http://127.0.0.1:"
    assert command in conformance(f"report {result_file}")[1]
    for flag in ("junit", "markdown", "sarif", "code-quality", "html"):
        target = result_file.parent / f"named.{flag}"
        status, _, error = conformance(f"report {result_file} --{flag} {target}")
        assert status == 0, (flag, error)
        files = [target] if target.is_file() else list(target.glob("*.html"))
        assert any(command in file.read_text("utf-8") for file in files), flag


def test_a_site_from_the_mock_alone_verifies_nothing(
    conformance: RunCommand, tmp_path: Path
) -> None:
    """The embedded mock is named as what it is, and no statement counts as verified by it."""
    result, site = tmp_path / "mock.json", tmp_path / "site"
    assert conformance(f"run push-express --json {result}")[0] == 0
    assert conformance(f"docs push-express --evidence {result} -o {site}")[0] == 0
    assert "no server: it shows that the checks work" in (site / "index.html").read_text("utf-8")
    assert 'data-standing="verified"' not in (site / "statements.html").read_text("utf-8")


def test_no_credential_is_sent_to_a_url_from_the_report(
    conformance: RunCommand, result_file: Path, faulty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report may come from anybody.

    A credential on the command line is refused, and one of the environment is not sent.
    """
    status, _, err = conformance(f"replay r.json {CLAIM} --token mock-token")
    assert (status, "no credential is sent to a URL that you have not named" in err) == (2, True)
    assert f"--url {faulty_url}" in err
    monkeypatch.setenv("CONFORMANCE_TOKEN", "mock-token")
    sent_headers: list[str] = []
    original = BoundedTransport.send
    monkeypatch.setattr(
        BoundedTransport,
        "send",
        lambda self, request, *arguments: (
            sent_headers.append(str(request.headers)) or original(self, request, *arguments)
        ),  # type: ignore[func-returns-value]
    )
    status, _, err = conformance(f"replay r.json {CLAIM}")
    assert (status, "CONFORMANCE_TOKEN is not sent" in err) == (3, True)
    assert sent_headers
    assert [headers for headers in sent_headers if "mock-token" in headers] == []


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
def test_usage_errors_get_one_clear_message(
    conformance: RunCommand, result_file: Path, line: str, status: int, message: str
) -> None:
    """A usage error has its exit status and a message, never a traceback."""
    exit_status, out, err = conformance(line)
    assert (exit_status, message in err, "Traceback" in out + err) == (status, True, False)


def test_revisions_are_compared(conformance: RunCommand, tmp_path: Path) -> None:
    """`diff` lists the changes and which of them break callers, also as JSON.

    With --breaking, breaking changes set the exit status.
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


def test_a_site_keeps_its_history(conformance: RunCommand, result_file: Path) -> None:
    """Evidence is appended: a second run adds to the history, and the evidence of the first run is
    kept.
    """
    assert conformance("docs losant --evidence r.json -o site")[0] == 0
    later = json.loads(result_file.read_text())
    later["started"] = "2031-01-01T00:00:00+00:00"
    (result_file.parent / "later.json").write_text(json.dumps(later))
    status, out, _ = conformance("docs losant --evidence later.json -o site")
    assert (status, "2 runs" in out) == (0, True)
    assert "155 statements" in out
    assert "5 more in other editions" in out
    assert len(list((result_file.parent / "site/evidence").iterdir())) == 2
    assert conformance("docs losant -o site")[1].count("2 runs") == 1


def test_a_result_is_shown_without_flags(conformance: RunCommand, tmp_path: Path) -> None:
    """Without flags, `report` prints the same as `run`."""
    small().write(tmp_path / "small.json")
    status, out, _ = conformance("report small.json")
    assert (status, "violated listThings/order/orders-by/name" in out, "4 claims" in out) == (
        0,
        True,
        True,
    )


def test_a_script_asks_for_pages_of_the_size_that_showed_the_breach(
    conformance: RunCommand, tmp_path: Path
) -> None:
    """A larger page would show a list without the gap."""
    contract, gap = loader.load_contract("push-express"), "listAppGroups/page/allPages!gap"
    fault = next(fault for fault in list_contract_faults(contract) if fault.id == gap)
    with serve_in_thread(Mock(contract, build_embedded_mock_config(contract), fault)) as url:
        options = f"--url {url} --token mock-token --fixture app_ids=1,2"
        result_file, file = tmp_path / "new" / "result.json", tmp_path / "new" / "breach.py"
        status, _, _ = conformance(
            f"run push-express {options} --only listAppGroups/archived/true --json {result_file}"
        )
        assert status == 1
        claim_id = "listAppGroups/archived/true"
        assert conformance(f"replay {result_file} {claim_id} --script {file}")[0] == 0
        output = subprocess.run(
            [sys.executable, "-I", str(file)],
            env={**os.environ, "TOKEN": "mock-token"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    (violated,) = (
        claim
        for claim in json.loads(result_file.read_text())["claims"]
        if claim["verdict"] == "violated"
    )
    shown_url = violated["findings"][0]["exchanges"][-1]["request"]["url"]
    size = int(shown_url.partition("per_page=")[2].partition("&")[0])
    assert f"per_page={size} → 200" in output
    assert size < 50
