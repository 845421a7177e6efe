"""The mock as a fixture in tests of other projects."""

from __future__ import annotations

import asyncio
import doctest
import urllib.request
from pathlib import Path
from types import ModuleType

import aiohttp
import httpx
import httpx2
import pytest
import requests
from urllib3.util import Retry

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
        with pytest.raises(AssertionError) as complaint:
            mock.verify()
        assert str(complaint.value).count("core.push.express is a documented host") == 2


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


def test_an_error_of_the_test_is_explained_by_what_its_code_sent() -> None:
    """The code's own error comes first, the mistake that explains it is added to it."""

    def make_group_and_get_id() -> int:
        with mocked("push-express") as mock:
            body = {**GROUP, "app_ids": "7"}
            group = httpx.post(f"{mock.base_url}/app/groups", headers=KEY, json=body).json()
            return int(group["id"])

    with pytest.raises(KeyError) as error:
        make_group_and_get_id()
    assert "/app_ids" in error.value.__notes__[0]
    assert "P15: app_ids is an array" in error.value.__notes__[0]


def test_a_wrong_type_of_a_parameter_is_shown_with_its_sentence() -> None:
    """What no claim requires to be refused is explained by the sentence of the parameter."""
    with mocked("losant") as mock:
        url = f"{mock.base_url}/applications/575ec8687ae143cd83dc4a97/experience/groups"
        httpx.get(url, headers=KEY, params={"page": "abc"})
        (mistake,) = mock.clear_refusals()
    assert "page: 'abc' is not an integer\n    L22: " in mistake


def test_retries_of_requests_are_made(push_express_mock: ContractMock) -> None:
    """An adapter's Retry repeats requests as on a network, after a status and after a reset, and
    gives up with the same errors.
    """
    url = f"{push_express_mock.base_url}/app/groups"
    with requests.Session() as session:
        retry = Retry(2, status_forcelist=[502])
        session.mount("https://", requests.adapters.HTTPAdapter(max_retries=retry))
        push_express_mock.answer_next(502, "listAppGroups")
        push_express_mock.answer_next(0)
        response = session.get(url, headers=KEY, timeout=5)
        assert (response.status_code, response.reason) == (200, "OK")
        for _ in range(3):
            push_express_mock.answer_next(502, "listAppGroups")
        with pytest.raises(requests.exceptions.RetryError):
            session.get(url, headers=KEY, timeout=5)
        for _ in range(3):
            push_express_mock.answer_next(0)
        with pytest.raises(requests.exceptions.ConnectionError):
            session.get(url, headers=KEY, timeout=5)
    assert len(push_express_mock.requests) == 9


def test_a_response_tells_how_long_it_took(push_express_mock: ContractMock) -> None:
    """As with a network, `elapsed` is there once the body has been read."""
    url = f"{push_express_mock.base_url}/app/groups"
    assert httpx.get(url, headers=KEY).elapsed.total_seconds() >= 0
    with httpx.Client(transport=push_express_mock.transport) as client:
        assert client.get(url, headers=KEY).elapsed.total_seconds() >= 0


PLAIN_DOCUMENT = """
openapi: 3.1.0
info: {title: Things, version: "1"}
servers: [{url: "https://things.example/v1"}]
security: [{key: []}]
components:
  securitySchemes: {key: {type: apiKey, in: query, name: key}}
  schemas:
    Thing:
      type: object
      required: [name]
      properties: {id: {type: integer, readOnly: true}, name: {type: string}}
paths:
  /things:
    get: {operationId: list, responses: {"200": {description: "", content: {application/json: {
      schema: {type: array, items: {$ref: "#/components/schemas/Thing"}}}}}}}
    post:
      operationId: make
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}
      responses: {"201": {description: "", content: {application/json: {
        schema: {$ref: "#/components/schemas/Thing"}}}}}
  /things/{id}:
    get:
      operationId: see
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: "", content: {application/json: {
        schema: {$ref: "#/components/schemas/Thing"}}}}, "404": {description: ""}}
"""


def test_a_plain_document_will_do(tmp_path: Path) -> None:
    """Resources are guessed for it, and what the test makes has the key that the document asks."""
    path = tmp_path / "things.yaml"
    path.write_text(PLAIN_DOCUMENT)
    with mocked(path) as mock:
        mock.create({"name": "a"})
        answer = httpx.get("https://things.example/v1/things", params={"key": "any"}).json()
        assert answer == mock.items()
        assert [item["name"] for item in answer] == ["a"]
        with pytest.raises(UsageError, match="there is no resource other"):
            mock.items(resource="other")
    poor_path = tmp_path / "poor.yaml"
    poor_path.write_text(PLAIN_DOCUMENT.partition("    post:")[0])
    with mocked(poor_path) as mock, pytest.raises(UsageError, match="describes no resource"):
        mock.create({"name": "a"})


LISTS = """
openapi: 3.1.0
info: {title: Lists, version: "1"}
servers: [{url: "https://lists.example"}]
paths:
  /lists:
    get:
      operationId: list
      parameters:
      - {name: id, in: query, schema: {type: array, items: {type: integer}}}
      - {name: where, in: query, style: deepObject, explode: true,
         schema: {type: object, properties: {name: {type: string}}}}
      - {name: box, in: query, schema: {type: object, properties: {left: {type: integer}}}}
      - {name: page, in: query, schema: {type: integer}}
      responses: {"200": {description: ""}}
"""


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("id=1&id=2", 200),
        ("where[name]=a", 200),
        ("left=1", 200),
        ("page=1", 200),
        ("page=1&page=2", 400),
        ("where[name=a", 400),
        ("box=1", 400),
        ("ids=1", 400),
    ],
)
def test_parameters_are_known_in_their_style(tmp_path: Path, query: str, status: int) -> None:
    """A strict mock knows the pairs of lists and objects, and refuses all others."""
    (tmp_path / "lists.yaml").write_text(LISTS)
    with mocked(tmp_path / "lists.yaml") as mock:
        assert httpx.get(f"https://lists.example/lists?{query}").status_code == status
        assert len(mock.clear_refusals()) == (status == 400)


def test_ordered_errors_do_not_speak_of_prefer(losant_mock: ContractMock) -> None:
    """An ordered error without a documented example says who ordered it."""
    losant_mock.answer_next(400, "listExperienceGroups")
    url = f"{losant_mock.base_url}/applications/575ec8687ae143cd83dc4a97/experience/groups"
    body = httpx.get(url, headers=KEY).text
    assert "the test ordered 400" in body
    assert "Prefer" not in body


@pytest.mark.parametrize(("documented", "undocumented"), [("http", "https"), ("https", "http")])
@pytest.mark.parametrize("library", [httpx, requests], ids=["httpx", "requests"])
def test_another_scheme_is_not_answered(
    tmp_path: Path, documented: str, undocumented: str, library: ModuleType
) -> None:
    """A request to the documented host by another scheme is refused, and the test says so."""
    path = tmp_path / "things.yaml"
    path.write_text(PLAIN_DOCUMENT.replace("https://things", f"{documented}://things"))
    with mocked(path) as mock:
        target = "://things.example/v1/things"
        answer = library.get(documented + target, params={"key": "any"})
        assert answer.status_code == 200
        errors = (httpx.ConnectError, requests.exceptions.ConnectionError)
        with pytest.raises(errors):
            library.get(undocumented + target, params={"key": "any"})
        (refusal,) = mock.clear_refusals()
        assert f"documents {documented}://things.example" in refusal
        assert f"goes to {undocumented}://things.example" in refusal


def test_a_changed_contract_is_read_again(tmp_path: Path) -> None:
    """A contract whose file has changed is another one; an unchanged one is read once."""
    path = tmp_path / "things.yaml"
    path.write_text(PLAIN_DOCUMENT)
    with mocked(path) as first, mocked(str(path)) as second:
        assert second.contract is first.contract
    path.write_text(PLAIN_DOCUMENT.replace("title: Things", "title: Changed"))
    with mocked(path) as changed:
        assert changed.contract.document["info"]["title"] == "Changed"


def test_a_changed_referenced_file_is_read_again(tmp_path: Path) -> None:
    """A contract changes with the files that it refers to."""
    path, schemas = tmp_path / "things.yaml", tmp_path / "schemas.yaml"
    path.write_text(PLAIN_DOCUMENT.replace("#/components", "schemas.yaml#/components"))
    text = "components: {schemas: {Thing: {properties: {id: {}, name: {}}, required: [name]}}}"
    schemas.write_text(text)
    with mocked(path) as mock:
        mock.create({"name": "a"})
    schemas.write_text(text.replace("[name]", "[name, other]"))
    with mocked(path) as mock, pytest.raises(UsageError, match="other"):
        mock.create({"name": "a"})
