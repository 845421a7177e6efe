"""Faults: at least one for each claim, each visible, none of them a ruin."""

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
from ..tour import GOOD, Tour, tour, world

Steps = list[tuple[str, MockRequest, MockResponse]]


@cache
def toured(name: str) -> tuple[Mock, Steps]:
    """Return an honest mock and a tour of it, once for each contract."""
    mock = Mock(load(name), world(load(name)), clock=lambda: 1_700_000_000.0)
    return mock, tour(mock).steps


@cache
def stretch(name: str) -> tuple[MockState, Steps]:
    """Return the part of a tour that looks at one state with all kinds of lists, and that state:
    most faults of lists show there.
    """
    honest, steps = toured(name)
    list_ = load(name).resources[0].list or ""
    start = next(
        place
        for place, (label, _, _) in enumerate(steps)
        if label.startswith(f"{list_} ") and "=" in label and " look " not in label
    )
    state = honest.create_state()
    for _, asked, _ in steps[:start]:
        honest.respond(state, asked)
    return state, list(takewhile(lambda step: step[0].startswith(f"{list_} "), steps[start:]))


def shows(fault: Fault, name: str) -> bool:
    """Tell whether some request of a tour is answered in another way under a fault."""
    honest, steps = toured(name)
    mock = honest.copy_with_fault(fault)
    if fault.claim.startswith(f"{load(name).resources[0].list}/"):
        kept, lists = stretch(name)
        state = kept.copy()
        if any(mock.respond(state, asked) != response for _, asked, response in lists):
            return True
    state = mock.create_state()
    return any(mock.respond(state, asked) != response for _, asked, response in steps)


def test_every_claim_has_a_fault(contract: Contract) -> None:
    """Whatever a client could see broken can be broken, under an id made of the claim's and the
    variant's.
    """
    found = list_contract_faults(contract)
    assert {claim.id for claim in contract.claims if claim.unobservable is None} == {
        fault.claim for fault in found
    }
    assert all(fault.id == f"{fault.claim}!{fault.variant}" and fault.text for fault in found)
    assert len({fault.id for fault in found}) == len(found)


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_fault_shows(name: str) -> None:
    """Each fault makes some answer of a tour through the contract another one."""
    assert [
        fault.id
        for fault in list_contract_faults(load(name))
        if not fault.seed_count and not shows(fault, name)
    ] == []


def test_faults_that_need_many_items_show(contract: Contract) -> None:
    """Above the ceiling, an answer holds more items than it may."""
    for fault in (fault for fault in list_contract_faults(contract) if fault.seed_count):
        sizes = []
        for mock in (
            honest := Mock(contract, world(contract, fault.seed_count)),
            honest.copy_with_fault(fault),
        ):
            visit = Tour(mock, mock.create_state())
            list_ = contract.resources[0].list or ""
            visit.send(
                list_,
                "everything",
                {},
                (
                    {"size" if list_ == "listNotes" else "per_page": str(fault.seed_count)}
                    if fault.variant == "one-more"
                    else {}
                ),
            )
            sizes.append(
                visit.steps[0][2].body.count(
                    b'"archived"' if list_ != "listNotes" else b'"starred"'
                )
            )
        assert sizes[0] < sizes[1], fault.id


def test_a_broken_mock_is_no_ruin(contract: Contract) -> None:
    """Under every fault, some operation still works, and a 500 comes only from a fault that says
    the server fails.
    """
    honest = Mock(contract, world(contract), clock=lambda: 1_700_000_000.0)
    resource = contract.resources[0]
    for fault in list_contract_faults(contract):
        visit = Tour(honest.copy_with_fault(fault), honest.create_state())
        path = (
            {resource.parent.parameter: visit.mock.config.parents[resource.parent.parameter][0]}
            if resource.parent
            else {}
        )
        visit.send(resource.list or "", "list", path)
        visit.send(
            resource.create or "",
            "create",
            path,
            body=next(iter(contract.operations[resource.create or ""].body.examples.values())),
        )  # type: ignore[union-attr]
        visit.send(
            resource.list or "",
            "list",
            path,
            headers={"authorization": f"Bearer {GOOD}", "content-type": "application/json"},
        )
        statuses = [response.status for _, _, response in visit.steps]
        assert any(status < 300 for status in statuses), fault.id
        assert 500 not in statuses or "fail" in fault.text, fault.id


def test_without_a_fault_nothing_is_replaced(contract: Contract) -> None:
    """A broken mock leaves the honest one that it was made from as it was."""
    honest = Mock(contract, world(contract), clock=lambda: 1_700_000_000.0)
    steps = tour(honest).steps
    for fault in list_contract_faults(contract)[::10]:
        honest.copy_with_fault(fault)
    assert steps == tour(honest).steps
