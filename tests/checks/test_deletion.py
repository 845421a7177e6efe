"""Checks of deleted items and of unknown ids."""

from __future__ import annotations

import pytest

from conformance.checks.call import EarlierResponseValue

from .toy import (
    build_toy_variant,
    describe_steps,
    evaluate,
    execute_on_honest_server,
    find_undecided_reason,
    get_outcomes,
    map_scenarios,
    with_listed_items,
    with_lost_response,
    with_response,
)

DELETED = "deleteBook/gone"


class TestDeleted:
    def test_readable_item_fails(self) -> None:
        """A deleted item cannot be read."""
        trace = with_response(execute_on_honest_server(DELETED), "read", 200, body={"id": "x"})
        assert evaluate(DELETED, trace) == ["failed: what was deleted can still be read"]

    @pytest.mark.parametrize("step", ["listed true", "listed false"])
    def test_listed_item_fails(self, step: str) -> None:
        """A deleted item is in no list, of whatever state."""
        trace = execute_on_honest_server(DELETED)
        assert evaluate(
            DELETED, with_listed_items(trace, step, [{"id": "other"}, trace["made"].json])
        ) == ["failed: what was deleted is still in the list"]
        assert evaluate(DELETED, with_listed_items(trace, step, [{"id": "other"}])) == ["passed"]

    @pytest.mark.parametrize("step", ["made", "delete", "listed true"])
    def test_failed_step_is_inconclusive(self, step: str) -> None:
        """Each step must succeed."""
        assert get_outcomes(
            evaluate(DELETED, with_response(execute_on_honest_server(DELETED), step, 500))
        ) == ["inconclusive"]

    def test_plan(self) -> None:
        """A new item and a switched item are deleted, and all lists are read afterwards."""
        remaining_steps = [
            "delete: deleteBook",
            "read: readBook",
            "listed true: listBooks",
            "listed false: listBooks",
        ]
        expected = {
            "new": ["made: createBook", *remaining_steps],
            "switched lent": ["made: createBook", "prepare 0: lendBook", *remaining_steps],
        }
        scenarios = map_scenarios(DELETED)
        assert expected == {
            label: describe_steps(scenario) for label, scenario in scenarios.items()
        }
        assert [step.call.arguments["lent"] for step in scenarios["new"].steps[-2:]] == [
            "true",
            "false",
        ]

    def test_plan_without_states(self) -> None:
        """Without a state filter there is only one list to read."""
        contract = build_toy_variant(
            (
                (
                    "      - filters: {state: lent, field: /lent, values: {'true': true, 'false':"
                    " false}, absent: false}\n"
                ),
                "",
            )
        )
        assert describe_steps(map_scenarios(DELETED, contract)["new"])[-1:] == ["listed: listBooks"]


UNKNOWN_BOOK, UNKNOWN_SHELF = "readBook/book/unknown", "listBooks/shelf/unknown"


class TestUnknown:
    @pytest.mark.parametrize(
        "claim",
        [UNKNOWN_BOOK, UNKNOWN_SHELF, "createBook/shelf/unknown", "deleteBook/book/unknown"],
    )
    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            (404, "passed"),
            (200, "failed"),
            (204, "failed"),
            (400, "failed"),
            (410, "failed"),
            (500, "failed"),
            (401, "inconclusive"),
            (403, "inconclusive"),
            (429, "inconclusive"),
            (502, "inconclusive"),
            (503, "inconclusive"),
            (504, "inconclusive"),
        ],
    )
    def test_status(self, claim: str, status: int, expected: str) -> None:
        """The documented status passes. Any other status breaks the promise, unless it has another
        cause.
        """
        if find_undecided_reason(claim) is None:
            assert [expected] == get_outcomes(
                evaluate(claim, with_response(execute_on_honest_server(claim), "call", status))
            )

    def test_message(self) -> None:
        """The message gives the status received and the documented one."""
        assert evaluate(
            UNKNOWN_BOOK, with_response(execute_on_honest_server(UNKNOWN_BOOK), "call", 200)
        ) == ["failed: answered with 200; documented is 404"]

    def test_failed_deletion_is_inconclusive(self) -> None:
        """The id of an item that could not be deleted is not unknown."""
        trace = with_response(
            with_response(execute_on_honest_server(UNKNOWN_BOOK, "deleted"), "delete", 500),
            "call",
            200,
        )
        assert get_outcomes(evaluate(UNKNOWN_BOOK, trace)) == ["inconclusive"]

    def test_missing_response_is_inconclusive(self) -> None:
        """A call without a response is inconclusive."""
        assert get_outcomes(
            evaluate(
                UNKNOWN_BOOK, with_lost_response(execute_on_honest_server(UNKNOWN_BOOK), "call")
            )
        ) == ["inconclusive"]

    @pytest.mark.parametrize(
        ("claim", "expected"),
        [
            (
                UNKNOWN_BOOK,
                {
                    "unknown": ["call: readBook"],
                    "deleted": ["made: createBook", "delete: deleteBook", "call: readBook"],
                    "deleted after lendBook": [
                        "made: createBook",
                        "prepare lendBook: lendBook",
                        "delete: deleteBook",
                        "call: readBook",
                    ],
                },
            ),
            ("deleteBook/book/unknown", {"unknown": ["call: deleteBook"]}),
            (UNKNOWN_SHELF, {"unknown": ["call: listBooks"]}),
            ("readBook/shelf/unknown", {"unknown": ["made: createBook", "call: readBook"]}),
        ],
    )
    def test_plan(self, claim: str, expected: dict[str, list[str]]) -> None:
        """There is an id that never existed, and the id of a deleted item. What a second deletion
        returns is unspecified.
        """
        assert expected == {
            label: describe_steps(scenario) for label, scenario in map_scenarios(claim).items()
        }

    def test_plan_without_documented_deletion(self) -> None:
        """Where deletion is not documented, no item is deleted to get an unknown id."""
        contract = build_toy_variant(
            ("operationId: deleteBook", "operationId: deleteBook\n      x-basis: client")
        )
        assert list(map_scenarios(UNKNOWN_BOOK, contract)) == ["unknown"]

    def test_unknown_parent_with_existing_item(self) -> None:
        """The item of an unknown parent is one that exists elsewhere."""
        arguments = map_scenarios("readBook/shelf/unknown")["unknown"].steps[-1].call.arguments
        assert EarlierResponseValue("made", "/id") == arguments["book"]
        assert isinstance(arguments["shelf"], str)
