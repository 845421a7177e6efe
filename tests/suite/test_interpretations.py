"""A run reports which interpretation of an ambiguity a server follows, and only that one."""

from __future__ import annotations

import pytest

from conformance.contract import loader
from conformance.contract.interpretation import Interpretation
from conformance.embedded import create_embedded_target
from conformance.suite.events import InterpretationDecided, RunFinished
from conformance.suite.plan import generate_plan
from conformance.suite.run import run_plan

CASES = [
    (name, followed_name)
    for name in loader.list_built_in_contracts()
    for followed_name in loader.list_interpretations(name)
]


def decide_interpretations(
    name: str, followed: str, candidates: list[Interpretation]
) -> list[InterpretationDecided]:
    """Return the decisions of a run about the candidates, on a mock that follows one."""
    plan = generate_plan(loader.load_contract(name), "1", only=())
    return [
        event
        for event in run_plan(
            plan, create_embedded_target(loader.load_contract(name, None, (followed,))), candidates
        )
        if isinstance(event, InterpretationDecided)
    ]


def list_alternatives(name: str, interpretation_name: str) -> list[Interpretation]:
    """Return all interpretations of the ambiguity that an interpretation belongs to."""
    interpretations = loader.list_open_interpretations(name)
    ambiguity = next(
        interpretation.ambiguity
        for interpretation in interpretations
        if interpretation.name == interpretation_name
    )
    return [
        interpretation
        for interpretation in interpretations
        if interpretation.ambiguity == ambiguity
    ]


@pytest.mark.parametrize(("name", "followed_name"), CASES, ids=lambda value: str(value))
def test_followed_interpretation_is_reported(name: str, followed_name: str) -> None:
    """Of one ambiguity, exactly the interpretation that the server follows is reported.

    The decision contains the exchange that shows it.
    """
    decisions = {
        decision.interpretation.name: decision
        for decision in decide_interpretations(
            name, followed_name, list_alternatives(name, followed_name)
        )
    }
    assert [name for name, decision in decisions.items() if decision.followed] == [followed_name]
    assert all(
        decision.followed is False and decision.reason
        for name, decision in decisions.items()
        if name != followed_name
    )
    assert all(decision.evidence is not None for decision in decisions.values())


@pytest.mark.parametrize(("name", "followed_name"), CASES, ids=lambda value: str(value))
def test_interpretations_exclude_each_other(name: str, followed_name: str) -> None:
    """Interpretations of one ambiguity exclude each other.

    None is observed on a server that follows another, even if it is the only candidate.
    """
    for alternative in list_alternatives(name, followed_name):
        assert decide_interpretations(name, followed_name, [alternative])[0].followed is (
            alternative.name == followed_name
        )


def test_no_requests_after_the_decision() -> None:
    """Once the interpretation is known, no request is sent for the alternatives."""
    contract = loader.load_contract("push-express", None, ("unpaged-is-complete",))
    first, *alternatives = list_alternatives("push-express", "unpaged-is-complete")
    assert (first.name, len(alternatives)) == ("unpaged-is-complete", 1)
    final_events = [
        list(
            run_plan(
                generate_plan(contract, "1", only=()), create_embedded_target(contract), candidates
            )
        )[-1]
        for candidates in ([first], [first, *alternatives], alternatives)
    ]
    requests = [event.requests for event in final_events if isinstance(event, RunFinished)]
    assert requests[0] == requests[1] > 100
    assert requests[2] > 100
