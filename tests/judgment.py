"""Helpers that run a plan against a handwritten server.

Contracts and plans are built once per process.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import httpx

from conformance.contract import loader
from conformance.contract.contract import Contract
from conformance.embedded import collect_example_reference_ids
from conformance.suite import plan as plans
from conformance.suite.events import ClaimDecided, RunFinished, Verdict
from conformance.suite.plan import Plan, RunProfile
from conformance.suite.run import run_plan
from conformance.suite.target import Target


@cache
def load_contract(name: str, revision: str | None = None) -> Contract:
    return loader.load_contract(name, revision)


@cache
def generate_plan(
    name: str,
    revision: str | None = None,
    seed: str = "1",
    profile: RunProfile = RunProfile.STANDARD,
) -> Plan:
    return plans.generate_plan(load_contract(name, revision), seed, profile)


def decide_claims(plan: Plan, target: Target) -> tuple[dict[str, ClaimDecided], RunFinished]:
    """Return the decisions of a run by claim id, and the event that ends the run."""
    decisions: dict[str, ClaimDecided] = {}
    for event in run_plan(plan, target):
        if isinstance(event, ClaimDecided):
            decisions[event.claim.id] = event
        elif isinstance(event, RunFinished):
            return decisions, event
    raise AssertionError("a run ends with Finished")


def get_violation_messages(decisions: dict[str, ClaimDecided]) -> dict[str, str]:
    """Return the messages of the violated claims by claim id."""
    return {
        claim_id: decision.findings[0].message
        for claim_id, decision in decisions.items()
        if decision.verdict is Verdict.VIOLATED
    }


def build_target(
    contract: Contract,
    handle: Callable[[httpx.Request], httpx.Response],
    base: str = "",
    fixtures: bool = True,
    known: dict[str, tuple[str, ...]] | None = None,
    **target_fields: Any,
) -> Target:
    """Return a target whose requests are passed to a function."""
    fixture_ids = {**(collect_example_reference_ids(contract) if fixtures else {}), **(known or {})}
    return Target(
        url=f"http://127.0.0.1:8000{base}",
        token="token",
        fixtures=fixture_ids,
        transport=httpx.MockTransport(handle),
        **target_fields,
    )
