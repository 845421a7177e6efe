"""Judging which bodies are taken and which are refused."""

from __future__ import annotations

import pytest

from conformance.checks.body_templates import make_stand_in_for_placeholder
from conformance.checks.call import FixtureValue, MarkedText, fill_placeholders
from conformance.checks.request_bodies import _make_distinct_ids
from conformance.contract import schema as schemas
from conformance.contract.json import Json
from conformance.contract.mark import SAMPLE_MARK
from conformance.contract.pointer import MISSING
from conformance.values.valid import ValueMaker

from .toy import (
    build_context,
    build_toy_contract,
    build_toy_variant,
    build_trace,
    describe_steps,
    evaluate,
    execute_on_honest_server,
    map_scenarios,
    with_lost_response,
    with_response,
)
from .toy import build_exchange as exchange_of

EXAMPLE, BOUND = "createBook/body/example/page", "createBook/body/title/accepts/maxLength"
REFUSES = "createBook/body/title/refuses/maxLength"
BOUNDED, IN_CHARACTERS = "bound", "bound in characters"


def sent(claim: str) -> list[Json]:
    """Return the bodies that the scripts of a claim send."""
    return [script.steps[-1].call.body for script in map_scenarios(claim).values()]


def broken(body: Json) -> set[str]:
    """Return the schema keywords that a body, its placeholders stood in for, breaks."""
    found = schemas.compile_validator(
        build_toy_contract().document, {"$ref": "#/components/schemas/Body"}
    ).find_violations(fill_placeholders(body, make_stand_in_for_placeholder))
    return {one.keyword for one in found}


@pytest.mark.parametrize("claim", [EXAMPLE, BOUND])
@pytest.mark.parametrize(
    ("status", "word"),
    [
        (201, "passed"),
        (200, "failed"),
        (400, "failed"),
        (413, "failed"),
        (500, "failed"),
        (401, "inconclusive"),
        (429, "inconclusive"),
    ],
)
def test_documented_body(claim: str, status: int, word: str) -> None:
    """A body that must be taken is: a refusal breaks the promise, unless it is about something
    else.
    """
    assert [word] == [
        one.partition(":")[0]
        for one in evaluate(claim, with_response(execute_on_honest_server(claim), "call", status))
    ]


@pytest.mark.parametrize(
    "claim", [REFUSES, "createBook/body/refuses/json", "createBook/body/title/refuses/required"]
)
@pytest.mark.parametrize(
    ("status", "word"),
    [
        (400, "passed"),
        (201, "failed"),
        (422, "failed"),
        (404, "failed"),
        (500, "failed"),
        (403, "inconclusive"),
        (503, "inconclusive"),
    ],
)
def test_refused_body(claim: str, status: int, word: str) -> None:
    """A body that must be refused is, with the documented status."""
    assert [word] == [
        one.partition(":")[0]
        for one in evaluate(claim, with_response(execute_on_honest_server(claim), "call", status))
    ]


@pytest.mark.parametrize(
    ("claim", "what"),
    [
        (REFUSES, "a body with title that breaks maxLength"),
        ("createBook/body/refuses/json", "a body that is not JSON"),
        ("createBook/body/refuses/type", "a body with type"),
        ("createBook/body/title/refuses/required", "a body with title that breaks required"),
    ],
)
def test_message_names_what_was_wrong(claim: str, what: str) -> None:
    """The message says what should have been refused, and with what."""
    assert [f"failed: {what} is answered with 201 instead of being refused with 400"] == evaluate(
        claim, with_response(execute_on_honest_server(claim), "call", 201)
    )


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (404, "inconclusive"),
        (422, "inconclusive"),
        (400, "passed"),
        (201, "failed"),
        (500, "failed"),
    ],
)
def test_made_up_ids_excuse_another_refusal(status: int, word: str) -> None:
    """Where ids were made up, a refusal of another kind may be about them."""
    found = build_trace(exchange_of("call", status), missing_fixtures=frozenset({"authors"}))
    assert [word] == [one.partition(":")[0] for one in evaluate(REFUSES, found)]


def test_silence_decides_nothing() -> None:
    """No answer decides nothing."""
    assert evaluate(REFUSES, with_lost_response(execute_on_honest_server(REFUSES), "call"))[
        0
    ].startswith("inconclusive")


def test_example_is_sent_under_our_mark() -> None:
    """The example goes out with our mark in its name and the target's ids for its references; else
    as it stands.
    """
    expected = {
        "title": MarkedText("{m} Dune", unmarked="Dune"),
        "authors": [FixtureValue("authors", 0, "0101"), FixtureValue("authors", 1, "0202")],
        "rare": False,
        "sequel": FixtureValue("sequel", 0, "0303"),
    }
    assert [expected] == sent(EXAMPLE)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("title/accepts/maxLength", {"title": MarkedText("{m}-", length=90)}),
        ("title/accepts/minLength", {"title": "é"}),
        ("note/accepts/maxLength", {"note": "é" * 200}),
        ("pages/accepts/minimum", {"pages": 2}),
        ("pages/accepts/maximum", {"pages": 999}),
    ],
)
def test_bound(end: str, expected: dict[str, Json]) -> None:
    """The value is exactly at the bound, and the body valid otherwise; a name is tried in letters
    of one byte and of several.
    """
    body, *others = sent(f"createBook/body/{end}")
    assert (
        [{**body, "title": MarkedText("{m}-", length=90, padding="é")}]
        if end == "title/accepts/maxLength"
        else []
    ) == others
    assert [set()] * len(others) == [broken(other) for other in others]
    assert expected == {name: body[name] for name in expected}
    assert set() == broken(body)


def test_bound_of_references() -> None:
    """A list of ids at its bound holds that many different fixtures."""
    (body,) = sent("createBook/body/authors/accepts/maxItems")
    assert [(one.name, one.index) for one in body["authors"]] == [
        ("authors", number) for number in range(5)
    ]
    assert len({one.fallback for one in body["authors"]}) == 5
    assert set() == broken(body)


def test_bound_of_other_lists() -> None:
    """A list that holds no ids is filled with plain values."""
    contract = build_toy_variant(
        (
            "        tags: {type: object,",
            (
                "        notes: {type: array, maxItems: 3, items: {type: integer}, x-source:"
                " {maxItems: X}}\n        tags: {type: object,"
            ),
        )
    )
    (script,) = map_scenarios("createBook/body/notes/accepts/maxItems", contract).values()
    assert [int, int, int] == [type(one) for one in script.steps[-1].call.body["notes"]]


@pytest.mark.parametrize(
    ("schema", "count"),
    [
        ({"type": "integer", "minimum": 1}, 5),
        ({"type": "string", "pattern": "^[0-9a-f]{24}$"}, 300),
    ],
)
def test_many_ids_differ(schema: Json, count: int) -> None:
    """As many different ids as are asked for, each valid."""
    found = _make_distinct_ids(ValueMaker({}, {"type": "array", "items": schema}), schema, count)
    assert (count, count) == (len(found), len(set(found)))
    assert [one for one in found if not schemas.compile_validator({}, schema).is_valid(one)] == []


@pytest.mark.parametrize(
    ("end", "exclusive"),
    [
        ("title/accepts/minLength", True),
        ("title/accepts/maxLength", False),
        ("note/accepts/maxLength", False),
        ("pages/accepts/minimum", False),
    ],
)
def test_unmarked_things_are_exclusive(end: str, exclusive: bool) -> None:
    """What cannot carry the mark is only made where nobody else is."""
    assert {exclusive} == {
        script.exclusive for script in map_scenarios(f"createBook/body/{end}").values()
    }


@pytest.mark.parametrize("bound", [24, 90])
def test_longest_names_carry_the_mark(bound: int) -> None:
    """The mark is in a name as long as the field allows, also where that is just enough for a mark
    and a few letters.
    """
    contract = build_toy_variant(("maxLength: 90", f"maxLength: {bound}"))
    found = map_scenarios(BOUND, contract)
    assert [BOUNDED, IN_CHARACTERS] == list(found)
    for script in found.values():
        assert (True, False) == (
            isinstance(script.steps[-1].call.body["title"], MarkedText),
            script.exclusive,
        )


def test_bound_in_characters() -> None:
    """A bound counts characters: as many letters of two bytes as of one are taken; a run that draws
    no examples sends those of one byte only.
    """
    found = {
        label: script.steps[-1].call.body["title"].render(SAMPLE_MARK)
        for label, script in map_scenarios(BOUND).items()
    }
    assert [BOUNDED, IN_CHARACTERS] == list(found)
    assert [90, 90] == [len(text) for text in found.values()]
    assert [(90, f"{SAMPLE_MARK}-"), (90 + 90 - len(SAMPLE_MARK) - 1, f"{SAMPLE_MARK}-")] == [
        (len(text.encode()), text.rstrip("xé")) for text in found.values()
    ]
    assert [BOUNDED] == list(map_scenarios(BOUND, examples=0))
    for label in found:
        assert evaluate(BOUND, execute_on_honest_server(BOUND, label)) == ["passed"]
        assert evaluate(BOUND, with_response(execute_on_honest_server(BOUND, label), "call", 400))[
            0
        ].startswith("failed")


@pytest.mark.parametrize(
    ("end", "keywords"),
    [
        ("title/refuses/type", {"type"}),
        ("title/refuses/minLength", {"minLength"}),
        ("title/refuses/maxLength", {"maxLength"}),
        ("note/refuses/type", {"type"}),
        ("note/refuses/maxLength", {"maxLength"}),
        ("pages/refuses/minimum", {"minimum"}),
        ("pages/refuses/maximum", {"maximum"}),
        ("rare/refuses/type", {"type"}),
        ("authors/refuses/type", {"type"}),
        ("authors/refuses/maxItems", {"maxItems"}),
        ("authors/refuses/items", {"pattern"}),
        ("sequel/refuses/pattern", {"pattern"}),
        ("tags/refuses/additionalProperties", {"additionalProperties"}),
        ("refuses/additionalProperties", {"additionalProperties"}),
        ("refuses/type", {"type"}),
        ("refuses/if", {"minItems"}),
        ("title/refuses/required", {"required"}),
    ],
)
def test_only_the_keyword_is_broken(end: str, keywords: set[str]) -> None:
    """Each refused body breaks the keyword of its claim and no other."""
    found = sent(f"createBook/body/{end}")
    assert found
    assert [keywords] * len(found) == [broken(body) for body in found]


def test_one_too_many() -> None:
    """A value beyond a bound is one beyond it."""
    assert [body["title"].length for body in sent(REFUSES)] == [91]
    assert {len(body["note"]) for body in sent("createBook/body/note/refuses/maxLength")} == {201}
    assert {len(body["authors"]) for body in sent("createBook/body/authors/refuses/maxItems")} == {
        6
    }
    assert [body["pages"] for body in sent("createBook/body/pages/refuses/minimum")] == [1]
    assert [body["pages"] for body in sent("createBook/body/pages/refuses/maximum")] == [1000]


def test_texts_that_are_no_json() -> None:
    """A body that is no JSON is sent as text, in two ways."""
    calls = [
        script.steps[-1].call for script in map_scenarios("createBook/body/refuses/json").values()
    ]
    assert [(call.text, call.body) for call in calls] == [
        ('{"{m}-x', MISSING),
        ("{m}-this is not JSON", MISSING),
    ]


def test_broken_condition_meets_its_if() -> None:
    """A body that breaks a condition's consequence meets the condition."""
    (body,) = sent("createBook/body/refuses/if")
    assert (body["rare"], body["authors"]) == (True, [])


def test_missing_property_is_the_only_fault() -> None:
    """A body that lacks a property would be valid with it."""
    for body in sent("createBook/body/title/refuses/required"):
        assert set() == broken({**body, "title": "x"})


def test_missing_property_is_tried_in_two_bodies() -> None:
    """Where several bodies lack only that, two are sent, the one with the fewest ids first."""
    contract = build_toy_variant(
        (
            "      required: [title]\n      additionalProperties: false",
            "      required: [title, rare, authors]\n      additionalProperties: false",
        )
    )
    bodies = [
        script.steps[-1].call.body
        for script in map_scenarios("createBook/body/rare/refuses/required", contract).values()
    ]
    assert [(["title", "authors"], 0), (["title", "authors"], 2)] == [
        (list(body), len(body["authors"])) for body in bodies
    ]


def test_item_operations_make_their_item() -> None:
    """A body for an existing item is sent to one that was made."""
    for script in map_scenarios("replaceBook/body/refuses/type").values():
        assert describe_steps(script) == ["made: createBook", "call: replaceBook"]


def test_bodies_of_another_operation() -> None:
    """The bodies of each operation are those of its own schema."""
    assert tuple(
        build_context("createBook/answers").get_body_builder(id).required
        for id in ("createBook", "changeBook")
    ) == (("title",), ())
