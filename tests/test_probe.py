"""Before anything else a run finds out whether it talks to the right server; else it says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from conformance.contract import loader
from conformance.embedded import build_embedded_mock_config
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
