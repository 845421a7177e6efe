"""The mock as a whole: determinism, copies of its state, configuration and robustness."""

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
from .tour import build_config, replay, run_tour


def test_equal_requests_get_equal_responses(contract: Contract) -> None:
    """With the same clock, two mocks of a contract, and one mock twice, return byte-identical
    responses.
    """
    first_mock, second_mock = (
        Mock(contract, build_config(contract), clock=lambda: 1_700_000_000.0) for _ in range(2)
    )
    exchanges = run_tour(first_mock).exchanges
    assert (
        [response for _, _, response in exchanges]
        == replay(second_mock, exchanges)
        == replay(first_mock, exchanges)
    )


def test_a_state_can_be_copied() -> None:
    """A copy of the state is not affected by later requests."""
    client = build_losant_client("a")
    copy = client.state.copy()
    client.send_request("POST", GROUPS, body={"name": "b"})
    client.state = copy
    assert [item["name"] for item in client.json("GET", GROUPS)["items"]] == ["a"]


def test_seed_items_exist_at_the_start() -> None:
    """The first parent has the configured number of seed items.

    They are older than later items, and their dates differ.
    """
    client = build_losant_client(config=MockConfig(seed_count=30))
    created = client.json("POST", GROUPS, body={"name": "new"})
    items = client.json("GET", GROUPS, {"sortField": "creationDate"})["items"]
    assert (len(items), items[-1]["id"]) == (31, created["id"])
    assert len({item["creationDate"] for item in items}) == 31


@pytest.mark.parametrize(
    ("base_path", "path"),
    [(None, "/api/b/v2/app/groups"), ("", "/app/groups"), ("/x/", "/x/app/groups")],
)
def test_the_base_path_is_that_of_the_server(base_path: str | None, path: str) -> None:
    """Paths begin with the base path of the documented server, or with the configured one."""
    mock = Mock(load("push-express"), MockConfig(base_path=base_path))
    assert (
        mock.respond(
            mock.create_state(), build_mock_request("GET", path, {"authorization": "Bearer x"})
        ).status
        == 200
    )


def test_a_configured_parent_replaces_the_documented_one() -> None:
    """Only the configured parent ids exist."""
    client = build_losant_client(config=MockConfig(parents={"applicationId": ("e" * 24,)}))
    assert client.status("GET", GROUPS) == 404
    assert client.status("GET", GROUPS.replace("575ec8687ae143cd83dc4a97", "e" * 24)) == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
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
def test_every_request_gets_a_response(
    query: dict[str, str], body: bytes, method: str, path_suffix: str
) -> None:
    """Any request gets a JSON response without a 5xx status."""
    client = build_losant_client("a")
    for path in (GROUPS, f"{GROUPS}/65a000010000000000000001", f"{GROUPS}/{path_suffix}"):
        response = client.send_request(method, path, query, content=body)
        assert response.status < 500
        json.loads(response.body)


@settings(database=None, deadline=None, max_examples=200)
@given(
    st.fixed_dictionaries(
        {}, optional={"name": JSON, "app_ids": st.lists(JSON), "all_apps": JSON, "more": JSON}
    )
)
def test_every_body_is_stored_or_refused(body: dict[str, object]) -> None:
    """Any body is either accepted and listed, or refused."""
    client = build_push_express_client()
    status = client.status("POST", APP_GROUPS, body=body)
    assert (status, client.json("GET", APP_GROUPS)["pagination"]["total_count"]) in (
        (201, 1),
        (400, 0),
    )


def test_an_unknown_query_dialect_is_an_error() -> None:
    """A contract with an unknown query dialect cannot be mocked; the error names the dialect."""
    from dataclasses import replace

    from conformance.contract.filtering import FiltersByQuery

    contract = load("losant")
    behaviors = tuple(
        replace(behavior, dialect="klingon") if isinstance(behavior, FiltersByQuery) else behavior
        for behavior in contract.behaviors["listExperienceGroups"]
    )
    with pytest.raises(ContractError, match="klingon"):
        Mock(replace(contract, behaviors={**contract.behaviors, "listExperienceGroups": behaviors}))
