"""Credentials and scopes."""

from __future__ import annotations

import base64

import pytest

from conformance.contract.contract import Contract, build_contract
from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.mock.config import MockConfig

from .client import APP_GROUPS, GROUPS, Client, build_losant_client, build_push_express_client
from .contracts import load

STRICT = MockConfig(
    tokens=frozenset({"good"}),
    token_scopes={"reader": "all.Application.read", "poster": "experienceGroups.post"},
)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, 401),
        ("", 401),
        ("good", 401),
        ("Bearer", 401),
        ("Bearer ", 401),
        ("Basic good", 401),
        ("Bearer bad", 401),
        ("Bearer good", 200),
        ("bearer good", 200),
        ("Bearer  good", 200),
    ],
)
def test_only_known_tokens_are_accepted(header: str | None, expected: int) -> None:
    """Credentials must be present, in the documented scheme, and known."""
    headers = {} if header is None else {"authorization": header}
    assert expected == build_losant_client(config=STRICT).status("GET", GROUPS, headers=headers)
    assert expected == build_push_express_client(config=STRICT).status(
        "GET", APP_GROUPS, headers=headers
    )


def test_any_token_is_accepted_without_configured_tokens() -> None:
    """Without configured tokens, every bearer token is accepted; a missing one is refused."""
    assert (
        build_losant_client().status("GET", GROUPS, headers={"authorization": "Bearer whatever"})
        == 200
    )
    assert build_losant_client().status("GET", GROUPS, headers={}) == 401


@pytest.mark.parametrize(
    ("token", "method", "expected"),
    [
        ("reader", "GET", 200),
        ("reader", "POST", 403),
        ("poster", "GET", 403),
        ("poster", "POST", 201),
    ],
)
def test_a_scope_allows_the_operations_that_list_it(token: str, method: str, expected: int) -> None:
    """A token with one scope may call the operations that list the scope, and no others."""
    assert expected == build_losant_client(config=STRICT).status(
        method, GROUPS, body={"name": "x"}, headers={"authorization": f"Bearer {token}"}
    )


def replace_security_schemes(
    contract: Contract, requirements: list[dict[str, list[str]]], **schemes: Json
) -> Contract:
    """Return the contract with other security schemes; all operations require credentials."""
    document = {
        **contract.document,
        "components": {**contract.document["components"], "securitySchemes": schemes},
        "security": requirements,
    }
    return build_contract("toy", Document(value=document, positions={}), contract.statements)


KEY: Json = {"type": "apiKey", "in": "header", "name": "X-Key"}
BASIC = "Basic " + base64.b64encode(b"ada:good").decode()


@pytest.mark.parametrize(
    ("scheme", "query", "headers"),
    [
        (KEY, "", {"x-key": "good"}),
        ({**KEY, "x-prefix": "Token "}, "", {"x-key": "token good"}),
        ({**KEY, "in": "query", "name": "a key"}, "a%20key=good", {}),
        ({**KEY, "in": "cookie"}, "", {"cookie": "other=1; X-Key=good"}),
        ({"type": "http", "scheme": "basic"}, "", {"authorization": BASIC}),
        ({"type": "http", "scheme": "Klaxon"}, "", {"authorization": "klaxon good"}),
        ({"type": "openIdConnect", "openIdConnectUrl": "https://x.test"}, "",
         {"authorization": "Bearer good"}),
    ],
)  # fmt: skip
def test_every_security_scheme(scheme: Json, query: str, headers: dict[str, str]) -> None:
    """A credential is read from its documented place only."""
    strict = MockConfig(tokens=frozenset({"good", "ada:good"}))
    contract = replace_security_schemes(load("toy"), [{"key": []}], key=scheme)
    client = Client(contract, config=strict)
    assert client.status("GET", "/notes", query, headers=headers) == 200
    assert client.status("GET", "/notes") == 401
    wrong_headers = {name: value.replace("good", "bad") for name, value in headers.items()}
    if "basic" in repr(scheme):
        wrong_headers = {"authorization": "Basic " + base64.b64encode(b"ada:bad").decode()}
    assert (
        client.status("GET", "/notes", query.replace("good", "bad"), headers=wrong_headers) == 401
    )


def test_alternatives_and_combinations() -> None:
    """One alternative is enough; a combination needs all of its credentials.

    A 401 lists the accepted schemes.
    """
    schemes = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "login": {"type": "http", "scheme": "basic"},
        "key": KEY,
    }
    requirements: list[dict[str, list[str]]] = [{"bearer": [], "key": []}, {"login": []}]
    credentials = {"bearer": "token", "key": "key", "login": "ada:good"}
    client = Client(
        replace_security_schemes(load("toy"), requirements, **schemes),
        config=MockConfig(credentials=credentials),
    )
    for headers, expected in (
        ({"authorization": BASIC}, 200),
        ({"authorization": "Bearer token", "x-key": "key"}, 200),
        ({"authorization": "Bearer token"}, 401),
        ({"x-key": "key"}, 401),
        ({"authorization": "Bearer key", "x-key": "token"}, 401),
    ):
        assert client.status("GET", "/notes", headers=headers) == expected, headers
    response = client.send_request("GET", "/notes")
    challenges = dict(response.headers)["www-authenticate"]
    assert challenges == 'Bearer, ApiKey header="X-Key", Basic realm="api", charset="UTF-8"'


def test_a_public_operation_needs_no_credentials() -> None:
    """An operation without a security requirement accepts requests without credentials."""
    assert Client(load("toy"), config=STRICT).status("GET", "/health", headers={}) == 200
