"""The mock behind httpx, respx, ASGI and a port."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import losant_rest
import pytest
import respx

from conformance.errors import UsageError
from conformance.mock.asgi import AsgiApp
from conformance.mock.config import MockConfig
from conformance.mock.mock import Mock
from conformance.mock.server import serve_in_thread
from conformance.mock.transport import Transport, side_effect

from .contracts import load

APPLICATION = "575ec8687ae143cd83dc4a97"
TOKEN = {"authorization": "Bearer x"}
GROUP = {"app_ids": [1], "name": "日本 é+&", "all_apps": False}


def build_http_client(mock: Mock) -> httpx.Client:
    """Return an HTTP client whose requests are answered by a mock."""
    return httpx.Client(
        transport=Transport(mock), base_url="http://mock" + mock.base_path, headers=TOKEN
    )


def test_httpx_transport() -> None:
    """An httpx client with the transport gets the responses of a server."""
    with build_http_client(Mock(load("push-express"))) as http:
        response = http.post("/app/groups", json=GROUP)
        assert (response.status_code, response.headers["content-type"], response.json()) == (
            201,
            "application/json",
            {"id": 1001},
        )
        assert (
            http.get("/app/groups", params={"page": 1}).json()["app_groups"][0]["name"]
            == GROUP["name"]
        )
        assert http.delete("/app/groups/1001").content == b""


def test_threads_share_a_transport() -> None:
    """Items created by several threads all exist, each with its own id."""
    with build_http_client(Mock(load("push-express"))) as http:
        threads = [
            threading.Thread(
                target=lambda: [http.post("/app/groups", json=GROUP) for _ in range(25)]
            )
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({item["id"] for item in http.get("/app/groups").json()["app_groups"]}) == 100


@respx.mock
def test_respx_side_effect() -> None:
    """As a side effect of a respx route, the mock replaces the production host."""
    respx.route(host="core.push.express").mock(side_effect=side_effect(Mock(load("push-express"))))
    assert (
        httpx.get("https://core.push.express/api/b/v2/app/groups", headers=TOKEN).json()[
            "app_groups"
        ]
        == []
    )


def test_asgi_app() -> None:
    """The ASGI app returns the same responses, accepts a body in pieces, and does not decode
    paths.
    """

    async def stream_body() -> object:
        yield b'{"title": '
        yield b'"a"}'

    async def get_statuses() -> tuple[int, int, int]:
        transport = httpx.ASGITransport(AsgiApp(Mock(load("toy"))))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://mock/v1", headers=TOKEN
        ) as http:
            created = await http.post(
                "/notes",
                content=stream_body(),  # type: ignore[arg-type]
                headers={"content-type": "application/json"},
            )
            read = await http.get("/notes/note-000001")
            encoded = await http.get("/notes/note%2F000001")
            return created.status_code, read.status_code, encoded.status_code

    assert asyncio.run(get_statuses()) == (201, 200, 404)


@pytest.fixture(scope="module")
def losant_url() -> Iterator[str]:
    """Yield the URL of a mock of Losant's contract on a port."""
    with serve_in_thread(Mock(load("losant"))) as url:
        yield url


def test_the_vendors_python_client(losant_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """losant-rest lists, filters, creates, changes and deletes items.

    It sends flags and headers with every request.
    """
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    vendor = losant_rest.Client(auth_token="x", url=losant_url)
    created = vendor.experience_groups.post(
        applicationId=APPLICATION,
        experienceGroup={"name": "my great group", "groupTags": {"floor": "8"}},
    )
    vendor.experience_groups.post(applicationId=APPLICATION, experienceGroup={"name": "other"})
    item_arguments = {"applicationId": APPLICATION, "experienceGroupId": created["id"]}
    listed = vendor.experience_groups.get(
        applicationId=APPLICATION,
        sortField="name",
        sortDirection="asc",
        page=0,
        perPage=10,
        filterField="name",
        filter="my*group",
        losantdomain="example.com",
    )
    queried = vendor.experience_groups.get(
        applicationId=APPLICATION, query={"groupTags": {"$tagKey": "floor"}}
    )
    assert listed["items"] == queried["items"] == [created]
    assert (
        vendor.experience_group.patch(**item_arguments, experienceGroup={"name": "n2"})["name"]
        == "n2"
    )
    assert vendor.experience_group.get(**item_arguments)["name"] == "n2"
    assert vendor.experience_group.delete(**item_arguments) == {"success": True}
    with pytest.raises(losant_rest.LosantError) as error:
        vendor.experience_group.get(**item_arguments)
    assert (error.value.status, error.value.data["type"]) == (404, "NotFound")


def test_connections_are_kept_alive_after_204() -> None:
    """A response without content does not affect the next response on the same connection."""
    with (
        serve_in_thread(Mock(load("push-express"))) as url,
        httpx.Client(base_url=url, headers=TOKEN, trust_env=False) as http,
    ):
        http.post("/app/groups", json=GROUP)
        results = [
            http.post("/app/groups/1001/archive").status_code,
            http.get("/app/groups", params={"archived": "true"}).json()["pagination"][
                "total_count"
            ],
        ]
    assert results == [204, 1]


def test_a_port_in_use_is_a_usage_error(losant_url: str) -> None:
    """The error names host and port and suggests another port."""
    port = int(losant_url.rpartition(":")[2])
    with (
        pytest.raises(UsageError, match=f"127.0.0.1:{port}.*\n.*another port"),
        serve_in_thread(Mock(load("toy")), port=port),
    ):
        pass


SERVER_PROGRAM = """
from conformance.contract.loader import load_contract
from conformance.mock.mock import Mock
from conformance.mock.server import serve_until_interrupted
serve_until_interrupted(Mock(load_contract("losant")), on_ready=lambda url: print(url, flush=True))
print("after")
"""


def test_an_interrupt_stops_the_server() -> None:
    """After Ctrl-C, `serve_until_interrupted` returns and prints nothing."""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen(
        [sys.executable, "-c", SERVER_PROGRAM],
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert httpx.get(f"{url}/nowhere", trust_env=False).status_code == 404
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (out, err, process.returncode) == ("after\n", "", 0)


def test_ipv6_is_served() -> None:
    """A host with colons is an IPv6 address; the URL has it in brackets."""
    try:
        with serve_in_thread(Mock(load("losant"), MockConfig()), host="::1") as url:
            assert httpx.get(f"{url}/nowhere", trust_env=False).status_code == 404
    except UsageError:
        pytest.skip("there is no IPv6 here")
