"""Lists whose pages each say how to get the next one: contract, mock, suite and check."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.contract.continuation import ContinuesInPages, find_link
from conformance.contract.contract import Contract, build_contract
from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.loader import load_contract
from conformance.embedded import create_embedded_target
from conformance.mock.continuation import decode_cursor, encode_cursor
from conformance.mock.faults.catalog import list_contract_faults
from conformance.mock.refusal import Refusal
from conformance.suite.events import ClaimDecided, Verdict
from conformance.suite.plan import RunProfile, generate_plan
from conformance.suite.run import run_plan

STYLES: Mapping[str, Json] = {
    "a cursor in the body": {"cursor": "page_token", "size": "size", "next": "/next"},
    "a cursor in a header": {"cursor": "page_token", "size": "size", "next": "header:Next-Page"},
    "a Link header": {"size": "size", "next": "header:Link"},
    "a URL in the body": {"size": "size", "next": "/next"},
}


def build_lists_contract(style: str) -> Contract:
    """Return the contract of tickets with pages of a style."""
    base = load_contract("tests/lists")
    document = copy.deepcopy(base.document)
    operation = document["paths"]["/tickets"]["get"]
    operation["parameters"] = [
        node for node in operation["parameters"] if node["name"] not in ("page",)
    ]
    token = {"name": "page_token", "in": "query", "schema": {"type": "string"}}
    operation["parameters"].append(token)
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    answer["properties"]["next"] = {"type": ["string", "null"]}
    source = {"allPages": "K7", "size": "K7"}
    operation["x-behaviors"][-1] = {"continues": {**STYLES[style], "x-source": source}}
    statements = base.statements
    return build_contract("lists", Document(value=document, positions={}), statements)


CONTRACTS = {style: build_lists_contract(style) for style in STYLES}


def decide(
    style: str, fault_id: str | None = None, profile: RunProfile = RunProfile.QUICK, only: str = ""
) -> dict[str, ClaimDecided]:
    """Return the decisions of a run on the mock, with a fault."""
    contract = CONTRACTS[style]
    faults = {fault.id: fault for fault in list_contract_faults(contract)}
    target = create_embedded_target(contract, fault=faults[fault_id] if fault_id else None)
    claims = [claim for claim in contract.claims if only in claim.id]
    plan = generate_plan(contract, "1", profile, claims)
    events = run_plan(plan, target)
    return {event.claim.id: event for event in events if isinstance(event, ClaimDecided)}


@pytest.mark.parametrize("style", STYLES)
def test_an_honest_list_is_read_to_its_end(style: str) -> None:
    """Every claim about the list holds, and everything is found on its pages."""
    decisions = decide(style, profile=RunProfile.STANDARD)
    verdicts = {id: decision.verdict for id, decision in decisions.items()}
    assert [id for id, verdict in verdicts.items() if verdict is not Verdict.VERIFIED] == []
    assert {id for id in verdicts if id.endswith("/allPages")} != set()


def list_continuation_faults(style: str) -> list[str]:
    """Return the ids of the faults in the pages."""
    return [
        fault.id
        for fault in list_contract_faults(CONTRACTS[style])
        if fault.kind == "continuation.property"
    ]


@pytest.mark.parametrize(
    ("style", "fault"),
    [(style, fault) for style in STYLES for fault in list_continuation_faults(style)],
)
def test_each_fault_is_found_by_its_claim(style: str, fault: str) -> None:
    """Pages that overlap, leave gaps, end early, never end, or are too large."""
    claim = fault.partition("!")[0]
    assert decide(style, fault, RunProfile.STANDARD, only=claim)[claim].verdict is Verdict.VIOLATED


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('<http://a/x?page=2>; rel="next"', "http://a/x?page=2"),
        ("</x?a=1,2;3>; rel=next", "/x?a=1,2;3"),
        ('<http://a/1>; rel="prev", <http://a/3>; rel="next"; title="more"', "http://a/3"),
        ('<http://a/9>; title="x"; rel="last next"', "http://a/9"),
        ('<http://a/1>; rel="prev"', None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_link_headers(header: str, expected: str | None) -> None:
    """The target of the relation is found among others (RFC 8288, section 3)."""
    assert find_link(header, "next") == expected


def build_behavior(**fields: Json) -> ContinuesInPages:
    """Return a behavior with some of its fields."""
    defaults: dict[str, Json] = {"cursor_parameter": None, "size_parameter": None}
    return ContinuesInPages(**{**defaults, "pointer": "", "source": None, **fields})


def test_the_next_page_keeps_the_other_arguments() -> None:
    """Filters stay; the cursor, or the query of the URL, comes on top."""
    by_cursor = build_behavior(next="/next", cursor_parameter="after")
    assert by_cursor.find_next_arguments({"q": "x"}, {"next": "c1"}, {}, ["q", "after"]) == {
        "q": "x",
        "after": "c1",
    }
    by_url = build_behavior(next="header:Link")
    headers = {"link": '</list?q=x&page=2>; rel="next"'}
    assert by_url.find_next_arguments({"q": "x"}, {}, headers, ["q", "page"]) == {
        "q": "x",
        "page": "2",
    }
    with pytest.raises(ValueError, match="needs the parameter page"):
        by_url.find_next_arguments({}, {}, headers, ["q"])


@pytest.mark.parametrize("value", [None, "", False])
def test_the_last_page_says_nothing(value: Json) -> None:
    """Null, an empty text, or nothing at all ends the list."""
    behavior = build_behavior(next="/next", cursor_parameter="after")
    assert behavior.find_next_arguments({}, {"next": value}, {}, ["after"]) is None
    assert behavior.find_next_arguments({}, {}, {}, ["after"]) is None


@given(st.integers(0, 10**6))
def test_cursors_lead_back(start: int) -> None:
    """The mock reads the cursors that it makes."""
    assert decode_cursor(encode_cursor(start)) == start


@given(st.text().filter(lambda text: text != ""))
def test_other_cursors_are_refused_or_are_positions(text: str) -> None:
    """A cursor that the mock has not made is refused, and never breaks it."""
    try:
        assert isinstance(decode_cursor(text), int)
    except Refusal as refusal:
        assert refusal.status == 400
