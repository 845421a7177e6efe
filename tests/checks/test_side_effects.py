"""Tests of the checks that an operation leaves other data unchanged, and that a refused request has
no effect.
"""

from __future__ import annotations

import json
from dataclasses import replace

import httpx
import pytest

from conformance.checks.call import EarlierResponseValue, TextWithRunMark
from conformance.checks.item import build_full_body_with_references
from conformance.checks.observation import describe_value
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

# A variant in which an update can send the field that a switch sets.
RARE_PROPERTY = "        rare: {type: boolean, x-refused: [type]}\n"
CONTRACT_WITH_WRITABLE_STATE = build_toy_variant(
    (RARE_PROPERTY, f"{RARE_PROPERTY}        lent: {{type: boolean}}\n")
)


class TestUntouched:
    @pytest.mark.parametrize("name", ["title", "id", "shelf", "bookId"])
    def test_changed_field_fails(self, name: str) -> None:
        """A field that the operation does not change must keep its value."""
        old_value = execute_on_honest_server(FIELDS)["middle before"].json[name]
        assert [
            f'failed: {name} was {describe_value(old_value)} and is "x" afterwards'
        ] == evaluate(
            FIELDS,
            with_response(
                execute_on_honest_server(FIELDS), "middle after", edit=set_fields(**{name: "x"})
            ),
        )

    @pytest.mark.parametrize("text", ["The Tower", "2026-1", "TTTT-", "2026+T"])
    def test_text_without_the_form_of_a_date_may_not_change(self, text: str) -> None:
        """A text may change only if it has the hyphen and the T of a date."""
        trace = with_response(
            with_response(
                execute_on_honest_server(FIELDS), "middle before", edit=set_fields(title=text)
            ),
            "middle after",
            edit=set_fields(title="x"),
        )
        expected = (
            "passed"
            if text == "TTTT-"
            else f'failed: title was {describe_value(text)} and is "x" afterwards'
        )
        assert [expected] == evaluate(FIELDS, trace)

    def test_switched_field_and_dates_may_change(self) -> None:
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
        """The fields in the request body may change, and no others."""
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

    def test_added_or_removed_field_fails(self) -> None:
        """A field that appears or disappears has changed."""
        assert [
            observation.replace(
                describe_value(execute_on_honest_server(FIELDS)["middle before"].json["bookId"]),
                '"00003dde"',
            )
            for observation in evaluate(
                FIELDS,
                with_response(
                    execute_on_honest_server(FIELDS), "middle after", edit=drop_fields("bookId")
                ),
            )
        ] == ['failed: bookId was "00003dde" and is nothing afterwards']
        assert evaluate(
            FIELDS,
            with_response(execute_on_honest_server(FIELDS), "middle after", edit=set_fields(new=1)),
        ) == ["failed: new was nothing and is 1 afterwards"]

    @pytest.mark.parametrize("note", ["a", "2026-01-01T00:00:00.000Z"])
    def test_unspecified_field_may_change(self, note: str) -> None:
        """An unspecified field may change, and so may a date, if the field is unspecified before or
        after the operation.
        """
        for step in ("middle before", "middle after"):
            trace = with_response(
                with_response(
                    execute_on_honest_server(FIELDS),
                    "middle before",
                    edit=set_fields(note=note, pages=1),
                ),
                "middle after",
                edit=set_fields(note="b", pages=1),
            )
            if note != "a":
                trace = with_response(trace, "middle after", edit=set_fields(lent=1, title="x"))
            assert get_outcomes(evaluate(FIELDS, trace)) == ["failed"]
            rare_trace = with_response(trace, step, edit=set_fields(rare=True))
            assert [observation[:12] for observation in evaluate(FIELDS, rare_trace)] == [
                "failed: rare"
            ]

    @pytest.mark.parametrize("item", ["left", "right"])
    @pytest.mark.parametrize("name", ["title", "lent", "touched"])
    def test_changed_neighbor_fails(self, item: str, name: str) -> None:
        """No field of another item may change, not even its state or its dates."""
        old_value = execute_on_honest_server(NEIGHBORS)[f"{item} before"].json[name]
        observations = evaluate(
            NEIGHBORS,
            with_response(
                execute_on_honest_server(NEIGHBORS), f"{item} after", edit=set_fields(**{name: "x"})
            ),
        )
        assert [
            f'failed: {name} of another item was {describe_value(old_value)} and is "x" afterwards'
        ] == observations

    @pytest.mark.parametrize(
        ("claim", "step", "description"),
        [
            (FIELDS, "middle after", "the item"),
            (NEIGHBORS, "left after", "another item"),
            (NEIGHBORS, "right after", "another item"),
        ],
    )
    def test_missing_item_fails(self, claim: str, step: str, description: str) -> None:
        """An item that can no longer be read has changed."""
        assert [f"failed: afterwards {description} cannot be read"] == evaluate(
            claim, with_response(execute_on_honest_server(claim), step, 404)
        )
        assert get_outcomes(
            evaluate(claim, with_response(execute_on_honest_server(claim), step, 500))
        ) == ["inconclusive"]

    @pytest.mark.parametrize("step", ["call", "left before"])
    def test_failed_step_is_inconclusive(self, step: str) -> None:
        """Each step is needed."""
        assert get_outcomes(
            evaluate(NEIGHBORS, with_response(execute_on_honest_server(NEIGHBORS), step, 500))
        ) == ["inconclusive"]

    def test_failed_preparation_is_inconclusive(self) -> None:
        """A trace with a failed preparation is inconclusive."""
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
        """The operation is on the middle one of three items. All three are read before and after
        it, so both claims share one scenario.
        """
        creations = [f"{name}: createBook" for name in ("left", "middle", "right")]
        reads_before, reads_after = (
            [f"{name} {when}: readBook" for name in ("left", "middle", "right")]
            for when in ("before", "after")
        )
        assert [*creations, *reads_before, "call: lendBook", *reads_after] == describe_steps(
            map_scenarios(FIELDS)["new"]
        )
        assert map_scenarios(FIELDS) == map_scenarios(NEIGHBORS)
        assert [
            EarlierResponseValue(name, "/id")
            for name in ("left", "middle", "right", "middle", "left", "middle", "right")
        ] == [step.call.arguments["book"] for step in map_scenarios(FIELDS)["new"].steps[3:]]
        switches = [f"prepare {name} lendBook: lendBook" for name in ("left", "middle", "right")]
        assert [
            *creations,
            *switches,
            *reads_before,
            "call: replaceBook",
            *reads_after,
        ] == describe_steps(map_scenarios("replaceBook/fields-untouched")["switched lent"])

    def test_plan_of_a_change(self) -> None:
        """A partial update is sent to items that have more fields than it sends."""
        labels = [
            label
            for label in map_scenarios("changeBook/fields-untouched")
            if not label.startswith("listed by")
        ]
        switched_labels = [f"switched lent{variant}" for variant in ("", " namesakes", " whole")]
        assert ["new whole", *switched_labels, "another field"] == labels

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
    def test_plan_of_same_names_and_full_items(self, claim: str, states: list[str]) -> None:
        """In each state the same steps use three items with one name, and three items with a value
        in every field.
        """
        scenarios = {
            label: scenario
            for label, scenario in map_scenarios(claim).items()
            if not label.startswith("listed by")
        }
        assert [
            f"{state}{variant}" for state in states for variant in ("", " namesakes", " whole")
        ] == list(scenarios)
        for state in states:
            plain_scenario, *other_scenarios = (
                scenarios[f"{state}{variant}"] for variant in ("", " namesakes", " whole")
            )
            assert [describe_steps(plain_scenario)] * 2 == [
                describe_steps(other_scenario) for other_scenario in other_scenarios
            ]
            assert [plain_scenario.steps[3:]] * 2 == [
                other_scenario.steps[3:] for other_scenario in other_scenarios
            ]

    @pytest.mark.parametrize("claim", [FIELDS, "replaceBook/neighbors-untouched"])
    def test_bodies_of_the_three_items(self, claim: str) -> None:
        """The setups create three minimal items with different names, three items with one name,
        and three full items with different names.
        """
        scenarios = map_scenarios(claim)
        minimal_bodies, same_name_bodies, full_bodies = (
            [step.call.body for step in scenarios[label].steps[:3]]
            for label in ("new", "new namesakes", "new whole")
        )
        assert [
            {"title": TextWithRunMark(f"{{m}}-{name}")} for name in LIFECYCLE_ITEMS
        ] == minimal_bodies
        assert [{"title": TextWithRunMark("{m}-namesake")}] * 3 == same_name_bodies
        assert [
            build_full_body_with_references(build_context(claim), f"{{m}}-{name}")
            for name in LIFECYCLE_ITEMS
        ] == full_bodies

    @pytest.mark.parametrize("variant", ["namesakes", "whole"])
    @pytest.mark.parametrize("item", ["left", "right"])
    @pytest.mark.parametrize("name", ["title", "lent", "touched"])
    def test_changed_neighbor_with_the_same_name_or_all_fields_fails(
        self, variant: str, item: str, name: str
    ) -> None:
        """The operation changes one item only, even among items with the same name or with all
        fields.
        """
        trace = execute_on_honest_server(NEIGHBORS, f"new {variant}")
        old_value = trace[f"{item} before"].json[name]
        expected = (
            f'failed: {name} of another item was {describe_value(old_value)} and is "x" afterwards'
        )
        edited_trace = with_response(trace, f"{item} after", edit=set_fields(**{name: "x"}))
        assert [expected] == evaluate(NEIGHBORS, edited_trace)
        assert [
            (edited_trace[f"{item} before"], edited_trace["call"], edited_trace[f"{item} after"])
        ] == list_evidence(NEIGHBORS, edited_trace)

    @pytest.mark.parametrize("name", ["note", "pages", "rare", "tags", "authors"])
    def test_removed_field_of_a_full_item_fails(self, name: str) -> None:
        """A full item keeps every field that the operation does not change, and so do its
        neighbors.
        """
        for claim, item, owner in ((FIELDS, "middle", ""), (NEIGHBORS, "left", "of another item ")):
            trace = execute_on_honest_server(claim, "new whole")
            old_value = trace[f"{item} before"].json[name]
            assert [
                f"failed: {name} {owner}was {describe_value(old_value)} and is nothing afterwards"
            ] == evaluate(claim, with_response(trace, f"{item} after", edit=drop_fields(name)))

    @pytest.mark.parametrize(
        "claim", ["deleteBook/neighbors-untouched", "lendBook/neighbors-untouched"]
    )
    def test_missing_item_with_the_same_name_fails(self, claim: str) -> None:
        """Deleting or switching one of three items with the same name leaves the other two."""
        trace = execute_on_honest_server(claim, "new namesakes")
        assert evaluate(claim, with_response(trace, "right after", 404)) == [
            "failed: afterwards another item cannot be read"
        ]
        assert [(trace["left before"].json["title"], trace["right before"].json["title"])] == [
            ("run-namesake", "run-namesake")
        ]

    @pytest.mark.parametrize("claim", [FIELDS, NEIGHBORS, "deleteBook/neighbors-untouched"])
    def test_refused_duplicate_name_is_inconclusive(self, claim: str) -> None:
        """A server may refuse a name that exists already. The result is inconclusive."""
        server, used_names = Server(), list[Json]()

        def handle(request: httpx.Request) -> httpx.Response:
            name = json.loads(request.content).get("title") if request.content else None
            if name in used_names:
                return httpx.Response(409, json={"error": "taken", "ticket": "t"})
            used_names.extend([name] if name else [])
            return server.handle(request)

        assert get_outcomes(evaluate(claim, execute_on_server(claim, handle, "new namesakes"))) == [
            "inconclusive"
        ]

    @pytest.mark.parametrize(
        ("claim", "label"),
        [
            (f"{operation}/fields-untouched", f"listed by lent{state}")
            for operation in ("replaceBook", "changeBook")
            for state in ("", " new")
        ],
    )
    def test_plan_of_the_state_lists(self, claim: str, label: str) -> None:
        """An item that was switched on, or is new, is updated and then looked up in the list of
        each state.
        """
        operation = claim.partition("/")[0]
        scenario = map_scenarios(claim)[label]
        switches = [] if label.endswith(" new") else ["prepare lendBook: lendBook"]
        assert describe_steps(scenario) == [
            "middle: createBook",
            *switches,
            f"call: {operation}",
            "listed true: listBooks",
            "listed false: listBooks",
        ]
        assert [EarlierResponseValue("middle", "/id")] * (1 + len(switches)) == [
            step.call.arguments["book"] for step in scenario.steps[1:-2]
        ]
        assert scenario.steps[-3].call.body == {"title": TextWithRunMark("{m}-middle-updated")}

    def test_new_item_is_checked_in_the_state_lists(self) -> None:
        """An item that was never switched on stays in the list of the off state after an update."""
        claim, label = "replaceBook/fields-untouched", "listed by lent new"
        trace = execute_on_honest_server(claim, label)
        assert evaluate(claim, trace) == ["passed"]
        assert evaluate(claim, with_listed_items(trace, "listed true", [trace["middle"].json])) == [
            "failed: afterwards the list of lent=true still holds the item"
        ]
        assert evaluate(claim, with_listed_items(trace, "listed false", [])) == [
            "failed: afterwards the list of lent=false lacks the item"
        ]

    @pytest.mark.parametrize("label", ["listed by lent", "listed by lent new"])
    @pytest.mark.parametrize(
        ("value", "sent_state", "other_state"), [(True, "true", "false"), (False, "false", "true")]
    )
    def test_update_that_sends_the_state(
        self, label: str, value: bool, sent_state: str, other_state: str
    ) -> None:
        """An update that sends the state moves the item to the list of that state, whatever its
        state was.
        """
        claim = "replaceBook/fields-untouched"
        trace = execute_on_honest_server(claim, label)
        call_with_state = replace(
            trace["call"],
            call=replace(trace["call"].call, body={**trace["call"].call.body, "lent": value}),
        )
        trace = replace(trace, exchanges={**trace.exchanges, "call": (call_with_state,)})
        items = [trace["middle"].json]
        correct_trace = with_listed_items(
            with_listed_items(trace, f"listed {sent_state}", items), f"listed {other_state}", []
        )
        assert evaluate(claim, correct_trace, CONTRACT_WITH_WRITABLE_STATE) == ["passed"]
        wrong_trace = with_listed_items(
            with_listed_items(trace, f"listed {other_state}", items), f"listed {sent_state}", []
        )
        assert get_outcomes(evaluate(claim, wrong_trace, CONTRACT_WITH_WRITABLE_STATE)) == [
            "failed"
        ]

    @pytest.mark.parametrize("label", ["listed by lent", "listed by lent new"])
    def test_replacement_may_clear_the_state(self, label: str) -> None:
        """A replacement may clear a state that it could send and does not, so the item may be in
        either list.
        """
        claim = "replaceBook/fields-untouched"
        trace = execute_on_honest_server(claim, label)
        for states in (("true",), ("false",), ()):
            listed_trace = with_listed_items(
                trace, "listed true", [trace["middle"].json] if "true" in states else []
            )
            listed_trace = with_listed_items(
                listed_trace, "listed false", [trace["middle"].json] if "false" in states else []
            )
            assert "failed" not in get_outcomes(
                evaluate(claim, listed_trace, CONTRACT_WITH_WRITABLE_STATE)
            )

    def test_replacement_may_clear_fields_that_it_does_not_send(self) -> None:
        """A replacement may clear a field that it could send and does not, but no other field. A
        partial update clears nothing.
        """
        claim, trace = (
            "replaceBook/fields-untouched",
            execute_on_honest_server("replaceBook/fields-untouched", "new whole"),
        )
        assert trace["middle before"].json["note"]
        assert evaluate(
            claim,
            with_response(trace, "middle after", edit=drop_fields("note", "pages", "authors")),
        ) == ["passed"]
        assert get_outcomes(
            evaluate(claim, with_response(trace, "middle after", edit=drop_fields("shelf")))
        ) == ["failed"]
        claim, trace = (
            "changeBook/fields-untouched",
            execute_on_honest_server("changeBook/fields-untouched", "new whole"),
        )
        assert get_outcomes(
            evaluate(claim, with_response(trace, "middle after", edit=drop_fields("note")))
        ) == ["failed"]

    @pytest.mark.parametrize(
        ("claim", "item"),
        [("lendBook/fields-untouched", "middle"), ("lendBook/neighbors-untouched", "left")],
    )
    def test_order_of_ids_is_ignored(self, claim: str, item: str) -> None:
        """The ids of other items are a set: another order is no change, a missing id is."""
        trace = execute_on_honest_server(claim, "new whole")
        edited_trace = with_response(
            trace, f"{item} before", edit=set_fields(authors=["0101", "0202"])
        )
        assert evaluate(
            claim,
            with_response(edited_trace, f"{item} after", edit=set_fields(authors=["0202", "0101"])),
        ) == ["passed"]
        assert get_outcomes(
            evaluate(
                claim,
                with_response(edited_trace, f"{item} after", edit=set_fields(authors=["0202"])),
            )
        ) == ["failed"]

    @pytest.mark.parametrize(
        ("claim", "item"),
        [("lendBook/fields-untouched", "middle"), ("lendBook/neighbors-untouched", "left")],
    )
    def test_missing_fixtures_may_be_dropped(self, claim: str, item: str) -> None:
        """The server may drop ids that may not exist on the target, but no ids that exist."""
        trace = with_response(
            execute_on_honest_server(claim, "new whole"),
            f"{item} after",
            edit=set_fields(authors=[]),
        )
        assert get_outcomes(evaluate(claim, trace)) == ["failed"]
        assert evaluate(claim, with_missing_fixtures(trace, "authors")) == ["passed"]

    def test_unspecified_field_of_a_neighbor_may_change(self) -> None:
        """An unspecified field of a neighbor may change, but only while it is unspecified."""
        for rare, expected in (
            (True, "passed"),
            (False, 'failed: note of another item was "a" and is "b" afterwards'),
        ):
            trace = execute_on_honest_server(NEIGHBORS)
            for when, note in (("before", "a"), ("after", "b")):
                trace = with_response(trace, f"left {when}", edit=set_fields(rare=rare, note=note))
            assert [expected] == evaluate(NEIGHBORS, trace)

    def test_reason_of_a_read_that_was_not_sent(self) -> None:
        """A read that was not sent is inconclusive, with the reason why it was not sent."""
        trace = with_skipped_step(
            execute_on_honest_server(FIELDS),
            "middle after",
            ("the run may send no more than 3 requests"),
        )
        assert evaluate(FIELDS, trace) == ["inconclusive: the run may send no more than 3 requests"]
        listed_trace = execute_on_honest_server("replaceBook/fields-untouched", "listed by lent")
        for step in ("listed true", "listed false"):
            listed_trace = with_skipped_step(
                listed_trace, step, "the run may send no more than 3 requests"
            )
            assert evaluate("replaceBook/fields-untouched", listed_trace) == [
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
    def test_plan_without_state_lists(self, claim: str) -> None:
        """Only an operation that is not about the state has state lists, and only for the item that
        it changes.
        """
        assert not [label for label in map_scenarios(claim) if label.startswith("listed by")]

    def test_plan_without_states(self) -> None:
        """Without a list for each state, or without generated examples, no scenario reads the state
        lists.
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
    def test_each_claim_checks_its_own_items(self, claim: str, item: str) -> None:
        """In the shared scenario, one claim checks the item and the other checks its neighbors."""
        assert evaluate(
            claim,
            with_response(
                execute_on_honest_server(claim), f"{item} after", edit=set_fields(title="x")
            ),
        ) == ["passed"]


# The ids of the mock are longer.
SHORT_ID_PATTERN, LONG_ID_PATTERN = ("pattern: '^[a-f0-9]{8}$'}}", "pattern: '^[a-z0-9-]{8,40}$'}}")
REQUIRED_STATE = (
    "      required: [title]\n      additionalProperties: false",
    "      required: [title, lent]\n      additionalProperties: false",
)


@pytest.mark.parametrize("has_writable_state", [False, True])
def test_honest_server_that_clears_fields_passes(has_writable_state: bool) -> None:
    """A server passes if it clears what a replacement does not send and sets the state that the
    replacement must send.
    """
    contract = build_toy_variant(
        (SHORT_ID_PATTERN, LONG_ID_PATTERN),
        *(
            [(RARE_PROPERTY, f"{RARE_PROPERTY}        lent: {{type: boolean}}\n"), REQUIRED_STATE]
            if has_writable_state
            else []
        ),
    )
    claims = [claim for claim in contract.claims if claim.id == "replaceBook/fields-untouched"]
    (decision,) = [
        event
        for event in run_plan(
            plans.generate_plan(contract, "1", only=claims), create_embedded_target(contract)
        )
        if isinstance(event, ClaimDecided)
    ]
    assert (Verdict.VERIFIED, []) == (
        decision.verdict,
        [finding.message for finding in decision.findings],
    )


REFUSED_CREATION, REFUSED_UPDATE = (
    "createBook/refused-does-nothing",
    "replaceBook/refused-does-nothing",
)


class TestRefusalChangesNothing:
    def test_refused_creation_that_creates_fails(self) -> None:
        """A refused creation creates nothing."""
        for label in map_scenarios(REFUSED_CREATION):
            trace = execute_on_honest_server(REFUSED_CREATION, label)
            sent_title = trace["call"].call.body["title"]
            assert evaluate(
                REFUSED_CREATION,
                with_listed_items(trace, "after", [{"title": "other"}, {"title": sent_title}]),
            ) == ["failed: a refused request has created something"], label
            assert evaluate(
                REFUSED_CREATION, with_listed_items(trace, "after", [{"title": "other"}])
            ) == ["passed"]

    def test_refused_update_that_updates_fails(self) -> None:
        """A refused update changes nothing, not even a date."""
        trace = with_response(
            execute_on_honest_server(REFUSED_UPDATE),
            "after",
            edit=set_fields(touched="2030-01-01T00:00:00.000Z"),
        )
        assert evaluate(REFUSED_UPDATE, trace) == ["failed: a refused request has an effect"]

    @pytest.mark.parametrize("claim", [REFUSED_CREATION, REFUSED_UPDATE])
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
    def test_only_refusals_are_checked(self, claim: str, status: int, expected: str) -> None:
        """A request that was not refused belongs to another claim."""
        assert [expected] == get_outcomes(
            evaluate(claim, with_response(execute_on_honest_server(claim), "call", status))
        )

    def test_plan(self) -> None:
        """The steps send refused bodies with different names and then look for them."""
        scenarios = map_scenarios(REFUSED_CREATION)
        assert len(scenarios) == 4
        assert [describe_steps(scenario) for scenario in scenarios.values()] == [
            ["call: createBook", "after: listBooks"]
        ] * 4
        names = [scenario.steps[0].call.body["title"].text for scenario in scenarios.values()]
        assert [f"{{m}}-refused-{number}" for number in range(4)] == names
        for scenario in map_scenarios(REFUSED_UPDATE).values():
            assert describe_steps(scenario) == [
                "made: createBook",
                "before: readBook",
                "call: replaceBook",
                "after: readBook",
            ]

    def test_unsuitable_bodies_are_left_out(self) -> None:
        """A body is left out if it is refused for its mark or for the number of its ids, or if no
        body can break the keyword alone.
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
        assert expected == list(map_scenarios(REFUSED_CREATION, contract))

    @pytest.mark.parametrize("operation", ["createBook", "replaceBook", "changeBook"])
    def test_bodies_are_those_that_the_operation_refuses(self, operation: str) -> None:
        """Each body breaks a keyword that the documents name for this operation, not for another
        one.
        """
        refusal_claims = {
            claim.id
            for claim in build_toy_contract().claims
            if claim.operation == operation and claim.kind == "request_bodies.refuses"
        }
        for label in map_scenarios(f"{operation}/refused-does-nothing"):
            name, keyword, _ = label.split()
            assert (
                f"{operation}/body/{'' if name == 'body' else name + '/'}refuses/{keyword}"
                in refusal_claims
            )
