"""Replaying a finding."""

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
KNOWN = dict(BENCH.faults)


@pytest.mark.parametrize(
    ("fault", "step"),
    [
        (
            (
                fault
                if fault in KNOWN
                else next(one for one in KNOWN if one.startswith(fault.partition("!")[0]))
            ),
            step,
        )
        for fault, step in FAULTS
    ],
)
def test_a_fault_shows_again_and_is_gone_when_it_is_mended(fault: str, step: str) -> None:
    """On the faulty server the finding shows, on the honest one the promise is seen kept; both
    times nothing is left behind.
    """
    claim = KNOWN[fault]
    telling = DecisiveStep(step=step, operation=claim.split("/")[0])
    for broken, expected in ((fault, True), (None, False)):
        sent: list[Exchange] = []
        outcome = replay_finding(
            PLAN, BENCH.create_target(broken), claim, telling, recorder=sent.append
        )
        assert (outcome.reproduced, bool(outcome.exchanges)) == (expected, True), outcome.message
        made = sum(one.succeeded for one in sent if one.request.method == "POST")
        removed = sum(one.succeeded for one in sent if one.request.method == "DELETE")
        assert made == removed


def test_ids_are_those_of_things_made_anew() -> None:
    """A request that names what was made before names it by the id that it has now."""
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
    created = {
        str(one.json["id"])
        for one in outcome.exchanges
        if one.call.operation == "createAppGroup" and one.succeeded
    }
    named = {
        one.request.url.rpartition("/")[2]
        for one in outcome.exchanges
        if one.call.operation in ("updateAppGroup", "getAppGroup")
    }
    assert outcome.reproduced
    assert named
    assert named <= created


def test_a_server_that_is_away_is_no_finding() -> None:
    """When nothing answers, that is said, and nothing else."""

    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    target = replace(
        BENCH.create_target(None), transport=httpx.MockTransport(away), stocked_transport=None
    )
    with pytest.raises(TargetUnreachableError, match="no answer"):
        replay_finding(
            PLAN,
            target,
            "listExperienceGroups/answers",
            DecisiveStep(step="call", operation="listExperienceGroups"),
        )


def test_a_closed_door_decides_nothing() -> None:
    """Where every request is refused, neither verdict is given."""
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


def test_a_claim_that_is_not_planned_is_a_mistake_of_the_callers() -> None:
    """Only claims of the plan can be replayed."""
    assert "nope" not in {claim.id for claim in loader.load_contract("losant").claims}
    with pytest.raises(ValueError, match="nope"):
        replay_finding(PLAN, BENCH.create_target(None), "nope", DecisiveStep(step="", operation=""))
