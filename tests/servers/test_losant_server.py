"""Honest Losant servers keep every promise; each dishonest one differs from them observably."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import httpx
import pytest

from .losant_server import APPLICATIONS, DISHONEST, HONEST, ID_MIDDLE, SCOPED_TOKENS, SCOPES, Server

Json = Any

UNKNOWN_ID = "f" * 24
S0_SAMPLE: dict[str, Json] = {
    "name": "My Group",
    "experienceUserIds": ["575ed70c7ae143cd83dc4aa9", "675ed70c7ae143cd83dc4aa9"],
    "experienceEndpointIds": ["58b9d743cbfafe1be675744b", "58b9d743cbfafe1be675744c"],
}
S1_SAMPLE: dict[str, Json] = {
    **S0_SAMPLE,
    "deviceIds": ["58b9d743cbfafe1be675744d"],
    "deviceTags": [{"key": "floor", "value": "8"}],
    "parentId": "58b9d743cbfafe1be675744e",
}


class Client:
    """A client of one server; it sends a valid token by default."""

    def __init__(self, server: Server) -> None:
        self.http = httpx.Client(
            transport=httpx.MockTransport(server.handle), base_url="https://losant.test"
        )

    def send(
        self,
        method: str = "GET",
        group: str = "",
        *,
        app: str = APPLICATIONS[0],
        token: str | None = "token",
        headers: dict[str, str] | None = None,
        **parameters: Json,
    ) -> httpx.Response:
        """Send a request to the collection or to a group; `json` and `content` are the body, all
        other parameters the query.
        """
        authorization = {"Authorization": f"Bearer {token}"} if token is not None else {}
        body = {name: parameters.pop(name) for name in ("json", "content") if name in parameters}
        return self.http.request(
            method,
            f"/applications/{app}/experience/groups{group}",
            params=parameters,
            headers=authorization | (headers or {}),
            **body,
        )

    def create(
        self, name: str, *, app: str = APPLICATIONS[0], **properties: Json
    ) -> dict[str, Json]:
        """Create a group and return it."""
        response = self.send("POST", app=app, json={"name": name, **properties})
        assert response.status_code == 201, response.text
        group: dict[str, Json] = response.json()
        return group

    def list_names(self, **parameters: Json) -> list[str]:
        """Return the names on a page of the list."""
        response = self.send(**parameters)
        assert response.status_code == 200, response.text
        return [item["name"] for item in response.json()["items"]]

    def list_names_by_query(self, query: Json) -> list[str]:
        """Return the names of the groups that match an advanced query."""
        return self.list_names(query=json.dumps(query))


@pytest.fixture
def plain_client() -> Client:
    """Return a client of the plain honest server."""
    return Client(HONEST["plain"]())


@pytest.fixture(params=sorted(HONEST))
def honest_client(request: pytest.FixtureRequest) -> Client:
    """Return a client of each honest server in turn."""
    return Client(HONEST[request.param]())


def check_error(response: httpx.Response, *statuses: int) -> None:
    """Assert that a response has one of the statuses and an Error as its body."""
    assert response.status_code in statuses, response.text
    assert response.headers["Content-Type"].partition(";")[0] == "application/json"
    body = response.json()
    assert isinstance(body, dict)
    assert all(isinstance(body.get(name, ""), str) for name in ("type", "message"))


# Behavior of every honest server


def test_lists_are_sorted_and_paged(honest_client: Client) -> None:
    """The pages in either direction together are the complete list, sorted by the field."""
    created = ["delta", "alpha", "echo", "bravo", "charlie"]
    ids = {name: honest_client.create(name)["id"] for name in created}
    by_id = sorted(created, key=ids.__getitem__)
    for field, expected in (("name", sorted(created)), ("id", by_id)):
        for direction in ("asc", "desc"):
            expected = expected if direction == "asc" else expected[::-1]
            order = {"sortField": field, "sortDirection": direction}
            assert honest_client.list_names(**order) == expected
            assert [
                name
                for page in range(3)
                for name in honest_client.list_names(**order, perPage=2, page=page)
            ] == expected
    assert honest_client.list_names() == sorted(created)


def test_names_are_filtered(honest_client: Client) -> None:
    """A glob must match the whole name; blank parameters filter nothing."""
    for name in ("my first group", "my group", "my groups", "not my group"):
        honest_client.create(name)
    all_names = honest_client.list_names()
    assert len(all_names) == 4
    assert honest_client.list_names(filterField="name", filter="my*group") == [
        "my first group",
        "my group",
    ]
    assert honest_client.list_names(filterField="name", filter="my group") == ["my group"]
    assert honest_client.list_names(filterField="name", filter="") == all_names
    assert honest_client.list_names(filterField="", filter="") == all_names
    assert honest_client.list_names(filterField="name") == all_names


def test_applications_are_separate(honest_client: Client) -> None:
    """A list holds the groups of the application, each with its id."""
    own_group = honest_client.create("mine")
    foreign_group = honest_client.create("theirs", app=APPLICATIONS[1])
    assert own_group["applicationId"] == APPLICATIONS[0]
    assert foreign_group["applicationId"] == APPLICATIONS[1]
    assert own_group["id"] == own_group["experienceGroupId"] != foreign_group["id"]
    assert honest_client.list_names() == ["mine"]
    assert honest_client.list_names(app=APPLICATIONS[1]) == ["theirs"]


def test_malformed_requests_are_rejected(honest_client: Client) -> None:
    """Malformed requests and unknown applications get an Error, and create nothing."""
    check_error(honest_client.send(app=UNKNOWN_ID), 404)
    check_error(honest_client.send("POST", app=UNKNOWN_ID, json={"name": "x"}), 404)
    check_error(honest_client.send(app="malformed"), 400, 404)
    check_error(honest_client.send("PUT", json={"name": "x"}), 404, 405)
    check_error(
        honest_client.send("POST", content=b"{", headers={"Content-Type": "application/json"}), 400
    )
    check_error(honest_client.send("POST"), 400)
    bodies: list[Json] = [
        {},
        [],
        {"name": ""},
        {"name": "x" * 256},
        {"name": 1},
        {"name": "x", "color": "red"},
    ]
    for body in bodies:
        check_error(honest_client.send("POST", json=body), 400)
    assert honest_client.list_names() == []


def test_credentials_and_scopes(honest_client: Client) -> None:
    """Only a valid token with one of the scopes of the action is accepted."""
    check_error(honest_client.send(token=None), 401, 403)
    check_error(honest_client.send(token="junk"), 401, 403)
    check_error(honest_client.send(token=None, headers={"Authorization": "token"}), 400, 401, 403)
    for token, scope in SCOPED_TOKENS.items():
        if ".bounded" in scope:
            continue
        listed, created = (
            honest_client.send(token=token),
            honest_client.send("POST", token=token, json={"name": scope}),
        )
        assert (listed.status_code == 200) == (scope in SCOPES["list"])
        assert (created.status_code == 201) == (scope in SCOPES["create"])


@pytest.mark.parametrize(
    "name", [name for name in HONEST if not re.search("404|400|dropped|closed|lenient", name)]
)
def test_samples_are_created(name: str) -> None:
    """The sample body of an edition is created as sent if its references need not exist."""
    sample = S0_SAMPLE if name.startswith("2017") else S1_SAMPLE
    created = Client(HONEST[name]()).create(**sample)
    assert sample.items() <= created.items()


# Behavior of the plain server


@pytest.mark.parametrize(("edition", "size"), [("plain", 100), ("2017-plain", 1000)])
def test_default_page_size(edition: str, size: int) -> None:
    """A page holds 100 groups by default, 1000 in the 2017 edition; count and totalCount differ."""
    client = Client(HONEST[edition]())
    for number in range(size + 1):
        client.create(f"group {number}")
    body = client.send().json()
    echo = {name: value for name, value in body.items() if name != "items"}
    assert len(body["items"]) == size
    assert echo == {
        "count": size,
        "totalCount": size + 1,
        "perPage": size,
        "page": 0,
        "sortField": "name",
        "sortDirection": "asc",
        "applicationId": APPLICATIONS[0],
    }
    assert client.send(page=1).json()["count"] == 1


def test_last_updated_follows_changes(plain_client: Client) -> None:
    """A change sets lastUpdated only; dates strictly increase."""
    first, second = plain_client.create("first"), plain_client.create("second")
    assert first["creationDate"] == first["lastUpdated"] < second["creationDate"]
    changed = plain_client.send("PATCH", f"/{first['id']}", json={"description": "changed"}).json()
    assert changed == {**first, "description": "changed", "lastUpdated": changed["lastUpdated"]}
    assert changed["lastUpdated"] > second["lastUpdated"]
    assert plain_client.list_names(sortField="lastUpdated") == ["second", "first"]
    assert plain_client.list_names(sortField="creationDate") == ["first", "second"]


def test_item_operations(plain_client: Client) -> None:
    """A group can be read, changed and deleted; ancestors and device counts reflect parents."""
    parent = plain_client.create("parent", deviceIds=["1" * 24])
    child = plain_client.create("child", parentId=parent["id"], deviceIds=["2" * 24])
    assert child["ancestorIds"] == [parent["id"]]
    target = f"/{parent['id']}"
    item = plain_client.send(
        "GET", target, includeDirectDeviceCount="true", includeTotalDeviceCount="True"
    ).json()
    assert item == {**parent, "directDeviceCount": 1, "totalDeviceCount": 2}
    check_error(plain_client.send("PATCH", f"/{parent['id']}", json={"parentId": child["id"]}), 400)
    deleted = plain_client.send("DELETE", f"/{parent['id']}", json={})
    assert (deleted.status_code, deleted.json()) == (200, {"success": True})
    check_error(plain_client.send("GET", f"/{parent['id']}"), 404)
    assert "parentId" not in plain_client.send("GET", f"/{child['id']}").json()


def valid(**properties: Json) -> Json:
    """Return the parameters of a test with a body that the schema accepts."""
    return pytest.param(properties, 201, id=f"valid {properties}"[:40])


def invalid(**properties: Json) -> Json:
    """Return the parameters of a test with a body that the schema rejects."""
    return pytest.param(properties, 400, id=f"invalid {properties}"[:40])


@pytest.mark.parametrize(
    ("properties", "status"),
    [
        valid(name="x" * 255),
        valid(name="   "),
        valid(name="😀" * 255),
        valid(description="x" * 32767),
        invalid(description="x" * 32768),
        invalid(description=None),
        valid(experienceUserIds=["A" * 24] * 1000),
        invalid(experienceUserIds=["a" * 24] * 1001),
        invalid(experienceEndpointIds=["\u0665" * 24]),
        invalid(deviceIds=["a" * 24 + "\n"]),
        invalid(deviceIds="a" * 24),
        valid(deviceTags=[{}, {"key": "k"}, {"value": "v"}] * 33),
        invalid(deviceTags=[{}] * 101),
        invalid(deviceTags=[{"key": "a b"}]),
        invalid(deviceTags=[{"key": "k", "value": ""}]),
        invalid(deviceTags=[{"key": "k", "value": "v", "more": 1}]),
        valid(groupTags={"a-Z_9": "v" * 255}),
        invalid(groupTags={"k": "v" * 256}),
        invalid(groupTags={"k.k": "v"}),
        invalid(groupTags=[]),
        valid(deviceQueryJson=None),
        valid(deviceQueryJson="{" * 8192),
        invalid(deviceQueryJson="{" * 8193),
        invalid(deviceQueryJson={}),
        valid(parentId=None),
        invalid(parentId=""),
        invalid(id="a" * 24),
    ],
)
def test_bodies_are_validated(
    plain_client: Client, properties: dict[str, Json], status: int
) -> None:
    """A group is created, and returned as sent, if and only if the body validates against the
    Experience Group Post schema.
    """
    body = {"name": "group", **properties}
    response = plain_client.send("POST", json=body)
    assert response.status_code == status
    if status == 201:
        assert body.items() <= response.json().items()


def test_2017_edition_lacks_newer_features(plain_client: Client) -> None:
    """The 2017 edition ignores query, does not sort by lastUpdated and rejects the newer
    properties.
    """
    old_client = Client(HONEST["2017-plain"]())
    old_client.create("group")
    assert old_client.list_names(query='{"name":"other"}') == ["group"]
    check_error(old_client.send(sortField="lastUpdated"), 400)
    check_error(old_client.send("POST", json=S1_SAMPLE), 400)


@pytest.fixture
def tree_client() -> Client:
    """Return a client of a server with three nested groups."""
    client = Client(HONEST["plain"]())
    top = client.create(
        "Top.One", groupTags={"floor": "8", "wing": "east"}, experienceUserIds=["1" * 24]
    )
    middle = client.create(
        "middle two", parentId=top["id"], groupTags={"floor": "9"}, experienceEndpointIds=["2" * 24]
    )
    client.create("zenith", parentId=middle["id"], experienceUserIds=["1" * 24, "3" * 24])
    return client


TOP, MIDDLE, ZENITH = "Top.One", "middle two", "zenith"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [TOP, MIDDLE, ZENITH]),
        ({"name": {}}, [TOP, MIDDLE, ZENITH]),
        ({"name": TOP}, [TOP]),
        ({"name": "top.one"}, []),
        ({"name": 5}, []),
        ({"name": {"$ne": TOP}}, [MIDDLE, ZENITH]),
        ({"name": {"$in": [ZENITH, TOP]}}, [TOP, ZENITH]),
        ({"name": {"$in": []}}, []),
        ({"name": {"$nin": [ZENITH, TOP]}}, [MIDDLE]),
        ({"name": {"$gt": MIDDLE}}, [ZENITH]),
        ({"name": {"$gte": MIDDLE, "$lt": ZENITH}}, [MIDDLE]),
        ({"name": {"$lte": MIDDLE}}, [TOP, MIDDLE]),
        ({"name": {"$startsWith": "mid"}}, [MIDDLE]),
        ({"name": {"$endsWith": "o"}}, [MIDDLE]),
        ({"name": {"$contains": "d"}}, [MIDDLE]),
        ({"name": {"$startsWith": "t"}}, []),
        ({"name": {"$startsWith": "t", "$ci": True}}, [TOP]),
        ({"name": {"$startsWith": "t", "$ci": False}}, []),
        ({"$and": []}, [TOP, MIDDLE, ZENITH]),
        ({"$or": []}, [TOP, MIDDLE, ZENITH]),
        ({"$nor": []}, []),
        ({"$and": [{"name": {"$contains": "e"}}, {"name": {"$contains": "d"}}]}, [MIDDLE]),
        ({"$or": [{"name": TOP}, {"name": ZENITH}]}, [TOP, ZENITH]),
        ({"$nor": [{"name": TOP}, {"name": ZENITH}]}, [MIDDLE]),
        ({"$or": [{"name": TOP}, {"name": ZENITH}], "name": {"$ne": TOP}}, [ZENITH]),
        (
            {"creationDate": {"$gt": "2020-01-01T00:00:00Z", "$lt": 32503680000000}},
            [TOP, MIDDLE, ZENITH],
        ),
        ({"creationDate": {"$gt": "yesterday"}}, []),
        ({"lastUpdated": {"$lt": "2020-01-01T00:00:00.000+02:00"}}, []),
        ({"parentId": None}, [TOP]),
        ({"parentId": {"$ne": None}}, [MIDDLE, ZENITH]),
        ({"parentId": "TOP"}, [MIDDLE]),
        ({"ancestorId": "TOP"}, [MIDDLE, ZENITH]),
        ({"id": {"$in": ["TOP", "f" * 24]}}, [TOP]),
        ({"id": {"$gt": "TOP"}}, [MIDDLE, ZENITH]),
        ({"experienceUserId": "1" * 24}, [TOP, ZENITH]),
        ({"experienceUserId": {"$nin": ["3" * 24]}}, [TOP, MIDDLE]),
        ({"experienceUserId": None}, [MIDDLE]),
        ({"experienceEndpointId": {"$eq": "2" * 24}}, [MIDDLE]),
        ({"groupTags": {}}, [TOP, MIDDLE, ZENITH]),
        ({"groupTags": {"floor": "8"}}, [TOP]),
        ({"groupTags": {"floor": None}}, [ZENITH]),
        ({"groupTags": {"floor": {"$in": ["8", "9"]}, "wing": None}}, [MIDDLE]),
        ({"groupTags": {"floor": {"$nin": ["8"]}}}, [MIDDLE, ZENITH]),
        ({"groupTags": {"$ne": {"floor": "8"}}}, [MIDDLE, ZENITH]),
        ({"groupTags": {"$eq": {"$tagKey": "floor", "$tagValue": "9"}}}, [MIDDLE]),
        ({"groupTags": {"$tagKey": "floor", "$tagValue": "east"}}, []),
        ({"groupTags": {"$tagKey": {"$in": ["wing"]}}}, [TOP]),
        ({"groupTags": {"$tagValue": "9"}}, [MIDDLE]),
        ({"groupTags": {"$tagKey": "wing", "$tagValue": None}}, [MIDDLE, ZENITH]),
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_queries(tree_client: Client, query: Json, expected: list[str]) -> None:
    """A query returns the groups that match all its clauses."""
    top = tree_client.send(filterField="name", filter=TOP).json()["items"][0]["id"]
    assert (
        tree_client.list_names_by_query(
            json.loads(json.dumps(query).replace('"TOP"', json.dumps(top)))
        )
        == expected
    )


@pytest.mark.parametrize(
    "query",
    [
        "{",
        "NaN",
        "[]",
        '"{}"',
        "null",
        "{”name”:”My Great Group”}",
        '{"description":"x"}',
        '{"deviceTags":[]}',
        '{"name":{"$regex":"x"}}',
        '{"name":{"$startsWith":""}}',
        '{"name":{"$ci":"true"}}',
        '{"name":[]}',
        '{"name":{"$in":[null]}}',
        '{"id":"short"}',
        '{"id":{}}',
        f'{{"id":{{"$gt":"{UNKNOWN_ID}","$lt":"{UNKNOWN_ID}"}}}}',
        '{"$and":{}}',
        '{"$and":[{"$not":{}}]}',
        '{"groupTags":null}',
        '{"groupTags":{"$tagKey":"k","floor":"8"}}',
        '{"groupTags":{"floor":{"$in":[],"$nin":[]}}}',
        '{"groupTags":{"$eq":{"$eq":{}}}}',
        "[" * 5000,
        '{"$and":[' * 2000 + "{}" + "]}" * 2000,
    ],
    ids=lambda query: query[:40],
)
def test_malformed_queries_are_rejected(tree_client: Client, query: str) -> None:
    """A query that is not JSON, or not valid against the schema of advanced queries, gets the
    status 400.
    """
    check_error(tree_client.send("GET", query=query), 400)


def test_query_overrides_filter(tree_client: Client) -> None:
    """With a query, filter and filterField have no effect."""
    assert tree_client.list_names(
        query=json.dumps({"name": TOP}), filterField="name", filter="z*"
    ) == [TOP]


def test_vendor_clients_are_served(honest_client: Client) -> None:
    """Requests in the form of the vendor's own clients are served."""
    path = f"/applications/{APPLICATIONS[0]}/experience/groups"
    url = f"{path}?_actions=false&_links=true&_embedded=true"
    headers = {
        "Authorization": "Bearer token",
        "Accept-Version": "^1.31.0",
        "losantdomain": "example.com",
    }
    for target in (
        "",
        "&sortField=creationDate&sortDirection=asc&page=0&perPage=10"
        "&filterField=name&filter=my%2Agroup",
        "&filterField=name&filter=a+b%26c%3Dd%2F%C3%A9",
        "&query=%7B%22name%22%3A+%22My+Great+Group%22%7D",
    ):
        assert honest_client.http.get(url + target, headers=headers).status_code == 200
    headers["Content-Type"] = "application/json"
    assert (
        honest_client.http.post(url, headers=headers, content=b'{"name": "My Group"}').status_code
        == 201
    )


def test_plus_and_percent_20_are_spaces(plain_client: Client) -> None:
    """Both encodings of a space in a query parameter mean a space."""
    plain_client.create("a b&c=d/é")
    for space in ("+", "%20"):
        path = f"/applications/{APPLICATIONS[0]}/experience/groups"
        target = f"{path}?filterField=name&filter=a{space}b%26c%3Dd%2F%C3%A9"
        assert (
            plain_client.http.get(target, headers={"Authorization": "Bearer token"}).json()["count"]
            == 1
        )


def test_threads_share_a_server() -> None:
    """Groups created at the same time have different ids."""
    client = Client(HONEST["plain"]())
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda number: client.create(f"group {number}")["id"], range(100)))
    assert len(set(ids)) == 100
    assert client.send().json()["totalCount"] == 100


# Every variant differs observably from the plain server


def normalize_response(response: httpx.Response) -> tuple[int, str, str]:
    """Return the parts of a response that do not depend on the time."""
    content = re.sub(rf"[0-9a-f]{{8}}{ID_MIDDLE}[0-9a-f]{{6}}", "<id>", response.text)
    content = re.sub(r"\d(?=[-\d]*T[\d:]|[\d:.]*(Z|\+00:00)\")", "d", content)
    return (
        response.status_code,
        response.headers.get("Content-Type", ""),
        re.sub(r"\bd+(?=[-:.T])", "d", content),
    )


def probe(build_server: Callable[[], Server]) -> list[tuple[int, str, str]]:
    """Send a long series of requests to a new server and return its responses."""
    server = build_server()
    client = Client(server)
    responses: list[tuple[int, str, str]] = []

    def send(*arguments: str, **parameters: Json) -> Json:
        response = client.send(*arguments, **parameters)
        responses.append(normalize_response(response))
        try:
            return response.json()
        except ValueError:
            return None

    def create(name: str, **properties: Json) -> Json:
        return send("POST", json={"name": name, **properties}) or {}

    create("delta group")
    create("alpha group")
    create("Bravo group")
    create("alpha", description="the first of its name")
    create(
        "alphas group",
        description="first letters",
        experienceUserIds=["1" * 24, "2" * 24, "1" * 24],
    )
    parent = create(
        "echo.group", deviceTags=[{"key": "floor", "value": "8"}], groupTags={"k": "8", "w": "x"}
    )
    create("echoxgroup", parentId=parent.get("id"), groupTags={"k": "9"})
    create("Émile", parentId=None)
    create("n" * 200)
    create("alpha")
    create("alpha foreign group", app=APPLICATIONS[1])
    for body in (
        S0_SAMPLE,
        S1_SAMPLE,
        {},
        {"name": "x", "color": 1},
        {"name": "y" * 255},
        {"name": "z" * 256},
    ):
        send("POST", json=body)
    send("POST", json={"name": "upper", "experienceUserIds": ["A" * 24]})
    send("POST", content=b'{"name":"typed"}', headers={"Content-Type": "text/plain"})
    send("POST", content=b"{", headers={"Content-Type": "application/json"})

    listed = (send() or {}).get("items", [])
    ids = {item["name"]: item["id"] for item in listed}
    changed = ids.get("alpha group", UNKNOWN_ID)
    for method, body in (
        ("GET", {}),
        ("PATCH", {"json": {"description": "new"}}),
        ("DELETE", {}),
        ("GET", {}),
    ):
        send(method, f"/{ids.get('Bravo group') if method != 'PATCH' else changed}", **body)
    send("GET", "/malformed")
    send("GET", f"/{changed.upper()}")
    send("PUT")
    send("GET", "/")
    send("GET", "/a/b")
    for app in (UNKNOWN_ID, "malformed", APPLICATIONS[0].upper(), APPLICATIONS[1]):
        send(app=app)
        send("POST", app=app, json={"name": "elsewhere"})
        send(app=app, token=None)
    for token in (None, "junk", *SCOPED_TOKENS):
        send(token=token, perPage=1)
        send("POST", token=token, json={"name": f"by {token}"})
    for header in ("bearer token", "Basic token", "token"):
        send(token=None, headers={"Authorization": header}, perPage=1)

    for field in ("name", "id", "creationDate", "lastUpdated"):
        for direction in ("asc", "desc"):
            for page in (0, 1):
                send(sortField=field, sortDirection=direction, page=page, perPage=3)
    for direction in ("ASC", "DESC", "up", ""):
        send(sortDirection=direction)
    for field in ("description", ""):
        send(sortField=field)
    send(filterField="name", filter="alpha", sortDirection="desc")
    for value in ("-1", "99", "x", "1.5", ""):
        send(page=value, perPage=5)
        send(perPage=value)
    send(perPage="0")
    send(perPage="1001")
    send(perPage=["1", "2"])
    for pattern in (
        "alpha",
        "ALPHA",
        "a*group",
        "a* group",
        "echo.group",
        "alph?",
        "[a-b]*",
        "*",
        "",
        " ",
        "É*",
    ):
        send(filterField="name", filter=pattern, page=0, perPage=4)
        send(filter=pattern)
    send(filterField="")
    send(filterField="description", filter="x")

    changed_date = next(
        (item["lastUpdated"] for item in (send() or {}).get("items", []) if item["id"] == changed),
        "",
    )
    parts = [{"name": {"$contains": "alpha"}}, {"name": {"$endsWith": "group"}}]
    for query in (
        {},
        {"name": "alpha"},
        {"name": "ALPHA"},
        {"name": {"$eq": "ALPHA", "$ci": True}},
        {"name": {"$startsWith": "ALPHA", "$ci": True}},
        {"name": {"$in": ["echo.group", "alpha"]}},
        {"name": {"$endsWith": "alpha"}},
        {"name": {"$gte": "echo.group"}},
        {"name": "alpha", "lastUpdated": changed_date},
        {"lastUpdated": {"$gte": changed_date}},
        {"creationDate": {"$lt": "tomorrow"}},
        {"id": changed.upper()},
        {"groupTags": {"$tagKey": "k", "$tagValue": "x"}},
        *({key: parts[:size]} for key in ("$and", "$or", "$nor") for size in (0, 1, 2)),
        "{}",
        [],
    ):
        send(query=json.dumps(query))
        send(query=json.dumps(query), filterField="name", filter="e*")
    send(query="")
    send(query="{”name”:”alpha”}")
    send(query='{"name":"alpha"}', filterField="description", filter="e*")

    for number in range(150):
        server.store(APPLICATIONS[1], {"name": f"bulk {number}"})
    send("POST", app=APPLICATIONS[1], json={"name": "one more"})
    for parameters in ({}, {"perPage": 120}, {"perPage": 60, "page": 2}):
        send(app=APPLICATIONS[1], **parameters)
    return responses


def get_plain_name(name: str) -> str:
    """Return the name of the plain server of the edition that a variant belongs to."""
    return "2017-plain" if name.startswith("2017") else "plain"


@cache
def probe_plain_server(name: str) -> list[tuple[int, str, str]]:
    """Return the responses of the plain server of that name to the probe."""
    return probe(HONEST[name])


@pytest.mark.parametrize("name", ["plain", "2017-plain"])
def test_probe_is_repeatable(name: str) -> None:
    """The same requests get the same responses from the same server."""
    assert probe(HONEST[name]) == probe(HONEST[name])


@pytest.mark.parametrize("name", sorted(set(HONEST) - {"plain", "2017-plain"}))
def test_honest_variant_differs_from_plain(name: str) -> None:
    """Every honest variant responds differently from the plain server at least once."""
    assert probe(HONEST[name]) != probe_plain_server(get_plain_name(name))


@pytest.mark.parametrize("name", sorted(DISHONEST))
def test_dishonest_server_differs(name: str) -> None:
    """Every dishonest server responds to some requests differently from the plain server, and to
    some in the same way.
    """
    pairs = list(
        zip(probe(DISHONEST[name].make), probe_plain_server(get_plain_name(name)), strict=True)
    )
    differing = sum(response != expected for response, expected in pairs)
    assert 0 < differing < len(pairs)


def test_registries_are_complete() -> None:
    """There are many variants, and every dishonest one states its promise and source."""
    assert len(HONEST) >= 25
    assert len(DISHONEST) >= 16
    assert all(
        entry.promise.endswith(".") and re.search(r"\bL\d|schema", entry.source)
        for entry in DISHONEST.values()
    )
