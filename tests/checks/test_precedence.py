"""Tests of the check that a query disables a filter."""

from __future__ import annotations

import pytest

from conformance.checks.datasets import ITEM_NAMES
from conformance.checks.exchange import Trace

from .toy import (
    build_toy_variant,
    describe_steps,
    evaluate,
    execute_on_honest_server,
    find_undecided_reason,
    get_books,
    map_scenarios,
    with_listed_items,
    with_response,
)

CLAIM = "listBooks/q/overrides"


def build_listing_trace(*steps: str, label: str = "against 0") -> Trace:
    """Build a trace in which the list holds the items that these steps created."""
    trace = execute_on_honest_server(CLAIM, label)
    return with_listed_items(trace, "found", [trace[step].json for step in steps])


@pytest.mark.parametrize("label", ["against 0", "against 1", "against 2"])
def test_result_of_the_query_alone_passes(label: str) -> None:
    """A list with only the item that the query selects passes."""
    assert evaluate(CLAIM, build_listing_trace("item 1", label=label)) == ["passed"]


def test_filter_that_adds_items_fails() -> None:
    """An item that only the filter selects breaks the promise. The message shows the sent
    arguments.
    """
    expected = (
        "failed: q={'title': 'run-alpha'} beside field=title, glob=run-delta lists"
        ' "run-delta", which it should leave out'
    )
    assert [expected] == evaluate(CLAIM, build_listing_trace("item 0", "item 1"))


def test_filter_that_removes_items_fails() -> None:
    """An empty list breaks the promise."""
    expected = (
        "failed: q={'title': 'run-alpha'} beside field=title, glob=run-delta leaves out"
        ' "run-alpha", which it should list'
    )
    assert [expected] == evaluate(CLAIM, build_listing_trace())


@pytest.mark.parametrize("status", [400, 422])
def test_refusal_fails(status: int) -> None:
    """A refusal of the query with the filter breaks the promise."""
    assert evaluate(CLAIM, with_response(execute_on_honest_server(CLAIM), "found", status))[
        0
    ].startswith("failed: q beside field and glob is refused: GET")


def test_server_error_is_inconclusive() -> None:
    """A server error is inconclusive."""
    assert evaluate(CLAIM, with_response(execute_on_honest_server(CLAIM), "found", 500))[
        0
    ].startswith("inconclusive")


def test_plan() -> None:
    """The query selects one item. The filter selects another item, no item or more items."""
    scenarios = map_scenarios(CLAIM)
    assert [describe_steps(scenario) for scenario in scenarios.values()] == [
        ["found: listBooks"]
    ] * 3
    arguments_of_scenarios = [scenario.steps[0].call.arguments for scenario in scenarios.values()]
    assert [arguments["glob"].text for arguments in arguments_of_scenarios] == [
        "{m}-delta",
        "{m}-nobody",
        "{m}-al*",
    ]
    assert [arguments["q"]["title"].text for arguments in arguments_of_scenarios] == [
        "{m}-alpha"
    ] * 3
    assert [arguments["field"] for arguments in arguments_of_scenarios] == ["title"] * 3


def test_only_disabled_parameters_are_sent() -> None:
    """A filter parameter that the query does not disable keeps the value that every list request
    sends.
    """
    scenarios = map_scenarios(
        CLAIM, build_toy_variant(("disables: [field, glob]", "disables: [glob]"))
    )
    assert [scenario.steps[0].call.arguments["glob"].text for scenario in scenarios.values()] == [
        "{m}-delta",
        "{m}-nobody",
        "{m}-al*",
    ]


def test_unsupported_override_has_no_scenario() -> None:
    """An override that is not of a query over a filter has no scenario, but a reason."""
    reason = "the override is not of a query on the field that our items can be told apart by"
    assert reason == find_undecided_reason(
        "listBooks/sort/overrides",
        build_toy_variant(("overrides: {parameter: q,", "overrides: {parameter: sort,")),
    )
    assert reason == find_undecided_reason(
        CLAIM,
        build_toy_variant(
            (
                "            title: {pointer: /title, type: text}",
                "            title: {pointer: /note, type: text}",
            )
        ),
    )
    assert (
        find_undecided_reason(
            CLAIM,
            build_toy_variant(
                (
                    (
                        "      - filters: {field: field, glob: glob, keys: {title:"
                        " /title}, withoutField:"
                        " ignored}\n"
                    ),
                    "",
                )
            ),
        )
        == "the override is not of a query over a glob filter"
    )


def test_setup_creates_every_item() -> None:
    """The setup creates all items of the catalog. The tests above rely on that."""
    assert len(
        get_books(execute_on_honest_server("listBooks/sort/orders-by/title"), "whole")
    ) == len(ITEM_NAMES)
