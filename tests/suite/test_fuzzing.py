"""The deep profile: schemathesis sends its requests to a bridge.

The bridge withholds requests that could change items which the run did not create.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.checks.exchange import Exchange
from conformance.contract import loader
from conformance.embedded import create_embedded_target
from conformance.suite import fuzzing
from conformance.suite.fuzzing import FuzzingBridge, build_schemathesis_document
from conformance.suite.session import TargetSession

CONTRACT = loader.load_contract("push-express")
PATH = "/app/groups"
BODY = {"name": "x", "all_apps": True, "app_ids": []}


def forward_through_bridge(
    method: str,
    target: str,
    body: object = None,
    exclusive: bool = False,
    create_item: bool = False,
) -> tuple[Exchange | None, FuzzingBridge]:
    """Return the exchange that a bridge returns for a request, and the bridge.

    With `create_item`, {id} in the target is replaced by the id of an item that the run created.
    """
    session = TargetSession(
        CONTRACT, replace(create_embedded_target(CONTRACT), exclusive=exclusive)
    )
    bridge = FuzzingBridge(CONTRACT, session, lambda exchange: False)
    if create_item:
        bridge.forward_request("POST", PATH, json.dumps(BODY).encode())
        target = target.replace("{id}", str(session.created_items.own_items[0].identity))
    return bridge.forward_request(
        method, target, b"" if body is None else json.dumps(body).encode()
    ), bridge


def test_created_items_carry_the_mark() -> None:
    """A creation is sent with the mark before the name; the session deletes the item."""
    exchange, bridge = forward_through_bridge("POST", PATH, BODY)
    assert exchange is not None
    assert json.loads(exchange.request.body or "")["name"] == f"{bridge.session.mark} x"
    bridge.session.created_items.delete_all_items()
    assert (bridge.session.created_items.own_items, bridge.session.created_items.abandoned) == (
        [],
        [],
    )


@pytest.mark.parametrize("body", [{"all_apps": True}, {"name": 3}, [], "text"])
def test_creations_without_a_mark_are_withheld(body: object) -> None:
    """A body without a name is sent only to a target for exclusive use."""
    assert forward_through_bridge("POST", PATH, body)[0] is None
    assert forward_through_bridge("POST", PATH, body, exclusive=True)[0] is not None


@pytest.mark.parametrize(
    ("method", "path_suffix"), [("DELETE", ""), ("POST", "/archive"), ("PUT", "")]
)
def test_only_own_items_are_changed(method: str, path_suffix: str) -> None:
    """A change is withheld for foreign items, and sent for items of the run."""
    body = BODY if method == "PUT" else None
    assert forward_through_bridge(method, f"{PATH}/1443{path_suffix}", body)[0] is None
    assert (
        forward_through_bridge(method, f"{PATH}/{{id}}{path_suffix}", body, create_item=True)[0]
        is not None
    )


@pytest.mark.parametrize(
    "target",
    ["/elsewhere", f"{PATH}?page={'9' * 3000}", f"{PATH}/%2e%2e%2fusers", f"{PATH}?page=%00"],
)
def test_unusual_targets_are_withheld(target: str) -> None:
    """Requests that a gateway could interpret are not sent.

    These are other paths, overlong URLs, path values with a special meaning, and control
    characters.
    """
    exchange, bridge = forward_through_bridge("GET", target)
    assert (exchange, bridge.statistics.withheld) == (None, 1)


def test_failed_responses_are_requested_again() -> None:
    """If a response violates a claim, the request is sent once more."""
    exchanges: list[Exchange] = []
    session = TargetSession(
        CONTRACT, create_embedded_target(CONTRACT), on_exchange=exchanges.append
    )
    FuzzingBridge(CONTRACT, session, lambda exchange: True).forward_request("GET", PATH, b"")
    assert len(exchanges) == 2


def test_document_has_links_from_creations() -> None:
    """The document for schemathesis has links from each creation to the item operations.

    It has no security requirements.
    """
    document = build_schemathesis_document(
        CONTRACT, TargetSession(CONTRACT, create_embedded_target(CONTRACT))
    )
    links = document["paths"][PATH]["post"]["responses"]["201"]["links"]
    assert {
        "getAppGroup",
        "deleteAppGroup",
        "archiveAppGroup",
        "restoreAppGroup",
        "updateAppGroup",
    } == set(links)
    assert links["getAppGroup"]["parameters"]["app_group_id"] == "$response.body#/id"
    assert "security" not in document


def test_fuzzing_of_a_mock() -> None:
    """schemathesis lists and creates items, and changes its own; no item is left."""
    pytest.importorskip("schemathesis", reason="schemathesis is an extra: pip install -e '.[deep]'")
    exchanges: list[Exchange] = []
    with TargetSession(
        CONTRACT, create_embedded_target(CONTRACT), on_exchange=exchanges.append
    ) as session:
        fuzzing_result = fuzzing.fuzz_target(
            CONTRACT, session, "1", lambda exchange: False, seconds_per_phase=3
        )
    assert fuzzing_result.sent > 20
    assert {"listAppGroups", "createAppGroup"} <= {
        exchange.call.operation for exchange in exchanges
    }
    assert session.created_items.abandoned == []
