"""Contracts about pets with every kind of security scheme."""

from __future__ import annotations

from collections.abc import Callable

from conformance.contract.json import Json

SCHEMES: dict[str, Json] = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "Basic"},
    "token": {"type": "http", "scheme": "bearer", "x-prefix": "Token "},
    "other": {"type": "http", "scheme": "Klaxon"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "authorization": {"type": "apiKey", "in": "header", "name": "Authorization"},
    "prefixed": {"type": "apiKey", "in": "header", "name": "Authorization", "x-prefix": "Token "},
    "query": {"type": "apiKey", "in": "query", "name": "api key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
    "oauth2": {
        "type": "oauth2",
        "flows": {
            "clientCredentials": {
                "tokenUrl": "https://pets.example.test/token",
                "scopes": {"read": "", "write": "", "admin": ""},
            }
        },
    },
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://pets.example.test/oidc"},
}
REQUIREMENTS: dict[str, list[dict[str, list[str]]]] = {
    **{name: [{name: []}] for name in SCHEMES},
    "alternatives": [{"bearer": []}, {"header": []}, {"basic": []}],
    "both": [{"bearer": [], "header": []}],
    "both, or one": [{"query": [], "cookie": []}, {"basic": []}],
    "scopes": [{"oauth2": ["write"]}],
    "either scope": [{"oauth2": ["read"]}, {"oauth2": ["write"]}],
    "both scopes": [{"oauth2": ["read", "write"]}],
    "scope and key": [{"oauth2": ["read"], "header": []}],
}


def with_security(
    requirements: list[dict[str, list[str]]], **document_fields: Json
) -> Callable[[Json], None]:
    """Return a change that makes every operation require these credentials."""

    def change(openapi: Json) -> None:
        names = {name for requirement in requirements for name in requirement}
        openapi["components"]["securitySchemes"] = {name: SCHEMES[name] for name in sorted(names)}
        openapi["security"] = requirements
        openapi.update(document_fields)

    return change
