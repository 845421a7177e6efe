"""Checks that a response repeats the parameters of its request."""

from __future__ import annotations

import pytest

from conformance.checks.call import ApiCall, TextWithRunMark
from conformance.contract.json import Json

from .toy import (
    build_exchange,
    build_toy_variant,
    build_trace,
    describe_steps,
    evaluate,
    evaluate_in_exchange,
    execute_on_honest_server,
    map_scenarios,
)


def observe_echo(
    claim: str, arguments: dict[str, Json], meta: dict[str, Json], status: int = 200
) -> list[str]:
    """Return the observations of an echo claim in one list response."""
    call = ApiCall(operation="listBooks", arguments=arguments)
    return evaluate_in_exchange(
        f"listBooks/{claim}/echo", build_exchange("any", status, {"meta": meta}, call)
    )


@pytest.mark.parametrize("name", ["page", "size", "sort", "field", "glob", "shelf"])
def test_honest_echo_passes(name: str) -> None:
    """A response that repeats the parameters sent keeps the promise."""
    for label in map_scenarios(f"listBooks/{name}/echo"):
        outcomes = evaluate(
            f"listBooks/{name}/echo", execute_on_honest_server(f"listBooks/{name}/echo", label)
        )
        assert [outcome for outcome in outcomes if outcome.startswith("failed")] == []


@pytest.mark.parametrize(
    ("claim", "sent", "echoed", "expected"),
    [
        ("size", 5, 5, "passed"),
        ("size", 5, "5", "passed"),
        ("size", 5, 6, "failed: size was 5 and the answer says 6 at /meta/size"),
        ("sort", "title", "title", "passed"),
        (
            "sort",
            "title",
            "Title",
            'failed: sort was "title" and the answer says "Title" at /meta/sort',
        ),
        ("glob", "a*", "a", 'failed: glob was "a*" and the answer says "a" at /meta/glob'),
        (
            "shelf",
            "aaaaaa",
            "bbbbbb",
            'failed: shelf was "aaaaaa" and the answer says "bbbbbb" at /meta/shelf',
        ),
        ("shelf", "aaaaaa", "aaaaaa", "passed"),
        ("page", 0, 0, "passed"),
        ("page", 0, 1, "failed: page was 0 and the answer says 1 at /meta/page"),
    ],
)
def test_sent_and_echoed_values(claim: str, sent: Json, echoed: Json, expected: str) -> None:
    """The echoed value is the value sent, whether a number is written as text or not."""
    assert [expected] == observe_echo(claim, {claim: sent}, {claim: echoed})


def test_default_is_echoed() -> None:
    """If the parameter is not sent, its default is echoed."""
    assert observe_echo("size", {}, {"size": 20}) == ["passed"]
    assert observe_echo("size", {}, {"size": 10}) == [
        "failed: size was 20 and the answer says 10 at /meta/size"
    ]


def test_nothing_sent_and_no_default() -> None:
    """Without a value or a default there is no observation."""
    assert observe_echo("glob", {}, {"glob": "x"}) == []


def test_blank_value_is_ignored() -> None:
    """The echo of a blank value is unspecified."""
    assert observe_echo("glob", {"glob": ""}, {"glob": "x"}) == []


@pytest.mark.parametrize(
    ("claim", "sent"), [("size", 0), ("size", "no-such-value"), ("sort", "no-such-value")]
)
def test_invalid_value_is_ignored(claim: str, sent: Json) -> None:
    """The echo of a value that is invalid by the schema is unspecified."""
    assert observe_echo(claim, {claim: sent}, {claim: "x"}) == []


def test_invalid_header_is_ignored() -> None:
    """An invalid value may be sent as a header too. The echo of a path parameter is observed
    whatever its value is.
    """
    contract = build_toy_variant(("{name: sort, in: query,", "{name: sort, in: header,"))
    for sent, expected in (
        ("no-such-value", []),
        ("title", ['failed: sort was "title" and the answer says "x" at /meta/sort']),
    ):
        exchange = build_exchange(
            "any",
            200,
            {"meta": {"sort": "x"}},
            ApiCall(operation="listBooks", arguments={"sort": sent}),
        )
        assert expected == evaluate_in_exchange("listBooks/sort/echo", exchange, contract)
    assert observe_echo("shelf", {"shelf": "no shelf"}, {"shelf": "x"}) == [
        'failed: shelf was "no shelf" and the answer says "x" at /meta/shelf'
    ]


def test_missing_echo_is_inconclusive() -> None:
    """A response without the echoed field is inconclusive."""
    assert observe_echo("size", {"size": 5}, {}) == [
        "inconclusive: GET http://toy → 200 holds nothing at /meta/size"
    ]


@pytest.mark.parametrize("status", [400, 500, 301])
def test_failures_are_ignored(status: int) -> None:
    """Only successful responses echo parameters."""
    assert observe_echo("size", {"size": 5}, {"size": 6}, status) == []


def test_overridden_parameter_is_ignored() -> None:
    """Beside the parameter that overrides it, the echo of a parameter is unspecified. Other
    parameters are observed.
    """
    assert observe_echo("glob", {"glob": "a", "q": {}}, {"glob": "b"}) == []
    assert observe_echo("sort", {"sort": "title", "q": {}}, {"sort": "x"}) == [
        'failed: sort was "title" and the answer says "x" at /meta/sort'
    ]
    assert observe_echo("glob", {"glob": "a"}, {"glob": "b"}) == [
        'failed: glob was "a" and the answer says "b" at /meta/glob'
    ]


def test_exchanges_to_ignore() -> None:
    """Only responses to this operation are observed, not those to other operations and not missing
    responses.
    """
    claim = "listBooks/size/echo"
    assert (
        evaluate_in_exchange(
            claim, build_exchange("any", 200, {"meta": {"size": 1}}, ApiCall(operation="readBook"))
        )
        == []
    )
    assert evaluate_in_exchange(claim, build_exchange("any", None)) == []


def test_failed_list_is_inconclusive() -> None:
    """A scenario whose list failed is inconclusive."""
    assert evaluate("listBooks/size/echo", build_trace(build_exchange("listed", 500))) == [
        "inconclusive: GET http://toy → 500"
    ]


def test_wrong_echo_in_the_scenario_fails() -> None:
    """The check observes the exchanges of its own scenario."""
    trace = build_trace(
        build_exchange(
            "listed",
            200,
            {"meta": {"size": 3}},
            ApiCall(operation="listBooks", arguments={"size": 5}),
        )
    )
    assert evaluate("listBooks/size/echo", trace) == [
        "failed: size was 5 and the answer says 3 at /meta/size"
    ]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("size", [{}, {"size": 3}, {"size": 20}]),
        ("page", [{}, {"page": 0, "size": 1}, {"page": 1, "size": 1}]),
        ("sort", [{}, {"sort": "title"}, {"sort": "created"}]),
        ("field", [{}, {"field": "title", "glob": TextWithRunMark("{m}*")}]),
        (
            "glob",
            [
                {},
                {"glob": TextWithRunMark("{m}*"), "field": "title"},
                {"glob": TextWithRunMark("{m}-é a"), "field": "title"},
            ],
        ),
        ("shelf", [{}]),
    ],
)
def test_plan(claim: str, expected: list[dict[str, Json]]) -> None:
    """Each parameter is omitted once and then sent together with the parameters that it needs."""
    scenarios = map_scenarios(f"listBooks/{claim}/echo").values()
    assert expected == [dict(scenario.steps[0].call.arguments) for scenario in scenarios]
    assert [["listed: listBooks"]] * len(scenarios) == [
        describe_steps(scenario) for scenario in scenarios
    ]


def test_plan_with_examples_instead_of_enum() -> None:
    """Without an enum, the documented examples are sent."""
    contract = build_toy_variant(
        (
            "{name: way, in: query, schema: {type: string, enum: [up, down], default: up}}",
            "{name: way, in: query, schema: {type: string}, example: up}",
        ),
        ("/meta/shelf: shelf}", "/meta/shelf: shelf, /meta/way: way}"),
    )
    assert [
        dict(scenario.steps[0].call.arguments)
        for scenario in map_scenarios("listBooks/way/echo", contract).values()
    ] == [{}, {"way": "up"}]
