"""Judging what was deleted, and what never was."""

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

GONE = "deleteBook/gone"


class TestGone:
    def test_readable_breaks(self) -> None:
        """What was deleted cannot be read."""
        found = with_response(execute_on_honest_server(GONE), "read", 200, body={"id": "x"})
        assert evaluate(GONE, found) == ["failed: what was deleted can still be read"]

    @pytest.mark.parametrize("step", ["listed true", "listed false"])
    def test_listed_breaks(self, step: str) -> None:
        """What was deleted is in no list, of whatever state."""
        found = execute_on_honest_server(GONE)
        assert evaluate(
            GONE, with_listed_items(found, step, [{"id": "other"}, found["made"].json])
        ) == ["failed: what was deleted is still in the list"]
        assert evaluate(GONE, with_listed_items(found, step, [{"id": "other"}])) == ["passed"]

    @pytest.mark.parametrize("step", ["made", "delete", "listed true"])
    def test_failed_step_decides_nothing(self, step: str) -> None:
        """Each step is needed."""
        assert get_outcomes(
            evaluate(GONE, with_response(execute_on_honest_server(GONE), step, 500))
        ) == ["inconclusive"]

    def test_plan(self) -> None:
        """A new thing and a switched one are deleted, then looked for everywhere."""
        rest = [
            "delete: deleteBook",
            "read: readBook",
            "listed true: listBooks",
            "listed false: listBooks",
        ]
        expected = {
            "new": ["made: createBook", *rest],
            "switched lent": ["made: createBook", "prepare 0: lendBook", *rest],
        }
        found = map_scenarios(GONE)
        assert expected == {label: describe_steps(script) for label, script in found.items()}
        assert [move.call.arguments["lent"] for move in found["new"].steps[-2:]] == [
            "true",
            "false",
        ]

    def test_plan_without_states(self) -> None:
        """Without a state filter there is one list to look in."""
        contract = build_toy_variant(
            (
                (
                    "      - filters: {state: lent, field: /lent, values: {'true': true, 'false':"
                    " false}, absent: false}\n"
                ),
                "",
            )
        )
        assert describe_steps(map_scenarios(GONE, contract)["new"])[-1:] == ["listed: listBooks"]


UNKNOWN, PARENT = "readBook/book/unknown", "listBooks/shelf/unknown"


class TestUnknown:
    @pytest.mark.parametrize(
        "claim", [UNKNOWN, PARENT, "createBook/shelf/unknown", "deleteBook/book/unknown"]
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
        """The documented status holds; any other breaks the promise, unless it is about something
        else.
        """
        if find_undecided_reason(claim) is None:
            assert [expected] == get_outcomes(
                evaluate(claim, with_response(execute_on_honest_server(claim), "call", status))
            )

    def test_message(self) -> None:
        """The message says what came and what is documented."""
        assert evaluate(UNKNOWN, with_response(execute_on_honest_server(UNKNOWN), "call", 200)) == [
            "failed: answered with 200; documented is 404"
        ]

    def test_failed_deletion_decides_nothing(self) -> None:
        """What could not be deleted is not unknown."""
        found = with_response(
            with_response(execute_on_honest_server(UNKNOWN, "deleted"), "delete", 500), "call", 200
        )
        assert get_outcomes(evaluate(UNKNOWN, found)) == ["inconclusive"]

    def test_silence_decides_nothing(self) -> None:
        """No answer decides nothing."""
        assert get_outcomes(
            evaluate(UNKNOWN, with_lost_response(execute_on_honest_server(UNKNOWN), "call"))
        ) == ["inconclusive"]

    @pytest.mark.parametrize(
        ("claim", "expected"),
        [
            (
                UNKNOWN,
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
            (PARENT, {"unknown": ["call: listBooks"]}),
            ("readBook/shelf/unknown", {"unknown": ["made: createBook", "call: readBook"]}),
        ],
    )
    def test_plan(self, claim: str, expected: dict[str, list[str]]) -> None:
        """An identity that never was, and one of something deleted; deleting twice is left open."""
        assert expected == {
            label: describe_steps(script) for label, script in map_scenarios(claim).items()
        }

    def test_plan_without_documented_deletion(self) -> None:
        """Where deleting is not documented, nothing is deleted to be unknown."""
        contract = build_toy_variant(
            ("operationId: deleteBook", "operationId: deleteBook\n      x-basis: client")
        )
        assert list(map_scenarios(UNKNOWN, contract)) == ["unknown"]

    def test_unknown_parent_keeps_the_item(self) -> None:
        """The item of an unknown parent is one that exists elsewhere."""
        arguments = map_scenarios("readBook/shelf/unknown")["unknown"].steps[-1].call.arguments
        assert EarlierResponseValue("made", "/id") == arguments["book"]
        assert isinstance(arguments["shelf"], str)
