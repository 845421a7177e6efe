"""Servers that break one documented promise, written from the documents alone, are found out."""

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

OTHER = ("575ec8687ae143cd83dc4a98",)
SCOPED = {scope: token for token, scope in losant_server.SCOPED_TOKENS.items()}
# what these break is nowhere stated, only inferred: a run notes it and accuses
# nobody
INFERRED = {
    "malformed-query-ignored": "listExperienceGroups/query/refuses/unknown-field",
    "errors-declared-as-html": "listExperienceGroups/responses/404/media",
}
# only where nobody else is may what has no name be created
UNMARKED = {"nameless-group-created", "create_without_name"}
# shows only where more than 10 000 groups exist: found on the seeded mock by `conformance prove`
BULK = {"unpaged_over_10000"}


@pytest.mark.parametrize("name", sorted(set(losant_server.DISHONEST) - set(INFERRED)))
def test_losant(name: str) -> None:
    """Each breach is a violation."""
    revision = "2017" if name.startswith("2017") else None
    loaded = load_contract("losant", revision)
    scoped = {scope: token for scope, token in SCOPED.items() if scope in loaded.scopes}
    server = losant_server.DISHONEST[name].make()
    target = build_target(
        loaded,
        server.handle,
        scoped_tokens=scoped,
        known={"applicationId": OTHER},
        exclusive=name in UNMARKED,
    )
    found, _ = decide_claims(generate_plan("losant", revision), target)
    assert get_violation_messages(found)


@pytest.mark.parametrize(("name", "claim"), INFERRED.items())
def test_what_is_only_inferred_is_noted(name: str, claim: str) -> None:
    """A departure from what no binding document says yields a note, not a violation."""
    loaded = load_contract("losant")
    found, _ = decide_claims(
        generate_plan("losant"),
        build_target(
            loaded,
            losant_server.DISHONEST[name].make().handle,
            scoped_tokens=SCOPED,
            known={"applicationId": OTHER},
        ),
    )
    assert get_violation_messages(found) == {}
    assert found[claim].notes


@pytest.mark.parametrize("name", sorted(set(push_express_server.DISHONEST) - BULK))
def test_push_express(name: str) -> None:
    """Each breach is a violation."""
    server = push_express_server.DISHONEST[name].make()
    target = build_target(
        load_contract("push-express"), server.handle, "/api/b/v2", exclusive=name in UNMARKED
    )
    found, _ = decide_claims(generate_plan("push-express"), target)
    assert get_violation_messages(found)
