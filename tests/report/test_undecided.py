"""Grouping of undecided claims by reason."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.report.undecided import group_by_reason
from tests.report.sample import claim_result

SCOPE = "it needs a token whose only scope is {0}: give --scoped-token {0}=TOKEN"


def test_reasons_that_differ_by_a_name_are_one() -> None:
    """A name of the claim's id is a placeholder; the names are listed once each."""
    claims = [
        claim_result(f"list{part}/scopes/{scope}/allowed", "undecided", SCOPE.format(scope))
        for scope in ("all.User", "all.User.read", "groups.*")
        for part in ("A", "B")
    ]
    (group,) = group_by_reason(claims)
    assert group.reason == SCOPE.format("NAME")
    assert group.names == ("all.User", "all.User.read", "groups.*")
    assert [claim.id for claim in group.claims] == [claim.id for claim in claims]


def test_a_reason_that_stands_alone_keeps_its_words() -> None:
    """Without another reason like it, the name is shown in place."""
    reason = SCOPE.format("all.User")
    claims = [claim_result(f"list{part}/scopes/all.User/x", "undecided", reason) for part in "AB"]
    (group,) = group_by_reason(claims)
    assert (group.reason, group.names, group.sentence) == (reason, (), reason)


def test_different_reasons_stay_apart() -> None:
    """The largest group comes first."""
    claims = [
        claim_result("list/a", "undecided", "no token"),
        claim_result("list/b", "undecided", "no fixture"),
        claim_result("list/c", "undecided", "no fixture"),
    ]
    assert [group.reason for group in group_by_reason(claims)] == ["no fixture", "no token"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(max_size=8)), max_size=8))
def test_each_claim_is_in_one_group(pairs: list[tuple[str, str]]) -> None:
    """Grouping loses no claim and doubles none."""
    claims = [
        claim_result(f"list/{name}{number}/x", "undecided", reason)
        for number, (name, reason) in enumerate(pairs)
    ]
    grouped = [claim.id for group in group_by_reason(claims) for claim in group.claims]
    assert sorted(grouped) == sorted(claim.id for claim in claims)
