"""Tests of the checks on updates: fields that are replaced, and switches that are set and
cleared.
"""

from __future__ import annotations

import pytest

from conformance.checks.call import EarlierResponseValue
from conformance.checks.observation import describe_value
from conformance.checks.scenario import PagedReadStep
from conformance.contract.json import Json

from .toy import (
    build_exchange,
    build_toy_variant,
    build_trace,
    describe_steps,
    drop_fields,
    evaluate,
    execute_on_honest_server,
    find_undecided_reason,
    get_outcomes,
    list_evidence,
    map_scenarios,
    set_fields,
    with_listed_items,
    with_missing_fixtures,
    with_response,
    with_skipped_step,
    with_truncated_lists,
)

REPLACED, IN_THE_LIST, IN_STATE = "replaceBook/body/pages/replaced", "in the list", "switched lent"


class TestReplaced:
    def test_other_value_fails(self) -> None:
        """A value other than the updated one breaks the promise."""
        trace = execute_on_honest_server(REPLACED)
        old_value, new_value = trace["made"].call.body["pages"], trace["update"].call.body["pages"]
        assert old_value != new_value
        assert [
            f"failed: pages was updated to {new_value} and reads back as {old_value}"
        ] == evaluate(REPLACED, with_response(trace, "read", edit=set_fields(pages=old_value)))

    def test_response_without_the_field_is_inconclusive(self) -> None:
        """A response that does not show the field is inconclusive."""
        assert get_outcomes(
            evaluate(
                REPLACED,
                with_response(
                    execute_on_honest_server(REPLACED), "read", edit=drop_fields("pages")
                ),
            )
        ) == ["inconclusive"]

    @pytest.mark.parametrize("step", ["made", "update", "read"])
    def test_failed_step_is_inconclusive(self, step: str) -> None:
        """Each step is needed."""
        assert get_outcomes(
            evaluate(REPLACED, with_response(execute_on_honest_server(REPLACED), step, 500))
        ) == ["inconclusive"]

    def test_missing_fixtures_are_inconclusive(self) -> None:
        """The server need not store ids that may not exist on the target."""
        claim = "changeBook/body/authors/changed"
        claim = (
            claim if find_undecided_reason(claim) is None else "replaceBook/body/authors/replaced"
        )
        trace = with_response(
            execute_on_honest_server(claim), "read", edit=set_fields(authors=["9"])
        )
        assert get_outcomes(evaluate(claim, trace)) == ["failed"]
        assert get_outcomes(evaluate(claim, with_missing_fixtures(trace, "authors"))) == [
            "inconclusive"
        ]

    def test_each_value_has_a_scenario(self) -> None:
        """Every value has its scenario. The first value is also tested on a switched item and read
        back from the list.

        An example that its schema does not allow is skipped.
        """
        assert list(map_scenarios(REPLACED)) == [
            "value 0",
            IN_STATE,
            IN_THE_LIST,
            "value 1",
            "value 2",
        ]
        contract = build_toy_variant(
            (
                "pages: {type: integer, minimum: 2, maximum: 999,",
                "pages: {type: integer, minimum: 2, maximum: 999, examples: [1, 5, 7],",
            )
        )
        bodies_by_label = {
            label: {step.name: step.call.body for step in scenario.steps}
            for label, scenario in map_scenarios(REPLACED, contract).items()
        }
        values_by_label = {
            label: (bodies["update"]["pages"], bodies["made"]["pages"])
            for label, bodies in bodies_by_label.items()
        }
        assert {
            "value 0": (5, 7),
            IN_STATE: (5, 7),
            IN_THE_LIST: (5, 7),
            "value 1": (7, 5),
        } == values_by_label

    def test_plan(self) -> None:
        """An item with one value is updated to another and read back. For the first value, other
        scenarios switch the item on before the update or read it from the list.
        """
        for label, scenario in map_scenarios(REPLACED).items():
            switches = ["prepare lendBook: lendBook"] if label == IN_STATE else []
            read = "read: listBooks" if label == IN_THE_LIST else "read: readBook"
            assert describe_steps(scenario) == [
                "made: createBook",
                *switches,
                "update: replaceBook",
                read,
            ]
            bodies = {step.name: step.call.body for step in scenario.steps}
            assert bodies["made"]["pages"] != bodies["update"]["pages"]
            steps = scenario.steps[1:-1] if label == IN_THE_LIST else scenario.steps[1:]
            assert [{"book": EarlierResponseValue("made", "/id")}] * len(steps) == [
                step.call.arguments for step in steps
            ]

    def test_plan_of_a_switched_item(self) -> None:
        """The same update is sent to an item that was switched on. There is no such scenario
        without switches or without generated examples.
        """
        scenarios = map_scenarios(REPLACED)
        creation, _, *later_steps = scenarios[IN_STATE].steps
        assert scenarios["value 0"].steps == (creation, *later_steps)
        assert IN_STATE not in map_scenarios(REPLACED, examples=0)
        switches_text = (
            "    switches: [{field: /lent, on: lendBook, off: returnBook, idempotent: true}]\n"
        )
        assert [label for label in scenarios if label != IN_STATE] == list(
            map_scenarios(REPLACED, build_toy_variant((switches_text, "")))
        )

    def test_switched_item_is_checked(self) -> None:
        """The update of a switched item must read back as well. A failed switch is inconclusive."""
        trace = execute_on_honest_server(REPLACED, IN_STATE)
        old_value, new_value = trace["made"].call.body["pages"], trace["update"].call.body["pages"]
        assert evaluate(REPLACED, trace) == ["passed"]
        assert [
            f"failed: pages was updated to {new_value} and reads back as {old_value}"
        ] == evaluate(REPLACED, with_response(trace, "read", edit=set_fields(pages=old_value)))
        assert get_outcomes(evaluate(REPLACED, with_response(trace, "prepare lendBook", 409))) == [
            "inconclusive"
        ]

    @pytest.mark.parametrize(
        "claim", ["replaceBook/body/pages/replaced", "changeBook/body/title/changed"]
    )
    def test_plan_of_the_list(self, claim: str) -> None:
        """After the same update, the item is looked up in the list by its identity, newest first,
        because the update may change its name.
        """
        scenarios = map_scenarios(claim)
        assert scenarios["value 0"].steps[:-1] == scenarios[IN_THE_LIST].steps[:-1]
        read_step = scenarios[IN_THE_LIST].steps[-1]
        assert isinstance(read_step, PagedReadStep)
        assert (read_step.call.arguments, read_step.stop_at) == (
            {"sort": "created", "way": "down"},
            EarlierResponseValue("made", "/id"),
        )

    def test_plan_without_the_list(self) -> None:
        """There is no list scenario if items cannot be read, because the list is read anyway. There
        is none without a list, and none without generated examples.
        """
        assert IN_THE_LIST not in map_scenarios(REPLACED, examples=0)
        contract = build_toy_variant(
            ("    read: readBook\n", ""),
            (
                "      operationId: readBook\n",
                "      operationId: readBook\n      x-basis: client\n",
            ),
        )
        assert IN_THE_LIST not in map_scenarios(REPLACED, contract)
        assert IN_THE_LIST not in map_scenarios(
            REPLACED, build_toy_variant(("    list: listBooks\n", ""))
        )

    def test_old_value_in_the_list_fails(self) -> None:
        """The list shows the updated value, like a read of the item."""
        trace = execute_on_honest_server(REPLACED, IN_THE_LIST)
        old_value, new_value = trace["made"].call.body["pages"], trace["update"].call.body["pages"]
        assert evaluate(REPLACED, trace) == ["passed"]
        stale_trace = with_listed_items(
            trace,
            "read",
            [{"id": "theirs", "pages": new_value}, {**trace["made"].json, "pages": old_value}],
        )
        assert [
            f"failed: pages was updated to {new_value} and reads back as {old_value}"
        ] == evaluate(REPLACED, stale_trace)
        assert list_evidence(REPLACED, stale_trace) == [
            (stale_trace["made"], stale_trace["update"], stale_trace["read"])
        ]

    def test_list_without_the_value_is_inconclusive(self) -> None:
        """An item that the list lacks belongs to another claim, and so does a field that the list
        does not show.
        """
        trace = execute_on_honest_server(REPLACED, IN_THE_LIST)
        assert evaluate(REPLACED, with_listed_items(trace, "read", [{"id": "theirs"}]))[
            0
        ].startswith("inconclusive")
        assert evaluate(
            REPLACED, with_listed_items(trace, "read", [{"id": trace["made"].json["id"]}])
        )[0].endswith("does not show pages")
        assert get_outcomes(
            evaluate(REPLACED, with_truncated_lists(with_listed_items(trace, "read", []), "read"))
        ) == ["inconclusive"]


ON, OFF, TWICE, TWICE_OFF = (
    "lendBook/switches/lent",
    "returnBook/switches/lent",
    "lendBook/twice",
    "returnBook/twice",
)


class TestSwitched:
    @pytest.mark.parametrize(
        ("claim", "wrong_value"),
        [(ON, False), (ON, None), (ON, 1), (ON, "true"), (OFF, True), (OFF, None), (OFF, 0)],
    )
    def test_other_state_fails(self, claim: str, wrong_value: Json) -> None:
        """After the switch, the field is exactly true or false, as the operation says."""
        assert [f"failed: afterwards lent is {describe_value(wrong_value)}"] == evaluate(
            claim,
            with_response(
                execute_on_honest_server(claim), "read", edit=set_fields(lent=wrong_value)
            ),
        )

    @pytest.mark.parametrize("claim", [TWICE, TWICE_OFF])
    @pytest.mark.parametrize(("step", "repetition"), [("first", "once"), ("switch", "again")])
    def test_refusal_fails(self, claim: str, step: str, repetition: str) -> None:
        """Neither the first nor the second call may be refused."""
        assert evaluate(claim, with_response(execute_on_honest_server(claim), step, 409))[
            0
        ].startswith(f"failed: done {repetition}, it is refused: POST")
        assert get_outcomes(
            evaluate(claim, with_response(execute_on_honest_server(claim), "switch", 500))
        ) == ["inconclusive"]

    @pytest.mark.parametrize("claim", [TWICE, TWICE_OFF])
    def test_first_call_that_a_gateway_dropped_is_inconclusive(self, claim: str) -> None:
        """If the first call was dropped, the second call is the first to take effect. The change
        proves nothing.
        """
        trace = with_response(
            with_response(execute_on_honest_server(claim), "first", 503),
            "between",
            edit=set_fields(lent=claim == TWICE_OFF),
        )
        assert get_outcomes(evaluate(claim, trace)) == ["inconclusive"]

    def test_refused_single_call_is_inconclusive(self) -> None:
        """Another claim covers whether the call succeeds at all."""
        assert get_outcomes(
            evaluate(ON, with_response(execute_on_honest_server(ON), "switch", 409))
        ) == ["inconclusive"]

    def test_change_by_the_second_call_fails(self) -> None:
        """The second call changes nothing."""
        trace = with_response(
            execute_on_honest_server(TWICE), "read", edit=set_fields(title="x", pages=3)
        )
        assert evaluate(TWICE, trace) == ["failed: the second time changes title"]

    @pytest.mark.parametrize("step", ["made", "read"])
    def test_failed_step_is_inconclusive(self, step: str) -> None:
        """Each step is needed."""
        assert get_outcomes(
            evaluate(ON, with_response(execute_on_honest_server(ON), step, 500))
        ) == ["inconclusive"]

    def test_failed_preparation_is_inconclusive(self) -> None:
        """A trace with a failed preparation is inconclusive."""
        assert get_outcomes(
            evaluate(OFF, with_response(execute_on_honest_server(OFF), "prepare 0", 500))
        ) == ["inconclusive"]

    @pytest.mark.parametrize(
        ("claim", "expected"),
        [
            (ON, {"from new": [], "from opposite": ["prepare 0: returnBook"]}),
            (OFF, {"from opposite": ["prepare 0: lendBook"]}),
            (TWICE, {"from new": [], "from opposite": ["prepare 0: returnBook"]}),
            (TWICE_OFF, {"from opposite": ["prepare 0: lendBook"], "from new": []}),
        ],
    )
    def test_plan(self, claim: str, expected: dict[str, list[str]]) -> None:
        """The switch is called in either state. One scenario reads the item afterwards, another the
        state lists. A claim on two calls sends both and reads the item between them.
        """
        operation = claim.partition("/")[0]
        first_call = [f"first: {operation}", "between: readBook"] if claim.endswith("twice") else []
        expected_steps = {
            label: [
                "made: createBook",
                *preparation,
                *first_call,
                f"switch: {operation}",
                "read: readBook",
            ]
            for label, preparation in expected.items()
        }
        for label, preparation in expected.items():
            expected_steps[f"{label}, in the lists"] = [
                "made: createBook",
                *preparation,
                *first_call,
                f"switch: {operation}",
                "listed true: listBooks",
                "listed false: listBooks",
            ]
        assert expected_steps == {
            label: describe_steps(scenario) for label, scenario in map_scenarios(claim).items()
        }

    @pytest.mark.parametrize("claim", [TWICE, TWICE_OFF])
    @pytest.mark.parametrize("label", ["from new, in the lists", "from opposite, in the lists"])
    def test_second_call_in_the_state_lists(self, claim: str, label: str) -> None:
        """After two calls, the item is in the list of its state and in no other. A refusal of the
        second call breaks the promise, whatever the lists show.
        """
        trace = execute_on_honest_server(claim, label)
        set_state, other_state = ("true", "false") if claim == TWICE else ("false", "true")
        assert evaluate(claim, trace) == ["passed"]
        assert [f"failed: afterwards the list of lent={set_state} lacks the item"] == evaluate(
            claim, with_listed_items(trace, f"listed {set_state}", [])
        )
        stale_trace = with_listed_items(trace, f"listed {other_state}", [trace["made"].json])
        assert [
            f"failed: afterwards the list of lent={other_state} still holds the item"
        ] == evaluate(claim, stale_trace)
        assert evaluate(claim, with_response(stale_trace, "switch", 409))[0].startswith(
            "failed: done again, it is refused: POST"
        )

    def test_reason_of_a_read_that_was_not_sent(self) -> None:
        """A read that was not sent is inconclusive, with the reason why it was not sent, with or
        without state lists.
        """
        trace = with_skipped_step(
            execute_on_honest_server(ON), "read", ("the run may send no more than 3 requests")
        )
        state_filter = (
            "      - filters: {state: lent, field: /lent, values: {'true': true, 'false': false},"
            " absent: false}\n"
        )
        for contract in (None, build_toy_variant((state_filter, ""))):
            assert evaluate(ON, trace, contract) == [
                "inconclusive: the run may send no more than 3 requests"
            ]
        listed_trace = with_skipped_step(
            execute_on_honest_server(ON, "from new, in the lists"),
            "listed true",
            "the run may send no more than 3 requests",
        )
        for step in ("listed true", "listed false"):
            listed_trace = with_skipped_step(
                listed_trace, step, "the run may send no more than 3 requests"
            )
            assert evaluate(ON, listed_trace) == [
                ("inconclusive: the run may send no more than 3 requests")
            ]

    @pytest.mark.parametrize("claim", [ON, OFF])
    def test_plan_without_state_lists(self, claim: str) -> None:
        """Without a list for each state, or with lists for another field, the item is read, and
        looked for in the whole list.
        """
        state_filter = (
            "{state: lent, field: /lent, values: {'true': true, 'false': false}, absent: false}"
        )
        for contract in (
            build_toy_variant((f"      - filters: {state_filter}\n", "")),
            build_toy_variant((state_filter, state_filter.replace("field: /lent", "field: /rare"))),
        ):
            assert [
                label.replace("in the lists", "in the list") for label in map_scenarios(claim)
            ] == list(map_scenarios(claim, contract))
            scenario = map_scenarios(claim, contract)["from opposite, in the list"]
            assert describe_steps(scenario)[-1] == "list: listBooks"

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (True, "passed"),
            (False, "failed: afterwards lent is false in the list"),
            (None, "failed: afterwards lent is null in the list"),
            (..., "inconclusive: the list does not show the item any more"),
        ],
    )
    def test_flag_in_the_whole_list(self, value: Json, expected: str) -> None:
        """An item that is listed shows the flag; whether it is listed is not documented."""
        state_filter = (
            "{state: lent, field: /lent, values: {'true': true, 'false': false}, absent: false}"
        )
        contract = build_toy_variant((f"      - filters: {state_filter}\n", ""))
        body = {"books": [{"id": "a", "lent": value}] if value is not ... else [], "meta": {}}
        trace = build_trace(
            build_exchange("made", 201, {"id": "a"}),
            build_exchange("switch", 204),
            build_exchange("list", 200, body),
        )
        assert evaluate(ON, trace, contract) == [expected]
