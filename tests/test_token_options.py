"""Tokens that expire, as the command line and conformance.toml name them."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

Conformance = Callable[[str], tuple[int, str, str]]
CLIENT = "--client-credentials tester:secret-of-tester"
DOCUMENT = """
openapi: 3.1.0
info: {title: pets, version: '1'}
servers: [{url: 'https://api.example.com'}]
security: [{oauth: []}]
paths:
  /pets:
    get:
      operationId: listPets
      responses:
        '200': {description: Pets.,
            content: {application/json: {schema: {type: array, items: {type: string}}}}}
        '401': {description: No token.}
components:
  securitySchemes:
    oauth: {type: oauth2, flows: {clientCredentials: {
        tokenUrl: 'https://auth.example.com/token', scopes: {}}}}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Return the URL of a server that accepts each token for two requests.

    The number of the accepted token stands in the file `number`.
    """
    number = tmp_path / "number"
    number.write_text("1")
    accepted: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            token = self.headers.get("Authorization", "")
            is_valid = token == f"Bearer token-number-{number.read_text()}"
            if is_valid:
                accepted.append(token)
                if accepted.count(token) == 2:
                    number.write_text(str(int(number.read_text()) + 1))
            self.send_response(200 if is_valid else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("WWW-Authenticate", "Bearer")
            self.end_headers()
            self.wfile.write(json.dumps(["Rex"]).encode())

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    http_server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http_server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{http_server.server_port}"
    http_server.shutdown()
    thread.join()
    http_server.server_close()


def test_command_is_run_again_when_its_token_expired(
    server: str, tmp_path: Path, conformance: Conformance
) -> None:
    """A 401 to a token of a command makes the run fetch the next one."""
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)
    script = tmp_path / "token.py"
    script.write_text("print('token-number-' + open('number').read())")
    configuration = tmp_path / "conformance.toml"
    configuration.write_text(
        f'[targets.staging]\nurl = "{server}"\ntoken = "command:{sys.executable} {script}"\n'
    )
    result = tmp_path / "result.json"
    status, output, error = conformance(
        f"run {tmp_path}/openapi.yaml --target staging --config {configuration} --json {result}"
        f" --ledger {tmp_path}/ledger --workers 1"
    )
    assert status == 0, output + error
    verdicts = {claim["verdict"] for claim in json.loads(result.read_text())["claims"]}
    assert verdicts == {"verified"}
    assert int((tmp_path / "number").read_text()) > 1
    assert "token-number" not in output + error + result.read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (CLIENT, "--client-credentials is given without --token-url"),
        ("--token-scope read", "--token-scope is given without --token-url"),
        (f"--token-url http://127.0.0.1:9/t {CLIENT} --token abc", "--token and --token-url"),
        ("--token-url http://127.0.0.1:9/t", "without --client-credentials"),
        (f"--token-url http://auth.test/t {CLIENT}", "without encryption"),
        (f"--token-url ftp://auth.test/t {CLIENT}", "not an http or https URL"),
        (f"--token-url https://a:b@auth.test/t {CLIENT}", "not an http or https URL"),
        (f"--token-url https://api.example.com/t {CLIENT}", "documented production host"),
        (f"--token-url https://auth.example.com/t {CLIENT}", "documented production host"),
        ("--token-url http://127.0.0.1:9/t --client-credentials tester", "written ID:SECRET"),
    ],
)
def test_options_that_are_refused(
    tmp_path: Path, conformance: Conformance, words: str, message: str
) -> None:
    """The message names the option, never the secret."""
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)
    status, output, error = conformance(
        f"run {tmp_path}/openapi.yaml --url http://127.0.0.1:9 {words}"
    )
    assert status == 2
    assert message in " ".join((output + error).split())
    assert "secret-of-tester" not in output + error


def test_token_url_of_a_target(tmp_path: Path, conformance: Conformance) -> None:
    """A target names its token endpoint, and the place of the client's secret."""
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)
    (tmp_path / "client.txt").write_text("tester:secret-of-tester\n")
    configuration = tmp_path / "conformance.toml"
    configuration.write_text(
        '[targets.staging]\nurl = "http://127.0.0.1:9"\ntoken-url = "http://127.0.0.1:9/token"\n'
        'client-credentials = "file:client.txt"\n'
    )
    line = f"run {tmp_path}/openapi.yaml --target staging --config {configuration}"
    status, output, error = conformance(f"{line} --ledger {tmp_path}/ledger")
    assert status == 3, output + error
    assert "no token: http://127.0.0.1:9/token does not answer" in " ".join(output.split())
    configuration.write_text(configuration.read_text().replace("file:client.txt", "tester:abc"))
    status, output, error = conformance(line)
    assert (status, "holds the secret itself" in output + error) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        f"--token-url http://127.0.0.1:9/token {CLIENT}",
        "--other-token secret-of-tester",
        "--token secret-of-tester",
    ],
)
def test_nothing_is_sent_to_a_url_that_only_a_report_names(
    server: str, tmp_path: Path, conformance: Conformance, words: str
) -> None:
    """A report of others must not receive a token, wherever the token comes from."""
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)
    result = tmp_path / "result.json"
    conformance(
        f"run {tmp_path}/openapi.yaml --url {server} --token token-number-1 --json {result}"
        f" --ledger {tmp_path}/ledger --workers 1"
    )
    node = json.loads(result.read_text())
    node["claims"][0]["verdict"] = "violated"
    node["claims"][0]["findings"] = [
        {"message": "made up", "exchanges": [node["claims"][0]["evidence"]], "curl": "curl"}
    ]
    result.write_text(json.dumps(node))
    line = f"replay {result} {node['claims'][0]['id']} --contract {tmp_path}/openapi.yaml {words}"
    status, output, error = conformance(line)
    assert status == 2, output + error
    assert "no credential is sent" in " ".join((output + error).split())
