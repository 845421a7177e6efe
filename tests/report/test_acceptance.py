"""Accepted violations: what becomes of a result, and which entries are outdated."""

from __future__ import annotations

import copy
import datetime

import pytest

from conformance.configuration import AcceptedViolation
from conformance.contract.json import Json
from conformance.report.acceptance import apply_accepted_violations, list_unaccepted_violations

from .sample import claim, result

TODAY = datetime.date(2026, 6, 15)
BROKEN, ANOTHER, KEPT, OPEN = (
    "listThings/order/orders-by/name",
    "listThings/order/orders-by/id",
    "listThings/answers",
    "listThings/scopes/read/allowed",
)
HOLDS = "the server keeps the promise now: strike the entry out"
STRANGE = "the contract has no such claim"


def entry(
    claim: str, until: datetime.date | None = None, contract: str | None = None
) -> AcceptedViolation:
    """Return an entry that accepts violations of some claims."""
    return AcceptedViolation(claim_pattern=claim, reason="known", until=until, contract=contract)


def ran() -> Json:
    """Return a result with two violated claims, one that holds, and one that is undecided."""
    return result(
        claim(BROKEN, "violated", "no"),
        claim(ANOTHER, "violated", "no"),
        claim(KEPT),
        claim(OPEN, "undecided", "no token"),
    )


def after(
    *accepted: AcceptedViolation, today: datetime.date = TODAY, tried: bool = True
) -> tuple[list[str], list[tuple[str, str]]]:
    """Return which violations remain, and which entries are outdated, and why."""
    found = apply_accepted_violations(ran(), accepted, today, tried)
    return [one["id"] for one in list_unaccepted_violations(found)], [
        (one["claim"], one["problem"]) for one in found["outdated"]
    ]


def test_nothing_accepted() -> None:
    """Without entries the result is as it was."""
    assert apply_accepted_violations(ran(), [], TODAY) == ran()
    assert [BROKEN, ANOTHER] == [one["id"] for one in list_unaccepted_violations(ran())]


def test_accepted_violation() -> None:
    """A violation that is accepted says why and until when; the others remain, and nothing else in
    the result changes.
    """
    given = ran()
    found = apply_accepted_violations(given, [entry(BROKEN, TODAY)], TODAY)
    first, *rest = found["claims"]
    assert first == {**given["claims"][0], "accepted": {"reason": "known", "until": "2026-06-15"}}
    assert rest == given["claims"][1:]
    assert {**found, "claims": given["claims"]} == {**given, "outdated": []}
    assert [ANOTHER] == [one["id"] for one in list_unaccepted_violations(found)]


def test_result_is_not_changed() -> None:
    """What is given stays as it is."""
    given = ran()
    before = copy.deepcopy(given)
    apply_accepted_violations(given, [entry("*"), entry("none")], TODAY)
    assert given == before


def test_pattern() -> None:
    """A pattern accepts the violations of all that it covers."""
    assert after(entry("listThings/order/*")) == ([], [])


def test_entry_for_ever() -> None:
    """An entry without a last day is never past it."""
    found = apply_accepted_violations(ran(), [entry(BROKEN)], datetime.date(2999, 1, 1))
    assert found["claims"][0]["accepted"] == {"reason": "known", "until": None}


@pytest.mark.parametrize(
    ("days", "remaining"), [(-1, [BROKEN, ANOTHER]), (0, [ANOTHER]), (1, [ANOTHER])]
)
def test_last_day(days: int, remaining: list[str]) -> None:
    """The last day counts; after it the violation counts again, and the entry is outdated."""
    until = TODAY + datetime.timedelta(days=days)
    outdated = [] if days >= 0 else [(BROKEN, f"it was accepted until {until}")]
    assert (remaining, outdated) == after(entry(BROKEN, until))


def test_promise_that_is_kept() -> None:
    """An entry about a claim that holds is outdated, past its day or not."""
    for until in (None, TODAY, TODAY - datetime.timedelta(days=1)):
        assert after(entry(KEPT, until))[1] == [(KEPT, HOLDS)]


def test_all_of_a_pattern_must_hold() -> None:
    """A pattern is outdated when all that it covers was seen to hold, not when one of it is
    violated or undecided.
    """
    assert after(entry("listThings/answer*"))[1] == [("listThings/answer*", HOLDS)]
    assert after(entry("listThings/[as]*"))[1] == []
    assert after(entry("listThings/*"))[1] == []


def test_undecided_claim() -> None:
    """What was not decided says nothing of an entry."""
    assert after(entry(OPEN)) == ([BROKEN, ANOTHER], [])


def test_unknown_claim() -> None:
    """An entry that covers no claim is outdated, if all claims were tried; of another contract's,
    always.
    """
    assert after(entry("none"))[1] == [("none", STRANGE)]
    assert after(entry("none"), tried=False)[1] == []


def test_other_contract() -> None:
    """An entry of another contract accepts nothing here."""
    assert after(entry(BROKEN, contract="things"))[0] == [ANOTHER]
    assert after(entry(BROKEN, contract="other"), tried=False) == ([BROKEN, ANOTHER], [])


def test_two_entries_of_one_claim() -> None:
    """Of two entries of one claim, one that has not ended accepts it, whichever comes first."""
    past = TODAY - datetime.timedelta(days=1)
    for entries in ([entry(BROKEN, past), entry(BROKEN)], [entry(BROKEN), entry(BROKEN, past)]):
        assert after(*entries) == ([ANOTHER], [(BROKEN, f"it was accepted until {past}")])
