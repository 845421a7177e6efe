"""Judging what an operation leaves alone, and a refused request."""

from __future__ import annotations

import json
from dataclasses import replace

import httpx
import pytest

from conformance.checks.call import EarlierResponseValue, MarkedText
from conformance.checks.item import build_full_body_with_references
from conformance.checks.side_effects import LIFECYCLE_ITEMS
from conformance.contract.json import Json
from conformance.embedded import create_embedded_target
from conformance.suite import plan as plans
from conformance.suite.events import ClaimDecided, Verdict
from conformance.suite.run import run_plan

from .toy import (
    Server,
    build_context,
    build_toy_contract,
    build_toy_variant,
    describe_steps,
    drop_fields,
    evaluate,
    execute_on_honest_server,
    execute_on_server,
    get_outcomes,
    list_evidence,
    map_scenarios,
    set_fields,
    with_listed_items,
    with_missing_fixtures,
    with_response,
    with_skipped_step,
)

FIELDS, NEIGHBORS = "lendBook/fields-untouched", "lendBook/neighbors-untouched"

# An edition whose updates can say the state that a switch is about.
RARE = "        rare: {type: boolean, x-refused: [type]}\n"
STATED = build_toy_variant((RARE, f"{RARE}        lent: {{type: boolean}}\n"))


class TestUntouched:
    @pytest.mark.parametrize("name", ["title", "id", "shelf", "bookId"])
    def test_other_fields_stay(self, name: str) -> None:
        """A field that the operation is not about stays as it was."""
        old = execute_on_honest_server(FIELDS)["middle before"].json[name]
        assert [f"failed: {name} was {old!r} and is 'x' afterwards"] == evaluate(
            FIELDS,
            with_response(
                execute_on_honest_server(FIELDS), "middle after", edit=set_fields(**{name: "x"})
            ),
        )

    @pytest.mark.parametrize("text", ["The Tower", "2026-1", "TTTT-", "2026+T"])
    def test_texts_are_no_dates(self, text: str) -> None:
        """A text that only looks a little like a date stays as it was."""
        both = with_response(
            with_response(
                execute_on_honest_server(FIELDS), "middle before", edit=set_fields(title=text)
            ),
            "middle after",
            edit=set_fields(title="x"),
        )
        expected = (
            "passed" if text == "TTTT-" else f"failed: title was {text!r} and is 'x' afterwards"
        )
        assert [expected] == evaluate(FIELDS, both)

    def test_own_field_and_dates_may_change(self) -> None:
        """The switched field and dates may change."""
        assert evaluate(
            FIELDS,
            with_response(
                execute_on_honest_server(FIELDS),
                "middle after",
                edit=set_fields(lent="x", touched="2030-01-01T00:00:00.000Z"),
            ),
        ) == ["passed"]

    def test_sent_fields_may_change(self) -> None:
        """The fields that the request names may change, and only those."""
        claim = "replaceBook/fields-untouched"
        assert {"title"} == set(execute_on_honest_server(claim)["call"].call.body)
        assert evaluate(
            claim,
            with_response(
                execute_on_honest_server(claim), "middle after", edit=set_fields(title="x")
            ),
        ) == ["passed"]
        assert get_outcomes(
            evaluate(
                claim,
                with_response(
                    execute_on_honest_server(claim), "middle after", edit=set_fields(lent=True)
                ),
            )
        ) == ["failed"]

    def test_field_that_comes_or_goes_breaks(self) -> None:
        """A field that appears or disappears was touched."""
        assert [
            one.replace(
                repr(execute_on_honest_server(FIELDS)["middle before"].json["bookId"]), "'00003dde'"
            )
            for one in evaluate(
                FIELDS,
                with_response(
                    execute_on_honest_server(FIELDS), "middle after", edit=drop_fields("bookId")
                ),
            )
        ] == ["failed: bookId was '00003dde' and is None afterwards"]
        assert evaluate(
            FIELDS,
            with_response(execute_on_honest_server(FIELDS), "middle after", edit=set_fields(new=1)),
        ) == ["failed: new was None and is 1 afterwards"]

    @pytest.mark.parametrize("note", ["a", "2026-01-01T00:00:00.000Z"])
    def test_open_fields_may_change(self, note: str) -> None:
        """A field that the documents leave open may change, whether it was open before or is now,
        and a date as well.
        """
        for step in ("middle before", "middle after"):
            both = with_response(
                with_response(
                    execute_on_honest_server(FIELDS),
                    "middle before",
                    edit=set_fields(note=note, pages=1),
                ),
                "middle after",
                edit=set_fields(note="b", pages=1),
            )
            if note != "a":
                both = with_response(both, "middle after", edit=set_fields(lent=1, title="x"))
            assert get_outcomes(evaluate(FIELDS, both)) == ["failed"]
            rare = with_response(both, step, edit=set_fields(rare=True))
            assert [one[:12] for one in evaluate(FIELDS, rare)] == ["failed: rare"]

    @pytest.mark.parametrize("item", ["left", "right"])
    @pytest.mark.parametrize("name", ["title", "lent", "touched"])
    def test_neighbors_stay(self, item: str, name: str) -> None:
        """Nothing of another item changes, its state and dates neither."""
        old = execute_on_honest_server(NEIGHBORS)[f"{item} before"].json[name]
        found = evaluate(
            NEIGHBORS,
            with_response(
                execute_on_honest_server(NEIGHBORS), f"{item} after", edit=set_fields(**{name: "x"})
            ),
        )
        assert [f"failed: {name} of another item was {old!r} and is 'x' afterwards"] == found

    @pytest.mark.parametrize(
        ("claim", "step", "what"),
        [
            (FIELDS, "middle after", "the item"),
            (NEIGHBORS, "left after", "another item"),
            (NEIGHBORS, "right after", "another item"),
        ],
    )
    def test_vanishing_breaks(self, claim: str, step: str, what: str) -> None:
        """An item that can no longer be read was touched."""
        assert [f"failed: afterwards {what} cannot be read"] == evaluate(
            claim, with_response(execute_on_honest_server(claim), step, 404)
        )
        assert get_outcomes(
            evaluate(claim, with_response(execute_on_honest_server(claim), step, 500))
        ) == ["inconclusive"]

    @pytest.mark.parametrize("step", ["call", "left before"])
    def test_failed_step_decides_nothing(self, step: str) -> None:
        """Each step is needed."""
        assert get_outcomes(
            evaluate(NEIGHBORS, with_response(execute_on_honest_server(NEIGHBORS), step, 500))
        ) == ["inconclusive"]

    def test_failed_preparation_decides_nothing(self) -> None:
        """What was not prepared is not judged."""
        claim = "replaceBook/fields-untouched"
        assert get_outcomes(
            evaluate(
                claim,
                with_response(
                    execute_on_honest_server(claim, "switched lent"), "prepare middle lendBook", 500
                ),
            )
        ) == ["inconclusive"]

    def test_plan(self) -> None:
        """Of three things the middle one is acted on; all are looked at before and after, so that
        both claims have one script.
        """
        made = [f"{name}: createBook" for name in ("left", "middle", "right")]
        before, after = (
            [f"{name} {when}: readBook" for name in ("left", "middle", "right")]
            for when in ("before", "after")
        )
        assert [*made, *before, "call: lendBook", *after] == describe_steps(
            map_scenarios(FIELDS)["new"]
        )
        assert map_scenarios(FIELDS) == map_scenarios(NEIGHBORS)
        assert [
            EarlierResponseValue(name, "/id")
            for name in ("left", "middle", "right", "middle", "left", "middle", "right")
        ] == [step.call.arguments["book"] for step in map_scenarios(FIELDS)["new"].steps[3:]]
        prepared = [f"prepare {name} lendBook: lendBook" for name in ("left", "middle", "right")]
        assert [*made, *prepared, *before, "call: replaceBook", *after] == describe_steps(
            map_scenarios("replaceBook/fields-untouched")["switched lent"]
        )

    def test_plan_of_a_change(self) -> None:
        """A change is tried on items that hold more than it names."""
        labels = [
            label
            for label in map_scenarios("changeBook/fields-untouched")
            if not label.startswith("listed by")
        ]
        switched = [f"switched lent{how}" for how in ("", " namesakes", " whole")]
        assert ["new whole", *switched, "another field"] == labels

    @pytest.mark.parametrize(
        ("claim", "states"),
        [
            (FIELDS, ["new"]),
            (NEIGHBORS, ["new"]),
            ("returnBook/fields-untouched", ["switched"]),
            ("replaceBook/neighbors-untouched", ["new", "switched lent"]),
            ("changeBook/neighbors-untouched", ["new", "switched lent"]),
            ("deleteBook/neighbors-untouched", ["new", "switched lent"]),
        ],
    )
    def test_plan_of_more(self, claim: str, states: list[str]) -> None:
        """In each state the same is done to three of one name, and to three of which every field
        holds something.
        """
        found = {
            label: script
            for label, script in map_scenarios(claim).items()
            if not label.startswith("listed by")
        }
        assert [
            f"{state}{how}" for state in states for how in ("", " namesakes", " whole")
        ] == list(found)
        for state in states:
            plain, *others = (found[f"{state}{how}"] for how in ("", " namesakes", " whole"))
            assert [describe_steps(plain)] * 2 == [describe_steps(other) for other in others]
            assert [plain.steps[3:]] * 2 == [other.steps[3:] for other in others]

    @pytest.mark.parametrize("claim", [FIELDS, "replaceBook/neighbors-untouched"])
    def test_bodies_of_the_three(self, claim: str) -> None:
        """Three small things of three names, three of one name, and three whole ones of three
        names.
        """
        found = map_scenarios(claim)
        plain, namesakes, full = (
            [step.call.body for step in found[label].steps[:3]]
            for label in ("new", "new namesakes", "new whole")
        )
        assert [{"title": MarkedText(f"{{m}}-{name}")} for name in LIFECYCLE_ITEMS] == plain
        assert [{"title": MarkedText("{m}-namesake")}] * 3 == namesakes
        assert [
            build_full_body_with_references(build_context(claim), f"{{m}}-{name}")
            for name in LIFECYCLE_ITEMS
        ] == full

    @pytest.mark.parametrize("how", ["namesakes", "whole"])
    @pytest.mark.parametrize("item", ["left", "right"])
    @pytest.mark.parametrize("name", ["title", "lent", "touched"])
    def test_namesakes_and_whole_neighbors_stay(self, how: str, item: str, name: str) -> None:
        """What is done to one of several of one name, or of whole things, is done to that one
        alone.
        """
        found = execute_on_honest_server(NEIGHBORS, f"new {how}")
        old = found[f"{item} before"].json[name]
        expected = f"failed: {name} of another item was {old!r} and is 'x' afterwards"
        bad = with_response(found, f"{item} after", edit=set_fields(**{name: "x"}))
        assert [expected] == evaluate(NEIGHBORS, bad)
        assert [(bad[f"{item} before"], bad["call"], bad[f"{item} after"])] == list_evidence(
            NEIGHBORS, bad
        )

    @pytest.mark.parametrize("name", ["note", "pages", "rare", "tags", "authors"])
    def test_whole_things_keep_every_field(self, name: str) -> None:
        """Of a whole thing, no field that the operation is not about is lost, and none of its
        neighbors'.
        """
        for claim, item, of in ((FIELDS, "middle", ""), (NEIGHBORS, "left", "of another item ")):
            found = execute_on_honest_server(claim, "new whole")
            old = found[f"{item} before"].json[name]
            assert [f"failed: {name} {of}was {old!r} and is None afterwards"] == evaluate(
                claim, with_response(found, f"{item} after", edit=drop_fields(name))
            )

    @pytest.mark.parametrize(
        "claim", ["deleteBook/neighbors-untouched", "lendBook/neighbors-untouched"]
    )
    def test_namesake_that_vanishes_breaks(self, claim: str) -> None:
        """Deleting or switching one of three of one name leaves the others where they are."""
        found = execute_on_honest_server(claim, "new namesakes")
        assert evaluate(claim, with_response(found, "right after", 404)) == [
            "failed: afterwards another item cannot be read"
        ]
        assert [(found["left before"].json["title"], found["right before"].json["title"])] == [
            ("run-namesake", "run-namesake")
        ]

    @pytest.mark.parametrize("claim", [FIELDS, NEIGHBORS, "deleteBook/neighbors-untouched"])
    def test_refused_namesake_decides_nothing(self, claim: str) -> None:
        """A server may refuse a name that is taken: then nothing is judged."""
        server, names = Server(), list[Json]()

        def handle(request: httpx.Request) -> httpx.Response:
            name = json.loads(request.content).get("title") if request.content else None
            if name in names:
                return httpx.Response(409, json={"error": "taken", "ticket": "t"})
            names.extend([name] if name else [])
            return server.handle(request)

        assert get_outcomes(evaluate(claim, execute_on_server(claim, handle, "new namesakes"))) == [
            "inconclusive"
        ]

    @pytest.mark.parametrize(
        ("claim", "label"),
        [
            (f"{own}/fields-untouched", f"listed by lent{state}")
            for own in ("replaceBook", "changeBook")
            for state in ("", " new")
        ],
    )
    def test_plan_of_the_lists(self, claim: str, label: str) -> None:
        """What was switched on, or is new, and then updated is looked for in the list of each
        state.
        """
        own = claim.partition("/")[0]
        script = map_scenarios(claim)[label]
        prepared = [] if label.endswith(" new") else ["prepare lendBook: lendBook"]
        assert describe_steps(script) == [
            "middle: createBook",
            *prepared,
            f"call: {own}",
            "listed true: listBooks",
            "listed false: listBooks",
        ]
        assert [EarlierResponseValue("middle", "/id")] * (1 + len(prepared)) == [
            step.call.arguments["book"] for step in script.steps[1:-2]
        ]
        assert script.steps[-3].call.body == {"title": MarkedText("{m}-middle-updated")}

    def test_new_thing_is_judged_in_the_lists(self) -> None:
        """What was never switched on stays in the list of what is off when it is updated."""
        claim, label = "replaceBook/fields-untouched", "listed by lent new"
        found = execute_on_honest_server(claim, label)
        assert evaluate(claim, found) == ["passed"]
        assert evaluate(claim, with_listed_items(found, "listed true", [found["middle"].json])) == [
            "failed: afterwards the list of lent=true still holds the item"
        ]
        assert evaluate(claim, with_listed_items(found, "listed false", [])) == [
            "failed: afterwards the list of lent=false lacks the item"
        ]

    @pytest.mark.parametrize("label", ["listed by lent", "listed by lent new"])
    @pytest.mark.parametrize(
        ("value", "right", "wrong"), [(True, "true", "false"), (False, "false", "true")]
    )
    def test_update_that_sends_the_state(
        self, label: str, value: bool, right: str, wrong: str
    ) -> None:
        """An update that says the state puts the thing in the list of that state, whatever state it
        was in.
        """
        claim = "replaceBook/fields-untouched"
        found = execute_on_honest_server(claim, label)
        stated = replace(
            found["call"],
            call=replace(found["call"].call, body={**found["call"].call.body, "lent": value}),
        )
        found = replace(found, exchanges={**found.exchanges, "call": (stated,)})
        item = [found["middle"].json]
        kept = with_listed_items(
            with_listed_items(found, f"listed {right}", item), f"listed {wrong}", []
        )
        assert evaluate(claim, kept, STATED) == ["passed"]
        moved = with_listed_items(
            with_listed_items(found, f"listed {wrong}", item), f"listed {right}", []
        )
        assert get_outcomes(evaluate(claim, moved, STATED)) == ["failed"]

    @pytest.mark.parametrize("label", ["listed by lent", "listed by lent new"])
    def test_replacement_may_clear_the_state(self, label: str) -> None:
        """What a replacement could say of the state and does not, it may clear: then no list is the
        wrong one.
        """
        claim = "replaceBook/fields-untouched"
        found = execute_on_honest_server(claim, label)
        for states in (("true",), ("false",), ()):
            other = with_listed_items(
                found, "listed true", [found["middle"].json] if "true" in states else []
            )
            other = with_listed_items(
                other, "listed false", [found["middle"].json] if "false" in states else []
            )
            assert "failed" not in get_outcomes(evaluate(claim, other, STATED))

    def test_replacement_may_clear_what_it_does_not_send(self) -> None:
        """A field that a replacement could send and does not may be gone afterwards, one that it
        could not send may not; a change clears nothing.
        """
        claim, found = (
            "replaceBook/fields-untouched",
            execute_on_honest_server("replaceBook/fields-untouched", "new whole"),
        )
        assert found["middle before"].json["note"]
        assert evaluate(
            claim,
            with_response(found, "middle after", edit=drop_fields("note", "pages", "authors")),
        ) == ["passed"]
        assert get_outcomes(
            evaluate(claim, with_response(found, "middle after", edit=drop_fields("shelf")))
        ) == ["failed"]
        claim, found = (
            "changeBook/fields-untouched",
            execute_on_honest_server("changeBook/fields-untouched", "new whole"),
        )
        assert get_outcomes(
            evaluate(claim, with_response(found, "middle after", edit=drop_fields("note")))
        ) == ["failed"]

    @pytest.mark.parametrize(
        ("claim", "item"),
        [("lendBook/fields-untouched", "middle"), ("lendBook/neighbors-untouched", "left")],
    )
    def test_order_of_ids_is_open(self, claim: str, item: str) -> None:
        """Ids of other things are a set: in another order they are as before; one fewer are not."""
        found = execute_on_honest_server(claim, "new whole")
        turned = with_response(found, f"{item} before", edit=set_fields(authors=["0101", "0202"]))
        assert evaluate(
            claim, with_response(turned, f"{item} after", edit=set_fields(authors=["0202", "0101"]))
        ) == ["passed"]
        assert get_outcomes(
            evaluate(
                claim, with_response(turned, f"{item} after", edit=set_fields(authors=["0202"]))
            )
        ) == ["failed"]

    @pytest.mark.parametrize(
        ("claim", "item"),
        [("lendBook/fields-untouched", "middle"), ("lendBook/neighbors-untouched", "left")],
    )
    def test_made_up_ids_may_be_dropped(self, claim: str, item: str) -> None:
        """Ids that may not exist on the target may be dropped later; those that exist may not."""
        found = with_response(
            execute_on_honest_server(claim, "new whole"),
            f"{item} after",
            edit=set_fields(authors=[]),
        )
        assert get_outcomes(evaluate(claim, found)) == ["failed"]
        assert evaluate(claim, with_missing_fixtures(found, "authors")) == ["passed"]

    def test_open_field_of_a_neighbor_may_change(self) -> None:
        """A field that the documents leave open may differ in a neighbor too, but only there and
        only then.
        """
        for rare, expected in (
            (True, "passed"),
            (False, "failed: note of another item was 'a' and is 'b' afterwards"),
        ):
            found = execute_on_honest_server(NEIGHBORS)
            for when, note in (("before", "a"), ("after", "b")):
                found = with_response(found, f"left {when}", edit=set_fields(rare=rare, note=note))
            assert [expected] == evaluate(NEIGHBORS, found)

    def test_reason_of_a_look_that_was_not_sent(self) -> None:
        """What was not looked at decides nothing, and the reason is why the look was not sent."""
        found = with_skipped_step(
            execute_on_honest_server(FIELDS),
            "middle after",
            ("the run may send no more than 3 requests"),
        )
        assert evaluate(FIELDS, found) == ["inconclusive: the run may send no more than 3 requests"]
        listed = execute_on_honest_server("replaceBook/fields-untouched", "listed by lent")
        for step in ("listed true", "listed false"):
            listed = with_skipped_step(listed, step, "the run may send no more than 3 requests")
            assert evaluate("replaceBook/fields-untouched", listed) == [
                "inconclusive: the run may send no more than 3 requests"
            ]

    @pytest.mark.parametrize(
        "claim",
        [
            FIELDS,
            "returnBook/fields-untouched",
            "replaceBook/neighbors-untouched",
            "deleteBook/neighbors-untouched",
        ],
    )
    def test_plan_without_lists(self, claim: str) -> None:
        """Only an operation that is not about the state, and only what it was done to, is looked
        for in the lists of the states.
        """
        assert not [label for label in map_scenarios(claim) if label.startswith("listed by")]

    def test_plan_without_states(self) -> None:
        """Without a list for each state, or examples to draw, there are no such lists to look
        in.
        """
        contract = build_toy_variant(
            (
                (
                    "      - filters: {state: lent, field: /lent, values: {'true': true, 'false':"
                    " false}, absent: false}\n"
                ),
                "",
            )
        )
        assert "listed by lent" not in map_scenarios("replaceBook/fields-untouched", contract)
        assert "listed by lent" not in map_scenarios("replaceBook/fields-untouched", examples=0)

    @pytest.mark.parametrize(
        ("claim", "item"), [(FIELDS, "left"), (FIELDS, "right"), (NEIGHBORS, "middle")]
    )
    def test_each_claim_judges_its_own(self, claim: str, item: str) -> None:
        """Of the shared script, one claim judges the item and the other its neighbors."""
        assert evaluate(
            claim,
            with_response(
                execute_on_honest_server(claim), f"{item} after", edit=set_fields(title="x")
            ),
        ) == ["passed"]


# the mock's ids are longer
SHORT, LONG = ("pattern: '^[a-f0-9]{8}$'}}", "pattern: '^[a-z0-9-]{8,40}$'}}")
NEEDED = (
    "      required: [title]\n      additionalProperties: false",
    "      required: [title, lent]\n      additionalProperties: false",
)


@pytest.mark.parametrize("stated", [False, True])
def test_replacement_by_an_honest_server(stated: bool) -> None:
    """A server that clears what a replacement does not send, and sets the state that it must send,
    is not accused of touching anything.
    """
    contract = build_toy_variant(
        (SHORT, LONG),
        *([(RARE, f"{RARE}        lent: {{type: boolean}}\n"), NEEDED] if stated else []),
    )
    only = [one for one in contract.claims if one.id == "replaceBook/fields-untouched"]
    (found,) = [
        event
        for event in run_plan(
            plans.generate_plan(contract, "1", only=only), create_embedded_target(contract)
        )
        if isinstance(event, ClaimDecided)
    ]
    assert (Verdict.VERIFIED, []) == (found.verdict, [one.message for one in found.findings])


HARMLESS, HARMLESS_UPDATE = "createBook/refused-does-nothing", "replaceBook/refused-does-nothing"


class TestHarmless:
    def test_refused_creation_that_creates_breaks(self) -> None:
        """A refused creation leaves nothing behind."""
        for label in map_scenarios(HARMLESS):
            found = execute_on_honest_server(HARMLESS, label)
            sent = found["call"].call.body["title"]
            assert evaluate(
                HARMLESS, with_listed_items(found, "after", [{"title": "other"}, {"title": sent}])
            ) == ["failed: a refused request has created something"], label
            assert evaluate(HARMLESS, with_listed_items(found, "after", [{"title": "other"}])) == [
                "passed"
            ]

    def test_refused_update_that_updates_breaks(self) -> None:
        """A refused update changes nothing, not even a date."""
        found = with_response(
            execute_on_honest_server(HARMLESS_UPDATE),
            "after",
            edit=set_fields(touched="2030-01-01T00:00:00.000Z"),
        )
        assert evaluate(HARMLESS_UPDATE, found) == ["failed: a refused request has an effect"]

    @pytest.mark.parametrize("claim", [HARMLESS, HARMLESS_UPDATE])
    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            (400, "passed"),
            (422, "passed"),
            (404, "passed"),
            (499, "passed"),
            (201, "inconclusive"),
            (500, "inconclusive"),
        ],
    )
    def test_only_refusals_are_judged(self, claim: str, status: int, expected: str) -> None:
        """A request that was not refused is another claim."""
        assert [expected] == get_outcomes(
            evaluate(claim, with_response(execute_on_honest_server(claim), "call", status))
        )

    def test_plan(self) -> None:
        """Refused bodies that can be told apart are sent, and looked for."""
        found = map_scenarios(HARMLESS)
        assert len(found) == 4
        assert [describe_steps(script) for script in found.values()] == [
            ["call: createBook", "after: listBooks"]
        ] * 4
        names = [script.steps[0].call.body["title"].text for script in found.values()]
        assert [f"{{m}}-refused-{number}" for number in range(4)] == names
        for script in map_scenarios(HARMLESS_UPDATE).values():
            assert describe_steps(script) == [
                "made: createBook",
                "before: readBook",
                "call: replaceBook",
                "after: readBook",
            ]

    def test_bodies_that_say_nothing_are_left_out(self) -> None:
        """What is refused for its mark, for a number of ids, or in a way that nobody can bring
        about alone, is passed over.
        """
        contract = build_toy_variant(
            ("x-refused: [type, required, additionalProperties, if]", "x-refused: [minProperties]"),
            ("maxLength: 200, x-refused: [type, maxLength]", "maxLength: 200, x-refused: []"),
            ("x-refused: [minimum, maximum]", "x-refused: []"),
            ("rare: {type: boolean, x-refused: [type]}", "rare: {type: boolean}"),
        )
        expected = [
            "authors type 0",
            "authors items 1",
            "sequel pattern 2",
            "tags additionalProperties 3",
        ]
        assert expected == list(map_scenarios(HARMLESS, contract))

    @pytest.mark.parametrize("operation", ["createBook", "replaceBook", "changeBook"])
    def test_bodies_are_those_that_the_operation_refuses(self, operation: str) -> None:
        """Each body breaks what the documents say that this operation refuses, and not what another
        does.
        """
        refused = {
            claim.id
            for claim in build_toy_contract().claims
            if claim.operation == operation and claim.kind == "request_bodies.refuses"
        }
        for label in map_scenarios(f"{operation}/refused-does-nothing"):
            name, keyword, _ = label.split()
            assert (
                f"{operation}/body/{'' if name == 'body' else name + '/'}refuses/{keyword}"
                in refused
            )
