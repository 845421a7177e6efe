"""The mock as a fixture in tests of other projects."""

from __future__ import annotations

import asyncio
import doctest
import urllib.request
from pathlib import Path

import aiohttp
import httpx
import httpx2
import pytest
import requests

from conformance.errors import UsageError
from conformance.testing import ContractMock, mocked

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


def test_any_status_can_be_requested(push_express_mock: ContractMock) -> None:
    """What no page names is answered where the test says that it knows."""
    push_express_mock.answer_next(302, "listAppGroups", undocumented=True)
    answer = httpx.get(f"{push_express_mock.base_url}/app/groups", headers=KEY)
    assert (answer.status_code, answer.content) == (302, b"")
    with pytest.raises(UsageError, match="99 is no status"):
        push_express_mock.answer_next(99, undocumented=True)


def test_an_order_that_nothing_took_fails_the_test() -> None:
    """The error says what was ordered, and where."""
    with (
        pytest.raises(
            AssertionError, match=r"answer_next\(503, 'listAppGroups'\) at .*test_testing"
        ),
        mocked("push-express") as mock,
    ):
        mock.answer_next(503, "listAppGroups")


def test_requests_are_answered_in_process(push_express_mock: ContractMock) -> None:
    """The library requests needs no port, with a session or without."""
    url = f"{push_express_mock.base_url}/app/groups"
    assert requests.post(url, json=GROUP, headers=KEY, timeout=5).status_code == 201
    with requests.Session() as http:
        answer = http.get(url, headers=KEY, params={"archived": "false"}, timeout=5)
        assert [group["name"] for group in answer.json()["app_groups"]] == ["a"]
        assert http.head(url, headers=KEY, timeout=5).content == b""
        push_express_mock.clear_refusals()
        push_express_mock.answer_next(0)
        with pytest.raises(requests.ConnectionError):
            http.get(url, headers=KEY, timeout=5)


def test_httpx2_is_answered_in_process(push_express_mock: ContractMock) -> None:
    """The successor of httpx is answered alike, sync and async."""
    url = f"{push_express_mock.base_url}/app/groups"
    assert httpx2.post(url, json=GROUP, headers=KEY).status_code == 201

    async def get_names() -> list[str]:
        async with httpx2.AsyncClient(headers=KEY) as http:
            return [group["name"] for group in (await http.get(url)).json()["app_groups"]]

    assert asyncio.run(get_names()) == ["a"]
    push_express_mock.answer_next(0)
    with pytest.raises(httpx2.TransportError):
        httpx2.get(url, headers=KEY)


def test_other_libraries_are_refused_by_name() -> None:
    """Nothing is let out to a documented host, and the test fails even if the code hides it."""

    async def get_by_aiohttp(url: str) -> None:
        async with aiohttp.ClientSession() as http:
            await http.get(url)

    with mocked("push-express") as mock:
        url = f"{mock.base_url}/app/groups"
        with pytest.raises(aiohttp.ClientError, match="give your code the fixture's url"):
            asyncio.run(get_by_aiohttp(url))
        with pytest.raises(OSError, match="documented host"):
            urllib.request.urlopen(url, timeout=5)
        with pytest.raises(AssertionError, match="2 request"):
            mock.verify()
        assert all("core.push.express" in text for text in mock.clear_refusals())


def test_other_hosts_are_reached(push_express_mock: ContractMock) -> None:
    """A server of this machine is reached by every library, although a mock is there."""
    url = push_express_mock.url + "/app/groups"
    with requests.Session() as session:
        session.trust_env = False
        assert session.get(url, headers=KEY, timeout=5).status_code == 200
    assert httpx.get(url, headers=KEY, trust_env=False).status_code == 200
    assert [request.operation for request in push_express_mock.requests] == ["listAppGroups"] * 2


def test_a_mistake_is_told_once_and_where_it_was_made() -> None:
    """The place is that in the code under test; what happens again is counted."""
    with mocked("push-express") as mock:
        for _ in range(3):
            httpx.get(f"{mock.base_url}/app/group", headers=KEY)
        with pytest.raises(AssertionError) as caught:
            mock.verify()
        mock.clear_refusals()
    message = str(caught.value)
    assert message.count("GET /api/b/v2/app/group") == 1
    assert "3 times: GET" in message
    assert f"({__file__}:" in message


def test_each_test_has_its_own_mock(losant_mock: ContractMock) -> None:
    """Items of other tests do not exist."""
    assert (losant_mock.items(), losant_mock.requests, losant_mock.refusals) == ([], [], [])
