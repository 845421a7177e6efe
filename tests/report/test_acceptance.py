"""Accepted violations: their effect on a result, and outdated entries."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from conformance.configuration import AcceptedViolation
from conformance.report.acceptance import apply_accepted_violations, is_accepted
from conformance.report.result import Acceptance, Result

from .sample import claim, result

TODAY = datetime.date(2026, 6, 15)
VIOLATED, ALSO_VIOLATED, VERIFIED, UNDECIDED = (
    "listThings/order/orders-by/name",
    "listThings/order/orders-by/id",
    "listThings/answers",
    "listThings/scopes/read/allowed",
)
NOW_VERIFIED = "the server keeps the promise now: delete the entry"
UNKNOWN_CLAIM = "the contract has no such claim: delete the entry"


def build_entry(
    claim_pattern: str, until: datetime.date | None = None, contract: str | None = None
) -> AcceptedViolation:
    """Return an entry that accepts violations of the claims that match a pattern."""
    return AcceptedViolation(
        claim_pattern=claim_pattern, reason="known", until=until, contract=contract
    )


def build_result() -> Result:
    """Return a result with two violated claims, one verified claim, and one undecided claim."""
    return result(
        claim(VIOLATED, "violated", "no"),
        claim(ALSO_VIOLATED, "violated", "no"),
        claim(VERIFIED),
        claim(UNDECIDED, "undecided", "no token"),
    )


def apply_entries(
    *accepted: AcceptedViolation, today: datetime.date = TODAY, all_tried: bool = True
) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the remaining violations, and the outdated entries with the reasons."""
    updated = apply_accepted_violations(build_result(), accepted, today, all_tried)
    return [claim.id for claim in updated.violated], [
        (entry.claim, entry.problem) for entry in updated.outdated
    ]


def test_nothing_accepted() -> None:
    """Without entries the result is unchanged."""
    assert apply_accepted_violations(build_result(), [], TODAY) == build_result()
    assert [VIOLATED, ALSO_VIOLATED] == [claim.id for claim in build_result().violated]


def test_accepted_violation() -> None:
    """An accepted violation gives its reason and its last day. The other violations remain, and
    nothing else in the result changes.
    """
    original = build_result()
    updated = apply_accepted_violations(original, [build_entry(VIOLATED, TODAY)], TODAY)
    acceptance = Acceptance(reason="known", until="2026-06-15")
    accepted_claim = replace(original.claims[0], accepted=acceptance)
    assert updated == replace(original, claims=(accepted_claim, *original.claims[1:]))
    assert [ALSO_VIOLATED] == [claim.id for claim in updated.violated]


def test_pattern() -> None:
    """A pattern accepts the violations of all claims that match it."""
    assert apply_entries(build_entry("listThings/order/*")) == ([], [])


def test_entry_without_last_day() -> None:
    """An entry without a last day never expires."""
    updated = apply_accepted_violations(
        build_result(), [build_entry(VIOLATED)], datetime.date(2999, 1, 1)
    )
    assert updated.claims[0].accepted == Acceptance(reason="known", until=None)


@pytest.mark.parametrize(
    ("days", "remaining"),
    [(-1, [VIOLATED, ALSO_VIOLATED]), (0, [ALSO_VIOLATED]), (1, [ALSO_VIOLATED])],
)
def test_last_day(days: int, remaining: list[str]) -> None:
    """An entry is valid on its last day. After it, the violation counts again, and the entry is
    outdated.
    """
    until = TODAY + datetime.timedelta(days=days)
    outdated = (
        []
        if days >= 0
        else [(VIOLATED, f"it was accepted until {until}: accept it anew, or mend the server")]
    )
    assert (remaining, outdated) == apply_entries(build_entry(VIOLATED, until))


def test_verified_claim() -> None:
    """An entry about a verified claim is outdated, expired or not."""
    for until in (None, TODAY, TODAY - datetime.timedelta(days=1)):
        assert apply_entries(build_entry(VERIFIED, until))[1] == [(VERIFIED, NOW_VERIFIED)]


def test_all_claims_of_a_pattern_must_be_verified() -> None:
    """A pattern is outdated if all claims that match it were verified, but not if one of them is
    violated or undecided.
    """
    assert apply_entries(build_entry("listThings/answer*"))[1] == [
        ("listThings/answer*", NOW_VERIFIED)
    ]
    assert apply_entries(build_entry("listThings/[as]*"))[1] == []
    assert apply_entries(build_entry("listThings/*"))[1] == []


def test_undecided_claim() -> None:
    """An undecided claim does not make an entry outdated."""
    assert apply_entries(build_entry(UNDECIDED)) == ([VIOLATED, ALSO_VIOLATED], [])


def test_unknown_claim() -> None:
    """An entry that matches no claim is outdated only if all claims were tried."""
    assert apply_entries(build_entry("none"))[1] == [("none", UNKNOWN_CLAIM)]
    assert apply_entries(build_entry("none"), all_tried=False)[1] == []


def test_other_contract() -> None:
    """An entry of another contract accepts no violation of this contract."""
    assert apply_entries(build_entry(VIOLATED, contract="things"))[0] == [ALSO_VIOLATED]
    assert apply_entries(build_entry(VIOLATED, contract="other"), all_tried=False) == (
        [VIOLATED, ALSO_VIOLATED],
        [],
    )


def test_two_entries_of_one_claim() -> None:
    """If two entries match one claim, an unexpired entry accepts the violation, whichever entry
    comes first.
    """
    yesterday = TODAY - datetime.timedelta(days=1)
    for entries in (
        [build_entry(VIOLATED, yesterday), build_entry(VIOLATED)],
        [build_entry(VIOLATED), build_entry(VIOLATED, yesterday)],
    ):
        assert apply_entries(*entries) == (
            [ALSO_VIOLATED],
            [(VIOLATED, f"it was accepted until {yesterday}: accept it anew, or mend the server")],
        )


@pytest.mark.parametrize(
    ("pattern", "kind", "days", "expected"),
    [
        (VIOLATED, None, 0, True),
        (VIOLATED, "order", 0, True),
        (VIOLATED, "status", 0, False),
        (VIOLATED, None, -1, False),
        (ALSO_VIOLATED, None, 0, False),
    ],
)
def test_while_a_run_goes_on(pattern: str, kind: str | None, days: int, expected: bool) -> None:
    """A violation is accepted as it is seen if a rule that has not expired covers its findings."""
    until = TODAY + datetime.timedelta(days=days)
    rule = replace(build_entry(pattern, until), kind=kind)
    assert expected == is_accepted([rule], "things", VIOLATED, [("order", "/items")], TODAY)
