"""Operations that document several media types for what they take and for what they answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from conformance.contract.contract import Contract
from conformance.contract.loader import load_contract
from conformance.mock.content_negotiation import compute_quality, parse_accept_header
from conformance.mock.message import build_mock_request
from conformance.mock.mock import Mock
from conformance.suite.request_encoding import build_accept_header

Conformance = Callable[[str], tuple[int, str, str]]
DOCUMENT = """
openapi: 3.1.0
info: {title: pets, version: '1'}
servers: [{url: 'https://api.example.com/v1'}]
paths:
  /pets:
    get:
      operationId: listPets
      responses:
        '200': {description: Pets., content: {application/json: {schema: {type: object,
            required: [items], properties: {items: {type: array,
            items: {$ref: '#/components/schemas/Pet'}}}}}}}
        '406': {description: No such type.}
    post:
      operationId: createPet
      requestBody:
        required: true
        content:
          application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/Body'}}
          application/json: {schema: {$ref: '#/components/schemas/Body'}}
          multipart/form-data: {schema: {$ref: '#/components/schemas/Body'}}
          application/vnd.pets+json: {schema: {$ref: '#/components/schemas/Body'}}
          text/csv: {schema: {type: string}}
      responses:
        '201': {description: Created., content: {application/json: &pet {schema:
            {$ref: '#/components/schemas/Pet'}}, application/vnd.pets+json: *pet}}
        '415': {description: Not understood.}
  /pets/{petId}:
    parameters: [{name: petId, in: path, required: true, schema: {type: string}}]
    get:
      operationId: readPet
      responses:
        '200': {description: The pet., content: {text/csv: {schema: {type: string}},
            application/json: *pet, application/vnd.pets+json: *pet}}
        '404': {description: None.}
    delete:
      operationId: deletePet
      responses: {'204': {description: Deleted.}, '404': {description: None.}}
components:
  schemas:
    Body: {type: object, required: [name], properties: {name: {type: string, maxLength: 60},
        age: {type: integer, minimum: 0, maximum: 40}}}
    Pet: {type: object, required: [id, name], properties: {id: {type: string},
        name: {type: string}, age: {type: integer}}}
x-resources:
  pet: {identity: /id, items: /items, mark: /name, create: createPet, list: listPets,
      read: readPet, delete: deletePet}
"""
MEDIA_CLAIMS = {
    f"createPet/body/media/{name}"
    for name in (
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/vnd.pets+json",
    )
}


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)
    return load_contract(str(tmp_path / "openapi.yaml"))


def test_a_claim_for_each_media_type(contract: Contract) -> None:
    """JSON is the main type, wherever it stands; each other one has a claim."""
    assert contract.operations["createPet"].body is not None
    assert contract.operations["createPet"].body.media_type == "application/json"
    claims = {claim.id for claim in contract.claims if "/media/" in claim.id}
    assert claims == {*MEDIA_CLAIMS, "createPet/body/media/text/csv"}


@pytest.mark.parametrize("profile", ["standard", "quick"])
def test_run_on_an_honest_server(
    tmp_path: Path, contract: Contract, conformance: Conformance, profile: str
) -> None:
    """Each type with fields is verified; of the other, the reason is told."""
    status, output, error = conformance(f"run {tmp_path}/openapi.yaml --profile {profile} -v")
    assert status == 0, output + error
    assert "violated" not in output
    status, output, error = conformance(
        f"run {tmp_path}/openapi.yaml --only createPet/body/media/*"
    )
    assert "3 verified · 1 undecided" in output
    assert "a body of type text/csv has no fields to fill in" in output


def test_every_fault_is_found(tmp_path: Path, contract: Contract, conformance: Conformance) -> None:
    """A server that refuses a documented type, or fails at it, is seen."""
    status, output, error = conformance(f"prove {tmp_path}/openapi.yaml --fault */media/*")
    assert status == 0, output + error
    assert "6 of 6" in output


@pytest.mark.parametrize(
    ("content_type", "content", "status"),
    [
        ("application/json", b'{"name": "a"}', 201),
        ("application/vnd.pets+json; v=1", b'{"name": "a"}', 201),
        ("application/x-www-form-urlencoded", b"name=a&age=3", 201),
        ("application/x-www-form-urlencoded", b"age=3", 400),
        ("APPLICATION/JSON", b'{"name": 1}', 400),
        ("application/hal+json", b'{"name": "a"}', 415),
        ("text/plain", b"a", 415),
        ("text/csv", b"a,3", 201),
    ],
)
def test_mock_reads_each_type(
    contract: Contract, content_type: str, content: bytes, status: int
) -> None:
    mock = Mock(contract)
    response = mock.respond(
        mock.create_state(),
        build_mock_request("POST", "/v1/pets", {"content-type": content_type}, content),
    )
    assert response.status == status, response


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/vnd.pets+json", "application/vnd.pets+json"),
        ("application/json;q=0.5, application/vnd.pets+json", "application/vnd.pets+json"),
        ("application/*;q=0.1, application/json;q=0", "application/vnd.pets+json"),
        ("text/csv", "application/json"),  # no 406 is documented: another type may be answered
        ("nonsense", "application/json"),
    ],
)
def test_mock_answers_in_the_preferred_type(contract: Contract, accept: str, expected: str) -> None:
    """The body is the same in every JSON type of one schema."""
    mock = Mock(contract)
    headers = {"content-type": "application/json", **({"accept": accept} if accept else {})}
    response = mock.respond(
        mock.create_state(), build_mock_request("POST", "/v1/pets", headers, b'{"name": "a"}')
    )
    assert dict(response.headers)["content-type"] == expected
    assert httpx.Response(201, content=response.body).json()["name"] == "a"


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("text/html, application/json;q=0.1", 200),
        ("text/html", 406),
        ("application/json;q=0", 406),
        ("*/*, application/json;q=0", 406),
        ("application/vnd.pets+json", 406),
    ],
)
def test_406_where_it_is_documented(contract: Contract, accept: str, status: int) -> None:
    mock = Mock(contract)
    request = build_mock_request("GET", "/v1/pets", {"accept": accept})
    assert mock.respond(mock.create_state(), request).status == status


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("readPet", "application/json, application/vnd.pets+json, text/csv;q=0.5"),
        ("listPets", "application/json"),
        ("deletePet", "application/json"),
    ],
)
def test_runs_ask_for_what_is_documented(contract: Contract, operation: str, expected: str) -> None:
    assert build_accept_header(contract.operations[operation]) == expected


@pytest.mark.parametrize(
    ("accept", "media_type", "expected"),
    [
        ("text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, */*;q=0.5", "text/html", 0.3),
        ("text/*;q=0.3, text/plain;q=0.7, */*;q=0.5", "text/plain", 0.7),
        ("text/*;q=0.3, text/plain;q=0.7, */*;q=0.5", "image/jpeg", 0.5),
        ("text/*;q=2", "text/html", 1.0),
        ("text/html;q=x", "text/html", 1.0),
        ("text/html", "image/png", 0.0),
    ],
)
def test_quality(accept: str, media_type: str, expected: float) -> None:
    """The examples of RFC 9110, 12.5.1."""
    assert compute_quality(media_type, parse_accept_header(accept)) == expected
