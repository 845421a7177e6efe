"""Judging whether a value differs from answer to answer."""

from __future__ import annotations

import itertools
import re

import pytest

from conformance.checks.call import CredentialKind
from conformance.contract.json import Json

from .toy import (
    build_exchange,
    build_toy_variant,
    build_trace,
    describe_steps,
    evaluate,
    execute_on_honest_server,
    list_evidence,
    map_scenarios,
    with_response,
    with_skipped_step,
)

CLAIM = "createBook/responses/4XX/distinct/ticket"
STEPS = ("refused 0", "refused 1")
DELETE = build_toy_variant(
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
    assert evaluate(CLAIM, execute_on_honest_server(CLAIM)) == ["passed"]
    assert list_evidence(CLAIM, execute_on_honest_server(CLAIM)) == [
        (execute_on_honest_server(CLAIM)["refused 1"],)
    ]


@pytest.mark.parametrize("pair", list(itertools.combinations(range(4), 2)))
def test_any_repetition_breaks(pair: tuple[int, int]) -> None:
    """Two equal values among the answers break the promise."""
    values = [{"ticket": "same" if number in pair else number} for number in range(4)]
    found = build_trace(
        *(build_exchange(f"refused {number}", 404, value) for number, value in enumerate(values))
    )
    assert evaluate(UNKNOWN, found, DELETE)[0].startswith(
        "failed: two answers carry the same ticket: ["
    )


@pytest.mark.parametrize("value", [None, {}, ["a"], 0])
def test_any_json_value_counts(value: Json) -> None:
    """Values that cannot be hashed are compared too."""
    found = execute_on_honest_server(CLAIM)
    for step in STEPS:
        found = with_response(found, step, body={"ticket": value})
    assert [f"failed: two answers carry the same ticket: {[value] * 2}"] == evaluate(CLAIM, found)


@pytest.mark.parametrize("step", STEPS)
def test_missing_value_decides_nothing(step: str) -> None:
    """An answer without the value shows nothing."""
    assert [
        (f"inconclusive: {execute_on_honest_server(CLAIM)[step]} holds nothing at /ticket")
    ] == evaluate(CLAIM, with_response(execute_on_honest_server(CLAIM), step, body={}))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", [200, 500])
def test_answer_of_another_class_decides_nothing(step: str, status: int) -> None:
    """Unless all are refused, nothing is said; the reason names the one that was not."""
    found = with_response(execute_on_honest_server(CLAIM), step, status)
    assert [f"inconclusive: {found[step]} is not refused"] == evaluate(CLAIM, found)


@pytest.mark.parametrize("gone", [STEPS, STEPS[:1], STEPS[1:]])
def test_answers_that_did_not_come_decide_nothing(gone: tuple[str, ...]) -> None:
    """One answer differs from no other, and none shows nothing."""
    found = execute_on_honest_server(CLAIM)
    for step in gone:
        found = with_skipped_step(found, step)
    assert evaluate(CLAIM, found)[0].startswith("inconclusive")


def test_plan() -> None:
    """The same call is sent twice, with an unknown token and no arguments of its own."""
    script = map_scenarios(CLAIM)["refusals"]
    assert [f"{step}: createBook" for step in STEPS] == describe_steps(script)
    assert {CredentialKind.INVALID} == {step.call.credential for step in script.steps}
    assert len({repr(step.call) for step in script.steps}) == 1


def test_plan_on_an_item() -> None:
    """An operation on an item names one that nobody made: twice with an unknown token, twice with a
    good one; nothing is created for it.
    """
    script = map_scenarios(UNKNOWN, DELETE)["refusals"]
    assert [f"refused {number}: deleteBook" for number in range(4)] == describe_steps(script)
    (book,) = {step.call.arguments["book"] for step in script.steps}
    assert re.fullmatch("[a-f0-9]{8}", book)
    assert [step.call.credential for step in script.steps] == [CredentialKind.INVALID] * 2 + [
        CredentialKind.DEFAULT
    ] * 2
