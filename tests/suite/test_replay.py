"""The replay of a finding."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from conformance.checks.exchange import Exchange
from conformance.contract import loader
from conformance.embedded import MockMutationBench
from conformance.errors import TargetUnreachableError
from conformance.suite.plan import RunProfile
from conformance.suite.replay import DecisiveStep, replay_finding

BENCH = MockMutationBench("losant")
PLAN = BENCH.generate_plan("1", RunProfile.STANDARD)
FAULTS = [
    ("listExperienceGroups/sortDirection/descends-by/name!reversed", "whole"),
    ("listExperienceGroups/sortDirection/refuses/enum!passed-over", "call"),
    ("listExperienceGroups/page/allPages!lost", "pages"),
    ("listExperienceGroups/responses/200/body!one-item", "plain"),
    ("createExperienceGroup/body/name/stored!cut", "made"),
]
CLAIMS_BY_FAULT = dict(BENCH.faults)


@pytest.mark.parametrize(
    ("fault", "step"),
    [
        (
            (
                fault
                if fault in CLAIMS_BY_FAULT
                else next(
                    known_fault
                    for known_fault in CLAIMS_BY_FAULT
                    if known_fault.startswith(fault.partition("!")[0])
                )
            ),
            step,
        )
        for fault, step in FAULTS
    ],
)
def test_finding_is_reproduced_only_with_the_fault(fault: str, step: str) -> None:
    """The finding is reproduced on the faulty server, and not on the honest one.

    On both servers all created items are deleted.
    """
    claim = CLAIMS_BY_FAULT[fault]
    decisive_step = DecisiveStep(step=step, operation=claim.split("/")[0])
    for active_fault, expected in ((fault, True), (None, False)):
        sent: list[Exchange] = []
        outcome = replay_finding(
            PLAN, BENCH.create_target(active_fault), claim, decisive_step, recorder=sent.append
        )
        assert (outcome.reproduced, bool(outcome.exchanges)) == (expected, True), outcome.message
        created_count = sum(
            exchange.succeeded for exchange in sent if exchange.request.method == "POST"
        )
        deleted_count = sum(
            exchange.succeeded for exchange in sent if exchange.request.method == "DELETE"
        )
        assert created_count == deleted_count


def test_requests_use_ids_of_newly_created_items() -> None:
    """Requests that refer to an item from the original run use the id of its new copy."""
    bench = MockMutationBench("push-express")
    fault, claim = next(
        (fault, claim)
        for fault, claim in bench.faults
        if claim == "updateAppGroup/body/name/replaced"
    )
    outcome = replay_finding(
        bench.generate_plan("1", RunProfile.STANDARD),
        bench.create_target(fault),
        claim,
        DecisiveStep(step="update", operation="updateAppGroup"),
    )
    created_ids = {
        str(exchange.json["id"])
        for exchange in outcome.exchanges
        if exchange.call.operation == "createAppGroup" and exchange.succeeded
    }
    requested_ids = {
        exchange.request.url.rpartition("/")[2]
        for exchange in outcome.exchanges
        if exchange.call.operation in ("updateAppGroup", "getAppGroup")
    }
    assert outcome.reproduced
    assert requested_ids
    assert requested_ids <= created_ids


def test_unreachable_target_is_an_error() -> None:
    """If the target does not respond, the replay only reports that."""

    def refuse_connection(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    target = replace(
        BENCH.create_target(None),
        transport=httpx.MockTransport(refuse_connection),
        stocked_transport=None,
    )
    with pytest.raises(TargetUnreachableError, match="no answer"):
        replay_finding(
            PLAN,
            target,
            "listExperienceGroups/answers",
            DecisiveStep(step="call", operation="listExperienceGroups"),
        )


def test_refusal_of_all_requests_is_inconclusive() -> None:
    """If every request is refused, the replay is inconclusive."""
    target = replace(
        BENCH.create_target(None),
        transport=httpx.MockTransport(lambda request: httpx.Response(401, json={})),
        stocked_transport=None,
    )
    outcome = replay_finding(
        PLAN,
        target,
        "listExperienceGroups/answers",
        DecisiveStep(step="call", operation="listExperienceGroups"),
    )
    assert outcome.reproduced is None


def test_unplanned_claim_is_an_error() -> None:
    """Only claims of the plan can be replayed."""
    assert "nope" not in {claim.id for claim in loader.load_contract("losant").claims}
    with pytest.raises(ValueError, match="nope"):
        replay_finding(PLAN, BENCH.create_target(None), "nope", DecisiveStep(step="", operation=""))
