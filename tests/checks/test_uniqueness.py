"""Judging whether a value differs from answer to answer."""

from __future__ import annotations

import itertools
import re

import pytest

from conformance.checks.call import CredentialKind
from conformance.contract.json import Json

from .toy import bent, evidence, exchanged, honest, moves, said, scripts, trace, variant, without

CLAIM = "createBook/responses/4XX/distinct/ticket"
STEPS = ("refused 0", "refused 1")
DELETE = variant(
    (
        "      operationId: deleteBook\n",
        (
            "      operationId: deleteBook\n      x-behaviors: [{distinct: {answers: /ticket,"
            " status: 4XX}}]\n"
        ),
    )
)
UNKNOWN = "deleteBook/responses/4XX/distinct/ticket"


def test_two_values_hold() -> None:
    """Different values in all answers keep the promise; the last answer shows it."""
    assert said(CLAIM, honest(CLAIM)) == ["held"]
    assert evidence(CLAIM, honest(CLAIM)) == [(honest(CLAIM)["refused 1"],)]


@pytest.mark.parametrize("pair", list(itertools.combinations(range(4), 2)))
def test_any_repetition_breaks(pair: tuple[int, int]) -> None:
    """Two equal values among the answers break the promise."""
    values = [{"ticket": "same" if number in pair else number} for number in range(4)]
    found = trace(
        *(exchanged(f"refused {number}", 404, value) for number, value in enumerate(values))
    )
    assert said(UNKNOWN, found, DELETE)[0].startswith(
        "broken: two answers carry the same ticket: ["
    )


@pytest.mark.parametrize("value", [None, {}, ["a"], 0])
def test_any_json_value_counts(value: Json) -> None:
    """Values that cannot be hashed are compared too."""
    found = honest(CLAIM)
    for step in STEPS:
        found = bent(found, step, body={"ticket": value})
    assert [f"broken: two answers carry the same ticket: {[value] * 2}"] == said(CLAIM, found)


@pytest.mark.parametrize("step", STEPS)
def test_missing_value_decides_nothing(step: str) -> None:
    """An answer without the value shows nothing."""
    assert [f"unreached: {honest(CLAIM)[step]} holds nothing at /ticket"] == said(
        CLAIM, bent(honest(CLAIM), step, body={})
    )


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", [200, 500])
def test_answer_of_another_class_decides_nothing(step: str, status: int) -> None:
    """Unless all are refused, nothing is said; the reason names the one that was not."""
    found = bent(honest(CLAIM), step, status)
    assert [f"unreached: {found[step]} is not refused"] == said(CLAIM, found)


@pytest.mark.parametrize("gone", [STEPS, STEPS[:1], STEPS[1:]])
def test_answers_that_did_not_come_decide_nothing(gone: tuple[str, ...]) -> None:
    """One answer differs from no other, and none shows nothing."""
    found = honest(CLAIM)
    for step in gone:
        found = without(found, step)
    assert said(CLAIM, found)[0].startswith("unreached")


def test_plan() -> None:
    """The same call is sent twice, with an unknown token and no arguments of its own."""
    script = scripts(CLAIM)["refusals"]
    assert [f"{step}: createBook" for step in STEPS] == moves(script)
    assert {CredentialKind.INVALID} == {step.call.credential for step in script.steps}
    assert len({repr(step.call) for step in script.steps}) == 1


def test_plan_on_an_item() -> None:
    """An operation on an item names one that nobody made: twice with an unknown token, twice with a
    good one; nothing is created for it.
    """
    script = scripts(UNKNOWN, DELETE)["refusals"]
    assert [f"refused {number}: deleteBook" for number in range(4)] == moves(script)
    (book,) = {step.call.arguments["book"] for step in script.steps}
    assert re.fullmatch("[a-f0-9]{8}", book)
    assert [step.call.credential for step in script.steps] == [CredentialKind.INVALID] * 2 + [
        CredentialKind.DEFAULT
    ] * 2
