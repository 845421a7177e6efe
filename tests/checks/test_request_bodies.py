"""Tests of the checks on request bodies that must be accepted or refused."""

from __future__ import annotations

import pytest

from conformance.checks.body_templates import make_stand_in_for_placeholder
from conformance.checks.call import FixtureValue, TextWithRunMark, fill_placeholders
from conformance.checks.request_bodies import _make_distinct_ids
from conformance.contract.json import Json
from conformance.contract.mark import SAMPLE_MARK
from conformance.contract.pointer import MISSING
from conformance.contract.schema import Schema
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
from .toy import build_exchange as build_response_exchange

EXAMPLE, ACCEPTS_MAX_LENGTH = (
    "createBook/body/example/page",
    "createBook/body/title/accepts/maxLength",
)
REFUSES_MAX_LENGTH = "createBook/body/title/refuses/maxLength"
AT_BOUND, AT_BOUND_IN_CHARACTERS = "bound", "bound in characters"


def list_sent_bodies(claim: str) -> list[Json]:
    """Return the bodies that the scenarios of a claim send."""
    return [scenario.steps[-1].call.body for scenario in map_scenarios(claim).values()]


def list_violated_keywords(body: Json) -> set[str]:
    """Return the schema keywords that a body violates once its placeholders are filled."""
    schema = build_toy_contract().get_schema({"$ref": "#/components/schemas/Body"})
    violations = schema.compile().find_violations(
        fill_placeholders(body, make_stand_in_for_placeholder)
    )
    return {violation.keyword for violation in violations}


@pytest.mark.parametrize("claim", [EXAMPLE, ACCEPTS_MAX_LENGTH])
@pytest.mark.parametrize(
    ("status", "outcome"),
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
def test_body_that_must_be_accepted(claim: str, status: int, outcome: str) -> None:
    """The refusal of a body that must be accepted breaks the promise, unless the status has another
    cause.
    """
    assert [outcome] == [
        observation.partition(":")[0]
        for observation in evaluate(
            claim, with_response(execute_on_honest_server(claim), "call", status)
        )
    ]


@pytest.mark.parametrize(
    "claim",
    [REFUSES_MAX_LENGTH, "createBook/body/refuses/json", "createBook/body/title/refuses/required"],
)
@pytest.mark.parametrize(
    ("status", "outcome"),
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
def test_body_that_must_be_refused(claim: str, status: int, outcome: str) -> None:
    """A body that must be refused gets the documented status."""
    assert [outcome] == [
        observation.partition(":")[0]
        for observation in evaluate(
            claim, with_response(execute_on_honest_server(claim), "call", status)
        )
    ]


@pytest.mark.parametrize(
    ("claim", "description"),
    [
        (REFUSES_MAX_LENGTH, "a body with title that breaks maxLength"),
        ("createBook/body/refuses/json", "a body that is not JSON"),
        ("createBook/body/refuses/type", "a body with type"),
        ("createBook/body/title/refuses/required", "a body with title that breaks required"),
    ],
)
def test_message_names_the_invalid_body(claim: str, description: str) -> None:
    """The message names the body that should have been refused and the expected status."""
    assert [
        f"failed: {description} is answered with 201 instead of being refused with 400"
    ] == evaluate(claim, with_response(execute_on_honest_server(claim), "call", 201))


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (404, "inconclusive"),
        (422, "inconclusive"),
        (400, "passed"),
        (201, "failed"),
        (500, "failed"),
    ],
)
def test_refusal_with_missing_fixtures(status: int, outcome: str) -> None:
    """Without fixtures the ids are generated, so another refusal may be about them."""
    trace = build_trace(
        build_response_exchange("call", status), missing_fixtures=frozenset({"authors"})
    )
    assert [outcome] == [
        observation.partition(":")[0] for observation in evaluate(REFUSES_MAX_LENGTH, trace)
    ]


def test_lost_response_is_inconclusive() -> None:
    """A lost response is inconclusive."""
    assert evaluate(
        REFUSES_MAX_LENGTH, with_lost_response(execute_on_honest_server(REFUSES_MAX_LENGTH), "call")
    )[0].startswith("inconclusive")


def test_example_is_sent_with_the_mark() -> None:
    """The example is sent with the mark in its name and with fixtures of the target as references.
    The rest is unchanged.
    """
    expected = {
        "title": TextWithRunMark("{m} Dune", unmarked="Dune"),
        "authors": [FixtureValue("authors", 0, "0101"), FixtureValue("authors", 1, "0202")],
        "rare": False,
        "sequel": FixtureValue("sequel", 0, "0303"),
    }
    assert [expected] == list_sent_bodies(EXAMPLE)


@pytest.mark.parametrize(
    ("claim_suffix", "expected"),
    [
        ("title/accepts/maxLength", {"title": TextWithRunMark("{m}-", length=90)}),
        ("title/accepts/minLength", {"title": "é"}),
        ("note/accepts/maxLength", {"note": "é" * 200}),
        ("pages/accepts/minimum", {"pages": 2}),
        ("pages/accepts/maximum", {"pages": 999}),
    ],
)
def test_value_at_the_bound(claim_suffix: str, expected: dict[str, Json]) -> None:
    """The value is exactly at the bound and the rest of the body is valid. A name is sent in
    one-byte letters and in multibyte letters.
    """
    body, *other_bodies = list_sent_bodies(f"createBook/body/{claim_suffix}")
    assert (
        [{**body, "title": TextWithRunMark("{m}-", length=90, padding="é")}]
        if claim_suffix == "title/accepts/maxLength"
        else []
    ) == other_bodies
    assert [set()] * len(other_bodies) == [
        list_violated_keywords(other_body) for other_body in other_bodies
    ]
    assert expected == {name: body[name] for name in expected}
    assert set() == list_violated_keywords(body)


def test_reference_list_at_the_bound() -> None:
    """A list of ids at its bound holds that many different fixtures."""
    (body,) = list_sent_bodies("createBook/body/authors/accepts/maxItems")
    assert [(fixture.name, fixture.index) for fixture in body["authors"]] == [
        ("authors", number) for number in range(5)
    ]
    assert len({fixture.fallback for fixture in body["authors"]}) == 5
    assert set() == list_violated_keywords(body)


def test_plain_list_at_the_bound() -> None:
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
    (scenario,) = map_scenarios("createBook/body/notes/accepts/maxItems", contract).values()
    assert [int, int, int] == [type(value) for value in scenario.steps[-1].call.body["notes"]]


@pytest.mark.parametrize(
    ("schema", "count"),
    [
        ({"type": "integer", "minimum": 1}, 5),
        ({"type": "string", "pattern": "^[0-9a-f]{24}$"}, 300),
    ],
)
def test_distinct_ids(schema: Json, count: int) -> None:
    """The ids are valid and different, as many as requested."""
    ids = _make_distinct_ids(ValueMaker(Schema({}, {"type": "array", "items": schema})), count)
    assert (count, count) == (len(ids), len(set(ids)))
    assert [id for id in ids if not Schema({}, schema).is_valid(id)] == []


@pytest.mark.parametrize(
    ("claim_suffix", "exclusive"),
    [
        ("title/accepts/minLength", True),
        ("title/accepts/maxLength", False),
        ("note/accepts/maxLength", False),
        ("pages/accepts/minimum", False),
    ],
)
def test_items_without_the_mark_need_an_exclusive_target(
    claim_suffix: str, exclusive: bool
) -> None:
    """An item that cannot carry the mark is only created on an exclusive target."""
    assert {exclusive} == {
        scenario.exclusive for scenario in map_scenarios(f"createBook/body/{claim_suffix}").values()
    }


@pytest.mark.parametrize("max_length", [24, 90])
def test_longest_names_carry_the_mark(max_length: int) -> None:
    """A name of the maximum length carries the mark, even if the maximum leaves room for only a few
    more letters.
    """
    contract = build_toy_variant(("maxLength: 90", f"maxLength: {max_length}"))
    scenarios = map_scenarios(ACCEPTS_MAX_LENGTH, contract)
    assert [AT_BOUND, AT_BOUND_IN_CHARACTERS] == list(scenarios)
    for scenario in scenarios.values():
        assert (True, False) == (
            isinstance(scenario.steps[-1].call.body["title"], TextWithRunMark),
            scenario.exclusive,
        )


def test_bound_in_characters() -> None:
    """A bound counts characters: two-byte letters are accepted in the same number as one-byte
    letters. A run without generated examples sends one-byte letters only.
    """
    texts = {
        label: scenario.steps[-1].call.body["title"].render(SAMPLE_MARK)
        for label, scenario in map_scenarios(ACCEPTS_MAX_LENGTH).items()
    }
    assert [AT_BOUND, AT_BOUND_IN_CHARACTERS] == list(texts)
    assert [90, 90] == [len(text) for text in texts.values()]
    assert [(90, f"{SAMPLE_MARK}-"), (90 + 90 - len(SAMPLE_MARK) - 1, f"{SAMPLE_MARK}-")] == [
        (len(text.encode()), text.rstrip("xé")) for text in texts.values()
    ]
    assert [AT_BOUND] == list(map_scenarios(ACCEPTS_MAX_LENGTH, examples=0))
    for label in texts:
        assert evaluate(
            ACCEPTS_MAX_LENGTH, execute_on_honest_server(ACCEPTS_MAX_LENGTH, label)
        ) == ["passed"]
        assert evaluate(
            ACCEPTS_MAX_LENGTH,
            with_response(execute_on_honest_server(ACCEPTS_MAX_LENGTH, label), "call", 400),
        )[0].startswith("failed")


@pytest.mark.parametrize(
    ("claim_suffix", "keywords"),
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
def test_invalid_body_violates_only_the_keyword(claim_suffix: str, keywords: set[str]) -> None:
    """Each invalid body violates the keyword of its claim and no other."""
    bodies = list_sent_bodies(f"createBook/body/{claim_suffix}")
    assert bodies
    assert [keywords] * len(bodies) == [list_violated_keywords(body) for body in bodies]


def test_invalid_value_is_one_beyond_the_bound() -> None:
    """An invalid value is exactly one beyond its bound."""
    assert [body["title"].length for body in list_sent_bodies(REFUSES_MAX_LENGTH)] == [91]
    assert {
        len(body["note"]) for body in list_sent_bodies("createBook/body/note/refuses/maxLength")
    } == {201}
    assert {
        len(body["authors"])
        for body in list_sent_bodies("createBook/body/authors/refuses/maxItems")
    } == {6}
    assert [
        body["pages"] for body in list_sent_bodies("createBook/body/pages/refuses/minimum")
    ] == [1]
    assert [
        body["pages"] for body in list_sent_bodies("createBook/body/pages/refuses/maximum")
    ] == [1000]


def test_texts_that_are_not_json() -> None:
    """A body that is not JSON is sent as two different texts."""
    calls = [
        scenario.steps[-1].call
        for scenario in map_scenarios("createBook/body/refuses/json").values()
    ]
    assert [(call.text, call.body) for call in calls] == [
        ('{"{m}-x', MISSING),
        ("{m}-this is not JSON", MISSING),
    ]


def test_body_that_violates_then_satisfies_if() -> None:
    """A body that violates the consequence of a condition satisfies the condition."""
    (body,) = list_sent_bodies("createBook/body/refuses/if")
    assert (body["rare"], body["authors"]) == (True, [])


def test_missing_property_is_the_only_violation() -> None:
    """A body that lacks a property would be valid with it."""
    for body in list_sent_bodies("createBook/body/title/refuses/required"):
        assert set() == list_violated_keywords({**body, "title": "x"})


def test_missing_property_is_sent_in_two_bodies() -> None:
    """If several bodies lack only that property, two are sent. The body with the fewest ids comes
    first.
    """
    contract = build_toy_variant(
        (
            "      required: [title]\n      additionalProperties: false",
            "      required: [title, rare, authors]\n      additionalProperties: false",
        )
    )
    bodies = [
        scenario.steps[-1].call.body
        for scenario in map_scenarios("createBook/body/rare/refuses/required", contract).values()
    ]
    assert [(["title", "authors"], 0), (["title", "authors"], 2)] == [
        (list(body), len(body["authors"])) for body in bodies
    ]


def test_item_operations_create_their_item() -> None:
    """A body for an existing item is sent to an item that the scenario created."""
    for scenario in map_scenarios("replaceBook/body/refuses/type").values():
        assert describe_steps(scenario) == ["made: createBook", "call: replaceBook"]


def test_body_builder_uses_the_schema_of_its_operation() -> None:
    """The bodies of each operation follow the schema of that operation."""
    assert tuple(
        build_context("createBook/answers").get_body_builder(id).required
        for id in ("createBook", "changeBook")
    ) == (("title",), ())
