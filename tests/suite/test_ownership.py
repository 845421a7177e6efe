"""Items of another user are refused: the claims, the check, the mock and its faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.contract.contract import Contract
from conformance.contract.loader import load_contract
from conformance.embedded import create_embedded_target
from conformance.mock.config import MockConfig
from conformance.mock.message import build_mock_request
from conformance.mock.mock import Mock
from conformance.mock.transport import Transport
from conformance.suite.events import Verdict
from conformance.suite.plan import RunProfile, generate_plan
from conformance.suite.target import Target

from ..judgment import decide_claims

Conformance = Callable[[str], tuple[int, str, str]]
DOCUMENT = """
openapi: 3.1.0
info: {title: notes, version: '1'}
security: [{KIND: []}]
paths:
  /notes:
    get:
      operationId: listNotes
      responses: {'200': {description: Notes., content: {application/json: {schema: {type: object,
          required: [items], properties: {items: {type: array,
          items: {$ref: '#/components/schemas/Note'}}}}}}}}
    post:
      operationId: createNote
      requestBody: {required: true, content: {application/json: {schema:
          {$ref: '#/components/schemas/Body'}}}}
      responses: {'201': {description: Created., content: {application/json: &note {schema:
          {$ref: '#/components/schemas/Note'}}}}}
  /notes/{noteId}:
    parameters: [{name: noteId, in: path, required: true, schema: {type: string}}]
    get:
      operationId: readNote
      responses: {'200': {description: The note., content: {application/json: *note}},
          '403': {description: Of another user.}, '404': {description: None.}}
    patch:
      operationId: changeNote
      requestBody: {required: true, content: {application/json: {schema:
          {$ref: '#/components/schemas/Body'}}}}
      responses: {'200': {description: The note., content: {application/json: *note}},
          '403': {description: Of another user.}, '404': {description: None.}}
    delete:
      operationId: deleteNote
      responses: {'204': {description: Deleted.}, '403': {description: Of another user.},
          '404': {description: None.}}
components:
  securitySchemes: {KIND}
  schemas:
    Body: {type: object, required: [title], properties: {title: {type: string, maxLength: 60}}}
    Note: {type: object, required: [id, title], properties: {id: {type: string},
        title: {type: string}}}
x-resources:
  note: {identity: /id, items: /items, mark: /title, create: createNote, list: listNotes,
      read: readNote, change: changeNote, delete: deleteNote, forbidden: 403}
"""
SCHEMES = {
    "bearer": "bearer: {type: http, scheme: bearer}",
    "basic": "basic: {type: http, scheme: basic}",
    "key": "key: {type: apiKey, in: header, name: X-Key}",
}
CLAIMS = {f"{name}/noteId/forbidden" for name in ("readNote", "changeNote", "deleteNote")}


def write_contract(folder: Path, kind: str = "bearer") -> Path:
    document = folder / "openapi.yaml"
    text = DOCUMENT.replace("securitySchemes: {KIND}", f"securitySchemes: {{{SCHEMES[kind]}}}")
    document.write_text(text.replace("{KIND: []}", f"{{{kind}: []}}"))
    return document


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    return load_contract(str(write_contract(tmp_path)))


def test_claims(contract: Contract) -> None:
    """Each operation on an item that documents the status has one."""
    assert {claim.id for claim in contract.claims if "forbidden" in claim.id} == CLAIMS


@pytest.mark.parametrize("kind", list(SCHEMES))
@pytest.mark.parametrize("profile", ["standard", "quick"])
def test_honest_server_is_verified(
    tmp_path: Path, conformance: Conformance, kind: str, profile: str
) -> None:
    document, result = write_contract(tmp_path, kind), tmp_path / "result.json"
    status, output, error = conformance(
        f"run {document} --profile {profile} --only *forbidden --json {result}"
    )
    assert status == 0, output + error
    claims = {claim["id"]: claim["verdict"] for claim in json.loads(result.read_text())["claims"]}
    assert claims == dict.fromkeys(CLAIMS, "verified")


def test_every_fault_is_found(tmp_path: Path, conformance: Conformance) -> None:
    """Another user who is let in, gets another status or has an effect is seen."""
    status, output, error = conformance(f"prove {write_contract(tmp_path)} --fault *forbidden*")
    assert status == 0, output + error
    assert "8 of 8 faults found, 0 false alarms" in output


def test_options_of_the_wrong_kind_are_refused(tmp_path: Path, conformance: Conformance) -> None:
    """A second user of basic authentication is of no use to bearer tokens."""
    document = write_contract(tmp_path)
    status, output, error = conformance(
        f"run {document} --url http://127.0.0.1:9 --token abc --other-user a:b"
    )
    assert (status, "--other-user" in output + error) == (2, True)


def test_without_a_second_user_nothing_is_decided(contract: Contract) -> None:
    """The reason says which option is missing."""
    mock = Mock(contract)
    target = Target(url="http://127.0.0.1:8000", token="mine", transport=Transport(mock))
    decisions, _ = decide_claims(generate_plan(contract, "1", RunProfile.QUICK), target)
    for claim in CLAIMS:
        assert decisions[claim].verdict is Verdict.UNDECIDED
        assert "give --other-token" in (decisions[claim].reason or "")


def test_refused_credentials_of_the_second_user_decide_nothing(contract: Contract) -> None:
    """A token that is valid nowhere would be refused for another reason."""
    mock = Mock(contract, MockConfig(tokens=frozenset({"mine"})))
    target = Target(
        url="http://127.0.0.1:8000", token="mine", other_token="expired", transport=Transport(mock)
    )
    decisions, _ = decide_claims(generate_plan(contract, "1", RunProfile.QUICK), target)
    for claim in CLAIMS:
        assert decisions[claim].verdict is Verdict.UNDECIDED
        assert "of the second user are not accepted" in (decisions[claim].reason or "")


@pytest.mark.parametrize(
    ("token", "method", "status"),
    [
        ("other", "GET", 403),
        ("other", "PATCH", 403),
        ("other", "DELETE", 403),
        ("mine", "GET", 200),
        ("mine", "DELETE", 204),
        ("nobody", "GET", 401),
    ],
)
def test_mock_knows_the_owner(contract: Contract, token: str, method: str, status: int) -> None:
    config = MockConfig(tokens=frozenset({"mine"}), other_tokens=frozenset({"other"}))
    mock = Mock(contract, config)
    state = mock.create_state()

    def send(method: str, path: str, token: str, body: bytes = b"") -> tuple[int, bytes]:
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        response = mock.respond(state, build_mock_request(method, path, headers, body))
        return response.status, response.body

    created = json.loads(send("POST", "/notes", "mine", b'{"title": "a"}')[1])
    body = b'{"title": "b"}' if method == "PATCH" else b""
    assert send(method, f"/notes/{created['id']}", token, body)[0] == status
    own = json.loads(send("POST", "/notes", "other", b'{"title": "a"}')[1])
    assert send("GET", f"/notes/{own['id']}", "other")[0] == 200
    assert send("GET", f"/notes/{own['id']}", "mine")[0] == 403
    assert send("GET", "/notes/unknown", "other")[0] == 404


def test_without_a_list_nothing_is_decided(tmp_path: Path) -> None:
    """Nothing shows then that the second user's credentials are valid anywhere."""
    document = write_contract(tmp_path)
    document.write_text(document.read_text().replace(" list: listNotes,", ""))
    contract = load_contract(str(document))
    target = create_embedded_target(contract)
    decisions, _ = decide_claims(generate_plan(contract, "1", RunProfile.QUICK), target)
    for claim in CLAIMS:
        assert decisions[claim].verdict is Verdict.UNDECIDED
        assert "no list shows" in (decisions[claim].reason or "")
