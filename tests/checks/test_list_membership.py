"""Judging in which of the lists, one for each state, a thing is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks import list_membership
from conformance.checks.call import MarkedText
from conformance.checks.check import CheckContext
from conformance.checks.exchange import InconclusiveError, Trace
from conformance.checks.observation import Failed, Passed
from conformance.checks.scenario import PagedReadStep, Step

from .toy import (
    build_context,
    build_toy_variant,
    describe_observation,
    evaluate,
    execute_on_honest_server,
    get_outcomes,
    list_evidence,
    load_builtin_contract,
    with_listed_items,
    with_response,
    with_skipped_step,
    with_truncated_lists,
)

ON, OFF = "lendBook/switches/lent", "returnBook/switches/lent"
KEEPING = "replaceBook/fields-untouched"
TRIED = [
    (ON, "from new, in the lists", "true", "made", "switch"),
    (ON, "from opposite, in the lists", "true", "made", "switch"),
    (OFF, "from opposite, in the lists", "false", "made", "switch"),
    (KEEPING, "listed by lent", "true", "middle", "call"),
]
STATES = (
    "      - filters: {state: lent, field: /lent, values: {'true': true, 'false': false}, absent:"
    " false}\n"
)


def placed(claim: str, label: str, item: str, *states: str) -> Trace:
    """Return a trace in which the thing is, besides one of others, in the lists of these states and
    in no other.
    """
    found = execute_on_honest_server(claim, label)
    for state in ("true", "false"):
        own = [found[item].json] if state in states else []
        found = with_listed_items(found, f"listed {state}", [{"id": "theirs"}, *own])
    return found


@pytest.mark.parametrize(("claim", "label", "right", "item", "cause"), TRIED)
class TestJudged:
    def test_right_list_holds(
        self, claim: str, label: str, right: str, item: str, cause: str
    ) -> None:
        """In the list of its state and in no other, the promise is kept; the operation is the
        evidence.
        """
        assert evaluate(claim, execute_on_honest_server(claim, label)) == ["passed"]
        found = placed(claim, label, item, right)
        assert evaluate(claim, found) == ["passed"]
        assert list_evidence(claim, found) == [(found[cause],)]

    def test_no_list_breaks(
        self, claim: str, label: str, right: str, item: str, cause: str
    ) -> None:
        """In no list at all, the promise is broken by the list that lacks it."""
        found = placed(claim, label, item)
        assert [(f"failed: afterwards the list of lent={right} lacks the item")] == evaluate(
            claim, found
        )
        assert list_evidence(claim, found) == [
            (found[item], found[cause], found[f"listed {right}"])
        ]

    def test_both_lists_break(
        self, claim: str, label: str, right: str, item: str, cause: str
    ) -> None:
        """In the right list and still in the old one, the promise is broken by the old one."""
        wrong = "false" if right == "true" else "true"
        found = placed(claim, label, item, "true", "false")
        assert [f"failed: afterwards the list of lent={wrong} still holds the item"] == evaluate(
            claim, found
        )
        assert list_evidence(claim, found) == [
            (found[item], found[cause], found[f"listed {wrong}"])
        ]

    def test_wrong_list_breaks(
        self, claim: str, label: str, right: str, item: str, cause: str
    ) -> None:
        """In the wrong list alone, the promise is broken, once; by the list of true, which is
        looked at first.
        """
        expected = "lacks" if right == "true" else "still holds"
        wrong = "false" if right == "true" else "true"
        assert [f"failed: afterwards the list of lent=true {expected} the item"] == evaluate(
            claim, placed(claim, label, item, wrong)
        )

    def test_restless_list_is_tried_again(
        self, claim: str, label: str, right: str, item: str, cause: str
    ) -> None:
        """Of a list that was not the same twice, or that others changed while it was read, nothing
        is judged, whatever it showed.
        """
        for states in ((), (right,), ("true", "false")):
            found = placed(claim, label, item, *states)
            assert evaluate(claim, replace(found, unstable=frozenset({f"listed {right}"}))) == [
                "unstable: the list was changed by someone else while it was read"
            ]
            page = found.exchanges[f"listed {right}"][0]
            still = replace(found, exchanges={**found.exchanges, f"listed {right}": (page, page)})
            moved = with_response(
                still,
                f"listed {right}",
                edit=lambda answer: {**answer, "meta": {"total": 7}},
                page=1,
            )
            assert evaluate(claim, moved) == evaluate(claim, found)

    @pytest.mark.parametrize("state", ["true", "false"])
    def test_cut_list_decides_nothing(
        self, claim: str, label: str, right: str, item: str, cause: str, state: str
    ) -> None:
        """A list that was not read to its end shows nothing, whatever it held so far."""
        for states in ((right,), ("true", "false")):
            found = with_truncated_lists(placed(claim, label, item, *states), f"listed {state}")
            expected = (
                ["failed"]
                if state == "false" and right == "false" and len(states) > 1
                else ["inconclusive"]
            )
            assert expected == get_outcomes(evaluate(claim, found))

    @pytest.mark.parametrize("state", ["true", "false"])
    def test_failed_list_decides_nothing(
        self, claim: str, label: str, right: str, item: str, cause: str, state: str
    ) -> None:
        """A list that does not come shows nothing."""
        assert get_outcomes(
            evaluate(
                claim, with_response(placed(claim, label, item, right), f"listed {state}", 500)
            )
        ) == ["inconclusive"]

    def test_failed_steps_decide_nothing(
        self, claim: str, label: str, right: str, item: str, cause: str
    ) -> None:
        """Without the thing, or the operation, nothing is judged."""
        for step in (item, cause):
            assert get_outcomes(
                evaluate(claim, with_response(placed(claim, label, item), step, 500))
            ) == ["inconclusive"]
        prepared = [
            step
            for step in execute_on_honest_server(claim, label).exchanges
            if step.startswith("prepare")
        ]
        for step in prepared:
            assert get_outcomes(
                evaluate(claim, with_response(placed(claim, label, item), step, 500))
            ) == ["inconclusive"]


class TestPlaces:
    def test_texts_and_values(self) -> None:
        """A list that is chosen by the field has a place for each of its values."""
        assert list_membership.get_state_filter_values(build_context(ON), "/lent") == {
            "true": True,
            "false": False,
        }

    def test_of_another_field(self) -> None:
        """A list that is chosen by another field, or by none, has no places."""
        assert list_membership.get_state_filter_values(build_context(ON), "/other") == {}
        assert (
            list_membership.get_state_filter_values(
                build_context(ON, build_toy_variant((STATES, ""))), "/lent"
            )
            == {}
        )

    def test_looks(self) -> None:
        """Each list is read as a whole, as far as it is ours, in the order of the document."""
        moves = list_membership.build_state_list_steps(build_context(ON), "/lent")
        assert [(move.name, move.call.operation) for move in moves] == [
            ("listed true", "listBooks"),
            ("listed false", "listBooks"),
        ]
        assert all(isinstance(move, PagedReadStep) and move.stop_at is None for move in moves)
        assert [
            {"field": "title", "glob": MarkedText("{m}*"), "lent": text}
            for text in ("true", "false")
        ] == [move.call.arguments for move in moves]

    def test_no_looks(self) -> None:
        """Without places there is nowhere to look."""
        assert list_membership.build_state_list_steps(build_context(ON), "/other") == []
        assert (
            list_membership.build_state_list_steps(
                build_context(ON, build_toy_variant((STATES, ""))), "/lent"
            )
            == []
        )

    def test_of_an_edition(self) -> None:
        """Names and values are the contract's."""
        contract = load_builtin_contract("push-express")
        where = CheckContext(
            contract=contract,
            claim=next(
                one for one in contract.claims if one.id == "archiveAppGroup/switches/archived"
            ),
            seed="seed",
        )
        assert list_membership.get_state_filter_values(where, "/archived") == {
            "true": True,
            "false": False,
        }
        assert [{"archived": "true"}, {"archived": "false"}] == [
            move.call.arguments
            for move in list_membership.build_state_list_steps(where, "/archived")
        ]

    def test_list_without_pages(self) -> None:
        """A list that has no pages is asked for once for each state."""
        contract = build_toy_variant(
            (
                (
                    "      - paginates: {page: page, size: size, first: 0, count: /meta/count,"
                    " total: /meta/total, pages: /meta/pages, metadata: /meta, maxItems:"
                    " 40, unpagedHasMetadata:"
                    " true, pastEnd: empty}\n"
                ),
                "",
            )
        )
        assert [Step, Step] == [
            type(move)
            for move in list_membership.build_state_list_steps(build_context(ON, contract), "/lent")
        ]


class TestLooked:
    def test_lists_of_states(self) -> None:
        """A script is about lists when it reads one for a state, or would have."""
        found = execute_on_honest_server(ON, "from new, in the lists")
        assert list_membership.includes_state_list_steps(found) is True
        assert (
            list_membership.includes_state_list_steps(
                with_skipped_step(with_skipped_step(found, "listed true"), "listed false")
            )
            is True
        )
        assert (
            list_membership.includes_state_list_steps(execute_on_honest_server(ON, "from new"))
            is False
        )
        assert (
            list_membership.includes_state_list_steps(
                Trace(exchanges={"listed": found.exchanges["listed true"]})
            )
            is False
        )

    def test_lists_of_one_field(self) -> None:
        """Which field the lists are of follows from the contract."""
        found = execute_on_honest_server(ON, "from new, in the lists")
        assert [
            list_membership.includes_state_list_steps(found, build_context(ON), field)
            for field in ("/lent", "/other")
        ] == [True, False]
        assert (
            list_membership.includes_state_list_steps(
                with_skipped_step(with_skipped_step(found, "listed true"), "listed false"),
                build_context(ON),
                "/lent",
            )
            is True
        )
        assert (
            list_membership.includes_state_list_steps(
                execute_on_honest_server(ON, "from new"), build_context(ON), "/lent"
            )
            is False
        )


def test_field_without_lists_decides_nothing() -> None:
    """Where no list is of the field, nothing can be seen of where the thing is, and nothing
    holds.
    """
    with pytest.raises(InconclusiveError, match=r"^no parameter lists by other$"):
        list(
            list_membership.evaluate_state_list_membership(
                build_context(ON),
                execute_on_honest_server(ON, "from new, in the lists"),
                "made",
                "/other",
                True,
                "switch",
            )
        )


@pytest.mark.parametrize(
    ("value", "states", "expected"),
    [
        (True, ["true"], Passed),
        (False, ["false"], Passed),
        (True, ["false"], Failed),
        (False, ["true"], Failed),
    ],
)
def test_value_decides_the_list(
    value: bool, states: list[str], expected: type[Passed | Failed]
) -> None:
    """Which list is the right one follows from the value that its text stands for."""
    found = placed(ON, "from new, in the lists", "made", *states)
    (one,) = list_membership.evaluate_state_list_membership(
        build_context(ON), found, "made", "/lent", value, "switch"
    )
    assert isinstance(one, expected), describe_observation(one)
