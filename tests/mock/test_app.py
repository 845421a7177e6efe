"""The mock in daily use."""

from __future__ import annotations

import json
import random
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

TOKEN = {"authorization": "Bearer any"}


def station(name: str = "losant", **more: Json) -> MockApp:
    """Return a station of a contract; `strict` makes it so."""
    mock = Mock(
        load(name),
        clock=lambda: 1_700_000_000.0,
        patch=make_service_refuse_undeclared_inputs
        if more.pop("strict", False)
        else lambda service: service,
    )
    return MockApp(mock=mock, state=mock.create_state(), create_state=mock.create_state, **more)


def ask(one: MockApp, method: str, path: str, body: Json = None, **headers: str) -> MockResponse:
    """Return a station's answer; underscores in the names of headers are hyphens."""
    given = TOKEN | {name.replace("_", "-"): value for name, value in headers.items()}
    base = "" if path.startswith("/.mock") else one.mock.base_path
    return one.respond(
        build_mock_request(
            method, base + path, given, b"" if body is None else json.dumps(body).encode()
        )
    )


def names(one: MockApp) -> list[str]:
    """Return the names of the groups that are listed."""
    return [item["name"] for item in json.loads(ask(one, "GET", GROUPS).body)["items"]]


def test_a_reset_leads_back_to_the_start() -> None:
    """What was made since is gone."""
    one = station()
    ask(one, "POST", GROUPS, {"name": "a"})
    assert ask(one, "POST", "/.mock/reset").status == 204
    assert names(one) == []


def test_a_state_is_looked_at_and_put_back() -> None:
    """A snapshot brings back what was, to the last byte."""
    one = station()
    ask(one, "POST", GROUPS, {"name": "a"})
    before, snapshot = ask(one, "GET", GROUPS), ask(one, "GET", "/.mock/state").body
    ask(one, "POST", GROUPS, {"name": "b"})
    assert ask(one, "PUT", "/.mock/state", json.loads(snapshot)).status == 204
    assert ask(one, "GET", GROUPS) == before


@pytest.mark.parametrize(
    "body",
    [{}, [], {"format": 1, "collections": [{"resource": "x"}]}, {"format": 1, "collections": 5}],
)
def test_what_is_no_state_is_refused(body: Json) -> None:
    """The state stays as it was."""
    one = station()
    ask(one, "POST", GROUPS, {"name": "a"})
    assert ask(one, "PUT", "/.mock/state", body).status == 400
    assert names(one) == ["a"]


def test_without_control_the_paths_are_the_apis() -> None:
    """Nothing stands at the control paths."""
    assert ask(station(control_api=False), "POST", "/.mock/reset").status == 404


def test_a_state_outlives_the_process(tmp_path: Path) -> None:
    """What was made, changed and deleted is so after a restart, in the same order, and identities
    go on counting.
    """
    ids = []
    for round_ in range(2):
        one = station()
        file = persistence.StateFile(one.mock, tmp_path / "state")
        one.state_file, kept = file, file.load()
        if kept is None:
            file.overwrite(one.state)
        else:
            one.state = kept
        ids += [
            json.loads(ask(one, "POST", GROUPS, {"name": f"{round_}{name}"}).body)["id"]
            for name in "ba"
        ]
        ask(one, "DELETE", f"{GROUPS}/{ids[0]}")
        file.close(one.state)
    assert names(one) == ["0a", "1a", "1b"]
    assert len({*ids}) == 4


def test_the_file_of_another_contract_is_a_users_error(tmp_path: Path) -> None:
    """A state file belongs to one contract."""
    one = station()
    file = persistence.StateFile(one.mock, tmp_path / "state")
    file.overwrite(one.state)
    file.close(one.state)
    with pytest.raises(UsageError, match="belongs to the contract losant"):
        persistence.StateFile(station("push-express").mock, tmp_path / "state").load()
    (tmp_path / "text").write_text("hello " * 1000)
    with pytest.raises(UsageError, match="--state"):
        persistence.StateFile(one.mock, tmp_path / "text")


def test_seed_data_exists_at_the_start() -> None:
    """Things are given as a creation takes them; what it would fill in may be given too; by parent
    where there are several.
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
            for item in state.get_or_create_collection("experienceGroup", one).items.values()
        ]
        for one in (first, second)
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
def test_wrong_seed_data_is_a_users_error(data: Json) -> None:
    """The error names the file and what is wrong."""
    mock = station().mock
    with pytest.raises(UsageError, match=r"seed\.yaml"):
        insert_seed_data_into_state(mock, MockState(), data, "seed.yaml")


def test_a_page_of_any_origin_may_call() -> None:
    """A preflight is allowed what it asks for; answers to pages carry their origin; others are as
    ever.
    """
    one = station()
    page = {"origin": "http://page"}
    asked = ask(
        one,
        "OPTIONS",
        GROUPS,
        **page,
        access_control_request_method="POST",
        access_control_request_headers="content-type",
    )
    assert (asked.status, dict(asked.headers)["access-control-allow-headers"]) == (
        204,
        "content-type",
    )
    assert (
        dict(ask(one, "GET", GROUPS, **page).headers)["access-control-allow-origin"]
        == "http://page"
    )
    assert "access-control-allow-origin" not in dict(ask(one, "GET", GROUPS).headers)
    assert "access-control-allow-origin" not in dict(
        ask(station(cors=False), "GET", GROUPS, **page).headers
    )


@pytest.mark.parametrize(
    ("prefer", "status", "said"),
    [
        ("code=404", 404, '{"type":"NotFound","message":"Application was not found"}'),
        ("wait=1, code=400", 400, "Validation"),
        ("code=418", 400, "not documented"),
        ("example=nope", 400, "no named examples"),
        ("code=200", 200, "items"),
        ("respond-async", 200, "items"),
    ],
)
def test_a_documented_answer_can_be_asked_for(prefer: str, status: int, said: str) -> None:
    """By status or by the name of an example; nothing is done."""
    response = ask(station(), "GET", GROUPS, prefer=prefer)
    assert response.status == status
    assert said in response.body.decode()


def test_an_answer_asked_for_does_nothing() -> None:
    """A creation whose failure is asked for creates nothing."""
    one = station("push-express")
    assert (
        ask(
            one,
            "POST",
            APP_GROUPS,
            {"app_ids": [1], "name": "a", "all_apps": False},
            prefer="code=503",
        ).status
        == 503
    )
    assert json.loads(ask(one, "GET", APP_GROUPS).body)["app_groups"] == []


def test_some_requests_fail() -> None:
    """The share of failures is that asked for; they do nothing, and are gateways' or resets."""
    one = station(
        "push-express", inject_failure=build_gateway_failure_injector(0.3, {}, random.Random(1))
    )
    found = [ask(one, "GET", APP_GROUPS).status for _ in range(500)]
    assert {*found} == {200, 502, 503, 504, RESET_STATUS}
    assert 100 < sum(status != 200 for status in found) < 200


@pytest.mark.parametrize(
    ("method", "path", "body", "lenient", "exact"),
    [
        ("GET", f"{GROUPS}?unknown=1", None, 200, 400),
        ("GET", f"{GROUPS}?page=0&page=1", None, 200, 400),
        ("GET", f"{GROUPS}?_links=true", None, 200, 200),
        ("GET", GROUPS, {"a": 1}, 200, 400),
        ("POST", GROUPS, {"name": "a"}, 201, 201),
    ],
)
def test_a_strict_mock_refuses_what_no_page_knows(
    method: str, path: str, body: Json, lenient: int, exact: int
) -> None:
    """Undeclared and repeated parameters, and bodies where there are none, are refused; what the
    vendor's client sends is not.
    """
    assert [ask(station(strict=way), method, path, body).status for way in (False, True)] == [
        lenient,
        exact,
    ]


def test_a_strict_mock_knows_the_properties_of_bodies() -> None:
    """A property that no page names is refused where the lenient mock keeps it."""
    body = {"app_ids": [1], "name": "a", "all_apps": False, "color": "red"}
    assert [
        ask(station("push-express", strict=way), "POST", APP_GROUPS, body).status
        for way in (False, True)
    ] == [201, 400]


@pytest.mark.parametrize(
    ("contract", "method", "path", "body", "token", "cited"),
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
def test_the_log_says_why(
    contract: str, method: str, path: str, body: Json, token: bool, cited: str
) -> None:
    """A refusal is explained by the sentence that it rests on, with its page and the place in the
    contract.
    """
    lines: list[str] = []
    ask(
        station(contract, log=lines.append),
        method,
        path,
        body,
        **({} if token else {"authorization": ""}),
    )
    assert f"{method} " in lines[0]
    found = [line for line in lines[1:] if line.strip().startswith(f"{cited}:")]
    assert len(found) == 1
    assert "openapi.yaml:" in found[0]


def test_the_log_can_be_quiet_about_what_succeeds() -> None:
    """Only refused requests are shown."""
    lines: list[str] = []
    one = station(log=lines.append, log_all=False)
    ask(one, "GET", GROUPS)
    assert lines == []
    ask(one, "GET", f"{GROUPS}?sortField=x")
    assert "400" in lines[0]
