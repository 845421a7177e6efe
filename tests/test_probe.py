"""How a run begins and ends: the right server first, and every report at the end."""

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

Ran = tuple[int, str, str]
Run = Callable[[str], Ran]


@contextmanager
def answering(status: int, content_type: str, body: bytes, **headers: str) -> Iterator[list[str]]:
    """Yield the URL of a server that answers everything alike, and what it is asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    asked.append(f"http://127.0.0.1:{server.server_address[1]}")
    try:
        yield asked
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
def test_another_server(
    conformance: Run,
    status: int,
    content_type: str,
    body: bytes,
    headers: dict[str, str],
    cause: str,
) -> None:
    """Exit 3 after a few requests, with the cause; nothing is verified, nobody is accused."""
    with answering(status, content_type, body, **headers) as asked:
        found, out, _ = conformance(f"run losant --url {asked[0]} --token any")
    assert found == 3
    assert cause in out
    assert "verified" not in out
    assert "violated" not in out
    assert len(asked) - 1 <= 12  # the probe, repeated where a gateway may have failed; a last look


def test_a_missing_base_path(conformance: Run) -> None:
    """Where the documented base path is not at the end of the URL, that is the first guess."""
    contract = loader.load_contract("push-express")
    with serve_in_thread(Mock(contract, build_embedded_mock_config(contract))) as url:
        origin = url.removesuffix(contract.base_path)
        found, out, _ = conformance(f"run push-express --url {origin} --token mock-token")
    assert found == 3
    assert f"is the base path {contract.base_path} missing from --url?" in out


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        ("", "no credentials were given: give --token TOKEN"),
        ("--token stale-token", "to the credentials given: are they expired"),
    ],
)
def test_credentials(conformance: Run, options: str, cause: str) -> None:
    """Missing credentials are told from wrong ones."""
    contract = loader.load_contract("losant")
    with serve_in_thread(Mock(contract, build_embedded_mock_config(contract))) as url:
        found, out, _ = conformance(f"run losant --url {url} {options}")
    assert (found, cause in out) == (3, True), out


def test_an_interrupted_run_writes_its_reports(tmp_path: Path) -> None:
    """Ctrl-C ends a run in order: what was decided stands in the result, nothing is left."""
    contract = loader.load_contract("push-express")
    mock = Mock(contract, build_embedded_mock_config(contract))
    state = mock.create_state()

    def slowly(request: MockRequest) -> MockResponse:
        time.sleep(0.01)
        return mock.respond(state, request)

    with serve_in_thread(mock, respond=slowly) as url:
        line = [sys.executable, "-m", "conformance", "run", "push-express", "--url", url]
        line += ["--token", "mock-token", "--json", str(tmp_path / "result.json")]
        line += ["--ledger", str(tmp_path / "ledger"), "--workers", "1"]
        with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
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


def test_a_har_that_cannot_be_written(conformance: Run) -> None:
    """A full disk is an error of the machine: exit 2, and no traceback."""
    status, _, err = conformance("run losant --profile quick --har /dev/full")
    assert (status, "--har /dev/full cannot be written: No space left" in err) == (2, True), err
