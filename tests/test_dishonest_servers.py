"""Servers that break one documented promise each, written from the documents alone; a run finds
every breach.
"""

from __future__ import annotations

import pytest

from tests.judgment import (
    build_target,
    decide_claims,
    generate_plan,
    get_violation_messages,
    load_contract,
)
from tests.servers import losant_server, push_express_server

OTHER_APPLICATION = ("575ec8687ae143cd83dc4a98",)
TOKENS_BY_SCOPE = {scope: token for token, scope in losant_server.SCOPED_TOKENS.items()}
# these break promises that are inferred and not stated: a run notes them and reports no
# violation
INFERRED = {
    "malformed-query-ignored": "listExperienceGroups/query/refuses/unknown-field",
    "errors-declared-as-html": "listExperienceGroups/responses/404/media",
}
# items without a name may be created in exclusive mode only
UNMARKED = {"nameless-group-created", "create_without_name"}
# visible with more than 10 000 groups only: `conformance prove` finds it on the seeded mock
BULK = {"unpaged_over_10000"}


@pytest.mark.parametrize("name", sorted(set(losant_server.DISHONEST) - set(INFERRED)))
def test_losant(name: str) -> None:
    """Each breach is a violation."""
    revision = "2017" if name.startswith("2017") else None
    contract = load_contract("losant", revision)
    tokens_by_scope = {
        scope: token for scope, token in TOKENS_BY_SCOPE.items() if scope in contract.scopes
    }
    server = losant_server.DISHONEST[name].make()
    target = build_target(
        contract,
        server.handle,
        scoped_tokens=tokens_by_scope,
        known={"applicationId": OTHER_APPLICATION},
        exclusive=name in UNMARKED,
    )
    decisions_by_claim, _ = decide_claims(generate_plan("losant", revision), target)
    assert get_violation_messages(decisions_by_claim)


@pytest.mark.parametrize(("name", "claim"), INFERRED.items())
def test_inferred_promises_yield_notes(name: str, claim: str) -> None:
    """A departure that no binding document excludes yields a note, not a violation."""
    contract = load_contract("losant")
    decisions_by_claim, _ = decide_claims(
        generate_plan("losant"),
        build_target(
            contract,
            losant_server.DISHONEST[name].make().handle,
            scoped_tokens=TOKENS_BY_SCOPE,
            known={"applicationId": OTHER_APPLICATION},
        ),
    )
    assert get_violation_messages(decisions_by_claim) == {}
    assert decisions_by_claim[claim].notes


@pytest.mark.parametrize("name", sorted(set(push_express_server.DISHONEST) - BULK))
def test_push_express(name: str) -> None:
    """Each breach is a violation."""
    server = push_express_server.DISHONEST[name].make()
    target = build_target(
        load_contract("push-express"), server.handle, "/api/b/v2", exclusive=name in UNMARKED
    )
    decisions_by_claim, _ = decide_claims(generate_plan("push-express"), target)
    assert get_violation_messages(decisions_by_claim)
