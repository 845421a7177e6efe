"""Judging what was deleted, and what never was."""

from __future__ import annotations

import pytest

from conformance.checks.call import EarlierResponseValue

from .toy import bent, holding, honest, moves, reason, said, scripts, silent, variant, word

GONE = "deleteBook/gone"


class TestGone:
    def test_readable_breaks(self) -> None:
        """What was deleted cannot be read."""
        found = bent(honest(GONE), "read", 200, body={"id": "x"})
        assert said(GONE, found) == ["broken: what was deleted can still be read"]

    @pytest.mark.parametrize("step", ["listed true", "listed false"])
    def test_listed_breaks(self, step: str) -> None:
        """What was deleted is in no list, of whatever state."""
        found = honest(GONE)
        assert said(GONE, holding(found, step, [{"id": "other"}, found["made"].json])) == [
            "broken: what was deleted is still in the list"
        ]
        assert said(GONE, holding(found, step, [{"id": "other"}])) == ["held"]

    @pytest.mark.parametrize("step", ["made", "delete", "listed true"])
    def test_failed_step_decides_nothing(self, step: str) -> None:
        """Each step is needed."""
        assert word(said(GONE, bent(honest(GONE), step, 500))) == ["unreached"]

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
        found = scripts(GONE)
        assert expected == {label: moves(script) for label, script in found.items()}
        assert [move.call.arguments["lent"] for move in found["new"].steps[-2:]] == [
            "true",
            "false",
        ]

    def test_plan_without_states(self) -> None:
        """Without a state filter there is one list to look in."""
        contract = variant(
            (
                (
                    "      - filters: {state: lent, field: /lent, values: {'true': true, 'false':"
                    " false}, absent: false}\n"
                ),
                "",
            )
        )
        assert moves(scripts(GONE, contract)["new"])[-1:] == ["listed: listBooks"]


UNKNOWN, PARENT = "readBook/book/unknown", "listBooks/shelf/unknown"


class TestUnknown:
    @pytest.mark.parametrize(
        "claim", [UNKNOWN, PARENT, "createBook/shelf/unknown", "deleteBook/book/unknown"]
    )
    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            (404, "held"),
            (200, "broken"),
            (204, "broken"),
            (400, "broken"),
            (410, "broken"),
            (500, "broken"),
            (401, "unreached"),
            (403, "unreached"),
            (429, "unreached"),
            (502, "unreached"),
            (503, "unreached"),
            (504, "unreached"),
        ],
    )
    def test_status(self, claim: str, status: int, expected: str) -> None:
        """The documented status holds; any other breaks the promise, unless it is about something
        else.
        """
        if reason(claim) is None:
            assert [expected] == word(said(claim, bent(honest(claim), "call", status)))

    def test_message(self) -> None:
        """The message says what came and what is documented."""
        assert said(UNKNOWN, bent(honest(UNKNOWN), "call", 200)) == [
            "broken: answered with 200; documented is 404"
        ]

    def test_failed_deletion_decides_nothing(self) -> None:
        """What could not be deleted is not unknown."""
        found = bent(bent(honest(UNKNOWN, "deleted"), "delete", 500), "call", 200)
        assert word(said(UNKNOWN, found)) == ["unreached"]

    def test_silence_decides_nothing(self) -> None:
        """No answer decides nothing."""
        assert word(said(UNKNOWN, silent(honest(UNKNOWN), "call"))) == ["unreached"]

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
        assert expected == {label: moves(script) for label, script in scripts(claim).items()}

    def test_plan_without_documented_deletion(self) -> None:
        """Where deleting is not documented, nothing is deleted to be unknown."""
        contract = variant(
            ("operationId: deleteBook", "operationId: deleteBook\n      x-basis: client")
        )
        assert list(scripts(UNKNOWN, contract)) == ["unknown"]

    def test_unknown_parent_keeps_the_item(self) -> None:
        """The item of an unknown parent is one that exists elsewhere."""
        arguments = scripts("readBook/shelf/unknown")["unknown"].steps[-1].call.arguments
        assert EarlierResponseValue("made", "/id") == arguments["book"]
        assert isinstance(arguments["shelf"], str)
