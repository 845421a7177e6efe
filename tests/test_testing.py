"""The mock in the tests of somebody's own code."""

from __future__ import annotations

import asyncio
import doctest
from pathlib import Path

import httpx
import pytest
import requests

from conformance.errors import UsageError
from conformance.testing import ContractMock, losant_mock, mocked, push_express_mock

__all__ = ["losant_mock", "push_express_mock"]
KEY = {"Authorization": "Bearer any"}
DOCS = Path(__file__).parent.parent / "docs" / "mock.md"
GROUP = {"app_ids": [1], "name": "a", "all_apps": False}


def test_the_documentation_is_true() -> None:
    """Each example in docs/mock.md does what it shows."""
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    found = doctest.testfile(str(DOCS), module_relative=False, optionflags=flags, encoding="utf-8")
    assert found.attempted >= 10
    assert found.failed == 0


def test_code_with_httpx_is_answered_in_process(losant_mock: ContractMock) -> None:
    """Requests to the documented host reach the mock, from sync and async clients."""
    made = losant_mock.create({"name": "alpha"})
    url = f"https://api.losant.com/applications/{made['applicationId']}/experience/groups"

    async def ask() -> int:
        async with httpx.AsyncClient(headers=KEY) as http:
            return int((await http.get(url)).json()["totalCount"])

    assert asyncio.run(ask()) == httpx.get(url, headers=KEY).json()["totalCount"] == 1


def test_other_code_is_answered_on_a_port(push_express_mock: ContractMock) -> None:
    """A port and httpx see one state."""
    with requests.Session() as http:
        http.trust_env = False
        assert (
            http.post(f"{push_express_mock.url}/app/groups", json=GROUP, headers=KEY).status_code
            == 201
        )
    assert [
        one["name"]
        for one in httpx.get(f"{push_express_mock.base_url}/app/groups", headers=KEY).json()[
            "app_groups"
        ]
    ] == ["a"]
    assert [one.operation for one in push_express_mock.requests] == [
        "createAppGroup",
        "listAppGroups",
    ]


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("GET", "/app/groups?pages=1", {}),
        ("GET", "/app/group", {}),
        ("GET", "/app/groups", {"headers": {"Authorization": ""}}),
        ("PATCH", "/app/groups", {"json": {}}),
        ("POST", "/app/groups", {"json": {**GROUP, "color": "red"}}),
        ("POST", "/app/groups", {"json": {"name": "a"}}),
    ],
)
def test_what_the_contract_does_not_allow_fails_the_test(
    method: str, path: str, more: dict[str, object]
) -> None:
    """A wrong path, method, parameter, property or credential is told at the end; once forgiven, it
    is not.
    """
    given = {"headers": KEY, **more}
    with pytest.raises(AssertionError, match=method), mocked("push-express") as mock:
        httpx.request(method, mock.base_url + path, **given)  # type: ignore[arg-type]
    with mocked("push-express") as mock:
        httpx.request(method, mock.base_url + path, **given)  # type: ignore[arg-type]
        assert len(mock.clear_refusals()) == 1


def test_what_is_not_there_is_nobodys_mistake(push_express_mock: ContractMock) -> None:
    """404 for an identity is a part of life."""
    assert httpx.get(f"{push_express_mock.base_url}/app/groups/5", headers=KEY).status_code == 404


@pytest.mark.parametrize("status", [400, 401, 403, 502])
def test_any_documented_error_can_be_ordered(push_express_mock: ContractMock, status: int) -> None:
    """The next request of the operation gets it, and does nothing; the one after is as ever."""
    push_express_mock.answer_next(status, "createAppGroup")
    url = f"{push_express_mock.base_url}/app/groups"
    assert httpx.get(url, headers=KEY).status_code == 200
    assert [httpx.post(url, json=GROUP, headers=KEY).status_code for _ in range(2)] == [status, 201]
    assert len(push_express_mock.items()) == 1


def test_a_connection_can_be_reset(push_express_mock: ContractMock) -> None:
    """In process and on the port the client sees a connection that breaks."""
    for url in (push_express_mock.base_url, push_express_mock.url):
        push_express_mock.answer_next(0)
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{url}/app/groups", headers=KEY)


def test_what_is_not_documented_cannot_be_ordered(losant_mock: ContractMock) -> None:
    """Nor can an operation that does not exist, nor a thing that does not fit."""
    with pytest.raises(UsageError, match="418 is not documented"):
        losant_mock.answer_next(418, "listExperienceGroups")
    with pytest.raises(UsageError, match="no operation nothing"):
        losant_mock.answer_next(404, "nothing")
    with pytest.raises(UsageError, match="create"):
        losant_mock.create({"nome": "a"})


def test_each_test_has_a_mock_of_its_own(losant_mock: ContractMock) -> None:
    """What other tests made is not there."""
    assert (losant_mock.items(), losant_mock.requests, losant_mock.refusals) == ([], [], [])
