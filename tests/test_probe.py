"""Start and end of a run: the probe of the server, and the reports of an interrupted run."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from conformance.contract import loader
from conformance.embedded import build_embedded_mock_config
from conformance.mock.message import MockRequest, MockResponse
from conformance.mock.mock import Mock
from conformance.mock.server import serve_in_thread

CommandResult = tuple[int, str, str]
RunCommand = Callable[[str], CommandResult]


@contextmanager
def serve_constant_response(
    status: int, content_type: str, body: bytes, **headers: str
) -> Iterator[list[str]]:
    """Yield a list with the URL of a server that returns the same response to every request,
    followed by the requests that it received.
    """
    url_and_requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            url_and_requests.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = respond

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    url_and_requests.append(f"http://127.0.0.1:{server.server_address[1]}")
    try:
        yield url_and_requests
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "content_type", "body", "headers", "cause"),
    [
        (404, "text/html", b"<h1>Not found</h1>", {}, "is --url right"),
        (200, "text/html", b"<html></html>", {}, "is text/html, where JSON is documented"),
        (302, "text/plain", b"", {"Location": "https://other.test/"},
         "a redirection to https://other.test/"),
        (403, "application/json", b"{}", {}, "the credentials given may not do this"),
        (400, "application/json", b'{"message": "The tenant header is missing"}', {},
         "The tenant header is missing"),
        (503, "text/plain", b"", {}, "Service Unavailable"),
    ],
)  # fmt: skip
def test_an_unexpected_server(
    conformance: RunCommand,
    status: int,
    content_type: str,
    body: bytes,
    headers: dict[str, str],
    cause: str,
) -> None:
    """The run ends with status 3 after a few requests, and gives the cause.

    No claim is verified or violated.
    """
    with serve_constant_response(status, content_type, body, **headers) as url_and_requests:
        exit_status, out, _ = conformance(f"run losant --url {url_and_requests[0]} --token any")
    assert exit_status == 3
    assert cause in out
    assert "verified" not in out
    assert "violated" not in out
    # the probe, retried after possible gateway errors, and a last request
    assert len(url_and_requests) - 1 <= 12


def test_a_missing_base_path(conformance: RunCommand) -> None:
    """If the URL does not end with the documented base path, the message suggests it."""
    contract = loader.load_contract("push-express")
    with serve_in_thread(Mock(contract, build_embedded_mock_config(contract))) as url:
        origin = url.removesuffix(contract.base_path)
        exit_status, out, _ = conformance(f"run push-express --url {origin} --token mock-token")
    assert exit_status == 3
    assert f"is the base path {contract.base_path} missing from --url?" in out


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        ("", "no credentials were given: give --token TOKEN"),
        ("--token stale-token", "to the credentials given: are they expired"),
    ],
)
def test_missing_and_invalid_credentials(conformance: RunCommand, options: str, cause: str) -> None:
    """The messages for missing and for invalid credentials differ."""
    contract = loader.load_contract("losant")
    with serve_in_thread(Mock(contract, build_embedded_mock_config(contract))) as url:
        exit_status, out, _ = conformance(f"run losant --url {url} {options}")
    assert (exit_status, cause in out) == (3, True), out


def test_an_interrupted_run_writes_its_reports(tmp_path: Path) -> None:
    """After Ctrl-C, the result has the decided claims, and no items are left over."""
    contract = loader.load_contract("push-express")
    mock = Mock(contract, build_embedded_mock_config(contract))
    state = mock.create_state()

    def respond_slowly(request: MockRequest) -> MockResponse:
        time.sleep(0.01)
        return mock.respond(state, request)

    with serve_in_thread(mock, respond=respond_slowly) as url:
        command = [sys.executable, "-m", "conformance", "run", "push-express", "--url", url]
        command += ["--token", "mock-token", "--json", str(tmp_path / "result.json")]
        command += ["--ledger", str(tmp_path / "ledger"), "--workers", "1"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            time.sleep(4)
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=60)
    assert process.returncode == 130, out
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["stopped"] == "the run was interrupted"
    assert len(result["claims"]) == len(contract.claims)
    assert result["summary"]["verified"] > 0
    assert result["summary"]["violated"] == 0
    assert result["leftovers"] == []
    assert not any(collection.items for collection in state.collections.values())


def test_an_unwritable_har_file(conformance: RunCommand) -> None:
    """A full disk is an error of the environment: exit status 2, without a traceback."""
    status, _, err = conformance("run losant --profile quick --har /dev/full")
    assert (status, "--har /dev/full cannot be written: No space left" in err) == (2, True), err
