"""Judging whether a query takes the effect of a filter away."""

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


def listing(*steps: str, label: str = "against 0") -> Trace:
    """Return a trace in which the list holds what these steps made."""
    found = execute_on_honest_server(CLAIM, label)
    return with_listed_items(found, "found", [found[step].json for step in steps])


@pytest.mark.parametrize("label", ["against 0", "against 1", "against 2"])
def test_query_alone_holds(label: str) -> None:
    """The item that the query describes, and no other, keeps the promise."""
    assert evaluate(CLAIM, listing("item 1", label=label)) == ["passed"]


def test_filter_that_adds_breaks() -> None:
    """An item that only the filter asks for breaks the promise; the message shows what was sent."""
    expected = (
        "failed: q={'title': 'run-alpha'} beside field=title, glob=run-delta lists 'run-delta',"
        " which it should leave out"
    )
    assert [expected] == evaluate(CLAIM, listing("item 0", "item 1"))


def test_filter_that_takes_away_breaks() -> None:
    """An empty list breaks the promise."""
    expected = (
        "failed: q={'title': 'run-alpha'} beside field=title, glob=run-delta leaves out"
        " 'run-alpha', which it should list"
    )
    assert [expected] == evaluate(CLAIM, listing())


@pytest.mark.parametrize("status", [400, 422])
def test_refusal_breaks(status: int) -> None:
    """A refusal of both together breaks the promise."""
    assert evaluate(CLAIM, with_response(execute_on_honest_server(CLAIM), "found", status))[
        0
    ].startswith("failed: q beside field and glob is refused: GET")


def test_crash_decides_nothing() -> None:
    """A failing server says nothing."""
    assert evaluate(CLAIM, with_response(execute_on_honest_server(CLAIM), "found", 500))[
        0
    ].startswith("inconclusive")


def test_plan() -> None:
    """The query asks for one item while the filter asks for another, for none, and for more."""
    found = map_scenarios(CLAIM)
    assert [describe_steps(script) for script in found.values()] == [["found: listBooks"]] * 3
    arguments = [script.steps[0].call.arguments for script in found.values()]
    assert [one["glob"].text for one in arguments] == ["{m}-delta", "{m}-nobody", "{m}-al*"]
    assert [one["q"]["title"].text for one in arguments] == ["{m}-alpha"] * 3
    assert [one["field"] for one in arguments] == ["title"] * 3


def test_only_disabled_parameters_are_sent() -> None:
    """A filter parameter that the query does not override stays as every sweep sends it."""
    found = map_scenarios(CLAIM, build_toy_variant(("disables: [field, glob]", "disables: [glob]")))
    assert [script.steps[0].call.arguments["glob"].text for script in found.values()] == [
        "{m}-delta",
        "{m}-nobody",
        "{m}-al*",
    ]


def test_override_of_something_else_is_not_tried() -> None:
    """An override that is not of a query over a filter has no script, and says why."""
    other = "the override is not of a query on the field that our items can be told apart by"
    assert other == find_undecided_reason(
        "listBooks/sort/overrides",
        build_toy_variant(("overrides: {parameter: q,", "overrides: {parameter: sort,")),
    )
    assert other == find_undecided_reason(
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


def test_every_item_was_made() -> None:
    """The stage holds all things of the catalog: the tests above stand on that."""
    assert len(
        get_books(execute_on_honest_server("listBooks/sort/orders-by/title"), "whole")
    ) == len(ITEM_NAMES)
