"""Tests of the check that a value differs between responses."""

from __future__ import annotations

import itertools
import re

import pytest

from conformance.checks.call import CredentialKind
from conformance.checks.observation import describe_value
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
DELETE_CONTRACT = build_toy_variant(
    (
        "      operationId: deleteBook\n",
        (
            "      operationId: deleteBook\n      x-behaviors: [{distinct: {answers: /ticket,"
            " status: 4XX}}]\n"
        ),
    )
)
DELETE_CLAIM = "deleteBook/responses/4XX/distinct/ticket"


def test_distinct_values_pass() -> None:
    """Different values in all responses pass. The last response is the evidence."""
    assert evaluate(CLAIM, execute_on_honest_server(CLAIM)) == ["passed"]
    assert list_evidence(CLAIM, execute_on_honest_server(CLAIM)) == [
        (execute_on_honest_server(CLAIM)["refused 1"],)
    ]


@pytest.mark.parametrize("equal_pair", list(itertools.combinations(range(4), 2)))
def test_any_repetition_fails(equal_pair: tuple[int, int]) -> None:
    """Two equal values among the responses break the promise."""
    values = [{"ticket": "same" if number in equal_pair else number} for number in range(4)]
    trace = build_trace(
        *(build_exchange(f"refused {number}", 404, value) for number, value in enumerate(values))
    )
    assert evaluate(DELETE_CLAIM, trace, DELETE_CONTRACT)[0].startswith(
        "failed: two answers carry the same ticket: ["
    )


@pytest.mark.parametrize("value", [None, {}, ["a"], 0])
def test_any_json_value_is_compared(value: Json) -> None:
    """Values that are not hashable are compared too."""
    trace = execute_on_honest_server(CLAIM)
    for step in STEPS:
        trace = with_response(trace, step, body={"ticket": value})
    assert [
        f"failed: two answers carry the same ticket: {describe_value([value] * 2)}"
    ] == evaluate(CLAIM, trace)


@pytest.mark.parametrize("step", STEPS)
def test_missing_value_is_inconclusive(step: str) -> None:
    """A response without the value is inconclusive."""
    assert [
        (f"inconclusive: {execute_on_honest_server(CLAIM)[step]} holds nothing at /ticket")
    ] == evaluate(CLAIM, with_response(execute_on_honest_server(CLAIM), step, body={}))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", [200, 500])
def test_response_that_is_not_a_refusal_is_inconclusive(step: str, status: int) -> None:
    """The result is inconclusive unless all requests are refused. The reason names the response
    that is not a refusal.
    """
    trace = with_response(execute_on_honest_server(CLAIM), step, status)
    assert [f"inconclusive: {trace[step]} is not refused"] == evaluate(CLAIM, trace)


@pytest.mark.parametrize("skipped_steps", [STEPS, STEPS[:1], STEPS[1:]])
def test_skipped_steps_are_inconclusive(skipped_steps: tuple[str, ...]) -> None:
    """A single response cannot differ from another, and no response shows anything if all are
    missing.
    """
    trace = execute_on_honest_server(CLAIM)
    for step in skipped_steps:
        trace = with_skipped_step(trace, step)
    assert evaluate(CLAIM, trace)[0].startswith("inconclusive")


def test_plan() -> None:
    """The same call is sent twice, with an unknown token and without arguments."""
    scenario = map_scenarios(CLAIM)["refusals"]
    assert [f"{step}: createBook" for step in STEPS] == describe_steps(scenario)
    assert {CredentialKind.INVALID} == {step.call.credential for step in scenario.steps}
    assert len({repr(step.call) for step in scenario.steps}) == 1


def test_plan_on_an_item() -> None:
    """An operation on an item uses an id that does not exist: twice with an unknown token, twice
    with a valid one. No item is created.
    """
    scenario = map_scenarios(DELETE_CLAIM, DELETE_CONTRACT)["refusals"]
    assert [f"refused {number}: deleteBook" for number in range(4)] == describe_steps(scenario)
    (book,) = {step.call.arguments["book"] for step in scenario.steps}
    assert re.fullmatch("[a-f0-9]{8}", book)
    assert [step.call.credential for step in scenario.steps] == [CredentialKind.INVALID] * 2 + [
        CredentialKind.DEFAULT
    ] * 2
