"""The mock as a fixture in tests of other projects."""

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


def test_the_documentation_examples_are_correct() -> None:
    """Each example in docs/mock.md has the output that it shows."""
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    results = doctest.testfile(
        str(DOCS), module_relative=False, optionflags=flags, encoding="utf-8"
    )
    assert results.attempted >= 10
    assert results.failed == 0


def test_httpx_requests_are_answered_in_process(losant_mock: ContractMock) -> None:
    """Requests to the documented host reach the mock, from sync and async clients."""
    created = losant_mock.create({"name": "alpha"})
    url = f"https://api.losant.com/applications/{created['applicationId']}/experience/groups"

    async def get_total() -> int:
        async with httpx.AsyncClient(headers=KEY) as http:
            return int((await http.get(url)).json()["totalCount"])

    assert asyncio.run(get_total()) == httpx.get(url, headers=KEY).json()["totalCount"] == 1


def test_other_requests_are_answered_on_a_port(push_express_mock: ContractMock) -> None:
    """Requests to the port and requests by httpx share one state."""
    with requests.Session() as http:
        http.trust_env = False
        assert (
            http.post(f"{push_express_mock.url}/app/groups", json=GROUP, headers=KEY).status_code
            == 201
        )
    assert [
        group["name"]
        for group in httpx.get(f"{push_express_mock.base_url}/app/groups", headers=KEY).json()[
            "app_groups"
        ]
    ] == ["a"]
    assert [request.operation for request in push_express_mock.requests] == [
        "createAppGroup",
        "listAppGroups",
    ]


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("GET", "/app/groups?pages=1", {}),
        ("GET", "/app/group", {}),
        ("GET", "/app/groups", {"headers": {"Authorization": ""}}),
        ("PATCH", "/app/groups", {"json": {}}),
        ("POST", "/app/groups", {"json": {**GROUP, "color": "red"}}),
        ("POST", "/app/groups", {"json": {"name": "a"}}),
    ],
)
def test_requests_outside_the_contract_fail_the_test(
    method: str, path: str, options: dict[str, object]
) -> None:
    """A wrong path, method, parameter, property or credential raises an AssertionError at the end,
    unless the test cleared the refusals.
    """
    request_options = {"headers": KEY, **options}
    with pytest.raises(AssertionError, match=method), mocked("push-express") as mock:
        httpx.request(method, mock.base_url + path, **request_options)  # type: ignore[arg-type]
    with mocked("push-express") as mock:
        httpx.request(method, mock.base_url + path, **request_options)  # type: ignore[arg-type]
        assert len(mock.clear_refusals()) == 1


def test_an_unknown_id_does_not_fail_the_test(push_express_mock: ContractMock) -> None:
    """A 404 for an unknown id is a normal response."""
    assert httpx.get(f"{push_express_mock.base_url}/app/groups/5", headers=KEY).status_code == 404


@pytest.mark.parametrize("status", [400, 401, 403, 502])
def test_any_documented_error_can_be_requested(
    push_express_mock: ContractMock, status: int
) -> None:
    """The next request of the operation gets the error and has no effect.

    The request after it is normal.
    """
    push_express_mock.answer_next(status, "createAppGroup")
    url = f"{push_express_mock.base_url}/app/groups"
    assert httpx.get(url, headers=KEY).status_code == 200
    assert [httpx.post(url, json=GROUP, headers=KEY).status_code for _ in range(2)] == [status, 201]
    assert len(push_express_mock.items()) == 1


def test_a_connection_can_be_reset(push_express_mock: ContractMock) -> None:
    """In process and on the port, the client sees a transport error."""
    for url in (push_express_mock.base_url, push_express_mock.url):
        push_express_mock.answer_next(0)
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{url}/app/groups", headers=KEY)


def test_undocumented_responses_cannot_be_requested(losant_mock: ContractMock) -> None:
    """An undocumented status, an unknown operation and an invalid item are usage errors."""
    with pytest.raises(UsageError, match="418 is not documented"):
        losant_mock.answer_next(418, "listExperienceGroups")
    with pytest.raises(UsageError, match="no operation nothing"):
        losant_mock.answer_next(404, "nothing")
    with pytest.raises(UsageError, match="create"):
        losant_mock.create({"nome": "a"})


def test_each_test_has_its_own_mock(losant_mock: ContractMock) -> None:
    """Items of other tests do not exist."""
    assert (losant_mock.items(), losant_mock.requests, losant_mock.refusals) == ([], [], [])
