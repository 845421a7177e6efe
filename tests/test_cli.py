"""The command line: its output, its files and its exit statuses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from conformance.contract import loader
from conformance.embedded import build_embedded_mock_config
from conformance.mock.mock import Mock
from conformance.mock.server import serve_in_thread

CommandResult = tuple[int, str, str]
RunCommand = Callable[[str], CommandResult]


@pytest.mark.parametrize(
    "line",
    [
        "run losant",
        "run losant --revision 2017",
        "run push-express",
        "run tests/toy",
        "run specs/losant/openapi.yaml",
    ],
)
def test_a_run_on_the_embedded_mock_finds_no_violation(conformance: RunCommand, line: str) -> None:
    """The exit status is 0, and a summary line gives the number of verified claims."""
    status, out, _ = conformance(line)
    assert status == 0
    assert " verified — " in out
    assert "violated" not in out


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("run nope", 2, "there is no contract 'nope'"),
        ("run losant --url ''", 2, "the URL is empty"),
        ("run push-express --client no_such_package", 2, "cannot be imported"),
        ("run push-express --client generated/losant", 2, "the client of another contract"),
        (
            (
                "run push-express --client generated/push-express --url http://127.0.0.1:1"
                " --executor processes:2"
            ),
            2,
            "do not go together",
        ),
        ("run losant --url https://api.losant.com", 2, "production host"),
        ("run losant --url http://127.0.0.1:1", 3, "cannot connect"),
        ("run losant --revision 1900", 2, "has no revision '1900'"),
        ("run losant --interpretation nope", 2, "has no interpretation 'nope'"),
        ("run losant --only 'nope*'", 2, "no claim of losant has such an id"),
        ("run losant --token secret", 2, "--token goes with --url"),
        ("run losant --url http://127.0.0.1:1 --token @/nonexistent", 2, "the file cannot be read"),
        ("run losant --url http://127.0.0.1:1 --token ''", 2, "the token is empty"),
        ("run losant --url http://127.0.0.1:1 --param applicationId", 2, "NAME=VALUE"),
        ("run losant --url http://127.0.0.1:1 --param a=1 --param a=2", 2, "given twice"),
        (
            "run losant --url http://127.0.0.1:1 --scoped-token nope=x",
            2,
            "--scoped-token: losant has no such scope",
        ),
        ("run push-express --url http://127.0.0.1:1 --fixture app_ids=x", 2, "whole numbers"),
        ("run push-express --url http://127.0.0.1:1 --fixture nope=1", 2, "no such reference"),
        ("run losant --json /dev/null/x.json", 2, "cannot be written"),
        ("run losant --bogus", 2, "No such option"),
        ("run", 2, "Missing argument"),
        ("mock losant --fault nope", 2, "no such fault"),
        ("mock losant --latency soon", 2, "in milliseconds"),
        ("mock losant --latency 20-10", 2, "the lower bound first"),
        ("mock losant --fail often", 2, "a share such as 5%"),
        ("mock losant --fail 120%", 2, "between 0% and 100%"),
        ("mock losant --key pyproject.toml", 2, "--certificate"),
        ("mock losant --certificate pyproject.toml", 2, "PEM"),
        ("mock losant --seed-data pyproject.toml", 2, "pyproject.toml"),
        ("init pyproject.toml", 2, "pyproject.toml"),
        ("mock losant --scoped-token nope=x", 2, "no such scope"),
        ("prove losant --fault nope", 2, "no fault has such an id"),
        ("claims tests/toy/schemas.yaml", 2, "not an OpenAPI 3 document"),
    ],
)
def test_invalid_input_gets_one_clear_message(
    conformance: RunCommand, line: str, status: int, message: str
) -> None:
    """The exit status is the documented one.

    The reason is on standard error, without a traceback.
    """
    exit_status, out, err = conformance(line)
    assert status == exit_status
    assert message in (err or out)  # a run that found no server has a result on standard output
    assert "Traceback" not in out + err


def test_invalid_yaml_is_reported_with_its_line(conformance: RunCommand, tmp_path: Path) -> None:
    """The message about an unreadable document gives file and line."""
    (tmp_path / "openapi.yaml").write_text("openapi: 3.1.0\ninfo: {title: x\npaths: {}\n")
    status, _, err = conformance(f"run {tmp_path}")
    assert status == 2
    assert "openapi.yaml:3: not valid YAML" in err


def test_the_json_report_has_the_documented_format(conformance: RunCommand, tmp_path: Path) -> None:
    """The JSON report has the keys that other tools rely on."""
    file = tmp_path / "result.json"
    status, _, _ = conformance(f"run push-express --json {file}")
    result = json.loads(file.read_text())
    assert status == 0
    keys = {
        "format",
        "tool",
        "contract",
        "target",
        "seed",
        "started",
        "duration_s",
        "requests",
        "leftovers",
        "summary",
        "claims",
    }
    assert keys <= result.keys()
    assert {"name", "revision", "interpretations", "digest"} <= result["contract"].keys()
    assert result["target"]["url"] == "mock:"
    assert {"verified", "violated", "undecided", "unobservable"} == result["summary"].keys()
    assert sum(result["summary"].values()) == len(result["claims"])
    keys = {
        "id",
        "operation",
        "kind",
        "text",
        "statements",
        "source",
        "basis",
        "verdict",
        "reason",
        "examples",
        "requests",
        "notes",
        "evidence",
        "findings",
    }
    assert all(keys <= claim.keys() for claim in result["claims"])
    assert all(
        claim["evidence"]["response"]["status"]
        for claim in result["claims"]
        if claim["verdict"] == "verified"
    )


def test_json_goes_to_standard_output(conformance: RunCommand) -> None:
    """With -, standard output has JSON and nothing else."""
    _, out, err = conformance("run tests/toy --json -")
    assert json.loads(out)["format"] == 2
    assert "verified" in err


@pytest.fixture
def faulty_url() -> Iterator[str]:
    """Yield the URL of a mock whose lists ignore the sort direction."""
    from conformance.mock.faults.catalog import list_contract_faults

    contract = loader.load_contract("losant")
    fault = next(
        candidate
        for candidate in list_contract_faults(contract)
        if candidate.claim.endswith("sortDirection/descends-by/name")
    )
    with serve_in_thread(Mock(contract, build_embedded_mock_config(contract), fault)) as url:
        yield url


def test_a_violation_is_shown_with_source_and_curl(
    conformance: RunCommand, faulty_url: str, tmp_path: Path
) -> None:
    """The exit status is 1.

    The output has the claim and its source; the curl command reproduces the violation.
    """
    file = tmp_path / "result.json"
    status, out, _ = conformance(f"run losant --url {faulty_url} --token mock-token --json {file}")
    claim = "listExperienceGroups/sortDirection/descends-by/name"
    assert status == 1
    assert f"violated {claim}" in out
    assert (
        "L20 · Losant, Experience Groups Actions (current edition) · Get › Request Query Parameters"
        in out
    )
    finding = next(
        candidate
        for candidate in json.loads(file.read_text())["claims"]
        if candidate["id"] == claim
    )["findings"][0]
    assert """curl -sS -i -H 'Authorization: Bearer '"$TOKEN" """ in finding["curl"]
    assert "mock-token" not in file.read_text() + out
    process = subprocess.run(
        ["bash", "-c", finding["curl"]],
        env={"TOKEN": "mock-token", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "HTTP/1.1 200" in process.stdout


def test_an_expired_token_does_not_pass(conformance: RunCommand) -> None:
    """The exit status is 3, and the output gives the cause."""
    contract = loader.load_contract("losant")
    with serve_in_thread(Mock(contract, build_embedded_mock_config(contract))) as url:
        status, out, _ = conformance(f"run losant --url {url} --token stale-token")
    assert status == 3
    assert "401 to the credentials given: are they expired" in out


def test_the_token_comes_from_the_environment_or_a_file(
    conformance: RunCommand, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """CONFORMANCE_TOKEN and @FILE work like a token on the command line."""
    contract = loader.load_contract("push-express")
    (tmp_path / "token").write_text("mock-token\n")
    with serve_in_thread(Mock(contract, build_embedded_mock_config(contract))) as url:
        assert (
            conformance(
                f"run push-express --url {url} --only '*/answers' --token @{tmp_path}/token"
            )[0]
            == 0
        )
        monkeypatch.setenv("CONFORMANCE_TOKEN", "mock-token")
        assert conformance(f"run push-express --url {url} --only '*/answers'")[0] == 0


def test_claims_by_statement(conformance: RunCommand) -> None:
    """Every statement of the page is listed, with its claims or the reason why it has none."""
    status, out, _ = conformance("claims push-express --statements")
    assert status == 0
    assert "P52  " in out
    assert "archiveAppGroup/twice" in out
    assert "no claim: " in out


def test_help_of_commands(conformance: RunCommand) -> None:
    """The help of each command explains its usage, with the CONTRACT argument."""
    for command in ("", "run", "mock", "claims", "prove"):
        status, out, _ = conformance(f"{command} --help")
        assert status == 0
        assert "CONTRACT" in out


def test_prove_prints_the_matrix(conformance: RunCommand, tmp_path: Path) -> None:
    """The proof of a few faults finds all of them.

    The totals are written as JSON and as a table row.
    """
    command = (
        "prove tests/toy --fault 'listNotes/p/*' --seeds 1 --workers 1 --json"
        f" {tmp_path}/proof.json --markdown {tmp_path}/table.md"
    )
    status, out, _ = conformance(command)
    proof = json.loads((tmp_path / "proof.json").read_text())
    assert status == 0, out
    assert proof["killed"] == proof["faults"] > 5
    assert len((tmp_path / "table.md").read_text().splitlines()) == 3


def test_mock_prints_how_to_call_it_and_stops_on_interrupt() -> None:
    """The mock prints its URL with a curl command, and stops without a traceback on an
    interrupt.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", "mock", "losant", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    reader = Thread(target=lambda: lines.extend(process.stdout or ()))
    reader.start()
    for _ in range(200):
        if any("Ctrl-C" in line for line in lines):
            break
        reader.join(0.05)
    process.send_signal(2)
    _, err = process.communicate(timeout=20)
    reader.join()
    assert "curl -H" in "".join(lines)
    assert "Traceback" not in err


def test_init_writes_a_contract_folder(conformance: RunCommand, tmp_path: Path) -> None:
    """Inferred behaviors are printed and written with a mark.

    The folder can be loaded as a contract, and is not overwritten.
    """
    from tests.mock.test_guessed import DOCUMENT

    (tmp_path / "shop.yaml").write_text(DOCUMENT)
    status, out, _ = conformance(f"init {tmp_path}/shop.yaml --output {tmp_path}/shop")
    assert (status, "x-guess" in (tmp_path / "shop" / "openapi.yaml").read_text()) == (0, True)
    assert "3 of 5 operations" in out
    assert conformance(f"claims {tmp_path}/shop")[0] == 0
    assert conformance(f"init {tmp_path}/shop.yaml --output {tmp_path}/shop")[0] == 2


def test_list_shows_the_built_in_contracts(conformance: RunCommand) -> None:
    """`list` shows each built-in contract with its revisions and interpretations."""
    status, out, _ = conformance("list")
    assert status == 0
    assert all(text in out for text in ("losant", "2017", "push-express", "error-is-text"))


def test_options_of_run_are_grouped(conformance: RunCommand) -> None:
    """The help of `run` groups the options by purpose."""
    _, out, _ = conformance("run --help")
    headings = ("Contract:", "Target:", "Selection:", "Limits:", "Safety:", "Reports:")
    places = [out.index(heading) for heading in headings]
    assert places == sorted(places)
    assert out.index("Safety:") < out.index("--read-only") < out.index("Reports:")


def test_a_mock_with_a_fault_is_served() -> None:
    """`mock --fault` prints the fault, and serves until it is terminated."""
    fault = "listNotes/answers!other-status"
    command = [sys.executable, "-m", "conformance", "mock", "tests/toy", "--port", "0"]
    with subprocess.Popen(
        [*command, "--fault", fault],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
        process.communicate(timeout=20)
    assert fault in line


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("words", 0, "paginates  The list is returned in pages: of a number, or from an offset."),
        ("words paginates", 0, "size  string  required"),
        ("words x-resources", 0, "identity  JSON Pointer  required"),
        ("words x-refused", 0, "x-refused: [maxLength, enum]"),
        ("words paginate", 2, "is it paginates?"),
        ("schema", 0, '"title": "OpenAPI documents with the words of Conformance"'),
    ],
)
def test_words_explains_the_contract_language(
    conformance: RunCommand, line: str, status: int, message: str
) -> None:
    """`words` explains each keyword. For a misspelled keyword it suggests the nearest one."""
    exit_status, out, err = conformance(line)
    assert exit_status == status
    assert message in (out if status == 0 else err)
