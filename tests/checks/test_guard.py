"""Preconditions: contract, mock, session and check."""

from __future__ import annotations

import copy

import pytest

from conformance.contract.contract import Contract, build_contract
from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.loader import load_contract
from conformance.embedded import build_embedded_mock_config, create_embedded_target
from conformance.mock.faults.catalog import list_contract_faults
from conformance.mock.guard import list_validators
from conformance.mock.message import build_mock_request
from conformance.mock.mock import Mock
from conformance.suite.events import ClaimDecided, Verdict
from conformance.suite.plan import RunProfile, generate_plan
from conformance.suite.run import run_plan


def build_guarded_contract(validator: str = "header:ETag") -> Contract:
    """Return the contract of notes with guards on its operations on one note."""
    base = load_contract("tests/toy")
    document = copy.deepcopy(base.document)
    item = document["paths"]["/notes/{note}"]
    source = dict.fromkeys(("unchanged", "changed", "stale", "current"), "N8")
    statuses = {"get": {"unchanged": 304}, "put": {"stale": 412}, "delete": {"stale": 412}}
    for method, fields in statuses.items():
        operation = item[method]
        node = {"validator": validator, **fields, "x-source": source}
        operation["x-behaviors"] = [{"guards": node}]
        for status in fields.values():
            operation["responses"][str(status)] = {"description": "by its precondition"}
    return build_contract("notes", Document(value=document, positions={}), base.statements)


CONTRACT = build_guarded_contract()
CLAIMS = [claim for claim in CONTRACT.claims if claim.kind == "guard.property"]


def decide(fault_id: str | None, only: str = "") -> dict[str, Verdict]:
    """Return the verdicts of a run on the mock, with a fault."""
    faults = {fault.id: fault for fault in list_contract_faults(CONTRACT)}
    target = create_embedded_target(CONTRACT, fault=faults[fault_id] if fault_id else None)
    claims = [claim for claim in CONTRACT.claims if only in claim.id]
    events = run_plan(generate_plan(CONTRACT, "1", RunProfile.STANDARD, claims), target)
    return {event.claim.id: event.verdict for event in events if isinstance(event, ClaimDecided)}


def test_an_honest_server_minds_validators() -> None:
    """Every claim holds, those about preconditions and all others."""
    verdicts = decide(None)
    assert {claim.id for claim in CLAIMS} <= verdicts.keys()
    assert [id for id, verdict in verdicts.items() if verdict is not Verdict.VERIFIED] == []


def test_the_claims_name_header_and_operation() -> None:
    """A read minds If-None-Match, a write If-Match, each with two claims."""
    assert [claim.id for claim in CLAIMS] == [
        "readNote/if-none-match/unchanged",
        "readNote/if-none-match/changed",
        "replaceNote/if-match/stale",
        "replaceNote/if-match/current",
        "deleteNote/if-match/stale",
        "deleteNote/if-match/current",
    ]


@pytest.mark.parametrize(
    "fault",
    [fault.id for fault in list_contract_faults(CONTRACT) if fault.kind == "guard.property"],
)
def test_each_fault_is_found(fault: str) -> None:
    """A validator that is ignored, or a refused request that is carried out, is found."""
    claim = fault.partition("!")[0]
    assert decide(fault, only=claim)[claim] is Verdict.VIOLATED


def test_a_server_without_validators_is_not_accused() -> None:
    """If the read answers no validator, nothing can be sent: undecided, not violated."""
    claims = build_guarded_contract("header:X-Revision-That-Is-Missing")
    mock = create_embedded_target(load_contract("tests/toy"))
    plan = generate_plan(
        claims,
        "1",
        RunProfile.STANDARD,
        [claim for claim in claims.claims if claim.id.endswith(("/unchanged", "/current"))],
    )
    verdicts = {
        event.claim.id: event.verdict
        for event in run_plan(plan, mock)
        if isinstance(event, ClaimDecided)
    }
    assert set(verdicts.values()) == {Verdict.UNDECIDED}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('"a"', ['"a"']),
        ('W/"a", "b"', ['"a"', '"b"']),
        ("17", ["17"]),
        ("*", ["*"]),
        ('"a,b"', ['"a,b"']),
    ],
)
def test_validators_of_a_header(header: str, expected: list[str]) -> None:
    """Several validators, weak ones, and such without quotes are told apart (RFC 9110, 13.1)."""
    assert list_validators(header) == expected


def test_an_unchanged_answer_has_no_content() -> None:
    """304 is answered without a body; the validator changes with the item."""
    mock = Mock(CONTRACT, build_embedded_mock_config(CONTRACT))
    state = mock.create_state()
    key = {"authorization": "Bearer mock-token", "content-type": "application/json"}

    def send(method: str, path: str, body: bytes = b"", **headers: str) -> Json:
        request = build_mock_request(method, path, {**key, **headers}, body)
        return mock.respond(state, request)

    body = b'{"title": "a", "text": "b", "stars": 1}'
    created = send("POST", "/v1/notes", body)
    assert created.status == 201
    (identity,) = next(iter(state.collections.values())).items
    path = f"/v1/notes/{identity}"
    first = dict(send("GET", path).headers)["etag"]
    unchanged = send("GET", path, **{"if-none-match": f'"x", W/{first}'})
    assert (unchanged.status, unchanged.body) == (304, b"")
    stale = send("PUT", path, body.replace(b"1", b"2"), **{"if-match": '"x"'})
    assert stale.status == 412
    assert dict(send("GET", path).headers)["etag"] == first
    assert send("PUT", path, body.replace(b"1", b"2"), **{"if-match": first}).status == 200
    assert dict(send("GET", path).headers)["etag"] != first
