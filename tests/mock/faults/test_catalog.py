"""The catalog of faults: at least one fault for each claim, each visible, none of which breaks the
whole server.
"""

from __future__ import annotations

from functools import cache
from itertools import takewhile

import pytest

from conformance.contract.contract import Contract
from conformance.mock.fault import Fault
from conformance.mock.faults.catalog import list_contract_faults
from conformance.mock.message import MockRequest, MockResponse
from conformance.mock.mock import Mock
from conformance.mock.state import MockState

from ..contracts import CONTRACTS, load
from ..tour import GOOD, Tour, build_config, run_tour

RecordedExchanges = list[tuple[str, MockRequest, MockResponse]]


@cache
def record_tour(name: str) -> tuple[Mock, RecordedExchanges]:
    """Return a mock without faults and the exchanges of a tour of it; cached for each contract."""
    mock = Mock(load(name), build_config(load(name)), clock=lambda: 1_700_000_000.0)
    return mock, run_tour(mock).exchanges


@cache
def record_list_exchanges(name: str) -> tuple[MockState, RecordedExchanges]:
    """Return the part of a tour that sends all kinds of list requests to one state, and that state.

    Most faults of lists are visible there.
    """
    faultless_mock, exchanges = record_tour(name)
    list_operation = load(name).resources[0].list or ""
    start = next(
        index
        for index, (label, _, _) in enumerate(exchanges)
        if label.startswith(f"{list_operation} ") and "=" in label and " look " not in label
    )
    state = faultless_mock.create_state()
    for _, request, _ in exchanges[:start]:
        faultless_mock.respond(state, request)
    return state, list(
        takewhile(lambda exchange: exchange[0].startswith(f"{list_operation} "), exchanges[start:])
    )


def is_visible(fault: Fault, name: str) -> bool:
    """Return whether some response of a tour differs under a fault."""
    faultless_mock, exchanges = record_tour(name)
    mock = faultless_mock.copy_with_fault(fault)
    if fault.claim.startswith(f"{load(name).resources[0].list}/"):
        saved_state, list_exchanges = record_list_exchanges(name)
        state = saved_state.copy()
        if any(mock.respond(state, request) != response for _, request, response in list_exchanges):
            return True
    state = mock.create_state()
    return any(mock.respond(state, request) != response for _, request, response in exchanges)


def test_every_claim_has_a_fault(contract: Contract) -> None:
    """Every observable claim has at least one fault; the fault's id consists of the claim's id and
    the variant.
    """
    faults = list_contract_faults(contract)
    assert {claim.id for claim in contract.claims if claim.unobservable is None} == {
        fault.claim for fault in faults
    }
    assert all(fault.id == f"{fault.claim}!{fault.variant}" and fault.text for fault in faults)
    assert len({fault.id for fault in faults}) == len(faults)


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_fault_is_visible(name: str) -> None:
    """Each fault changes at least one response of a tour of the contract."""
    assert [
        fault.id
        for fault in list_contract_faults(load(name))
        if not fault.seed_count and not is_visible(fault, name)
    ] == []


def test_faults_that_need_many_items_are_visible(contract: Contract) -> None:
    """Under the fault, a response has more items than the maximum allows."""
    for fault in (fault for fault in list_contract_faults(contract) if fault.seed_count):
        sizes = []
        for mock in (
            faultless_mock := Mock(contract, build_config(contract, fault.seed_count)),
            faultless_mock.copy_with_fault(fault),
        ):
            tour = Tour(mock, mock.create_state())
            list_operation = contract.resources[0].list or ""
            tour.send(
                list_operation,
                "everything",
                {},
                (
                    {"size" if list_operation == "listNotes" else "per_page": str(fault.seed_count)}
                    if fault.variant == "one-more"
                    else {}
                ),
            )
            sizes.append(
                tour.exchanges[0][2].body.count(
                    b'"archived"' if list_operation != "listNotes" else b'"starred"'
                )
            )
        assert sizes[0] < sizes[1], fault.id


def test_a_faulty_mock_still_works(contract: Contract) -> None:
    """Under every fault, some operation still succeeds.

    Only a fault whose text says that the server fails causes a 500.
    """
    faultless_mock = Mock(contract, build_config(contract), clock=lambda: 1_700_000_000.0)
    resource = contract.resources[0]
    for fault in list_contract_faults(contract):
        tour = Tour(faultless_mock.copy_with_fault(fault), faultless_mock.create_state())
        path = (
            {resource.parent.parameter: tour.mock.config.parents[resource.parent.parameter][0]}
            if resource.parent
            else {}
        )
        tour.send(resource.list or "", "list", path)
        tour.send(
            resource.create or "",
            "create",
            path,
            body=next(iter(contract.operations[resource.create or ""].body.examples.values())),
        )  # type: ignore[union-attr]
        tour.send(
            resource.list or "",
            "list",
            path,
            headers={"authorization": f"Bearer {GOOD}", "content-type": "application/json"},
        )
        statuses = [response.status for _, _, response in tour.exchanges]
        assert any(status < 300 for status in statuses), fault.id
        assert 500 not in statuses or "fail" in fault.text, fault.id


def test_faulty_copies_leave_the_original_unchanged(contract: Contract) -> None:
    """A copy with a fault does not change the mock that it was made from."""
    faultless_mock = Mock(contract, build_config(contract), clock=lambda: 1_700_000_000.0)
    exchanges = run_tour(faultless_mock).exchanges
    for fault in list_contract_faults(contract)[::10]:
        faultless_mock.copy_with_fault(fault)
    assert exchanges == run_tour(faultless_mock).exchanges
