"""Comparing results."""

from __future__ import annotations

import pytest

from conformance.report import comparison, markdown
from conformance.report.comparison import VerdictChangeKind, compare_results
from tests.report.sample import claim, result


def shifts(*verdicts: str | None, reason: str = "reason") -> VerdictChangeKind | None:
    """Return how a claim counts that had these verdicts, run by run."""
    runs = [
        result(
            claim("listThings/fixed"),
            *([claim("listThings/x", verdict, reason)] if verdict else []),
        )
        for verdict in verdicts
    ]
    found = [shift for shift, changes in compare_results(runs).changes_by_kind.items() if changes]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("verdicts", "shift"),
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
def test_shifts(verdicts: tuple[str | None, ...], shift: VerdictChangeKind | None) -> None:
    """Each change of verdict has one name."""
    assert shifts(*verdicts) == shift


def test_a_breach_that_was_not_seen_again_is_flaky() -> None:
    """A claim that broke once within a run and then held is flaky, whatever it was before."""
    assert (
        shifts(
            "verified",
            "undecided",
            reason="seen once, and not when tried again: the list is not in order",
        )
        == VerdictChangeKind.FLAKY
    )


def test_what_is_still_violated_is_told() -> None:
    """A claim that is violated in both runs is no change, and listed."""
    runs = [result(claim("listThings/x", "violated", "no"))] * 2
    assert compare_results(runs).still_violated == ("listThings/x",)
    assert compare_results(runs).summary == "1 claim still violated"


def test_another_contract_is_told() -> None:
    """When the contract changed between the runs, the comparison says so."""
    other = result(
        claim("listThings/x"),
        contract={"name": "things", "revision": "2", "interpretations": [], "digest": "d2"},
    )
    compared = compare_results([result(claim("listThings/x")), other])
    assert (compared.same_contract, "the contract changed" in compared.summary) == (False, True)


def test_the_forms_agree() -> None:
    """JSON and Markdown tell the same changes."""
    compared = compare_results(
        [result(claim("listThings/x")), result(claim("listThings/x", "violated", "it broke"))]
    )
    assert comparison.comparison_to_json(compared)["changes"]["newly broken"] == [
        {"claim": "listThings/x", "before": "verified", "after": "violated", "reason": "it broke"}
    ]
    assert "newly broken" in markdown.render_markdown_comparison(compared)
    assert "it broke" in markdown.render_markdown_comparison(compared)
