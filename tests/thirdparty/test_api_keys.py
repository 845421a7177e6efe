"""Keys in a header, the query and a cookie, read by FastAPI, which also writes the contract."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, HTTPException, Request, Security
from fastapi.security import (
    APIKeyCookie,
    APIKeyHeader,
    APIKeyQuery,
    HTTPBasic,
    HTTPBasicCredentials,
)

from .serving import serve_asgi

KEYS = {"inHeader": "key-of-header", "inQuery": "key-of-query", "inCookie": "key-of-cookie"}
PASSWORD = "password-of-alice"
Requests = list[tuple[str, str, dict[str, str], dict[str, str], dict[str, str]]]


def build_app(requests: Requests) -> FastAPI:
    """Return an application that appends every request to a list.

    An entry holds the path, the method, the headers, the query parameters and the cookies.
    """
    app = FastAPI(title="keys", version="1")
    refused = {401: {"model": dict[str, str]}}

    def require(key: str | None, name: str) -> list[str]:
        if key != KEYS[name]:
            raise HTTPException(401, "the key is wrong")
        return ["one", "two"]

    @app.middleware("http")
    async def record(request: Request, call_next):  # type: ignore[no-untyped-def]
        requests.append(
            (
                request.url.path,
                request.method,
                dict(request.headers),
                dict(request.query_params),
                dict(request.cookies),
            )
        )
        return await call_next(request)

    header = APIKeyHeader(name="X-Key", scheme_name="inHeader", auto_error=False)
    query = APIKeyQuery(name="key", scheme_name="inQuery", auto_error=False)
    cookie = APIKeyCookie(name="session", scheme_name="inCookie", auto_error=False)
    basic = HTTPBasic(scheme_name="user", auto_error=False)

    @app.get("/by-header", responses=refused)
    def by_header(key: Annotated[str | None, Security(header)]) -> list[str]:
        return require(key, "inHeader")

    @app.get("/by-query", responses=refused)
    def by_query(key: Annotated[str | None, Security(query)]) -> list[str]:
        return require(key, "inQuery")

    @app.get("/by-cookie", responses=refused)
    def by_cookie(key: Annotated[str | None, Security(cookie)]) -> list[str]:
        return require(key, "inCookie")

    @app.get("/by-password", responses=refused)
    def by_password(user: Annotated[HTTPBasicCredentials | None, Security(basic)]) -> list[str]:
        if user is None or (user.username, user.password) != ("alice", PASSWORD):
            raise HTTPException(401, "wrong", {"WWW-Authenticate": "Basic"})
        return ["one"]

    return app


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Requests]]:
    requests: Requests = []
    with serve_asgi(build_app(requests)) as url:
        yield url, requests


def test_each_scheme_is_spoken_in_its_place(
    server: tuple[str, Requests], tmp_path: Path, conformance: Callable[[str], tuple[int, str, str]]
) -> None:
    """All claims about credentials are verified, and no key is sent anywhere else."""
    url, requests = server
    document = tmp_path / "openapi.json"
    document.write_text(httpx.get(f"{url}/openapi.json", trust_env=False).text)
    requests.clear()
    credentials = " ".join(f"--credential {name}={key}" for name, key in KEYS.items())
    result = tmp_path / "result.json"
    status, output, error = conformance(
        f"run {document} --url {url} {credentials} --user alice:{PASSWORD} --json {result}"
        f" --ledger {tmp_path / 'ledger'}"
    )
    assert status == 0, output + error
    claims = {claim["id"]: claim["verdict"] for claim in json.loads(result.read_text())["claims"]}
    credential_claims = {id: claims[id] for id in claims if "/credentials/" in id}
    assert set(credential_claims.values()) == {"verified"}
    assert (
        len(credential_claims) == 9
    )  # missing and invalid of each, and of basic also the bare secret
    places = {
        ("/by-header", "header x-key", KEYS["inHeader"]),
        ("/by-query", "query key", KEYS["inQuery"]),
        ("/by-cookie", "cookie session", KEYS["inCookie"]),
    }
    seen = set()
    for path, _, headers, query, cookies in requests:
        for key in KEYS.values():
            for kind, values in (("header", headers), ("query", query), ("cookie", cookies)):
                seen |= {
                    (path, f"{kind} {name}", key)
                    for name, value in values.items()
                    if key in value and name != "cookie"
                }
    assert seen == places
    assert not any(key in result.read_text() for key in (*KEYS.values(), PASSWORD))
