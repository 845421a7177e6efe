"""Servers that keep every documented promise and differ where the documents are silent; a run
reports no violation.
"""

from __future__ import annotations

import pytest

from conformance.suite.events import Verdict
from conformance.suite.plan import RunProfile
from tests.judgment import (
    build_target,
    decide_claims,
    generate_plan,
    get_violation_messages,
    load_contract,
)
from tests.servers import losant_server, push_express_server

TOKENS_BY_SCOPE = {scope: token for token, scope in losant_server.SCOPED_TOKENS.items()}


def get_revision(name: str) -> str | None:
    return "2017" if name.startswith("2017") else None


PROFILES = [RunProfile.STANDARD, RunProfile.QUICK]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", losant_server.HONEST)
def test_losant(name: str, profile: RunProfile, seeds: list[str]) -> None:
    """No variant has a violation, and most claims are verified."""
    revision = get_revision(name)
    tokens_by_scope = {
        scope: token
        for scope, token in TOKENS_BY_SCOPE.items()
        if scope in load_contract("losant", revision).scopes
    }
    for seed in seeds:
        target = build_target(
            load_contract("losant", revision),
            losant_server.HONEST[name]().handle,
            scoped_tokens=tokens_by_scope,
            fixtures=False,
        )
        decisions_by_claim, end = decide_claims(
            generate_plan("losant", revision, seed, profile), target
        )
        assert get_violation_messages(decisions_by_claim) == {}
        assert end.summary[Verdict.VERIFIED] > 0.75 * len(decisions_by_claim)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", push_express_server.HONEST)
def test_push_express(name: str, profile: RunProfile, seeds: list[str]) -> None:
    """No variant has a violation, and most claims are verified."""
    for seed in seeds:
        target = build_target(
            load_contract("push-express"),
            push_express_server.HONEST[name]().handle,
            "/api/b/v2",
            fixtures=False,
        )
        decisions_by_claim, end = decide_claims(
            generate_plan("push-express", seed=seed, profile=profile), target
        )
        assert get_violation_messages(decisions_by_claim) == {}
        assert end.summary[Verdict.VERIFIED] > 0.75 * len(decisions_by_claim)
