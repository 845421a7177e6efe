"""A run tells which reading of an ambiguous passage a server follows, and no other of the same
passage.
"""

from __future__ import annotations

import pytest

from conformance.contract import loader
from conformance.contract.interpretation import Interpretation
from conformance.embedded import create_embedded_target
from conformance.suite.events import InterpretationDecided, RunFinished
from conformance.suite.plan import generate_plan
from conformance.suite.run import run_plan

CASES = [
    (name, reading)
    for name in loader.list_built_in_contracts()
    for reading in loader.list_interpretations(name)
]


def told(name: str, followed: str, among: list[Interpretation]) -> list[InterpretationDecided]:
    """Return what a run tells of some readings, on the mock that follows one."""
    plan = generate_plan(loader.load_contract(name), "1", only=())
    return [
        event
        for event in run_plan(
            plan, create_embedded_target(loader.load_contract(name, None, (followed,))), among
        )
        if isinstance(event, InterpretationDecided)
    ]


def rivals(name: str, reading: str) -> list[Interpretation]:
    """Return the readings of the passage that a reading is about."""
    found = loader.list_open_interpretations(name)
    passage = next(one.ambiguity for one in found if one.name == reading)
    return [one for one in found if one.ambiguity == passage]


@pytest.mark.parametrize(("name", "reading"), CASES, ids=lambda value: str(value))
def test_followed(name: str, reading: str) -> None:
    """Of one passage exactly the reading that the server follows is told, with the exchange that
    shows it.
    """
    found = {one.interpretation.name: one for one in told(name, reading, rivals(name, reading))}
    assert [name for name, one in found.items() if one.followed] == [reading]
    assert all(
        one.followed is False and one.reason for name, one in found.items() if name != reading
    )
    assert all(one.evidence is not None for one in found.values())


@pytest.mark.parametrize(("name", "reading"), CASES, ids=lambda value: str(value))
def test_exclusive(name: str, reading: str) -> None:
    """Meanings of one passage exclude each other: none is seen on a server that follows another,
    also when it is asked about alone.
    """
    for rival in rivals(name, reading):
        assert told(name, reading, [rival])[0].followed is (rival.name == reading)


def test_no_more_is_asked() -> None:
    """Once the reading is known, nothing is sent for the others of its passage."""
    contract = loader.load_contract("push-express", None, ("unpaged-is-complete",))
    first, *others = rivals("push-express", "unpaged-is-complete")
    assert (first.name, len(others)) == ("unpaged-is-complete", 1)
    last = [
        list(
            run_plan(generate_plan(contract, "1", only=()), create_embedded_target(contract), among)
        )[-1]
        for among in ([first], [first, *others], others)
    ]
    requests = [event.requests for event in last if isinstance(event, RunFinished)]
    assert requests[0] == requests[1] > 100
    assert requests[2] > 100
