"""Judging whether undeclared inputs are taken."""

from __future__ import annotations

import pytest

from .toy import (
    build_toy_variant,
    describe_steps,
    evaluate,
    execute_on_honest_server,
    map_scenarios,
    with_lost_response,
    with_response,
)

CLAIM = "listBooks/tolerates"


def test_same_answer_holds() -> None:
    """The same status with and without them keeps the promise."""
    assert evaluate(CLAIM, execute_on_honest_server(CLAIM)) == ["passed"]


@pytest.mark.parametrize("status", [201, 204, 400, 422, 500])
def test_other_answer_breaks(status: int) -> None:
    """Another status with them breaks the promise."""
    assert [f"failed: answered with {status}, and with 200 without these"] == evaluate(
        CLAIM, with_response(execute_on_honest_server(CLAIM), "full", status)
    )


@pytest.mark.parametrize("status", [400, 500])
def test_failing_plain_request_decides_nothing(status: int) -> None:
    """When the plain request fails, the full one shows nothing."""
    assert evaluate(CLAIM, with_response(execute_on_honest_server(CLAIM), "bare", status))[
        0
    ].startswith("inconclusive: the plain request failed")
    assert evaluate(
        CLAIM,
        with_response(
            with_response(execute_on_honest_server(CLAIM), "bare", status), "full", status
        ),
    )[0].startswith("inconclusive: the plain request failed")


@pytest.mark.parametrize("step", ["bare", "full"])
def test_silence_decides_nothing(step: str) -> None:
    """No answer decides nothing."""
    assert evaluate(CLAIM, with_lost_response(execute_on_honest_server(CLAIM), step))[0].startswith(
        "inconclusive"
    )


def test_plan() -> None:
    """All of them are sent at once, flags in either spelling; the plain request has none."""
    found = map_scenarios(CLAIM)
    assert {label: describe_steps(one) for label, one in found.items()} == {
        "small": ["bare: listBooks", "full: listBooks"],
        "capital": ["bare: listBooks", "full: listBooks"],
    }
    assert [script.steps[1].call.query for script in found.values()] == [
        {"_links": "true", "plain": "x"},
        {"_links": "True", "plain": "x"},
    ]
    assert [script.steps[1].call.headers for script in found.values()] == [
        {"Accept-Version": "1"}
    ] * 2
    assert [
        (script.steps[0].call.query, script.steps[0].call.headers) for script in found.values()
    ] == [({}, {})] * 2


def test_false_flags_are_spelled_both_ways_too() -> None:
    """A flag that is off is capitalized like one that is on."""
    found = map_scenarios(CLAIM, build_toy_variant(("_links: 'true'", "_links: 'false'")))
    assert [script.steps[1].call.query["_links"] for script in found.values()] == ["false", "False"]
