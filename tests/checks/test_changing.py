"""Judging changes: fields replaced, switches set and cleared."""

from __future__ import annotations

import pytest

from conformance.checks.call import Ref
from conformance.contract.json import Json

from .toy import bent, dropping, honest, moves, reason, said, scripts, setting_of, unfounded, variant, word

REPLACED = "replaceBook/body/pages/replaced"


class TestReplaced:
    def test_other_value_breaks(self) -> None:
        """Another value than the update sent breaks the promise."""
        found = honest(REPLACED)
        before, after = found["made"].call.body["pages"], found["update"].call.body["pages"]
        assert before != after
        assert [f"broken: pages was updated to {after} and reads back as {before}"] == said(REPLACED, bent(found, "read", edit=setting_of(pages=before)))

    def test_silent_reading_decides_nothing(self) -> None:
        """A reading that does not show the field decides nothing."""
        assert word(said(REPLACED, bent(honest(REPLACED), "read", edit=dropping("pages")))) == ["unreached"]

    @pytest.mark.parametrize("step", ["made", "update", "read"])
    def test_failed_step_decides_nothing(self, step: str) -> None:
        """Each step is needed."""
        assert word(said(REPLACED, bent(honest(REPLACED), step, 500))) == ["unreached"]

    def test_made_up_ids_decide_nothing(self) -> None:
        """Ids that may not exist need not be taken over."""
        claim = "changeBook/body/authors/changed"
        claim = claim if reason(claim) is None else "replaceBook/body/authors/replaced"
        found = bent(honest(claim), "read", edit=setting_of(authors=["9"]))
        assert word(said(claim, found)) == ["broken"]
        assert word(said(claim, unfounded(found, "authors"))) == ["unreached"]

    def test_each_value_is_tried(self) -> None:
        """Every value has its script, the first too; one that fits no body is passed over for the next."""
        assert list(scripts(REPLACED)) == ["value 0", "value 1", "value 2"]
        contract = variant(("pages: {type: integer, minimum: 2, maximum: 999,", "pages: {type: integer, minimum: 2, maximum: 999, examples: [1, 5, 7],"))
        assert [(5, 7), (7, 5)] == [(script.steps[1].call.body["pages"], script.steps[0].call.body["pages"]) for script in scripts(REPLACED, contract).values()]

    def test_plan(self) -> None:
        """A thing with one value is updated to another, and read."""
        for script in scripts(REPLACED).values():
            assert moves(script) == ["made: createBook", "update: replaceBook", "read: readBook"]
            assert script.steps[0].call.body["pages"] != script.steps[1].call.body["pages"]
            assert [Ref("made", "/id")] * 2 == [step.call.arguments["book"] for step in script.steps[1:]]


ON, OFF, TWICE, TWICE_OFF = "lendBook/switches/lent", "returnBook/switches/lent", "lendBook/twice", "returnBook/twice"


class TestSwitched:
    @pytest.mark.parametrize(("claim", "wrong"), [(ON, False), (ON, None), (ON, 1), (ON, "true"), (OFF, True), (OFF, None), (OFF, 0)])
    def test_other_state_breaks(self, claim: str, wrong: Json) -> None:
        """Afterwards the field is true or false as the operation says, and nothing else."""
        assert [f"broken: afterwards lent is {wrong!r}"] == said(claim, bent(honest(claim), "read", edit=setting_of(lent=wrong)))

    @pytest.mark.parametrize("claim", [TWICE, TWICE_OFF])
    @pytest.mark.parametrize(("step", "times"), [("first", "once"), ("switch", "again")])
    def test_refusal_breaks(self, claim: str, step: str, times: str) -> None:
        """The second time is as good as the first: neither is refused."""
        assert said(claim, bent(honest(claim), step, 409))[0].startswith(f"broken: done {times}, it is refused: POST")
        assert word(said(claim, bent(honest(claim), "switch", 500))) == ["unreached"]

    def test_refusal_is_another_claim(self) -> None:
        """Whether it succeeds at all is judged elsewhere."""
        assert word(said(ON, bent(honest(ON), "switch", 409))) == ["unreached"]

    def test_change_by_the_second_time_breaks(self) -> None:
        """The second time changes nothing."""
        found = bent(honest(TWICE), "read", edit=setting_of(title="x", pages=3))
        assert said(TWICE, found) == ["broken: the second time changes title"]

    @pytest.mark.parametrize("step", ["made", "read"])
    def test_failed_step_decides_nothing(self, step: str) -> None:
        """Each step is needed."""
        assert word(said(ON, bent(honest(ON), step, 500))) == ["unreached"]

    def test_failed_preparation_decides_nothing(self) -> None:
        """What was not prepared is not judged."""
        assert word(said(OFF, bent(honest(OFF), "prepare 0", 500))) == ["unreached"]

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
        """It is tried from either state; twice means twice, with a look in between."""
        own = claim.partition("/")[0]
        twice = [f"first: {own}", "between: readBook"] if claim.endswith("twice") else []
        found = {label: moves(script) for label, script in scripts(claim).items()}
        assert {label: ["made: createBook", *first, *twice, f"switch: {own}", "read: readBook"] for label, first in expected.items()} == found
