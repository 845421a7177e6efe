"""Judging changes: fields replaced, switches set and cleared."""

from __future__ import annotations

import pytest

from conformance.checks.call import EarlierResponseValue
from conformance.checks.scenario import PagedReadStep
from conformance.contract.json import Json

from .toy import (
    build_toy_variant,
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
    def test_other_value_breaks(self) -> None:
        """Another value than the update sent breaks the promise."""
        found = execute_on_honest_server(REPLACED)
        before, after = found["made"].call.body["pages"], found["update"].call.body["pages"]
        assert before != after
        assert [f"failed: pages was updated to {after} and reads back as {before}"] == evaluate(
            REPLACED, with_response(found, "read", edit=set_fields(pages=before))
        )

    def test_silent_reading_decides_nothing(self) -> None:
        """A reading that does not show the field decides nothing."""
        assert get_outcomes(
            evaluate(
                REPLACED,
                with_response(
                    execute_on_honest_server(REPLACED), "read", edit=drop_fields("pages")
                ),
            )
        ) == ["inconclusive"]

    @pytest.mark.parametrize("step", ["made", "update", "read"])
    def test_failed_step_decides_nothing(self, step: str) -> None:
        """Each step is needed."""
        assert get_outcomes(
            evaluate(REPLACED, with_response(execute_on_honest_server(REPLACED), step, 500))
        ) == ["inconclusive"]

    def test_made_up_ids_decide_nothing(self) -> None:
        """Ids that may not exist need not be taken over."""
        claim = "changeBook/body/authors/changed"
        claim = (
            claim if find_undecided_reason(claim) is None else "replaceBook/body/authors/replaced"
        )
        found = with_response(
            execute_on_honest_server(claim), "read", edit=set_fields(authors=["9"])
        )
        assert get_outcomes(evaluate(claim, found)) == ["failed"]
        assert get_outcomes(evaluate(claim, with_missing_fixtures(found, "authors"))) == [
            "inconclusive"
        ]

    def test_each_value_is_tried(self) -> None:
        """Every value has its script; the first is tried on a switched thing and looked for in the
        list as well.

        An example that its schema does not allow is passed over.
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
        found = {
            label: {step.name: step.call.body for step in script.steps}
            for label, script in map_scenarios(REPLACED, contract).items()
        }
        tried = {
            label: (bodies["update"]["pages"], bodies["made"]["pages"])
            for label, bodies in found.items()
        }
        assert {
            "value 0": (5, 7),
            IN_STATE: (5, 7),
            IN_THE_LIST: (5, 7),
            "value 1": (7, 5),
        } == tried

    def test_plan(self) -> None:
        """A thing with one value is updated to another, and read: by itself, and the first time
        switched on before, and in the list.
        """
        for label, script in map_scenarios(REPLACED).items():
            prepared = ["prepare lendBook: lendBook"] if label == IN_STATE else []
            look = "read: listBooks" if label == IN_THE_LIST else "read: readBook"
            assert describe_steps(script) == [
                "made: createBook",
                *prepared,
                "update: replaceBook",
                look,
            ]
            bodies = {step.name: step.call.body for step in script.steps}
            assert bodies["made"]["pages"] != bodies["update"]["pages"]
            steps = script.steps[1:-1] if label == IN_THE_LIST else script.steps[1:]
            assert [{"book": EarlierResponseValue("made", "/id")}] * len(steps) == [
                step.call.arguments for step in steps
            ]

    def test_plan_of_a_switched_thing(self) -> None:
        """The same update is done to a thing that was switched on; there is no such script without
        switches, or without examples to draw.
        """
        found = map_scenarios(REPLACED)
        made, _, *rest = found[IN_STATE].steps
        assert found["value 0"].steps == (made, *rest)
        assert IN_STATE not in map_scenarios(REPLACED, examples=0)
        switches = (
            "    switches: [{field: /lent, on: lendBook, off: returnBook, idempotent: true}]\n"
        )
        assert [label for label in found if label != IN_STATE] == list(
            map_scenarios(REPLACED, build_toy_variant((switches, "")))
        )

    def test_switched_thing_is_judged(self) -> None:
        """An update of a switched thing must read back as well; one that could not be switched
        shows nothing.
        """
        found = execute_on_honest_server(REPLACED, IN_STATE)
        before, after = found["made"].call.body["pages"], found["update"].call.body["pages"]
        assert evaluate(REPLACED, found) == ["passed"]
        assert [f"failed: pages was updated to {after} and reads back as {before}"] == evaluate(
            REPLACED, with_response(found, "read", edit=set_fields(pages=before))
        )
        assert get_outcomes(evaluate(REPLACED, with_response(found, "prepare lendBook", 409))) == [
            "inconclusive"
        ]

    @pytest.mark.parametrize(
        "claim", ["replaceBook/body/pages/replaced", "changeBook/body/title/changed"]
    )
    def test_plan_of_the_list(self, claim: str) -> None:
        """In the list, the same thing after the same update is looked for by its identity, newest
        first, whatever it is called now.
        """
        found = map_scenarios(claim)
        assert found["value 0"].steps[:-1] == found[IN_THE_LIST].steps[:-1]
        look = found[IN_THE_LIST].steps[-1]
        assert isinstance(look, PagedReadStep)
        assert (look.call.arguments, look.stop_at) == (
            {"sort": "created", "way": "down"},
            EarlierResponseValue("made", "/id"),
        )

    def test_plan_without_the_list(self) -> None:
        """Where things cannot be read the list is looked at anyway, where there is none nobody
        looks; a run that draws no examples looks once.
        """
        assert IN_THE_LIST not in map_scenarios(REPLACED, examples=0)
        unread = build_toy_variant(
            ("    read: readBook\n", ""),
            (
                "      operationId: readBook\n",
                "      operationId: readBook\n      x-basis: client\n",
            ),
        )
        assert IN_THE_LIST not in map_scenarios(REPLACED, unread)
        assert IN_THE_LIST not in map_scenarios(
            REPLACED, build_toy_variant(("    list: listBooks\n", ""))
        )

    def test_old_value_in_the_list_breaks(self) -> None:
        """The list shows what the update sent, as reading does."""
        found = execute_on_honest_server(REPLACED, IN_THE_LIST)
        before, after = found["made"].call.body["pages"], found["update"].call.body["pages"]
        assert evaluate(REPLACED, found) == ["passed"]
        stale = with_listed_items(
            found,
            "read",
            [{"id": "theirs", "pages": after}, {**found["made"].json, "pages": before}],
        )
        assert [f"failed: pages was updated to {after} and reads back as {before}"] == evaluate(
            REPLACED, stale
        )
        assert list_evidence(REPLACED, stale) == [(stale["made"], stale["update"], stale["read"])]

    def test_list_that_shows_nothing_decides_nothing(self) -> None:
        """What the list lacks is another claim, and so is a field that it does not show."""
        found = execute_on_honest_server(REPLACED, IN_THE_LIST)
        assert evaluate(REPLACED, with_listed_items(found, "read", [{"id": "theirs"}]))[
            0
        ].startswith("inconclusive")
        assert evaluate(
            REPLACED, with_listed_items(found, "read", [{"id": found["made"].json["id"]}])
        )[0].endswith("does not show pages")
        assert get_outcomes(
            evaluate(REPLACED, with_truncated_lists(with_listed_items(found, "read", []), "read"))
        ) == ["inconclusive"]


ON, OFF, TWICE, TWICE_OFF = (
    "lendBook/switches/lent",
    "returnBook/switches/lent",
    "lendBook/twice",
    "returnBook/twice",
)


class TestSwitched:
    @pytest.mark.parametrize(
        ("claim", "wrong"),
        [(ON, False), (ON, None), (ON, 1), (ON, "true"), (OFF, True), (OFF, None), (OFF, 0)],
    )
    def test_other_state_breaks(self, claim: str, wrong: Json) -> None:
        """Afterwards the field is true or false as the operation says, and nothing else."""
        assert [f"failed: afterwards lent is {wrong!r}"] == evaluate(
            claim,
            with_response(execute_on_honest_server(claim), "read", edit=set_fields(lent=wrong)),
        )

    @pytest.mark.parametrize("claim", [TWICE, TWICE_OFF])
    @pytest.mark.parametrize(("step", "times"), [("first", "once"), ("switch", "again")])
    def test_refusal_breaks(self, claim: str, step: str, times: str) -> None:
        """The second time is as good as the first: neither is refused."""
        assert evaluate(claim, with_response(execute_on_honest_server(claim), step, 409))[
            0
        ].startswith(f"failed: done {times}, it is refused: POST")
        assert get_outcomes(
            evaluate(claim, with_response(execute_on_honest_server(claim), "switch", 500))
        ) == ["inconclusive"]

    @pytest.mark.parametrize("claim", [TWICE, TWICE_OFF])
    def test_first_time_that_a_gateway_dropped(self, claim: str) -> None:
        """What was dropped the first time is done the first time by the second: its effect accuses
        nobody.
        """
        dropped = with_response(
            with_response(execute_on_honest_server(claim), "first", 503),
            "between",
            edit=set_fields(lent=claim == TWICE_OFF),
        )
        assert get_outcomes(evaluate(claim, dropped)) == ["inconclusive"]

    def test_refusal_is_another_claim(self) -> None:
        """Whether it succeeds at all is judged elsewhere."""
        assert get_outcomes(
            evaluate(ON, with_response(execute_on_honest_server(ON), "switch", 409))
        ) == ["inconclusive"]

    def test_change_by_the_second_time_breaks(self) -> None:
        """The second time changes nothing."""
        found = with_response(
            execute_on_honest_server(TWICE), "read", edit=set_fields(title="x", pages=3)
        )
        assert evaluate(TWICE, found) == ["failed: the second time changes title"]

    @pytest.mark.parametrize("step", ["made", "read"])
    def test_failed_step_decides_nothing(self, step: str) -> None:
        """Each step is needed."""
        assert get_outcomes(
            evaluate(ON, with_response(execute_on_honest_server(ON), step, 500))
        ) == ["inconclusive"]

    def test_failed_preparation_decides_nothing(self) -> None:
        """What was not prepared is not judged."""
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
        """It is tried from either state, with a look at the thing and with one at the lists; twice
        means twice, with a look in between.
        """
        own = claim.partition("/")[0]
        twice = [f"first: {own}", "between: readBook"] if claim.endswith("twice") else []
        wanted = {
            label: ["made: createBook", *first, *twice, f"switch: {own}", "read: readBook"]
            for label, first in expected.items()
        }
        for label, first in expected.items():
            wanted[f"{label}, in the lists"] = [
                "made: createBook",
                *first,
                *twice,
                f"switch: {own}",
                "listed true: listBooks",
                "listed false: listBooks",
            ]
        assert wanted == {
            label: describe_steps(script) for label, script in map_scenarios(claim).items()
        }

    @pytest.mark.parametrize("claim", [TWICE, TWICE_OFF])
    @pytest.mark.parametrize("label", ["from new, in the lists", "from opposite, in the lists"])
    def test_twice_in_the_lists(self, claim: str, label: str) -> None:
        """Done twice, the thing is in the list of its state and in no other; refused the second
        time, the promise is broken whatever the lists show.
        """
        found = execute_on_honest_server(claim, label)
        right, wrong = ("true", "false") if claim == TWICE else ("false", "true")
        assert evaluate(claim, found) == ["passed"]
        assert [f"failed: afterwards the list of lent={right} lacks the item"] == evaluate(
            claim, with_listed_items(found, f"listed {right}", [])
        )
        kept = with_listed_items(found, f"listed {wrong}", [found["made"].json])
        assert [f"failed: afterwards the list of lent={wrong} still holds the item"] == evaluate(
            claim, kept
        )
        assert evaluate(claim, with_response(kept, "switch", 409))[0].startswith(
            "failed: done again, it is refused: POST"
        )

    def test_reason_of_a_look_that_was_not_sent(self) -> None:
        """What was not looked at decides nothing, and the reason is why the look was not sent,
        whether there are lists of states or not.
        """
        found = with_skipped_step(
            execute_on_honest_server(ON), "read", ("the run may send no more than 3 requests")
        )
        states = (
            "      - filters: {state: lent, field: /lent, values: {'true': true, 'false': false},"
            " absent: false}\n"
        )
        for contract in (None, build_toy_variant((states, ""))):
            assert evaluate(ON, found, contract) == [
                "inconclusive: the run may send no more than 3 requests"
            ]
        listed = with_skipped_step(
            execute_on_honest_server(ON, "from new, in the lists"),
            "listed true",
            "the run may send no more than 3 requests",
        )
        for step in ("listed true", "listed false"):
            listed = with_skipped_step(listed, step, "the run may send no more than 3 requests")
            assert evaluate(ON, listed) == [
                ("inconclusive: the run may send no more than 3 requests")
            ]

    @pytest.mark.parametrize("claim", [ON, OFF])
    def test_plan_without_lists(self, claim: str) -> None:
        """Without a list for each state, or with one for another field, only the thing itself is
        looked at.
        """
        states = (
            "{state: lent, field: /lent, values: {'true': true, 'false': false}, absent: false}"
        )
        for contract in (
            build_toy_variant((f"      - filters: {states}\n", "")),
            build_toy_variant((states, states.replace("field: /lent", "field: /rare"))),
        ):
            assert [
                label for label in map_scenarios(claim) if not label.endswith("in the lists")
            ] == list(map_scenarios(claim, contract))
