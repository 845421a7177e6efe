"""The deep profile: what schemathesis draws goes through a bridge that keeps back what is not
ours.
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


def bridged(
    method: str, target: str, body: object = None, exclusive: bool = False, made: bool = False
) -> tuple[Exchange | None, FuzzingBridge]:
    """Return what a bridge answers; with `made`, {id} in the target is the id of a thing of
    ours.
    """
    session = TargetSession(
        CONTRACT, replace(create_embedded_target(CONTRACT), exclusive=exclusive)
    )
    bridge = FuzzingBridge(CONTRACT, session, lambda exchange: False)
    if made:
        bridge.forward_request("POST", PATH, json.dumps(BODY).encode())
        target = target.replace("{id}", str(session.created_items.own_items[0].identity))
    return bridge.forward_request(
        method, target, b"" if body is None else json.dumps(body).encode()
    ), bridge


def test_what_is_made_bears_our_mark() -> None:
    """A creation goes on with our mark in front of its name, and is removed with the session."""
    exchange, bridge = bridged("POST", PATH, BODY)
    assert exchange is not None
    assert json.loads(exchange.request.body or "")["name"] == f"{bridge.session.mark} x"
    bridge.session.created_items.delete_all_items()
    assert (bridge.session.created_items.own_items, bridge.session.created_items.abandoned) == (
        [],
        [],
    )


@pytest.mark.parametrize("body", [{"all_apps": True}, {"name": 3}, [], "text"])
def test_what_can_bear_no_mark_is_kept_back(body: object) -> None:
    """A body without a name is sent only where nobody else is."""
    assert bridged("POST", PATH, body)[0] is None
    assert bridged("POST", PATH, body, exclusive=True)[0] is not None


@pytest.mark.parametrize(("method", "end"), [("DELETE", ""), ("POST", "/archive"), ("PUT", "")])
def test_only_our_things_are_changed(method: str, end: str) -> None:
    """What changes a thing that we did not make is kept back; what changes ours goes on."""
    body = BODY if method == "PUT" else None
    assert bridged(method, f"{PATH}/1443{end}", body)[0] is None
    assert bridged(method, f"{PATH}/{{id}}{end}", body, made=True)[0] is not None


@pytest.mark.parametrize(
    "target",
    ["/elsewhere", f"{PATH}?page={'9' * 3000}", f"{PATH}/%2e%2e%2fusers", f"{PATH}?page=%00"],
)
def test_what_is_a_gateways_business_is_kept_back(target: str) -> None:
    """Other paths, overlong URLs, path values with a meaning of their own and control characters
    are not sent.
    """
    exchange, bridge = bridged("GET", target)
    assert (exchange, bridge.statistics.withheld) == (None, 1)


def test_a_breach_is_asked_for_again() -> None:
    """An answer that broke something is seen once more."""
    heard: list[Exchange] = []
    session = TargetSession(CONTRACT, create_embedded_target(CONTRACT), on_exchange=heard.append)
    FuzzingBridge(CONTRACT, session, lambda exchange: True).forward_request("GET", PATH, b"")
    assert len(heard) == 2


def test_links_lead_from_creations() -> None:
    """schemathesis is given links from each creation to what can be done with it, and no security
    of its own.
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


def test_explored_for_real() -> None:
    """schemathesis finds its way: it lists, makes, and changes what it made; nothing is left."""
    pytest.importorskip("schemathesis", reason="schemathesis is an extra: pip install -e '.[deep]'")
    heard: list[Exchange] = []
    with TargetSession(
        CONTRACT, create_embedded_target(CONTRACT), on_exchange=heard.append
    ) as session:
        explored = fuzzing.fuzz_target(
            CONTRACT, session, "1", lambda exchange: False, seconds_per_phase=3
        )
    assert explored.sent > 20
    assert {"listAppGroups", "createAppGroup"} <= {exchange.call.operation for exchange in heard}
    assert session.created_items.abandoned == []
