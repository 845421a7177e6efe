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
from conformance.report.result_file import read_result_file

GROUPS_PATH = "/applications/575ec8687ae143cd83dc4a97/experience/groups"


def start_proxy(*arguments: str) -> tuple[subprocess.Popen[str], str]:
    """Start the command on a free port and return the process with the URL that it prints."""
    command = [
        sys.executable,
        "-u",
        "-m",
        "conformance",
        "proxy",
        "losant",
        "--port",
        "0",
        *arguments,
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    match = re.search(r"on (http://\S+)", process.stdout.readline())
    assert match is not None
    return process, match[1]


def wait_for_output(process: subprocess.Popen[str]) -> str:
    """Wait for the end of a command and return its output."""
    with process:
        out, _ = process.communicate(timeout=30)
    return out


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_a_report(signal_number: signal.Signals, tmp_path: Path) -> None:
    """After Ctrl-C and SIGTERM the command prints the report of a run and exits with its exit
    status. The result can be read back.
    """
    contract = loader.load_contract("losant")
    fault = next(
        fault
        for fault in list_contract_faults(contract)
        if fault.id == "listExperienceGroups/count/count!one-more"
    )
    with serve_in_thread(Mock(contract, build_embedded_mock_config(contract), fault)) as upstream:
        process, url = start_proxy(
            "--upstream",
            upstream,
            "--json",
            str(tmp_path / "r.json"),
            "--har",
            str(tmp_path / "r.har"),
        )
        for path in (GROUPS_PATH, GROUPS_PATH, "/elsewhere"):
            httpx.get(url + path, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False)
        process.send_signal(signal_number)
        out = wait_for_output(process)
    assert process.returncode == 1
    assert "violated listExperienceGroups/count/count" in out
    assert "not in the contract: GET /elsewhere" in out
    result = read_result_file(str(tmp_path / "r.json"))
    assert (result.target.url, result.requests, (result.proxy or {})["judged"]) == (upstream, 3, 2)
    assert len(json.loads((tmp_path / "r.har").read_text())["log"]["entries"]) == 3


def test_it_ends_after_max_requests() -> None:
    """--max-requests ends the proxy after that many responses. The claims held, so it exits
    with 0.
    """
    contract = loader.load_contract("losant")
    with serve_in_thread(Mock(contract, build_embedded_mock_config(contract))) as upstream:
        process, url = start_proxy("--upstream", upstream, "--max-requests", "2")
        for _ in range(2):
            assert (
                httpx.get(
                    url + GROUPS_PATH, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False
                ).status_code
                == 200
            )
        assert "2 requests" in wait_for_output(process)
    assert process.returncode == 0


def test_an_unreachable_upstream_is_an_error() -> None:
    """If no request was answered, the report says only that, and the exit status is 3."""
    process, url = start_proxy("--upstream", "http://127.0.0.1:9", "--max-requests", "1")
    assert httpx.get(url + GROUPS_PATH, trust_env=False).status_code == 502
    assert "upstream failed: 502: cannot connect" in wait_for_output(process)
    assert process.returncode == 3


@pytest.mark.parametrize("url", ["https://api.losant.com", "ftp://h", "http://u:p@h", ""])
def test_an_invalid_upstream_is_refused(url: str) -> None:
    """The production host, or a string that is no base URL, is a usage error; no server is
    started.
    """
    command = [
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
    process = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr.startswith("error ")
