"""Servers that keep every documented promise and differ wherever the documents are silent are never
accused.
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

SCOPED = {scope: token for token, scope in losant_server.SCOPED_TOKENS.items()}


def editions(name: str) -> str | None:
    return "2017" if name.startswith("2017") else None


PROFILES = [RunProfile.STANDARD, RunProfile.QUICK]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", losant_server.HONEST)
def test_losant(name: str, profile: RunProfile, seeds: list[str]) -> None:
    """No honest variant is accused, and most claims are decided all the same."""
    revision = editions(name)
    scoped = {
        scope: token
        for scope, token in SCOPED.items()
        if scope in load_contract("losant", revision).scopes
    }
    for seed in seeds:
        target = build_target(
            load_contract("losant", revision),
            losant_server.HONEST[name]().handle,
            scoped_tokens=scoped,
            fixtures=False,
        )
        found, end = decide_claims(generate_plan("losant", revision, seed, profile), target)
        assert get_violation_messages(found) == {}
        assert end.summary[Verdict.VERIFIED] > 0.75 * len(found)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", push_express_server.HONEST)
def test_push_express(name: str, profile: RunProfile, seeds: list[str]) -> None:
    """No honest variant is accused, and most claims are decided all the same."""
    for seed in seeds:
        target = build_target(
            load_contract("push-express"),
            push_express_server.HONEST[name]().handle,
            "/api/b/v2",
            fixtures=False,
        )
        found, end = decide_claims(
            generate_plan("push-express", seed=seed, profile=profile), target
        )
        assert get_violation_messages(found) == {}
        assert end.summary[Verdict.VERIFIED] > 0.75 * len(found)
