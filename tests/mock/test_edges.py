"""The mock behind httpx, respx and on a port."""

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


def client(mock: Mock) -> httpx.Client:
    """Return a client that is answered by a mock."""
    return httpx.Client(
        transport=Transport(mock), base_url="http://mock" + mock.base_path, headers=TOKEN
    )


def test_a_client_talks_to_the_transport() -> None:
    """An httpx client with the transport gets what a server would send."""
    with client(Mock(load("push-express"))) as http:
        made = http.post("/app/groups", json=GROUP)
        assert (made.status_code, made.headers["content-type"], made.json()) == (
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
    """Creations from several threads are all there, each with its own identity."""
    with client(Mock(load("push-express"))) as http:
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
def test_respx_is_answered_by_the_mock() -> None:
    """As a side effect, the mock stands in for the production host."""
    respx.route(host="core.push.express").mock(side_effect=side_effect(Mock(load("push-express"))))
    assert (
        httpx.get("https://core.push.express/api/b/v2/app/groups", headers=TOKEN).json()[
            "app_groups"
        ]
        == []
    )


def test_an_asgi_application_answers() -> None:
    """The ASGI application gives the same answers, also to a body in pieces, and keeps paths as
    they were sent.
    """

    async def pieces() -> object:
        yield b'{"title": '
        yield b'"a"}'

    async def ask() -> tuple[int, int, int]:
        transport = httpx.ASGITransport(AsgiApp(Mock(load("toy"))))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://mock/v1", headers=TOKEN
        ) as http:
            made = await http.post("/notes", content=pieces())  # type: ignore[arg-type]
            read = await http.get("/notes/note-000001")
            other = await http.get("/notes/note%2F000001")
            return made.status_code, read.status_code, other.status_code

    assert asyncio.run(ask()) == (201, 200, 404)


@pytest.fixture(scope="module")
def losant_url() -> Iterator[str]:
    """Give the URL of a mock of Losant's contract on a port."""
    with serve_in_thread(Mock(load("losant"))) as url:
        yield url


def test_the_vendors_own_client_gets_along(
    losant_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """losant-rest lists, filters, creates, changes and deletes, with the flags and headers that it
    always sends.
    """
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    vendor = losant_rest.Client(auth_token="x", url=losant_url)
    made = vendor.experience_groups.post(
        applicationId=APPLICATION,
        experienceGroup={"name": "my great group", "groupTags": {"floor": "8"}},
    )
    vendor.experience_groups.post(applicationId=APPLICATION, experienceGroup={"name": "other"})
    one = {"applicationId": APPLICATION, "experienceGroupId": made["id"]}
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
    assert listed["items"] == queried["items"] == [made]
    assert vendor.experience_group.patch(**one, experienceGroup={"name": "n2"})["name"] == "n2"
    assert vendor.experience_group.get(**one)["name"] == "n2"
    assert vendor.experience_group.delete(**one) == {"success": True}
    with pytest.raises(losant_rest.LosantError) as error:
        vendor.experience_group.get(**one)
    assert (error.value.status, error.value.data["type"]) == (404, "NotFound")


def test_connections_are_kept_alive_after_no_content() -> None:
    """An answer without content does not disturb the next one on the same connection."""
    with (
        serve_in_thread(Mock(load("push-express"))) as url,
        httpx.Client(base_url=url, headers=TOKEN, trust_env=False) as http,
    ):
        http.post("/app/groups", json=GROUP)
        found = [
            http.post("/app/groups/1001/archive").status_code,
            http.get("/app/groups", params={"archived": "true"}).json()["pagination"][
                "total_count"
            ],
        ]
    assert found == [204, 1]


def test_a_port_that_is_taken_is_a_users_error(losant_url: str) -> None:
    """The error names host and port and says what to do."""
    port = int(losant_url.rpartition(":")[2])
    with (
        pytest.raises(UsageError, match=f"127.0.0.1:{port}.*\n.*another port"),
        serve_in_thread(Mock(load("toy")), port=port),
    ):
        pass


SCRIPT = """
from conformance.contract.loader import load_contract
from conformance.mock.mock import Mock
from conformance.mock.server import serve_until_interrupted
serve_until_interrupted(Mock(load_contract("losant")), on_ready=lambda url: print(url, flush=True))
print("after")
"""


def test_an_interrupt_ends_serving() -> None:
    """Ctrl-C lets `serve` return; it prints nothing itself."""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
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
    """A host with colons is an IPv6 address, in brackets in the URL."""
    try:
        with serve_in_thread(Mock(load("losant"), MockConfig()), host="::1") as url:
            assert httpx.get(f"{url}/nowhere", trust_env=False).status_code == 404
    except UsageError:
        pytest.skip("there is no IPv6 here")
