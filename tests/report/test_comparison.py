"""Comparison of results."""

from __future__ import annotations

import pytest

from conformance.errors import UsageError
from conformance.report import comparison, markdown
from conformance.report.comparison import VerdictChangeKind, compare_results
from tests.report.sample import claim, result


def find_change_kind(*verdicts: str | None, cause: str | None = None) -> VerdictChangeKind | None:
    """Return the kind of change of a claim that had these verdicts, run by run."""
    runs = [
        result(
            claim("listThings/fixed"),
            *([{**claim("listThings/x", verdict, "reason"), "cause": cause}] if verdict else []),
        )
        for verdict in verdicts
    ]
    kinds = [kind for kind, changes in compare_results(runs).changes_by_kind.items() if changes]
    return kinds[0] if kinds else None


@pytest.mark.parametrize(
    ("verdicts", "kind"),
    [
        (("verified", "violated"), VerdictChangeKind.BROKEN),
        (("undecided", "violated"), VerdictChangeKind.BROKEN),
        ((None, "violated"), VerdictChangeKind.BROKEN),
        (("violated", "verified"), VerdictChangeKind.FIXED),
        (("verified", "undecided"), VerdictChangeKind.NO_LONGER_DECIDED),
        (("violated", "undecided"), VerdictChangeKind.NO_LONGER_DECIDED),
        (("undecided", "verified"), VerdictChangeKind.NEWLY_DECIDED),
        ((None, "verified"), VerdictChangeKind.ADDED),
        (("verified", None), VerdictChangeKind.REMOVED),
        (("verified", "verified"), None),
        (("violated", "violated"), None),
        (("verified", "violated", "verified"), VerdictChangeKind.FIXED),
        (("violated", "verified", "undecided", "violated"), VerdictChangeKind.BACK_AGAIN),
        (("violated", "verified", "violated"), VerdictChangeKind.BACK_AGAIN),
    ],
)
def test_change_kinds(verdicts: tuple[str | None, ...], kind: VerdictChangeKind | None) -> None:
    """Each change of verdict has one kind."""
    assert find_change_kind(*verdicts) == kind


def test_a_violation_that_is_not_reproduced_is_flaky() -> None:
    """A claim that was violated once within a run and was not violated when tried again is flaky,
    whatever its verdict was before.
    """
    assert find_change_kind("verified", "undecided", cause="seen-once") == VerdictChangeKind.FLAKY


def test_claims_that_are_still_violated_are_listed() -> None:
    """A claim that is violated in both runs is listed, but is no change."""
    runs = [result(claim("listThings/x", "violated", "no"))] * 2
    assert compare_results(runs).still_violated == ("listThings/x",)
    assert compare_results(runs).summary == "1 claim still violated"


ACCEPTED = {"reason": "known", "until": None}


def test_an_accepted_violation_is_not_newly_broken() -> None:
    """An accepted violation is told apart; once it is not accepted any more, it is broken."""
    verified = result(claim("listThings/x"))
    accepted = result(claim("listThings/x", "violated", "no", accepted=ACCEPTED))
    violated = result(claim("listThings/x", "violated", "no"))
    for before, after, kind in (
        (verified, accepted, VerdictChangeKind.ACCEPTED),
        (accepted, violated, VerdictChangeKind.BROKEN),
    ):
        changes = compare_results([before, after]).changes_by_kind
        assert [change for change in changes if changes[change]] == [kind]
    assert compare_results([accepted, accepted]).still_violated == ()


def test_a_claim_that_the_earlier_run_left_out_is_not_newly_broken() -> None:
    """A part of a run says nothing of the claims that it left out."""
    part = {"number": 1, "of": 2, "plan": "p"}
    before = result(claim("listThings/y"), part=part)
    after = result(claim("listThings/x", "violated", "no"), claim("listThings/y"))
    changes = compare_results([before, after]).changes_by_kind
    kinds = [kind for kind in changes if changes[kind]]
    assert kinds == [VerdictChangeKind.NOT_COMPARED]


def test_results_are_given_from_the_oldest_to_the_newest() -> None:
    """A comparison in the wrong order is refused, and the error says what to do."""
    later = result(claim("listThings/x"), started="2026-01-03T00:00:00+00:00")
    with pytest.raises(UsageError, match="oldest first"):
        compare_results([later, result(claim("listThings/x"))])


def test_a_changed_contract_is_reported() -> None:
    """If the contract changed between the runs, the comparison says so."""
    changed_result = result(
        claim("listThings/x"),
        contract={"name": "things", "revision": "2", "interpretations": [], "digest": "d2"},
    )
    comparison_result = compare_results([result(claim("listThings/x")), changed_result])
    assert (
        comparison_result.same_contract,
        "the contract changed" in comparison_result.summary,
    ) == (False, True)


def test_json_and_markdown_agree() -> None:
    """JSON and Markdown show the same changes."""
    comparison_result = compare_results(
        [result(claim("listThings/x")), result(claim("listThings/x", "violated", "it broke"))]
    )
    assert comparison.comparison_to_json(comparison_result)["changes"]["newly broken"] == [
        {"claim": "listThings/x", "before": "verified", "after": "violated", "reason": "it broke"}
    ]
    assert "newly broken" in markdown.render_markdown_comparison(comparison_result)
    assert "it broke" in markdown.render_markdown_comparison(comparison_result)
