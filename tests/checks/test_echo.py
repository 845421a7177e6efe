"""Judging whether an answer repeats what was sent."""

from __future__ import annotations

import pytest

from conformance.checks.call import ApiCall, MarkedText
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


def echo(
    claim: str, arguments: dict[str, Json], meta: dict[str, Json], status: int = 200
) -> list[str]:
    """Return what the watch says of one list answer."""
    call = ApiCall(operation="listBooks", arguments=arguments)
    return evaluate_in_exchange(
        f"listBooks/{claim}/echo", build_exchange("any", status, {"meta": meta}, call)
    )


@pytest.mark.parametrize("name", ["page", "size", "sort", "field", "glob", "shelf"])
def test_honest_echo_holds(name: str) -> None:
    """An answer that repeats what was sent keeps the promise."""
    for label in map_scenarios(f"listBooks/{name}/echo"):
        found = evaluate(
            f"listBooks/{name}/echo", execute_on_honest_server(f"listBooks/{name}/echo", label)
        )
        assert [one for one in found if one.startswith("failed")] == []


@pytest.mark.parametrize(
    ("claim", "sent", "found", "expected"),
    [
        ("size", 5, 5, "passed"),
        ("size", 5, "5", "passed"),
        ("size", 5, 6, "failed: size was 5 and the answer says 6 at /meta/size"),
        ("sort", "title", "title", "passed"),
        (
            "sort",
            "title",
            "Title",
            "failed: sort was 'title' and the answer says 'Title' at /meta/sort",
        ),
        ("glob", "a*", "a", "failed: glob was 'a*' and the answer says 'a' at /meta/glob"),
        (
            "shelf",
            "aaaaaa",
            "bbbbbb",
            "failed: shelf was 'aaaaaa' and the answer says 'bbbbbb' at /meta/shelf",
        ),
        ("shelf", "aaaaaa", "aaaaaa", "passed"),
        ("page", 0, 0, "passed"),
        ("page", 0, 1, "failed: page was 0 and the answer says 1 at /meta/page"),
    ],
)
def test_sent_and_found(claim: str, sent: Json, found: Json, expected: str) -> None:
    """What is repeated is what was sent, however numbers are written."""
    assert [expected] == echo(claim, {claim: sent}, {claim: found})


def test_default_is_repeated() -> None:
    """Nothing sent, the default is repeated."""
    assert echo("size", {}, {"size": 20}) == ["passed"]
    assert echo("size", {}, {"size": 10}) == [
        "failed: size was 20 and the answer says 10 at /meta/size"
    ]


def test_nothing_sent_and_no_default() -> None:
    """Without a value or a default, nothing is said."""
    assert echo("glob", {}, {"glob": "x"}) == []


def test_blank_is_left_alone() -> None:
    """What repeats a blank is open."""
    assert echo("glob", {"glob": ""}, {"glob": "x"}) == []


@pytest.mark.parametrize(
    ("claim", "sent"), [("size", 0), ("size", "no-such-value"), ("sort", "no-such-value")]
)
def test_invalid_value_is_left_alone(claim: str, sent: Json) -> None:
    """What repeats a value outside the schema is open."""
    assert echo(claim, {claim: sent}, {claim: "x"}) == []


def test_invalid_header_is_left_alone() -> None:
    """A value outside the schema may be sent as a header too; one in the path is heard whatever it
    is.
    """
    contract = build_toy_variant(("{name: sort, in: query,", "{name: sort, in: header,"))
    for sent, expected in (
        ("no-such-value", []),
        ("title", ["failed: sort was 'title' and the answer says 'x' at /meta/sort"]),
    ):
        exchange = build_exchange(
            "any",
            200,
            {"meta": {"sort": "x"}},
            ApiCall(operation="listBooks", arguments={"sort": sent}),
        )
        assert expected == evaluate_in_exchange("listBooks/sort/echo", exchange, contract)
    assert echo("shelf", {"shelf": "no shelf"}, {"shelf": "x"}) == [
        "failed: shelf was 'no shelf' and the answer says 'x' at /meta/shelf"
    ]


def test_silent_answer_decides_nothing() -> None:
    """An answer that repeats nothing shows nothing."""
    assert echo("size", {"size": 5}, {}) == [
        "inconclusive: GET http://toy → 200 holds nothing at /meta/size"
    ]


@pytest.mark.parametrize("status", [400, 500, 301])
def test_failures_are_left_alone(status: int) -> None:
    """Only successful answers repeat anything."""
    assert echo("size", {"size": 5}, {"size": 6}, status) == []


def test_overridden_parameter_is_left_alone() -> None:
    """Beside the parameter that overrides it, what repeats it is open; others are heard."""
    assert echo("glob", {"glob": "a", "q": {}}, {"glob": "b"}) == []
    assert echo("sort", {"sort": "title", "q": {}}, {"sort": "x"}) == [
        "failed: sort was 'title' and the answer says 'x' at /meta/sort"
    ]
    assert echo("glob", {"glob": "a"}, {"glob": "b"}) == [
        "failed: glob was 'a' and the answer says 'b' at /meta/glob"
    ]


def test_every_exchange_of_the_run_is_heard() -> None:
    """Answers to this operation are heard, those to others and those that never came are not."""
    claim = "listBooks/size/echo"
    assert (
        evaluate_in_exchange(
            claim, build_exchange("any", 200, {"meta": {"size": 1}}, ApiCall(operation="readBook"))
        )
        == []
    )
    assert evaluate_in_exchange(claim, build_exchange("any", None)) == []


def test_failed_list_is_told() -> None:
    """A script whose list failed says so."""
    assert evaluate("listBooks/size/echo", build_trace(build_exchange("listed", 500))) == [
        "inconclusive: GET http://toy → 500"
    ]


def test_broken_echo_is_judged_in_the_script() -> None:
    """The judge hears the exchanges of its own script."""
    found = build_trace(
        build_exchange(
            "listed",
            200,
            {"meta": {"size": 3}},
            ApiCall(operation="listBooks", arguments={"size": 5}),
        )
    )
    assert evaluate("listBooks/size/echo", found) == [
        "failed: size was 5 and the answer says 3 at /meta/size"
    ]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("size", [{}, {"size": 3}, {"size": 20}]),
        ("page", [{}, {"page": 0, "size": 1}, {"page": 1, "size": 1}]),
        ("sort", [{}, {"sort": "title"}, {"sort": "created"}]),
        ("field", [{}, {"field": "title", "glob": MarkedText("{m}*")}]),
        (
            "glob",
            [
                {},
                {"glob": MarkedText("{m}*"), "field": "title"},
                {"glob": MarkedText("{m}-é a"), "field": "title"},
            ],
        ),
        ("shelf", [{}]),
    ],
)
def test_plan(claim: str, expected: list[dict[str, Json]]) -> None:
    """Each parameter is left out once and then sent, with what it needs beside it."""
    found = map_scenarios(f"listBooks/{claim}/echo").values()
    assert expected == [dict(script.steps[0].call.arguments) for script in found]
    assert [["listed: listBooks"]] * len(found) == [describe_steps(script) for script in found]


def test_plan_takes_examples_where_there_is_no_enum() -> None:
    """Without an enum, the documented examples are sent."""
    contract = build_toy_variant(
        (
            "{name: way, in: query, schema: {type: string, enum: [up, down], default: up}}",
            "{name: way, in: query, schema: {type: string}, example: up}",
        ),
        ("/meta/shelf: shelf}", "/meta/shelf: shelf, /meta/way: way}"),
    )
    assert [
        dict(script.steps[0].call.arguments)
        for script in map_scenarios("listBooks/way/echo", contract).values()
    ] == [{}, {"way": "up"}]
