"""Parameters that select items by comparing a field: contract, mock and check."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.comparison import _compares, _select_steps
from conformance.checks.exchange import InconclusiveError
from conformance.contract.comparison import ComparisonOperator
from conformance.contract.contract import Contract, build_contract
from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.loader import load_contract
from conformance.embedded import create_embedded_target
from conformance.errors import ContractError
from conformance.mock.comparison import COMPARISONS
from conformance.mock.faults.catalog import list_contract_faults
from conformance.suite.events import ClaimDecided, Verdict
from conformance.suite.plan import RunProfile, generate_plan
from conformance.suite.run import run_plan

CONTRACT = load_contract("tests/lists")
VALUES = st.one_of(
    st.integers(-5, 5),
    st.floats(-5, 5, allow_nan=False),
    st.booleans(),
    st.text("aB1 ", max_size=2),
    st.datetimes(datetime(2024, 1, 1), datetime(2024, 1, 3), timezones=st.just(UTC)).map(
        lambda moment: moment.isoformat().replace("+00:00", "Z")
    ),
)


@given(st.sampled_from(ComparisonOperator), VALUES, VALUES)
def test_mock_and_check_agree(operator: ComparisonOperator, value: Json, operand: Json) -> None:
    """They are written apart; where the check has an answer, the mock has the same one."""
    argument = [operand] if operator is ComparisonOperator.AMONG else operand
    try:
        expected = bool(_select_steps(operator, {"item": value}, argument))
    except InconclusiveError:
        return
    assert COMPARISONS[operator](value, argument) == expected


def test_one_moment_in_two_time_zones_is_equal() -> None:
    """Date-times are compared as moments."""
    moment = datetime(2024, 5, 1, 12, tzinfo=UTC)
    elsewhere = moment.astimezone(timezone(timedelta(hours=2)))
    first, second = moment.isoformat(), elsewhere.isoformat()
    assert _compares(ComparisonOperator.AT_LEAST, first, second)
    assert not _compares(ComparisonOperator.MORE, first, second)


def test_the_order_of_texts_is_not_judged() -> None:
    """Each collation has its own."""
    with pytest.raises(InconclusiveError, match="order of texts"):
        _compares(ComparisonOperator.LESS, "a", "B")


def decide(fault_id: str | None, seed: str = "1", only: str = "") -> dict[str, Verdict]:
    """Return the verdicts of a run on the mock, with a fault."""
    faults = {fault.id: fault for fault in list_contract_faults(CONTRACT)}
    claims = [claim for claim in CONTRACT.claims if only in claim.id]
    target = create_embedded_target(CONTRACT, fault=faults[fault_id] if fault_id else None)
    plan = generate_plan(CONTRACT, seed, RunProfile.QUICK, claims)
    return {
        event.claim.id: event.verdict
        for event in run_plan(plan, target)
        if isinstance(event, ClaimDecided)
    }


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_the_honest_mock_keeps_every_promise(seed: str) -> None:
    """Also in a quick run, for several seeds; its few items fill no page of 20."""
    verdicts = decide(None, seed)
    assert verdicts.pop("listTickets/size/default") is Verdict.UNDECIDED
    assert set(verdicts.values()) == {Verdict.VERIFIED}


@pytest.mark.parametrize(
    "fault",
    [
        "listTickets/status/compares!ignored",
        "listTickets/not_status/compares!inverted",
        "listTickets/min_votes/compares!boundary",
        "listTickets/less_votes/compares!boundary",
        "listTickets/title/compares!first-only",
        "listTickets/order/default-order!reversed",
        "listTickets/order/descends-by/votes!reversed",
    ],
)
def test_a_wrong_list_is_found_in_a_quick_run(fault: str) -> None:
    """The claim that speaks of the parameter is violated."""
    claim = fault.partition("!")[0]
    assert decide(fault, only=claim)[claim] is Verdict.VIOLATED


def build_changed_contract(change: dict[str, Json]) -> Contract:
    """Return the contract with other behaviors of the list."""
    document = copy.deepcopy(CONTRACT.document)
    document["paths"]["/tickets"]["get"]["x-behaviors"] = [change]
    return build_contract(
        "x", Document(value=document, positions=CONTRACT.positions), CONTRACT.statements
    )


@pytest.mark.parametrize(
    ("behavior", "message"),
    [
        ({"compares": {"status": {"field": "/status", "is": "=="}}}, "compares"),
        ({"compares": {"status": {"feild": "/status"}}}, "is it field"),
        ({"compares": {"statsu": {"field": "/status"}}}, "is it status"),
        (
            {"sorts": {"by": "order", "keys": {"title": "/title"}, "default": {"key": "votes"}}},
            "votes is none of the keys",
        ),
        (
            {"sorts": {"by": "order", "keys": {"title": "/title"}, "direction": {"prefix": ""}}},
            "sorts",
        ),
    ],
)
def test_mistakes_are_refused(behavior: dict[str, Json], message: str) -> None:
    """An unknown operator, key, parameter or sort key is an error of the contract."""
    with pytest.raises(ContractError, match=message):
        build_changed_contract(behavior)
