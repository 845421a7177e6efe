"""A token endpoint by Authlib whose tokens expire after two seconds, in the middle of a run."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc6750 import BearerTokenValidator
from flask import Flask, Response, jsonify, request

from .serving import serve_wsgi

Conformance = Callable[[str], tuple[int, str, str]]
SECRET = "secret-of-the-client"
DOCUMENT = """
openapi: 3.1.0
info: {title: notes, version: '1'}
security: [{oauth: [read]}]
paths:
  /notes:
    get:
      operationId: listNotes
      parameters:
      - {name: size, in: query, schema: {type: integer, minimum: 1, maximum: 50, default: 20}}
      responses: {'200': {$ref: '#/components/responses/Notes'}, '401': {description: No token.}}
  /notes/first:
    get:
      operationId: readFirstNote
      responses: {'200': {$ref: '#/components/responses/Notes'}, '401': {description: No token.}}
components:
  responses:
    Notes: {description: The notes.,
        content: {application/json: {schema: {type: array, items: {type: string}}}}}
  securitySchemes:
    oauth:
      type: oauth2
      flows: {clientCredentials: {tokenUrl: 'https://auth.example.com/token',
              scopes: {read: Reads.}}}
"""


@dataclass
class Client(ClientMixin):  # type: ignore[misc]
    """The one client that the endpoint knows."""

    id: str = "tester"

    def get_client_id(self) -> str:
        return self.id

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(part for part in (scope or "read").split() if part == "read")

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "client_credentials"


@dataclass
class Token(TokenMixin):  # type: ignore[misc]
    text: str
    scope: str
    expires_at: float

    def get_scope(self) -> str:
        return self.scope

    def is_expired(self) -> bool:
        return time.time() >= self.expires_at

    def is_revoked(self) -> bool:
        return False


@dataclass
class OAuthServer:
    """An application with a token endpoint and two protected resources.

    Tokens are valid for `lifetime` seconds. `delay` is the time in seconds that each resource
    takes, so that a run outlives its tokens. With `says_lifetime` false, the endpoint does not tell
    how long a token is valid.
    """

    delay: float = 0.15
    lifetime: int = 2
    says_lifetime: bool = True
    tokens: dict[str, Token] = field(default_factory=dict)
    refused: int = 0
    authorizations: list[tuple[str, str]] = field(default_factory=list)

    def build_app(self) -> Flask:
        app = Flask("oauth")

        def save_token(token: dict[str, Any], _: Any) -> None:
            self.tokens[token["access_token"]] = Token(
                token["access_token"], token["scope"], time.time() + self.lifetime
            )
            token["expires_in"] = self.lifetime
            if not self.says_lifetime:
                del token["expires_in"]

        server = AuthorizationServer(
            app, query_client=lambda id: Client() if id == "tester" else None, save_token=save_token
        )
        server.register_grant(grants.ClientCredentialsGrant)
        state = self

        class Validator(BearerTokenValidator):  # type: ignore[misc]
            def authenticate_token(self, token_string: str) -> Token | None:
                return state.tokens.get(token_string)

        protect = ResourceProtector()
        protect.register_token_validator(Validator())

        @app.before_request
        def record() -> None:
            self.authorizations.append((request.path, request.headers.get("Authorization", "")))

        @app.after_request
        def count(response: Response) -> Response:
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            is_refused = response.status_code == 401 and scheme == "Bearer"
            self.refused += is_refused and token in self.tokens
            return response

        @app.post("/token")
        def issue() -> Any:
            return server.create_token_response()

        @app.get("/notes")
        @app.get("/notes/first", endpoint="first")
        @protect("read")
        def notes() -> Any:
            time.sleep(self.delay)
            return jsonify(["one", "two"])

        return app


class RefusingServer(OAuthServer):
    """It refuses every other request for a resource."""

    def build_app(self) -> Flask:
        app, paths = super().build_app(), list[str]()

        @app.before_request
        def refuse() -> Any:
            paths.extend([request.path] if request.path != "/token" else [])
            return ("no", 401) if paths and not len(paths) % 2 else None

        return app


@pytest.fixture
def run(tmp_path: Path, conformance: Conformance) -> Callable[..., Any]:
    """Return how to run the contract against a server with some options."""

    def run_contract(server: OAuthServer, words: str, secret: str = SECRET) -> Any:
        (tmp_path / "openapi.yaml").write_text(DOCUMENT)
        (tmp_path / "client.txt").write_text(f"tester:{secret}\n")
        result = tmp_path / "result.json"
        result.unlink(missing_ok=True)
        with serve_wsgi(server.build_app()) as url:
            status, output, error = conformance(
                f"run {tmp_path}/openapi.yaml --url {url} {words.replace('URL', url)}"
                f" --json {result} --ledger {tmp_path}/ledger --rate 5"
            )
        claims = json.loads(result.read_text())["claims"] if result.exists() else []
        written = result.read_text() if result.exists() else ""
        return status, {claim["id"]: claim["verdict"] for claim in claims}, output + error, written

    return run_contract


@pytest.mark.parametrize("says_lifetime", [True, False])
def test_tokens_are_renewed_during_a_run(run: Callable[..., Any], says_lifetime: bool) -> None:
    """All claims are decided although every token expires; no token is shown."""
    server = OAuthServer(says_lifetime=says_lifetime)
    words = "--token-url URL/token --client-credentials @CLIENT --token-scope read"
    status, verdicts, output, written = run(server, words.replace("@CLIENT", "tester:" + SECRET))
    assert status == 0, output
    undecided = {id for id, verdict in verdicts.items() if verdict != "verified"}
    assert undecided == {"listNotes/size/default"}, output  # no resource, so no items to count
    assert {
        "listNotes/credentials/missing",
        "listNotes/credentials/invalid",
        "listNotes/scopes/read/allowed",
    } <= verdicts.keys()
    assert len(server.tokens) >= 2  # it took longer than a token is valid
    # a token whose lifetime is known is never sent when it has expired
    assert (server.refused == 0) == says_lifetime
    secrets = [SECRET, *server.tokens]
    assert not any(secret in output + written for secret in secrets)
    assert "$TOKEN" in written
    client = "Basic " + base64.b64encode(f"tester:{SECRET}".encode()).decode()
    for path, authorization in server.authorizations:
        assert (authorization == client) == (path == "/token")


def test_a_client_that_the_endpoint_refuses(run: Callable[..., Any]) -> None:
    """Nothing is decided, and the endpoint's own words are the reason."""
    status, _, output, _ = run(
        OAuthServer(), "--token-url URL/token --client-credentials tester:wrong"
    )
    assert status == 3, output
    assert "invalid_client" in output


def test_a_refused_token_that_is_valid_is_not_renewed(run: Callable[..., Any]) -> None:
    """A server that refuses a valid token is asked for no other one."""
    server = RefusingServer(delay=0.0, lifetime=60)
    _, _, output, written = run(
        server, f"--token-url URL/token --client-credentials tester:{SECRET} --only '*/optional'"
    )
    assert server.refused > 0
    assert len(server.tokens) == 1, output
    assert "401" in written
