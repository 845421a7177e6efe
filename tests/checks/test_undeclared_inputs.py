"""Tests of the check that undeclared inputs are accepted."""

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


def test_same_status_passes() -> None:
    """The same status with and without the undeclared inputs passes."""
    assert evaluate(CLAIM, execute_on_honest_server(CLAIM)) == ["passed"]


@pytest.mark.parametrize("status", [201, 204, 400, 422, 500])
def test_different_status_fails(status: int) -> None:
    """Another status with the undeclared inputs breaks the promise."""
    assert [f"failed: answered with {status}, and with 200 without these"] == evaluate(
        CLAIM, with_response(execute_on_honest_server(CLAIM), "full", status)
    )


@pytest.mark.parametrize("status", [400, 500])
def test_failed_plain_request_is_inconclusive(status: int) -> None:
    """If the plain request fails, the request with the undeclared inputs shows nothing."""
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
def test_lost_response_is_inconclusive(step: str) -> None:
    """A lost response is inconclusive."""
    assert evaluate(CLAIM, with_lost_response(execute_on_honest_server(CLAIM), step))[0].startswith(
        "inconclusive"
    )


def test_plan() -> None:
    """One request sends all undeclared inputs, with flags in either spelling. The plain request
    sends none.
    """
    scenarios = map_scenarios(CLAIM)
    assert {label: describe_steps(scenario) for label, scenario in scenarios.items()} == {
        "small": ["bare: listBooks", "full: listBooks"],
        "capital": ["bare: listBooks", "full: listBooks"],
    }
    assert [scenario.steps[1].call.query for scenario in scenarios.values()] == [
        {"_links": "true", "plain": "x"},
        {"_links": "True", "plain": "x"},
    ]
    assert [scenario.steps[1].call.headers for scenario in scenarios.values()] == [
        {"Accept-Version": "1"}
    ] * 2
    assert [
        (scenario.steps[0].call.query, scenario.steps[0].call.headers)
        for scenario in scenarios.values()
    ] == [({}, {})] * 2


def test_false_flags_are_sent_in_both_spellings() -> None:
    """A flag that is off is capitalized like a flag that is on."""
    scenarios = map_scenarios(CLAIM, build_toy_variant(("_links: 'true'", "_links: 'false'")))
    assert [scenario.steps[1].call.query["_links"] for scenario in scenarios.values()] == [
        "false",
        "False",
    ]
