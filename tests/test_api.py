"""The public Python API: what docs/api.md shows works, and says what the command line says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import conformance
from conformance.checks.cause import Cause
from conformance.contract.pointer import MISSING
from conformance.embedded import build_embedded_mock_config
from conformance.mock.faults.catalog import list_contract_faults
from conformance.mock.mock import Mock
from conformance.mock.server import serve_in_thread

DOCS = Path(__file__).parent.parent / "docs"


def test_the_examples_of_the_page_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each block of the page runs after the ones before it, against a server at a port."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    contract = conformance.load("push-express")
    page = (DOCS / "api.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.S | re.M)
    assert len(blocks) == 4
    with serve_in_thread(Mock(contract, build_embedded_mock_config(contract))) as url:
        names: dict[str, object] = {}
        for block in blocks:
            code = block.replace("http://127.0.0.1:9000/api/b/v2", url).replace(
                '"secret"', '"mock-token"'
            )
            exec(compile(code, "docs/api.md", "exec"), names)
    assert "listAppGroups/responses/200/body" not in capsys.readouterr().err
    assert (tmp_path / "result.json").is_file()


def test_public_names_are_there() -> None:
    """Each name that the package lists can be had, and nothing else is promised."""
    assert {"load", "run", "Target", "Result", "mocked"} <= {*conformance.__all__}
    assert [name for name in conformance.__all__ if not hasattr(conformance, name)] == []
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = conformance.nothing


def test_importing_the_package_is_cheap() -> None:
    """A program pays for what it uses: Hypothesis and the HTTP library come when needed."""
    code = (
        "import conformance, sys; print([m for m in ('hypothesis', 'httpx') if m in sys.modules])"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "[]"


def test_a_run_finds_what_the_command_line_finds(tmp_path: Path) -> None:
    """A violation is a value: claim, kind, place, values and evidence."""
    contract = conformance.load("tests/toy")
    fault = next(
        fault
        for fault in list_contract_faults(contract)
        if fault.id == "createNote/body/title/stored!altered"
    )
    mock = Mock(contract, build_embedded_mock_config(contract), fault)
    seen: list[object] = []
    with serve_in_thread(mock) as url:
        result = conformance.run(
            contract,
            conformance.Target(url=url, token="mock-token", exclusive=True),
            only=["createNote/body/title/*"],
            ledger=tmp_path / "ledger",
            on_event=seen.append,
        )
    assert [claim.id for claim in result.violated] == ["createNote/body/title/stored"]
    finding = result.violated[0].findings[0]
    assert (finding.kind, finding.pointer) == ("stored-otherwise", "/title")
    assert isinstance(finding.expected, str)
    assert finding.actual not in (MISSING, finding.expected)
    assert finding.exchanges[-1].response is not None
    assert finding.exchanges[-1].response.status == 200
    assert seen
    result.write(tmp_path / "result.json")
    assert conformance.Result.read(tmp_path / "result.json") == result
    assert result.claim("createNote/body/title/stored") == result.violated[0]
    with pytest.raises(KeyError):
        result.claim("nothing")


def test_mistakes_are_told() -> None:
    """Production hosts, unknown profiles and patterns are refused as on the command line."""
    contract = conformance.load("push-express")
    with pytest.raises(conformance.UsageError, match="production host"):
        conformance.run(contract, conformance.Target(url=contract.servers[0]))
    with pytest.raises(conformance.UsageError, match="no profile 'slow'"):
        conformance.run(contract, profile="slow")
    with pytest.raises(conformance.UsageError, match="no claim"):
        conformance.run(contract, only=["nothing*"])
    with pytest.raises(conformance.UsageError, match="there is no contract"):
        conformance.load("no-such-contract")
    with pytest.raises(conformance.UsageError):
        conformance.Result.from_json({"format": 2})


def test_secrets_of_a_target_are_not_shown() -> None:
    """Whoever logs a target logs no secret."""
    target = conformance.Target(
        url="http://127.0.0.1", token="s3cret", user="a:s3cret", headers={"X": "s3cret"}
    )
    assert "s3cret" not in repr(target)


def test_the_page_of_results_has_every_cause() -> None:
    """docs/result.md explains each cause that a result may hold, and no other."""
    page = (DOCS / "result.md").read_text("utf-8")
    table = page[page.index("| cause |") :]
    assert re.findall(r"^\| `([a-z-]+)` \|", table, re.M) == [str(cause) for cause in Cause]
