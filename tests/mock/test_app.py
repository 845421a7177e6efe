"""The mock app: state, control API, CORS, injected failures, preferred responses and log."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.contract.json import Json
from conformance.errors import UsageError
from conformance.mock import persistence
from conformance.mock.app import MockApp
from conformance.mock.connection import RESET_STATUS
from conformance.mock.gateway_errors import build_gateway_failure_injector
from conformance.mock.message import MockResponse, build_mock_request
from conformance.mock.mock import Mock
from conformance.mock.seed_data import insert_seed_data_into_state
from conformance.mock.state import MockState
from conformance.mock.undeclared_inputs import make_service_refuse_undeclared_inputs

from .client import APP_GROUPS, GROUPS, PARENTS
from .contracts import load
from .plain import PlainMock, build_plain_mock

TOKEN = {"authorization": "Bearer any"}


def build_app(name: str = "losant", **options: Json) -> MockApp:
    """Return the app of a contract; `strict` makes it refuse undeclared inputs."""
    mock = Mock(
        load(name),
        clock=lambda: 1_700_000_000.0,
        patch=make_service_refuse_undeclared_inputs
        if options.pop("strict", False)
        else lambda service: service,
    )
    return MockApp(mock=mock, state=mock.create_state(), create_state=mock.create_state, **options)


def send_request(
    app: MockApp, method: str, path: str, body: Json = None, **headers: str
) -> MockResponse:
    """Return the app's response. Underscores in header names become hyphens."""
    sent_headers = TOKEN | {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None:
        sent_headers = {"content-type": "application/json", **sent_headers}
    base = "" if path.startswith("/.mock") else app.mock.base_path
    return app.respond(
        build_mock_request(
            method, base + path, sent_headers, b"" if body is None else json.dumps(body).encode()
        )
    )


def list_names(app: MockApp) -> list[str]:
    """Return the names of the listed groups."""
    return [item["name"] for item in json.loads(send_request(app, "GET", GROUPS).body)["items"]]


def test_reset_restores_the_initial_state() -> None:
    """Items created since the start are gone."""
    app = build_app()
    send_request(app, "POST", GROUPS, {"name": "a"})
    assert send_request(app, "POST", "/.mock/reset").status == 204
    assert list_names(app) == []


def test_a_state_snapshot_is_read_and_restored() -> None:
    """After a restored snapshot, the list is byte for byte as before."""
    app = build_app()
    send_request(app, "POST", GROUPS, {"name": "a"})
    before, snapshot = (
        send_request(app, "GET", GROUPS),
        send_request(app, "GET", "/.mock/state").body,
    )
    send_request(app, "POST", GROUPS, {"name": "b"})
    assert send_request(app, "PUT", "/.mock/state", json.loads(snapshot)).status == 204
    assert send_request(app, "GET", GROUPS) == before


@pytest.mark.parametrize(
    "body",
    [{}, [], {"format": 1, "collections": [{"resource": "x"}]}, {"format": 1, "collections": 5}],
)
def test_an_invalid_state_is_refused(body: Json) -> None:
    """The current state remains."""
    app = build_app()
    send_request(app, "POST", GROUPS, {"name": "a"})
    assert send_request(app, "PUT", "/.mock/state", body).status == 400
    assert list_names(app) == ["a"]


def test_control_paths_are_unknown_without_the_control_api() -> None:
    """Control paths return 404."""
    assert send_request(build_app(control_api=False), "POST", "/.mock/reset").status == 404


def test_a_state_file_survives_a_restart(tmp_path: Path) -> None:
    """After a restart, created, changed and deleted items are as before, in the same order.

    New ids continue the count.
    """
    ids = []
    for run_number in range(2):
        app = build_app()
        file = persistence.StateFile(app.mock, tmp_path / "state")
        app.state_file, loaded_state = file, file.load()
        if loaded_state is None:
            file.overwrite(app.state)
        else:
            app.state = loaded_state
        ids += [
            json.loads(send_request(app, "POST", GROUPS, {"name": f"{run_number}{name}"}).body)[
                "id"
            ]
            for name in "ba"
        ]
        send_request(app, "DELETE", f"{GROUPS}/{ids[0]}")
        file.close(app.state)
    assert list_names(app) == ["0a", "1a", "1b"]
    assert len({*ids}) == 4


def test_a_state_file_of_another_contract_is_a_usage_error(tmp_path: Path) -> None:
    """A state file belongs to one contract."""
    app = build_app()
    file = persistence.StateFile(app.mock, tmp_path / "state")
    file.overwrite(app.state)
    file.close(app.state)
    with pytest.raises(UsageError, match="belongs to the contract losant"):
        persistence.StateFile(build_app("push-express").mock, tmp_path / "state").load()
    (tmp_path / "text").write_text("hello " * 1000)
    with pytest.raises(UsageError, match="--state"):
        persistence.StateFile(app.mock, tmp_path / "text")


THINGS = """
paths:
  /things:
    get: {responses: {'200': {description: d, content: {application/json: {schema: {
      type: array, items: {$ref: '#/components/schemas/Thing'}}}}}}}
    post:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
      responses: {'201': {description: d, content: {application/json: {schema: {
        $ref: '#/components/schemas/Thing'}}}}}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {responses: {'200': {description: d, content: {application/json: {schema: {
      $ref: '#/components/schemas/Thing'}}}}}}
    delete: {responses: {'204': {description: d}}}
components:
  schemas: {Thing: {type: object, properties: {id: {type: string}, name: {type: string}}}}
"""


def reopen(plain: PlainMock, path: Path) -> None:
    """Close the state file, if there is one, and go on with what it holds."""
    app = plain.app
    if app.state_file is not None:
        app.state_file.close(app.state)
    app.state_file = persistence.StateFile(app.mock, path)
    stored = app.state_file.load()
    if stored is None:
        app.state_file.overwrite(app.state)
    else:
        app.state = stored


def test_the_order_of_creation_survives_restarts(tmp_path: Path) -> None:
    """The order does not depend on ids, deletions or the number of restarts."""
    plain = build_plain_mock(tmp_path, THINGS)
    expected: list[str] = []
    for restart in range(5):
        reopen(plain, tmp_path / "state")
        assert [item["id"] for item in plain.read("/things")] == expected
        for letter in "zma":
            plain.send("POST", "/things", {"id": f"{letter}{9 - restart}"})
            expected.append(f"{letter}{9 - restart}")
        gone = expected.pop(restart)
        assert plain.send("DELETE", f"/things/{gone}").status == 204
        assert [item["id"] for item in plain.read("/things")] == expected


def test_a_state_file_is_owned_by_one_process(tmp_path: Path) -> None:
    """A second mock on the same file is a usage error; after the first has ended, it is none."""
    plain = build_plain_mock(tmp_path, THINGS)
    path = tmp_path / "state"
    reopen(plain, path)
    code = (
        "import sqlite3, sys; database = sqlite3.connect(sys.argv[1], timeout=0);"
        " database.execute('select * from items')"
    )
    process = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
    )
    assert "database is locked" in process.stderr
    with pytest.raises(UsageError, match="in use by another process"):
        persistence.StateFile(plain.app.mock, path)
    reopen(plain, path)


def test_a_state_file_knows_the_items_of_the_other_user(tmp_path: Path) -> None:
    """Whose an item is, is kept over a restart, and goes with the item."""
    plain = build_plain_mock(tmp_path, THINGS)
    reopen(plain, tmp_path / "state")
    for name in "ab":
        plain.app.state.items_of_other_user.add(("thing", "", name))
        plain.send("POST", "/things", {"id": name})
    plain.send("DELETE", "/things/a")
    reopen(plain, tmp_path / "state")
    assert plain.app.state.items_of_other_user == {("thing", "", "b")}


def test_a_state_file_of_other_resources_is_a_usage_error(tmp_path: Path) -> None:
    """A file with items of a resource that the contract no longer has is refused by name."""
    plain = build_plain_mock(tmp_path, THINGS)
    reopen(plain, tmp_path / "state")
    plain.send("POST", "/things", {"id": "a"})
    plain.app.state_file.close(plain.app.state)  # type: ignore[union-attr]
    changed = build_plain_mock(tmp_path, THINGS.replace("/things", "/widgets"))
    with pytest.raises(UsageError, match="there is no resource 'thing'"):
        persistence.StateFile(changed.app.mock, tmp_path / "state").load()


def test_seed_data_exists_at_the_start() -> None:
    """Seed items have the form of a creation body.

    They may also set fields that the server would set. Items are grouped by parent if there are
    several parents.
    """
    from conformance.mock.config import MockConfig

    mock = Mock(load("losant"), MockConfig(parents=PARENTS))
    state, (first, second) = mock.create_state(), PARENTS["applicationId"]
    insert_seed_data_into_state(
        mock,
        state,
        {
            "experienceGroup": {
                first: [{"name": "a", "id": "f" * 24, "experienceGroupId": "f" * 24}],
                second: [{"name": "b"}],
            }
        },
        "seed.yaml",
    )
    assert [
        [
            item.value["name"]
            for item in state.get_or_create_collection("experienceGroup", parent_id).items.values()
        ]
        for parent_id in (first, second)
    ] == [["a"], ["b"]]
    assert "f" * 24 in state.get_or_create_collection("experienceGroup", first).items


@pytest.mark.parametrize(
    "data",
    [
        [],
        {"nothing": []},
        {"experienceGroup": {"x": []}},
        {"experienceGroup": 5},
        {"experienceGroup": [5]},
        {"experienceGroup": [{"name": 5}]},
    ],
)
def test_invalid_seed_data_is_a_usage_error(data: Json) -> None:
    """The error names the file and the problem."""
    mock = build_app().mock
    with pytest.raises(UsageError, match=r"seed\.yaml"):
        insert_seed_data_into_state(mock, MockState(), data, "seed.yaml")


def test_cors_allows_every_origin() -> None:
    """A preflight response allows the requested headers.

    Responses to cross-origin requests name the origin; other responses have no CORS header.
    """
    app = build_app()
    origin_headers = {"origin": "http://page"}
    preflight = send_request(
        app,
        "OPTIONS",
        GROUPS,
        **origin_headers,
        access_control_request_method="POST",
        access_control_request_headers="content-type",
    )
    assert (preflight.status, dict(preflight.headers)["access-control-allow-headers"]) == (
        204,
        "content-type",
    )
    assert (
        dict(send_request(app, "GET", GROUPS, **origin_headers).headers)[
            "access-control-allow-origin"
        ]
        == "http://page"
    )
    assert "access-control-allow-origin" not in dict(send_request(app, "GET", GROUPS).headers)
    assert "access-control-allow-origin" not in dict(
        send_request(build_app(cors=False), "GET", GROUPS, **origin_headers).headers
    )


@pytest.mark.parametrize(
    ("prefer", "status", "expected_text"),
    [
        ("code=404", 404, '{"type":"NotFound","message":"Application was not found"}'),
        ("wait=1, code=400", 400, "Validation"),
        ("code=418", 400, "not documented"),
        ("example=nope", 400, "no named examples"),
        ("code=200", 200, "items"),
        ("respond-async", 200, "items"),
    ],
)
def test_prefer_selects_a_documented_response(prefer: str, status: int, expected_text: str) -> None:
    """`Prefer` selects a response by status or by the name of an example.

    The request has no effect.
    """
    response = send_request(build_app(), "GET", GROUPS, prefer=prefer)
    assert response.status == status
    assert expected_text in response.body.decode()


def test_a_preferred_error_has_no_effect() -> None:
    """A creation with a preferred 503 creates nothing."""
    app = build_app("push-express")
    assert (
        send_request(
            app,
            "POST",
            APP_GROUPS,
            {"app_ids": [1], "name": "a", "all_apps": False},
            prefer="code=503",
        ).status
        == 503
    )
    assert json.loads(send_request(app, "GET", APP_GROUPS).body)["app_groups"] == []


def test_failures_are_injected_at_the_given_rate() -> None:
    """The share of failed requests is the requested one.

    Failures are gateway errors or connection resets.
    """
    app = build_app(
        "push-express", inject_failure=build_gateway_failure_injector(0.3, random.Random(1))
    )
    statuses = [send_request(app, "GET", APP_GROUPS).status for _ in range(500)]
    assert {*statuses} == {200, 502, 503, 504, RESET_STATUS}
    assert 100 < sum(status != 200 for status in statuses) < 200


@pytest.mark.parametrize(
    ("method", "path", "body", "lenient", "strict"),
    [
        ("GET", f"{GROUPS}?unknown=1", None, 200, 400),
        ("GET", f"{GROUPS}?page=0&page=1", None, 200, 400),
        ("GET", f"{GROUPS}?_links=true", None, 200, 200),
        ("GET", GROUPS, {"a": 1}, 200, 400),
        ("POST", GROUPS, {"name": "a"}, 201, 201),
    ],
)
def test_a_strict_mock_refuses_undeclared_inputs(
    method: str, path: str, body: Json, lenient: int, strict: int
) -> None:
    """Undeclared and repeated parameters are refused, and bodies of operations without a body.

    Parameters that the vendor's client sends are accepted.
    """
    assert [
        send_request(build_app(strict=is_strict), method, path, body).status
        for is_strict in (False, True)
    ] == [lenient, strict]


def test_a_strict_mock_refuses_undeclared_properties() -> None:
    """An undeclared property is refused in strict mode and stored otherwise."""
    body = {"app_ids": [1], "name": "a", "all_apps": False, "color": "red"}
    assert [
        send_request(build_app("push-express", strict=strict), "POST", APP_GROUPS, body).status
        for strict in (False, True)
    ] == [201, 400]


@pytest.mark.parametrize(
    ("contract", "method", "path", "body", "token", "statement_id"),
    [
        ("losant", "GET", f"{GROUPS}?sortField=x", None, True, "L15"),
        ("losant", "GET", GROUPS, None, False, "L6"),
        ("losant", "POST", GROUPS, {}, True, "L82m"),
        ("losant", "POST", GROUPS, {"name": "x" * 256}, True, "L82a"),
        ("losant", "POST", GROUPS, {"name": "x", "nome": 1}, True, "L82l"),
        ("losant", "GET", GROUPS.replace("5", "6"), None, True, "L55"),
        (
            "push-express",
            "POST",
            APP_GROUPS,
            {"app_ids": [], "name": "a", "all_apps": False},
            True,
            "P8",
        ),
        ("push-express", "POST", APP_GROUPS, {"app_ids": [1], "name": "a"}, True, "P11"),
        ("push-express", "GET", f"{APP_GROUPS}/77", None, True, "P50"),
    ],
)
def test_the_log_explains_refusals(
    contract: str, method: str, path: str, body: Json, token: bool, statement_id: str
) -> None:
    """The log of a refusal cites the statement behind it, its page and its place in the
    contract.
    """
    log_lines: list[str] = []
    send_request(
        build_app(contract, log=log_lines.append),
        method,
        path,
        body,
        **({} if token else {"authorization": ""}),
    )
    assert f"{method} " in log_lines[0]
    citations = [line for line in log_lines[1:] if line.strip().startswith(f"{statement_id}:")]
    assert len(citations) == 1
    assert "openapi.yaml:" in citations[0]


def test_the_log_can_omit_successful_requests() -> None:
    """Only refused requests are logged."""
    log_lines: list[str] = []
    app = build_app(log=log_lines.append, log_all=False)
    send_request(app, "GET", GROUPS)
    assert log_lines == []
    send_request(app, "GET", f"{GROUPS}?sortField=x")
    assert "400" in log_lines[0]
