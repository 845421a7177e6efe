"""`conformance proxy` on the command line."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from conformance.contract import loader
from conformance.embedded import TOKEN, build_embedded_mock_config
from conformance.mock.faults.catalog import list_contract_faults
from conformance.mock.mock import Mock
from conformance.mock.server import serve_in_thread
from conformance.report.result import read_result_file

PATH = "/applications/575ec8687ae143cd83dc4a97/experience/groups"


def started(*arguments: str) -> tuple[subprocess.Popen[str], str]:
    """Start the command on any port and return it with the URL that it prints."""
    line = [sys.executable, "-u", "-m", "conformance", "proxy", "losant", "--port", "0", *arguments]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    found = re.search(r"on (http://\S+)", process.stdout.readline())
    assert found is not None
    return process, found[1]


def ended(process: subprocess.Popen[str]) -> str:
    """Return what a command prints until its end."""
    with process:
        out, _ = process.communicate(timeout=30)
    return out


@pytest.mark.parametrize("one", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_a_report(one: signal.Signals, tmp_path: Path) -> None:
    """Ctrl-C and SIGTERM bring the report of a run, and its exit status; the result can be read
    back.
    """
    contract = loader.load_contract("losant")
    fault = next(
        fault
        for fault in list_contract_faults(contract)
        if fault.id == "listExperienceGroups/count/count!one-more"
    )
    with serve_in_thread(Mock(contract, build_embedded_mock_config(contract), fault)) as upstream:
        process, url = started(
            "--upstream",
            upstream,
            "--json",
            str(tmp_path / "r.json"),
            "--har",
            str(tmp_path / "r.har"),
        )
        for path in (PATH, PATH, "/elsewhere"):
            httpx.get(url + path, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False)
        process.send_signal(one)
        out = ended(process)
    assert process.returncode == 1
    assert "violated listExperienceGroups/count/count" in out
    assert "not in the contract: GET /elsewhere" in out
    result = read_result_file(str(tmp_path / "r.json"))
    assert (result["target"]["url"], result["requests"], result["proxy"]["judged"]) == (
        upstream,
        3,
        2,
    )
    assert len(json.loads((tmp_path / "r.har").read_text())["log"]["entries"]) == 3


def test_it_ends_after_so_many_requests() -> None:
    """--max-requests ends it when that many have been answered; what held was seen, and so it exits
    with 0.
    """
    contract = loader.load_contract("losant")
    with serve_in_thread(Mock(contract, build_embedded_mock_config(contract))) as upstream:
        process, url = started("--upstream", upstream, "--max-requests", "2")
        for _ in range(2):
            assert (
                httpx.get(
                    url + PATH, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False
                ).status_code
                == 200
            )
        assert "2 requests" in ended(process)
    assert process.returncode == 0


def test_an_upstream_that_is_gone_is_not_green() -> None:
    """Without any answer there is nothing to report but that: exit 3."""
    process, url = started("--upstream", "http://127.0.0.1:9", "--max-requests", "1")
    assert httpx.get(url + PATH, trust_env=False).status_code == 502
    assert "upstream failed: 502: cannot connect" in ended(process)
    assert process.returncode == 3


@pytest.mark.parametrize("url", ["https://api.losant.com", "ftp://h", "http://u:p@h", ""])
def test_an_upstream_that_cannot_be_is_refused(url: str) -> None:
    """The production host, and what is no base URL, is a usage error: nothing listens."""
    line = [
        sys.executable,
        "-m",
        "conformance",
        "proxy",
        "losant",
        "--port",
        "0",
        "--upstream",
        url,
    ]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error ")
