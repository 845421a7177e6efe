"""The mock as a whole."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.contract.contract import Contract
from conformance.errors import ContractError
from conformance.mock.config import MockConfig
from conformance.mock.message import build_mock_request
from conformance.mock.mock import Mock

from .client import APP_GROUPS, GROUPS, build_losant_client, build_push_express_client
from .contracts import load
from .tour import replay, tour, world


def test_the_same_requests_have_the_same_answers(contract: Contract) -> None:
    """With the same clock, two mocks of a contract, and one mock twice, answer alike to the last
    byte.
    """
    one, other = (Mock(contract, world(contract), clock=lambda: 1_700_000_000.0) for _ in range(2))
    steps = tour(one).steps
    assert [response for _, _, response in steps] == replay(other, steps) == replay(one, steps)


def test_a_state_can_be_kept() -> None:
    """A copy of the state goes on from where it was taken."""
    client = build_losant_client("a")
    copy = client.state.copy()
    client.ask("POST", GROUPS, body={"name": "b"})
    client.state = copy
    assert [item["name"] for item in client.json("GET", GROUPS)["items"]] == ["a"]


def test_seeds_exist_at_the_start() -> None:
    """A seeded world has that many items in the first parent, older than what is made later, with
    dates that differ.
    """
    client = build_losant_client(world=MockConfig(seed_count=30))
    made = client.json("POST", GROUPS, body={"name": "new"})
    items = client.json("GET", GROUPS, {"sortField": "creationDate"})["items"]
    assert (len(items), items[-1]["id"]) == (31, made["id"])
    assert len({item["creationDate"] for item in items}) == 31


@pytest.mark.parametrize(
    ("base", "path"),
    [(None, "/api/b/v2/app/groups"), ("", "/app/groups"), ("/x/", "/x/app/groups")],
)
def test_the_base_path_is_that_of_the_server(base: str | None, path: str) -> None:
    """Paths begin with the documented server's, or with the one that the world gives."""
    mock = Mock(load("push-express"), MockConfig(base_path=base))
    assert (
        mock.respond(
            mock.create_state(), build_mock_request("GET", path, {"authorization": "Bearer x"})
        ).status
        == 200
    )


def test_a_parent_of_the_world_replaces_the_documented_one() -> None:
    """The ids that exist are those that the world names."""
    client = build_losant_client(world=MockConfig(parents={"applicationId": ("e" * 24,)}))
    assert client.status("GET", GROUPS) == 404
    assert client.status("GET", GROUPS.replace("575ec8687ae143cd83dc4a97", "e" * 24)) == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda below: st.lists(below) | st.dictionaries(st.text(), below),
    max_leaves=8,
)
QUERIES = st.dictionaries(
    st.sampled_from(
        ["page", "perPage", "filter", "filterField", "query", "sortField", "sortDirection", "x"]
    ),
    st.text() | JSON.map(json.dumps),
)


@settings(database=None, deadline=None, max_examples=200)
@given(
    QUERIES,
    st.binary() | JSON.map(lambda value: json.dumps(value).encode()),
    st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT"]),
    st.text(),
)
def test_every_request_has_an_answer(
    query: dict[str, str], body: bytes, method: str, tail: str
) -> None:
    """Whatever is sent, the mock answers, in JSON, and not with 5xx."""
    client = build_losant_client("a")
    for path in (GROUPS, f"{GROUPS}/65a000010000000000000001", f"{GROUPS}/{tail}"):
        response = client.ask(method, path, query, content=body)
        assert response.status < 500
        json.loads(response.body)


@settings(database=None, deadline=None, max_examples=200)
@given(
    st.fixed_dictionaries(
        {}, optional={"name": JSON, "app_ids": st.lists(JSON), "all_apps": JSON, "more": JSON}
    )
)
def test_every_body_has_an_answer(body: dict[str, object]) -> None:
    """Whatever a body holds, it is taken and listed, or refused."""
    client = build_push_express_client()
    status = client.status("POST", APP_GROUPS, content=json.dumps(body).encode())
    assert (status, client.json("GET", APP_GROUPS)["pagination"]["total_count"]) in (
        (201, 1),
        (400, 0),
    )


def test_a_dialect_that_nobody_speaks_is_an_error() -> None:
    """A contract with an unknown query dialect cannot be mocked, and the error says so."""
    from dataclasses import replace

    from conformance.contract.filtering import FiltersByQuery

    contract = load("losant")
    strange = tuple(
        replace(one, dialect="klingon") if isinstance(one, FiltersByQuery) else one
        for one in contract.behaviors["listExperienceGroups"]
    )
    with pytest.raises(ContractError, match="klingon"):
        Mock(replace(contract, behaviors={**contract.behaviors, "listExperienceGroups": strange}))
