"""The proxy that the environment names is used, except for this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from conformance.errors import UsageError
from conformance.suite.transport import find_environment_proxy

DOCUMENT = """
openapi: 3.1.0
info: {title: pets, version: '1'}
paths:
  /pets:
    get:
      operationId: listPets
      responses:
        '200': {description: Pets.,
            content: {application/json: {schema: {type: array, items: {type: string}}}}}
"""


@pytest.fixture(autouse=True)
def environment_without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """Return the address of a proxy that answers for every host, and what it was asked for.

    An entry holds the URL and the proxy's credentials.
    """
    requests: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append((self.path, self.headers.get("Proxy-Authorization")))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(["Rex"]).encode())

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}", requests
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("variables", "url", "expected"),
    [
        ({}, "http://staging.test/", None),
        ({"http_proxy": "http://p:1"}, "http://staging.test/", "http://p:1"),
        ({"http_proxy": "p:1"}, "http://staging.test/", "http://p:1"),
        ({"http_proxy": "http://p:1"}, "https://staging.test/", None),
        ({"HTTPS_PROXY": "http://p:1"}, "https://staging.test/", "http://p:1"),
        ({"all_proxy": "http://p:1"}, "https://staging.test/", "http://p:1"),
        ({"http_proxy": "http://p:1", "no_proxy": "test"}, "http://staging.test/", None),
        ({"http_proxy": "http://p:1", "no_proxy": "*"}, "http://staging.test/", None),
        ({"http_proxy": "http://p:1"}, "http://127.0.0.1:8000/", None),
        ({"http_proxy": "http://p:1"}, "http://localhost:8000/", None),
        ({"http_proxy": "http://p:1"}, "http://[::1]:8000/", None),
    ],
)
def test_choice(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str, expected: str | None
) -> None:
    """The variables are those of curl and requests."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    proxy_url = find_environment_proxy(url)
    assert (None if proxy_url is None else str(proxy_url)) == expected


@pytest.mark.parametrize("text", ["socks5://p:1", "http://"])
def test_proxy_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A proxy of another kind is refused, because the run would go around it."""
    monkeypatch.setenv("all_proxy", text)
    with pytest.raises(UsageError, match="proxy of the environment"):
        find_environment_proxy("https://staging.test/")


def test_run_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    proxy: tuple[str, list[tuple[str, str | None]]],
    conformance: Callable[[str], tuple[int, str, str]],
) -> None:
    """All requests go to the proxy, with its credentials, which no report shows."""
    address, requests = proxy
    monkeypatch.setenv("http_proxy", f"http://alice:proxy-password@{address}")
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)
    result = tmp_path / "result.json"
    status, output, error = conformance(
        f"run {tmp_path}/openapi.yaml --url http://staging.test/v1 --json {result}"
        f" --ledger {tmp_path}/ledger"
    )
    assert status == 0, output + error
    assert {url for url, _ in requests} == {"http://staging.test/v1/pets"}
    assert {credentials for _, credentials in requests} == {"Basic YWxpY2U6cHJveHktcGFzc3dvcmQ="}
    assert "proxy-password" not in output + error + result.read_text()


def test_dead_proxy_is_a_cause(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    conformance: Callable[[str], tuple[int, str, str]],
) -> None:
    """Nothing is decided if the proxy does not answer."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)
    status, output, error = conformance(
        f"run {tmp_path}/openapi.yaml --url http://staging.test --ledger {tmp_path}/ledger"
    )
    assert status == 3, output + error
    assert "cannot connect" in output + error
