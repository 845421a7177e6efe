"""Lists whose pages begin at an offset: contract, mock, suite, check and client."""

from __future__ import annotations

import copy

import httpx
import pytest

from conformance.contract.contract import Contract, build_contract
from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.loader import load_contract
from conformance.contract.pagination import PaginationBehavior
from conformance.embedded import build_embedded_mock_config, create_embedded_target
from conformance.errors import ContractError
from conformance.mock.faults.catalog import list_contract_faults
from conformance.mock.mock import Mock
from conformance.mock.server import serve_in_thread
from conformance.suite.events import ClaimDecided, Verdict
from conformance.suite.plan import RunProfile, generate_plan
from conformance.suite.run import run_plan
from tests.codegen.emitted import emit_package


def build_offset_contract(**paging: Json) -> Contract:
    """Return the contract of tickets with pages that begin at an offset."""
    base = load_contract("tests/lists")
    document = copy.deepcopy(base.document)
    operation = document["paths"]["/tickets"]["get"]
    operation["parameters"] = [
        node for node in operation["parameters"] if node["name"] not in ("page",)
    ]
    offset = {"name": "skip", "in": "query", "schema": {"type": "integer", "minimum": 0}}
    operation["parameters"].append({**offset, "x-source": {"optional": "K7"}})
    source = {"allPages": "K7", "size": "K7", "first": "K7"}
    node = {"offset": "skip", "size": "size", "x-source": source, **paging}
    operation["x-behaviors"][-1] = {"paginates": node}
    return build_contract("lists", Document(value=document, positions={}), base.statements)


CONTRACT = build_offset_contract()


def decide(fault_id: str | None, only: str = "") -> dict[str, Verdict]:
    """Return the verdicts of a run on the mock, with a fault."""
    faults = {fault.id: fault for fault in list_contract_faults(CONTRACT)}
    target = create_embedded_target(CONTRACT, fault=faults[fault_id] if fault_id else None)
    claims = [claim for claim in CONTRACT.claims if only in claim.id]
    events = run_plan(generate_plan(CONTRACT, "1", RunProfile.STANDARD, claims), target)
    return {event.claim.id: event.verdict for event in events if isinstance(event, ClaimDecided)}


def test_an_honest_list_is_read_to_its_end() -> None:
    """Every claim holds, those about the pages among them."""
    verdicts = decide(None)
    assert {"listTickets/skip/allPages", "listTickets/skip/first"} <= verdicts.keys()
    assert set(verdicts.values()) == {Verdict.VERIFIED}


@pytest.mark.parametrize(
    "fault",
    [fault.id for fault in list_contract_faults(CONTRACT) if fault.kind == "pagination.property"],
)
def test_each_fault_of_the_pages_is_found(fault: str) -> None:
    """Pages that overlap, leave gaps, are too large, or begin elsewhere."""
    claim = fault.partition("!")[0]
    assert decide(fault, only=claim)[claim] is Verdict.VIOLATED


@pytest.mark.parametrize(
    ("counts_items", "first", "expected"),
    [(False, 1, [1, 2, 3]), (False, 0, [0, 1, 2]), (True, 0, [0, 5, 10]), (True, 1, [1, 6, 11])],
)
def test_positions_of_pages(counts_items: bool, first: int, expected: list[int]) -> None:
    """A number grows by one from page to page, an offset by the size; both lead to the start."""
    paging = PaginationBehavior(
        page_parameter="p",
        size_parameter="n",
        first_page=first,
        count_pointer=None,
        total_pointer=None,
        page_count_pointer=None,
        metadata_pointer=None,
        max_items=None,
        unpaged_is_complete=False,
        unpaged_has_metadata=None,
        past_end=None,
        counts_items=counts_items,
        pointer="",
        source=None,
    )
    positions = [paging.build_page_arguments(index, 5)["p"] for index in range(3)]
    assert positions == expected
    assert [paging.get_start(position, 5) for position in positions] == [0, 5, 10]


@pytest.mark.parametrize("paging", [{"page": "skip"}, {"offset": None}])
def test_a_list_has_a_number_or_an_offset(paging: dict[str, Json]) -> None:
    """Both, or a name that is no text, are mistakes of the contract."""
    with pytest.raises(ContractError, match="paginates"):
        build_offset_contract(**paging)


def test_the_client_iterates_by_offset() -> None:
    """A generated client reads every item once, whatever the size of a page is."""
    package = emit_package(CONTRACT)
    mock = Mock(CONTRACT, build_embedded_mock_config(CONTRACT))
    with serve_in_thread(mock) as url, httpx.Client(trust_env=False) as sender:
        headers = {"Authorization": "Bearer mock-token"}
        for number in range(7):
            body = {"title": f"t{number}", "status": "new", "votes": number}
            assert sender.post(f"{url}/tickets", json=body, headers=headers).status_code == 201
        with package.Client("mock-token", base_url=url) as client:
            titles = sorted(ticket.title for ticket in client.tickets.iter_list(size=3))
    assert titles == [f"t{number}" for number in range(7)]
