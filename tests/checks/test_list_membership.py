"""Checks of which lists, one for each state, contain an item."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks import list_membership
from conformance.checks.call import TextWithRunMark
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
FIELDS_UNTOUCHED = "replaceBook/fields-untouched"
CASES = [
    (ON, "from new, in the lists", "true", "made", "switch"),
    (ON, "from opposite, in the lists", "true", "made", "switch"),
    (OFF, "from opposite, in the lists", "false", "made", "switch"),
    (FIELDS_UNTOUCHED, "listed by lent", "true", "middle", "call"),
]
STATE_FILTER = (
    "      - filters: {state: lent, field: /lent, values: {'true': true, 'false': false}, absent:"
    " false}\n"
)


def build_membership_trace(claim: str, label: str, item_step: str, *states: str) -> Trace:
    """Return a trace in which the item is in the lists of these states and in no other. Each list
    also has a foreign item.
    """
    trace = execute_on_honest_server(claim, label)
    for state in ("true", "false"):
        own_items = [trace[item_step].json] if state in states else []
        trace = with_listed_items(trace, f"listed {state}", [{"id": "theirs"}, *own_items])
    return trace


@pytest.mark.parametrize(("claim", "label", "right_state", "item_step", "operation_step"), CASES)
class TestMembership:
    def test_right_list_passes(
        self, claim: str, label: str, right_state: str, item_step: str, operation_step: str
    ) -> None:
        """An item in the list of its state and in no other keeps the promise. The operation is the
        evidence.
        """
        assert evaluate(claim, execute_on_honest_server(claim, label)) == ["passed"]
        trace = build_membership_trace(claim, label, item_step, right_state)
        assert evaluate(claim, trace) == ["passed"]
        assert list_evidence(claim, trace) == [(trace[operation_step],)]

    def test_no_list_fails(
        self, claim: str, label: str, right_state: str, item_step: str, operation_step: str
    ) -> None:
        """An item in no list breaks the promise. The list that lacks it is the evidence."""
        trace = build_membership_trace(claim, label, item_step)
        assert [(f"failed: afterwards the list of lent={right_state} lacks the item")] == evaluate(
            claim, trace
        )
        assert list_evidence(claim, trace) == [
            (trace[item_step], trace[operation_step], trace[f"listed {right_state}"])
        ]

    def test_both_lists_fail(
        self, claim: str, label: str, right_state: str, item_step: str, operation_step: str
    ) -> None:
        """An item in the right list and still in the old one breaks the promise. The old list is
        the evidence.
        """
        wrong_state = "false" if right_state == "true" else "true"
        trace = build_membership_trace(claim, label, item_step, "true", "false")
        assert [
            f"failed: afterwards the list of lent={wrong_state} still holds the item"
        ] == evaluate(claim, trace)
        assert list_evidence(claim, trace) == [
            (trace[item_step], trace[operation_step], trace[f"listed {wrong_state}"])
        ]

    def test_wrong_list_fails(
        self, claim: str, label: str, right_state: str, item_step: str, operation_step: str
    ) -> None:
        """An item in the wrong list only breaks the promise once. The failure is about the list of
        true, which is checked first.
        """
        expected = "lacks" if right_state == "true" else "still holds"
        wrong_state = "false" if right_state == "true" else "true"
        assert [f"failed: afterwards the list of lent=true {expected} the item"] == evaluate(
            claim, build_membership_trace(claim, label, item_step, wrong_state)
        )

    def test_changing_list_is_unstable(
        self, claim: str, label: str, right_state: str, item_step: str, operation_step: str
    ) -> None:
        """A list that differs between two reads, or that another client changed while it was read,
        is unstable, whatever it contained. Another total on a later page does not count as a
        change.
        """
        for states in ((), (right_state,), ("true", "false")):
            trace = build_membership_trace(claim, label, item_step, *states)
            assert evaluate(
                claim, replace(trace, unstable=frozenset({f"listed {right_state}"}))
            ) == ["unstable: the list was changed by someone else while it was read"]
            page = trace.exchanges[f"listed {right_state}"][0]
            trace_with_two_pages = replace(
                trace, exchanges={**trace.exchanges, f"listed {right_state}": (page, page)}
            )
            trace_with_other_total = with_response(
                trace_with_two_pages,
                f"listed {right_state}",
                edit=lambda body: {**body, "meta": {"total": 7}},
                page=1,
            )
            assert evaluate(claim, trace_with_other_total) == evaluate(claim, trace)

    @pytest.mark.parametrize("state", ["true", "false"])
    def test_truncated_list_is_inconclusive(
        self,
        claim: str,
        label: str,
        right_state: str,
        item_step: str,
        operation_step: str,
        state: str,
    ) -> None:
        """A list that was not read to its end shows nothing, whatever it contained so far."""
        for states in ((right_state,), ("true", "false")):
            trace = with_truncated_lists(
                build_membership_trace(claim, label, item_step, *states), f"listed {state}"
            )
            expected = (
                ["failed"]
                if state == "false" and right_state == "false" and len(states) > 1
                else ["inconclusive"]
            )
            assert expected == get_outcomes(evaluate(claim, trace))

    @pytest.mark.parametrize("state", ["true", "false"])
    def test_failed_list_is_inconclusive(
        self,
        claim: str,
        label: str,
        right_state: str,
        item_step: str,
        operation_step: str,
        state: str,
    ) -> None:
        """A failed list shows nothing."""
        assert get_outcomes(
            evaluate(
                claim,
                with_response(
                    build_membership_trace(claim, label, item_step, right_state),
                    f"listed {state}",
                    500,
                ),
            )
        ) == ["inconclusive"]

    def test_failed_step_is_inconclusive(
        self, claim: str, label: str, right_state: str, item_step: str, operation_step: str
    ) -> None:
        """Without the item, or without the operation, the claim is inconclusive."""
        for step in (item_step, operation_step):
            assert get_outcomes(
                evaluate(
                    claim, with_response(build_membership_trace(claim, label, item_step), step, 500)
                )
            ) == ["inconclusive"]
        preparation_steps = [
            step
            for step in execute_on_honest_server(claim, label).exchanges
            if step.startswith("prepare")
        ]
        for step in preparation_steps:
            assert get_outcomes(
                evaluate(
                    claim, with_response(build_membership_trace(claim, label, item_step), step, 500)
                )
            ) == ["inconclusive"]


class TestStateLists:
    def test_state_filter_values(self) -> None:
        """A list that is selected by the field has a state for each value of the field."""
        assert list_membership.get_state_filter_values(build_context(ON), "/lent") == {
            "true": True,
            "false": False,
        }

    def test_no_values_of_another_field(self) -> None:
        """A list that is selected by another field, or by none, has no states."""
        assert list_membership.get_state_filter_values(build_context(ON), "/other") == {}
        assert (
            list_membership.get_state_filter_values(
                build_context(ON, build_toy_variant((STATE_FILTER, ""))), "/lent"
            )
            == {}
        )

    def test_state_list_steps(self) -> None:
        """Each list is read as a whole, restricted to the items of the run, in the order of the
        document.
        """
        steps = list_membership.build_state_list_steps(build_context(ON), "/lent")
        assert [(step.name, step.call.operation) for step in steps] == [
            ("listed true", "listBooks"),
            ("listed false", "listBooks"),
        ]
        assert all(isinstance(step, PagedReadStep) and step.stop_at is None for step in steps)
        assert [
            {"field": "title", "glob": TextWithRunMark("{m}*"), "lent": text}
            for text in ("true", "false")
        ] == [step.call.arguments for step in steps]

    def test_no_steps_without_state_filter(self) -> None:
        """Without states there is no list to read."""
        assert list_membership.build_state_list_steps(build_context(ON), "/other") == []
        assert (
            list_membership.build_state_list_steps(
                build_context(ON, build_toy_variant((STATE_FILTER, ""))), "/lent"
            )
            == []
        )

    def test_states_of_a_builtin_contract(self) -> None:
        """The contract gives the names and values."""
        contract = load_builtin_contract("push-express")
        context = CheckContext(
            contract=contract,
            claim=next(
                claim
                for claim in contract.claims
                if claim.id == "archiveAppGroup/switches/archived"
            ),
            seed="seed",
        )
        assert list_membership.get_state_filter_values(context, "/archived") == {
            "true": True,
            "false": False,
        }
        assert [{"archived": "true"}, {"archived": "false"}] == [
            step.call.arguments
            for step in list_membership.build_state_list_steps(context, "/archived")
        ]

    def test_list_without_pages(self) -> None:
        """A list without pagination is requested once for each state."""
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
            type(step)
            for step in list_membership.build_state_list_steps(build_context(ON, contract), "/lent")
        ]


class TestIncludesStateLists:
    def test_lists_of_states(self) -> None:
        """A scenario is about lists if it reads one for a state, or would have read one."""
        context = build_context(ON)
        trace = execute_on_honest_server(ON, "from new, in the lists")
        skipped = with_skipped_step(with_skipped_step(trace, "listed true"), "listed false")
        elsewhere = execute_on_honest_server(ON, "from new")
        unfiltered = Trace(exchanges={"listed": trace.exchanges["listed true"]})
        assert [
            list_membership.includes_state_list_steps(candidate, context)
            for candidate in (trace, skipped, elsewhere, unfiltered)
        ] == [True, True, False, False]

    def test_lists_of_one_field(self) -> None:
        """The contract determines which field selects the lists."""
        trace = execute_on_honest_server(ON, "from new, in the lists")
        assert [
            list_membership.includes_state_list_steps(trace, build_context(ON), field)
            for field in ("/lent", "/other")
        ] == [True, False]
        assert (
            list_membership.includes_state_list_steps(
                with_skipped_step(with_skipped_step(trace, "listed true"), "listed false"),
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


def test_field_without_lists_is_inconclusive() -> None:
    """Where the field selects no list, it cannot be seen which list the item is in, so the claim is
    inconclusive.
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
def test_value_determines_the_list(
    value: bool, states: list[str], expected: type[Passed | Failed]
) -> None:
    """The right list is the one whose parameter text stands for the value."""
    trace = build_membership_trace(ON, "from new, in the lists", "made", *states)
    (observation,) = list_membership.evaluate_state_list_membership(
        build_context(ON), trace, "made", "/lent", value, "switch"
    )
    assert isinstance(observation, expected), describe_observation(observation)
