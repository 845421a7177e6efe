"""Accepted violations: their effect on a result, and outdated entries."""

from __future__ import annotations

import copy
import datetime

import pytest

from conformance.configuration import AcceptedViolation
from conformance.contract.json import Json
from conformance.report.acceptance import apply_accepted_violations, list_unaccepted_violations

from .sample import claim, result

TODAY = datetime.date(2026, 6, 15)
VIOLATED, ALSO_VIOLATED, VERIFIED, UNDECIDED = (
    "listThings/order/orders-by/name",
    "listThings/order/orders-by/id",
    "listThings/answers",
    "listThings/scopes/read/allowed",
)
NOW_VERIFIED = "the server keeps the promise now: strike the entry out"
UNKNOWN_CLAIM = "the contract has no such claim"


def build_entry(
    claim_pattern: str, until: datetime.date | None = None, contract: str | None = None
) -> AcceptedViolation:
    """Return an entry that accepts violations of the claims that match a pattern."""
    return AcceptedViolation(
        claim_pattern=claim_pattern, reason="known", until=until, contract=contract
    )


def build_result() -> Json:
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
    return [claim["id"] for claim in list_unaccepted_violations(updated)], [
        (entry["claim"], entry["problem"]) for entry in updated["outdated"]
    ]


def test_nothing_accepted() -> None:
    """Without entries the result is unchanged."""
    assert apply_accepted_violations(build_result(), [], TODAY) == build_result()
    assert [VIOLATED, ALSO_VIOLATED] == [
        claim["id"] for claim in list_unaccepted_violations(build_result())
    ]


def test_accepted_violation() -> None:
    """An accepted violation gives its reason and its last day. The other violations remain, and
    nothing else in the result changes.
    """
    original = build_result()
    updated = apply_accepted_violations(original, [build_entry(VIOLATED, TODAY)], TODAY)
    accepted_claim, *other_claims = updated["claims"]
    assert accepted_claim == {
        **original["claims"][0],
        "accepted": {"reason": "known", "until": "2026-06-15"},
    }
    assert other_claims == original["claims"][1:]
    assert {**updated, "claims": original["claims"]} == {**original, "outdated": []}
    assert [ALSO_VIOLATED] == [claim["id"] for claim in list_unaccepted_violations(updated)]


def test_result_is_not_changed() -> None:
    """The result that is passed in is not modified."""
    original = build_result()
    copied = copy.deepcopy(original)
    apply_accepted_violations(original, [build_entry("*"), build_entry("none")], TODAY)
    assert original == copied


def test_pattern() -> None:
    """A pattern accepts the violations of all claims that match it."""
    assert apply_entries(build_entry("listThings/order/*")) == ([], [])


def test_entry_without_last_day() -> None:
    """An entry without a last day never expires."""
    updated = apply_accepted_violations(
        build_result(), [build_entry(VIOLATED)], datetime.date(2999, 1, 1)
    )
    assert updated["claims"][0]["accepted"] == {"reason": "known", "until": None}


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
        else [(VIOLATED, f"it was accepted until {until}; accept it anew, or mend it")]
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
            [(VIOLATED, f"it was accepted until {yesterday}; accept it anew, or mend it")],
        )
