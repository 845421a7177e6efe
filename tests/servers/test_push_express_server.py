"""Tests of the Push Express servers: the honest ones keep the promises of the page, the dishonest
ones differ from them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from .push_express_server import (
    BASE_PATH,
    DISHONEST,
    HONEST,
    HONEST_CHOICES,
    MAX_RECORDS,
    Choices,
    Server,
)

GROUPS = "/app/groups"
APPS = [25328, 25329, 25330, 25331]
GATEWAY_ERROR = 502
UNKNOWN_ID = 999_999_999


class AccountClient:
    """A client of one server that records all responses; it retries after a gateway error, as the
    page demands.
    """

    def __init__(self, server: Server) -> None:
        base_url = f"https://core.push.express{BASE_PATH}"
        self.http = httpx.Client(transport=httpx.MockTransport(server.handle), base_url=base_url)
        self.responses: list[tuple[object, ...]] = []
        self._req_ids: dict[str, int] = {}

    def send(
        self, method: str, path: str, token: str | None = "token", **options: Any
    ) -> httpx.Response:
        headers: dict[str, str] = {} if token is None else {"authorization": f"Bearer {token}"}
        headers |= options.pop("headers", {})
        response = self.http.request(method, path, headers=headers, **options)
        if response.status_code == GATEWAY_ERROR:
            self.responses.append((GATEWAY_ERROR,))
            response = self.http.request(method, path, headers=headers, **options)
        self.responses.append(
            (response.status_code, dict(response.headers), self._normalize_response(response))
        )
        return response

    def _normalize_response(self, response: httpx.Response) -> str:
        """Return the text of a response, with a req_id (a random string) replaced by the order of
        its appearance.
        """
        try:
            req_id = response.json()["req_id"]
        except (ValueError, TypeError, KeyError):
            return response.text
        if isinstance(req_id, str):
            number = self._req_ids.setdefault(req_id, len(self._req_ids))
            return response.text.replace(f'"{req_id}"', f"<{number}:{len(req_id)}>")
        return response.text

    def create(self, name: str, **fields: object) -> int:
        body = {"app_ids": APPS[:2], "name": name, "all_apps": False} | fields
        response = self.send("POST", GROUPS, json=body)
        return int(response.json().get("id", 0)) if response.is_success else 0

    def get(self, group: int) -> httpx.Response:
        return self.send("GET", f"{GROUPS}/{group}")

    def put(self, group: int, **fields: object) -> httpx.Response:
        return self.send(
            "PUT",
            f"{GROUPS}/{group}",
            json={"app_ids": APPS[:1], "name": "x", "all_apps": False} | fields,
        )

    def archive(self, group: int) -> httpx.Response:
        return self.send("POST", f"{GROUPS}/{group}/archive")

    def restore(self, group: int) -> httpx.Response:
        return self.send("POST", f"{GROUPS}/{group}/unarchive")

    def delete(self, group: int) -> httpx.Response:
        return self.send("DELETE", f"{GROUPS}/{group}")

    def list_groups(self, **params: object) -> list[dict[str, Any]]:
        groups: list[dict[str, Any]] = self.send("GET", GROUPS, params=params).json()["app_groups"]
        return groups

    def ids(self, **params: object) -> set[int]:
        return {group["id"] for group in self.list_groups(**params)}


def check_error(response: httpx.Response, *statuses: int) -> None:
    assert response.status_code in statuses
    assert response.headers["content-type"].partition(";")[0].lower() == "application/json"
    body = response.json()
    assert body["error"]
    assert isinstance(body["error"], str | dict)
    assert isinstance(body["req_id"], str)
    assert body["req_id"]


def check_no_content(response: httpx.Response) -> None:
    assert response.status_code == 204
    assert response.content == b""


@pytest.fixture(params=sorted(HONEST))
def account(request: pytest.FixtureRequest) -> Iterator[AccountClient]:
    account = AccountClient(HONEST[request.param]())
    with account.http:
        yield account


def test_group_life_cycle(account: AccountClient) -> None:
    response = account.send(
        "POST", GROUPS, json={"app_ids": APPS, "name": "Zoë 名前 & <b>", "all_apps": False}
    )
    assert response.status_code == 201
    group = response.json()["id"]
    assert type(group) is int
    second_group = account.create("other")
    item = account.get(group).json()
    expected = {
        "id": group,
        "app_ids": APPS,
        "name": "Zoë 名前 & <b>",
        "all_apps": False,
        "archived": False,
    }
    assert {key: item[key] for key in expected} == expected
    assert item in account.list_groups()

    check_no_content(account.archive(group))
    check_no_content(account.archive(group))
    assert account.get(group).json()["archived"] is True
    assert account.ids(archived="true") == {group}
    assert account.ids() == account.ids(archived="false") == {second_group}

    check_no_content(account.restore(group))
    check_no_content(account.restore(group))
    check_no_content(account.restore(second_group))
    assert account.ids() == {group, second_group}
    assert account.ids(archived="true") == set()

    check_no_content(account.put(group, app_ids=APPS[2:], name="second"))
    item = account.get(group).json()
    assert (item["app_ids"], item["name"], item["archived"]) == (APPS[2:], "second", False)
    check_no_content(account.put(group, app_ids=[], name="third", all_apps=True))
    assert account.get(group).json()["all_apps"] is True

    account.archive(group)
    check_no_content(account.delete(group))
    check_error(account.get(group), 404)
    assert account.ids() == {second_group}
    assert account.ids(archived="true") == set()


def test_pages_together_are_the_list(account: AccountClient) -> None:
    groups = {account.create(f"group {number:02}") for number in range(13)}
    for group in sorted(groups)[:3]:
        account.archive(group)
    for archived, total, pages in (("false", 10, 3), ("true", 3, 1)):
        seen: list[int] = []
        for page in range(1, pages + 1):
            params = {"archived": archived, "page": page, "per_page": 4}
            body = account.send("GET", GROUPS, params=params).json()
            pagination = body["pagination"]
            expected = {"page": page, "per_page": 4, "total_pages": pages, "total_count": total}
            assert {key: pagination[key] for key in expected} == expected
            assert len(body["app_groups"]) == min(4, total - 4 * (page - 1))
            seen += [group["id"] for group in body["app_groups"]]
        assert len(seen) == total
        assert set(seen) == account.ids(archived=archived)


def test_rejected_requests_have_no_effect(account: AccountClient) -> None:
    group = account.create("kept")
    item_before = account.get(group).json()
    bodies: tuple[Any, ...] = (
        {"name": "n", "all_apps": False},
        {"app_ids": [], "name": "n", "all_apps": False},
        {"app_ids": APPS, "all_apps": False},
        {"app_ids": APPS, "name": "n"},
        {"app_ids": "none", "name": "n", "all_apps": False},
        {"app_ids": [None], "name": "n", "all_apps": False},
        {"app_ids": APPS, "name": ["n"], "all_apps": False},
        {"app_ids": APPS, "name": "n", "all_apps": "perhaps"},
        [],
    )
    for body in bodies:
        check_error(account.send("POST", GROUPS, json=body), 400)
        if isinstance(body, dict) and {"app_ids", "name", "all_apps"} <= body.keys():
            check_error(account.send("PUT", f"{GROUPS}/{group}", json=body), 400)
    for content in (
        b"",
        b"{",
        b"\xff",
        b'{"app_ids": [25328], "name": "\\ud800", "all_apps": false}',
        b"[" * 100_000,
    ):
        headers = {"content-type": "application/json"}
        check_error(account.send("POST", GROUPS, content=content, headers=headers), 400)
    assert account.list_groups() == [item_before]


def test_unknown_groups_and_credentials(account: AccountClient) -> None:
    group = account.create("guarded")
    operations = [
        ("GET", ""),
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/archive"),
        ("POST", "/unarchive"),
    ]
    body = {"app_ids": APPS, "name": "n", "all_apps": False}
    for method, tail in operations:
        options: dict[str, Any] = {"json": body} if method == "PUT" else {}
        check_error(account.send(method, f"{GROUPS}/{UNKNOWN_ID}{tail}", **options), 404)
        for malformed_id in ("abc", "1.5", "0", "-1", "9" * 30):
            check_error(account.send(method, f"{GROUPS}/{malformed_id}{tail}", **options), 400, 404)
    for method, path in [("POST", GROUPS), ("GET", GROUPS)] + [
        (method, f"{GROUPS}/{group}{tail}") for method, tail in operations
    ]:
        options = {"json": body} if method == "PUT" or path == GROUPS else {}
        check_error(account.send(method, path, token="junk", **options), 401)
        check_error(account.send(method, path, token=None, **options), 401, 403)
    assert account.ids() == {group}
    req_ids = {account.get(UNKNOWN_ID).json()["req_id"] for _ in range(5)}
    assert len(req_ids) == 5


def test_all_apps_group_needs_no_ids(account: AccountClient) -> None:
    group = account.create("all", app_ids=[], all_apps=True)
    item = account.get(group).json()
    assert item["all_apps"] is True
    assert item["app_ids"] in ([], APPS)


def probe(server: Server) -> list[tuple[object, ...]]:
    """Return the responses of a server to a long fixed series of requests that covers every choice
    and every promise.
    """
    account = AccountClient(server)
    send = account.send
    body = {"app_ids": APPS[:1], "name": "probe", "all_apps": False}
    send("GET", GROUPS, params={"page": 1})
    groups = [account.create(f"group {number}") for number in (3, 1, 2)]
    first, second, third = groups

    for name in (
        "",
        "  ",
        " edge ",
        "a\u0001b",
        "zero\u200bwidth",
        "n" * 300,
        "group 1",
        "Zoë 名前",
        "&<b>",
        7,
    ):
        account.get(account.create(name))  # type: ignore[arg-type]
    for app_ids in ([], None, APPS, APPS[::-1], [1], [25328, 25328], ["25328"]):
        for all_apps in (True, False, "false"):
            account.get(account.create(f"{app_ids} {all_apps}", app_ids=app_ids, all_apps=all_apps))
    for omitted in body:
        send("POST", GROUPS, json={key: value for key, value in body.items() if key != omitted})
    send("POST", GROUPS, json={"name": "omitted", "all_apps": True})
    send("POST", GROUPS, json=body | {"extra": 1})
    send(
        "POST",
        GROUPS,
        content=json.dumps(body | {"name": "as text"}),
        headers={"content-type": "text/plain"},
    )
    send("POST", GROUPS, content=b"{", headers={"content-type": "application/json"})

    def read_lists() -> None:
        for query in (
            "",
            "?archived=true",
            "?archived=false",
            "?archived=1",
            "?archived=maybe",
            "?extra=1",
        ):
            send("GET", GROUPS + query)
        for query in (
            "page=1",
            "page=1&per_page=4",
            "page=2&per_page=4",
            "page=3&per_page=4&archived=false",
            "page=1&per_page=2&archived=true",
            "page=7&per_page=5",
            "per_page=5",
            "per_page=2000",
            "page=0&per_page=5",
            "page=x&per_page=5",
            "page=99",
            "page=201&per_page=50",
            "page=2000&per_page=50",
        ):
            send("GET", f"{GROUPS}?{query}")
        for page in range(1, 9):
            send("GET", f"{GROUPS}?page={page}&per_page=10")

    read_lists()
    account.restore(first)
    account.archive(first)
    account.archive(first)
    read_lists()
    account.get(first)
    account.put(first, name="renamed")
    account.get(first)
    account.restore(first)
    account.restore(first)
    read_lists()
    account.put(first, name="renamed", app_ids=APPS[2:])
    account.get(first)
    account.put(first, name="refused", app_ids=[])
    account.get(first)
    account.put(first, name="all", app_ids=[], all_apps=True)
    account.get(first)
    account.archive(first)
    account.get(first)
    send("PUT", f"{GROUPS}/{second}", json={"name": "partial"})
    account.get(second)

    for bad_id in (str(UNKNOWN_ID), "abc", "0", "9" * 30):
        for method, tail in (
            ("GET", ""),
            ("DELETE", ""),
            ("POST", "/archive"),
            ("POST", "/unarchive"),
            ("PUT", ""),
        ):
            options: dict[str, Any] = {"json": body} if method == "PUT" else {}
            send(method, f"{GROUPS}/{bad_id}{tail}", **options)
    send("PUT", f"{GROUPS}/{UNKNOWN_ID}", json={})
    for token in (None, "junk"):
        send("GET", GROUPS, token=token)
        send("POST", f"{GROUPS}/{third}/unarchive", token=token)
        send("GET", "/nothing", token=token)
    send("GET", GROUPS, headers={"authorization": "bearer token"})
    send("PATCH", GROUPS)
    send("GET", f"{GROUPS}/")

    account.delete(second)
    account.archive(third)
    for group in (third, third, first):
        account.delete(group)
        account.get(group)
    read_lists()
    account.restore(third)
    newest = account.create("newest")
    account.archive(newest)
    account.delete(newest)
    account.create("after newest")
    for number in range(60):
        account.create(f"many {number}")
    read_lists()
    return account.responses


HONEST_RESPONSES = probe(Server())


def test_probe_is_repeatable() -> None:
    assert probe(Server()) == HONEST_RESPONSES


@pytest.mark.parametrize("name", sorted(set(HONEST) - {"default"}))
def test_honest_variant_differs_from_default(name: str) -> None:
    assert probe(HONEST[name]()) != HONEST_RESPONSES


@pytest.mark.parametrize("name", sorted(set(DISHONEST) - {"unpaged_over_10000"}))
def test_dishonest_server_differs(name: str) -> None:
    assert probe(DISHONEST[name].make()) != HONEST_RESPONSES


@pytest.mark.parametrize(
    ("build_server", "expected_length"),
    [(Server, MAX_RECORDS), (DISHONEST["unpaged_over_10000"].make, MAX_RECORDS + 1)],
)
def test_longest_list(build_server: Callable[[], Server], expected_length: int) -> None:
    account = AccountClient(build_server())
    for _ in range(MAX_RECORDS + 1):
        account.create("one of many")
    assert len(account.list_groups()) == expected_length
    assert account.send("GET", GROUPS, params={"page": 2, "per_page": 5000}).json()[
        "pagination"
    ] == {"page": 2, "per_page": 5000, "total_pages": 3, "total_count": MAX_RECORDS + 1}


def test_every_choice_has_an_honest_server() -> None:
    default = Choices()
    varied_fields = {
        field
        for choices in HONEST_CHOICES.values()
        for field in vars(default)
        if getattr(choices, field) != getattr(default, field)
    }
    assert varied_fields == set(vars(default)) - {"existing_apps"}


def test_registries_are_complete() -> None:
    assert len(HONEST) >= 25
    assert len(DISHONEST) >= 16
    assert all(entry.promise and entry.source for entry in DISHONEST.values())


def test_threads_share_a_server() -> None:
    server = Server()
    with ThreadPoolExecutor(8) as pool:
        ids = list(
            pool.map(lambda number: AccountClient(server).create(f"group {number}"), range(200))
        )
    assert len(set(ids)) == 200
    assert AccountClient(server).ids() == set(ids)
