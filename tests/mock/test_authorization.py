"""Credentials."""

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
def test_only_known_tokens_pass(header: str | None, expected: int) -> None:
    """Credentials must be there, in the documented scheme, and known."""
    headers = {} if header is None else {"authorization": header}
    assert expected == build_losant_client(world=STRICT).status("GET", GROUPS, headers=headers)
    assert expected == build_push_express_client(world=STRICT).status(
        "GET", APP_GROUPS, headers=headers
    )


def test_any_token_passes_in_an_open_world() -> None:
    """A world without tokens takes every bearer token, and none missing."""
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
def test_a_scope_opens_what_lists_it(token: str, method: str, expected: int) -> None:
    """A token with one scope may call the operations that list it, and no others."""
    assert expected == build_losant_client(world=STRICT).status(
        method, GROUPS, body={"name": "x"}, headers={"authorization": f"Bearer {token}"}
    )


def with_schemes(
    contract: Contract, requirements: list[dict[str, list[str]]], **schemes: Json
) -> Contract:
    """Return a contract with other security schemes, all of whose operations need credentials."""
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
def test_every_scheme(scheme: Json, query: str, headers: dict[str, str]) -> None:
    """A credential is found in its documented place, and only there."""
    strict = MockConfig(tokens=frozenset({"good", "ada:good"}))
    contract = with_schemes(load("toy"), [{"key": []}], key=scheme)
    client = Client(contract, world=strict)
    assert client.status("GET", "/notes", query, headers=headers) == 200
    assert client.status("GET", "/notes") == 401
    wrong = {name: value.replace("good", "bad") for name, value in headers.items()}
    if "basic" in repr(scheme):
        wrong = {"authorization": "Basic " + base64.b64encode(b"ada:bad").decode()}
    assert client.status("GET", "/notes", query.replace("good", "bad"), headers=wrong) == 401


def test_alternatives_and_combinations() -> None:
    """One alternative is enough, of a combination all of it; a 401 names what would do."""
    schemes = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "login": {"type": "http", "scheme": "basic"},
        "key": KEY,
    }
    requirements: list[dict[str, list[str]]] = [{"bearer": [], "key": []}, {"login": []}]
    credentials = {"bearer": "token", "key": "key", "login": "ada:good"}
    client = Client(
        with_schemes(load("toy"), requirements, **schemes),
        world=MockConfig(credentials=credentials),
    )
    for headers, expected in (
        ({"authorization": BASIC}, 200),
        ({"authorization": "Bearer token", "x-key": "key"}, 200),
        ({"authorization": "Bearer token"}, 401),
        ({"x-key": "key"}, 401),
        ({"authorization": "Bearer key", "x-key": "token"}, 401),
    ):
        assert client.status("GET", "/notes", headers=headers) == expected, headers
    answer = client.ask("GET", "/notes")
    challenges = dict(answer.headers)["www-authenticate"]
    assert challenges == 'Bearer, ApiKey header="X-Key", Basic realm="api", charset="UTF-8"'


def test_an_open_operation_asks_for_nothing() -> None:
    """Where the documents ask for no credentials, none are needed."""
    assert Client(load("toy"), world=STRICT).status("GET", "/health", headers={}) == 200
