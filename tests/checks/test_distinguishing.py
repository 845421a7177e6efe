"""Judging whether a value differs from answer to answer."""

from __future__ import annotations

import re

import pytest

from conformance.checks.call import Credential
from conformance.contract.json import Json

from .toy import bent, evidence, honest, moves, said, scripts, variant

CLAIM = "createBook/responses/4XX/distinct/ticket"
STEPS = ("refused 0", "refused 1", "refused 2")


def test_three_values_hold() -> None:
    """Different values in all answers keep the promise; the last answer shows it."""
    assert said(CLAIM, honest(CLAIM)) == ["held"]
    assert evidence(CLAIM, honest(CLAIM)) == [(honest(CLAIM)["refused 2"],)]


@pytest.mark.parametrize("pair", [(0, 1), (0, 2), (1, 2)])
def test_any_repetition_breaks(pair: tuple[int, int]) -> None:
    """Two equal values among the three break the promise."""
    found = honest(CLAIM)
    for number in pair:
        found = bent(found, STEPS[number], body={"ticket": "same"})
    assert said(CLAIM, found)[0].startswith("broken: two answers carry the same ticket: [")


@pytest.mark.parametrize("value", [None, {}, ["a"], 0])
def test_any_json_value_counts(value: Json) -> None:
    """Values that cannot be hashed are compared too."""
    found = honest(CLAIM)
    for step in STEPS:
        found = bent(found, step, body={"ticket": value})
    assert [f"broken: two answers carry the same ticket: {[value] * 3}"] == said(CLAIM, found)


@pytest.mark.parametrize("step", STEPS)
def test_missing_value_decides_nothing(step: str) -> None:
    """An answer without the value shows nothing."""
    assert [f"unreached: {honest(CLAIM)[step]} holds nothing at /ticket"] == said(CLAIM, bent(honest(CLAIM), step, body={}))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", [200, 500])
def test_answer_of_another_class_decides_nothing(step: str, status: int) -> None:
    """Unless all three are refused, nothing is said."""
    (found,) = said(CLAIM, bent(honest(CLAIM), step, status))
    assert found.startswith("unreached")
    assert found.endswith("is not refused")


def test_plan() -> None:
    """The same call is sent thrice, with an unknown token and no arguments of its own."""
    script = scripts(CLAIM)["refusals"]
    assert [f"{step}: createBook" for step in STEPS] == moves(script)
    assert {Credential.INVALID} == {step.call.credential for step in script.steps}
    assert len({repr(step.call) for step in script.steps}) == 1


def test_plan_on_an_item() -> None:
    """An operation on an item names one that nobody made, the same each time: nothing is created for it."""
    contract = variant(
        ("      operationId: deleteBook\n", "      operationId: deleteBook\n      x-behaviours: [{distinct: {answers: /ticket, status: 4XX}}]\n")
    )
    script = scripts("deleteBook/responses/4XX/distinct/ticket", contract)["refusals"]
    assert [f"{step}: deleteBook" for step in STEPS] == moves(script)
    (book,) = {step.call.arguments["book"] for step in script.steps}
    assert re.fullmatch("[a-f0-9]{8}", book)
    assert {Credential.INVALID} == {step.call.credential for step in script.steps}
