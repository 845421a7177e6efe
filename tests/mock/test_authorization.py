"""Credentials."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.contract.contract import Contract
from conformance.mock.config import MockConfig

from .client import APP_GROUPS, GROUPS, Client, losant, push
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
    assert expected == losant(world=STRICT).status("GET", GROUPS, headers=headers)
    assert expected == push(world=STRICT).status("GET", APP_GROUPS, headers=headers)


def test_any_token_passes_in_an_open_world() -> None:
    """A world without tokens takes every bearer token, and none missing."""
    assert losant().status("GET", GROUPS, headers={"authorization": "Bearer whatever"}) == 200
    assert losant().status("GET", GROUPS, headers={}) == 401


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
    assert expected == losant(world=STRICT).status(
        method, GROUPS, body={"name": "x"}, headers={"authorization": f"Bearer {token}"}
    )


def with_scheme(contract: Contract, scheme: dict[str, str]) -> Contract:
    """Return a contract with another security scheme."""
    components = {**contract.document["components"], "securitySchemes": {"key": scheme}}
    return replace(contract, document={**contract.document, "components": components})


@pytest.mark.parametrize(
    ("scheme", "query", "headers"),
    [
        ({"in": "header", "name": "X-Key"}, "", {"x-key": "good"}),
        ({"in": "query", "name": "key"}, "key=good", {}),
    ],
)
def test_keys_are_credentials_too(
    scheme: dict[str, str], query: str, headers: dict[str, str]
) -> None:
    """An API key is found in the documented header or query parameter."""
    client = Client(with_scheme(load("toy"), {"type": "apiKey", **scheme}), world=STRICT)
    assert client.status("GET", "/notes", query, headers=headers) == 200
    assert client.status("GET", "/notes") == 401


def test_an_open_operation_asks_for_nothing() -> None:
    """Where the documents ask for no credentials, none are needed."""
    assert Client(load("toy"), world=STRICT).status("GET", "/health", headers={}) == 200
