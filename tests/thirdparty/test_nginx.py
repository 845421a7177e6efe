"""nginx asks for a password, and for a client certificate."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import trustme

from .serving import find_free_port, serve_with_nginx

Conformance = Callable[[str], tuple[int, str, str]]
DOCUMENT = """
openapi: 3.1.0
info: {title: files, version: '1'}
servers: [{url: 'http://127.0.0.1'}]
security: [{SCHEME: []}]
paths:
  /list.json:
    get:
      operationId: listFiles
      responses:
        '200': {description: The files.,
            content: {application/json: {schema: {type: array, items: {type: string}}}}}
        'STATUS': {description: Refused.}
components:
  securitySchemes: {SCHEME: {type: KIND}}
"""


def write_document(folder: Path, scheme: str, kind: str, status: int) -> Path:
    document = folder / "openapi.yaml"
    text = DOCUMENT.replace("STATUS", str(status)).replace("SCHEME", scheme).replace("KIND", kind)
    document.write_text(text)
    (folder / "list.json").write_text('["one", "two"]')
    return document


def run(conformance: Conformance, folder: Path, words: str) -> tuple[int, dict[str, str], str]:
    """Return the exit status of a run, its verdicts by claim id and what it printed."""
    result = folder / "result.json"
    status, output, error = conformance(
        f"run {folder / 'openapi.yaml'} {words} --json {result} --ledger {folder / 'ledger'}"
    )
    verdicts = (
        {claim["id"]: claim["verdict"] for claim in json.loads(result.read_text())["claims"]}
        if result.exists()
        else {}
    )
    return status, verdicts, output + error


def test_basic_authentication(tmp_path: Path, conformance: Conformance) -> None:
    """The password is sent as nginx reads it, and every claim about it is verified."""
    write_document(tmp_path, "user", "http, scheme: basic", 401)
    digest = base64.b64encode(hashlib.sha1(b"Gruesse: 1").digest()).decode()
    (tmp_path / "users").write_text(f"alice:{{SHA}}{digest}\n")
    port = find_free_port()
    block = (
        f"server {{ listen 127.0.0.1:{port}; root {tmp_path};"
        " types { application/json json; }\n"
        f'auth_basic "files"; auth_basic_user_file {tmp_path}/users; }}'
    )
    (tmp_path / "user.txt").write_text("alice:Gruesse: 1")
    with serve_with_nginx(tmp_path, block, port):
        url = f"--url http://127.0.0.1:{port}"
        status, verdicts, output = run(conformance, tmp_path, f"{url} --user @{tmp_path}/user.txt")
        wrong_status, _, wrong_output = run(conformance, tmp_path, f"{url} --user alice:wrong")
    assert status == 0, output
    claims = {id: verdict for id, verdict in verdicts.items() if "credentials" in id}
    assert set(claims) == {
        f"listFiles/credentials/{kind}" for kind in ("missing", "invalid", "bare")
    }
    assert set(claims.values()) == {"verified"}
    assert wrong_status == 3, wrong_output
    assert "401 to the credentials given" in wrong_output


def test_client_certificate(tmp_path: Path, conformance: Conformance) -> None:
    """A certificate that the server's authority issued opens the server; without one it is shut."""
    write_document(tmp_path, "certificate", "mutualTLS", 400)
    authority, client_authority = trustme.CA(), trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        tmp_path / "server.pem"
    )
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    client_authority.cert_pem.write_to_path(tmp_path / "clients.pem")
    client_authority.issue_cert("alice@example.com").private_key_and_cert_chain_pem.write_to_path(
        tmp_path / "client.pem"
    )
    port = find_free_port()
    block = (
        f"server {{ listen 127.0.0.1:{port} ssl; root {tmp_path};"
        " types { application/json json; }\n"
        f"ssl_certificate {tmp_path}/server.pem; ssl_certificate_key {tmp_path}/server.pem;\n"
        f"ssl_client_certificate {tmp_path}/clients.pem; ssl_verify_client on; }}"
    )
    with serve_with_nginx(tmp_path, block, port):
        url = f"--url https://127.0.0.1:{port} --ca {tmp_path}/ca.pem"
        status, verdicts, output = run(conformance, tmp_path, f"{url} --cert {tmp_path}/client.pem")
        bare_status, _, bare_output = run(conformance, tmp_path, url)
    assert status == 0, output
    assert verdicts["listFiles/responses/200/body"] == "verified"
    assert bare_status == 3, bare_output
    assert "400" in bare_output
