"""The mock and openapi-core agree on which requests a document allows."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest
import requests
from referencing import Registry, Resource

from conformance.contract import loader
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.mock.config import MockConfig
from conformance.mock.mock import Mock
from conformance.mock.server import serve_in_thread
from conformance.protocol import is_json
from tests.any.second_server import ensure_environment

from .drawn_requests import draw_requests

JUDGE = Path(__file__).parent / "judge.py"
SPECS = Path(__file__).parent.parent.parent / "specs"
REFUSALS = (400, 415, 422)
REQUESTS = 100  # for each seed of a soak
REAL_DOCUMENTS = (
    *("airflow", "airflow-edge", "airflow-fab", "bandwidth", "catalyst", "figma", "rclone"),
    *("readme", "star-trek", "train-travel"),
)


def strip_security(node: Json) -> Json:
    """Return a document that asks for no credentials and names no servers of operations: other
    tests are about them.
    """
    if isinstance(node, dict):
        return {
            key: strip_security(child)
            for key, child in node.items()
            if key != "security" and not (key == "servers" and isinstance(child, list))
        }
    return [strip_security(child) for child in node] if isinstance(node, list) else node


@dataclass(frozen=True, slots=True)
class Exchange:
    """A drawn request, and what the mock answered."""

    operation: Operation
    request: requests.PreparedRequest
    response: requests.Response

    def __str__(self) -> str:
        request, response = self.request, self.response
        return (
            f"{request.method} {request.path_url} {request.body!r:.300} →"
            f" {response.status_code} {response.text[:200]}"
        )


def find_disagreements(file: Path, folder: Path, count: int) -> tuple[int, int, list[str]]:
    """Return how many requests were drawn, how many of them the mock refused, and where it differs
    from openapi-core and jsonschema.
    """
    document = strip_security(loader.load_contract(str(file), infer=True).document)
    path = folder / "openapi.json"
    path.write_text(json.dumps({**document, "servers": [{"url": "https://api.example"}]}))
    contract = loader.load_contract(str(path), infer=True)
    mock = Mock(contract, MockConfig(permissive=True))
    with serve_in_thread(mock) as url, requests.Session() as session:
        exchanges = [
            Exchange(operation, request, session.send(request))
            for operation, request in draw_requests(contract, url, count)
        ]
    disagreements = []
    for exchange, (problem, *reasons) in zip(exchanges, judge(path, exchanges), strict=True):
        status = exchange.response.status_code
        # a wrong id may be refused or not be found
        if status >= 500 or (problem != "identity" and (status in REFUSALS) != bool(problem)):
            disagreements.append(f"{exchange}; openapi-core: {problem or 'valid'} {reasons}")
        if (breach := find_breach(exchange)) is not None:
            disagreements.append(f"{exchange}; jsonschema: {breach}")
    refused = sum(exchange.response.status_code in REFUSALS for exchange in exchanges)
    return len(exchanges), refused, disagreements


def judge(document: Path, exchanges: list[Exchange]) -> list[list[str]]:
    """Return what openapi-core says of the requests, in an environment of its own."""
    orders = [
        {
            "method": exchange.request.method,
            "target": exchange.request.path_url,
            "headers": [*exchange.request.headers.items()],
            "body": base64.b64encode(_read_body(exchange.request)).decode(),
        }
        for exchange in exchanges
    ]
    process = subprocess.run(
        [str(ensure_environment()), str(JUDGE)],
        input=json.dumps({"document": str(document), "requests": orders}),
        capture_output=True,
        text=True,
        check=True,
    )
    verdicts: list[list[str]] = json.loads(process.stdout)
    return verdicts


def _read_body(request: requests.PreparedRequest) -> bytes:
    return request.body.encode() if isinstance(request.body, str) else request.body or b""


def find_breach(exchange: Exchange) -> str | None:
    """Return how a JSON answer breaks the schema of its status, by jsonschema."""
    documented = exchange.operation.find_documented_response(exchange.response.status_code)
    if documented is None or documented.schema is None:
        return None
    if not is_json(exchange.response.headers.get("content-type", "")):
        return None
    registry = Registry().with_resource("urn:document", Resource.opaque(documented.schema.document))
    validator = jsonschema.Draft202012Validator(
        qualify_references(documented.schema.node), registry=registry
    )
    error = next(validator.iter_errors(exchange.response.json()), None)
    return None if error is None else f"{error.json_path}: {error.message[:200]}"


def qualify_references(node: Json) -> Json:
    """Return a schema whose references lead into the whole document."""
    if isinstance(node, dict):
        return {
            key: f"urn:document{child}" if key == "$ref" else qualify_references(child)
            for key, child in node.items()
        }
    return [qualify_references(child) for child in node] if isinstance(node, list) else node


@pytest.mark.parametrize("name", ["push-express", "losant", "shop"])
def test_mock_and_openapi_core_agree(name: str, tmp_path: Path, seeds: list[str]) -> None:
    """Drawn requests are refused by both or by none, and each answer fits its schema."""
    file = SPECS / name / "openapi.yaml"
    if name == "shop":
        file = tmp_path / "shop.yaml"
        file.write_text(SHOP)
    wanted = REQUESTS * len(seeds)
    count, refused, disagreements = find_disagreements(file, tmp_path, wanted)
    assert count >= wanted // 2
    assert 0 < refused < count
    assert disagreements == []


@pytest.mark.parametrize("name", REAL_DOCUMENTS)
def test_they_agree_on_real_documents(
    name: str, tmp_path: Path, seeds: list[str], request: pytest.FixtureRequest
) -> None:
    """The same for real documents, which are downloaded for the full counts only."""
    corpus = request.config.getoption("--corpus")
    if corpus is None:
        pytest.skip("--corpus names no folder of real documents")
    versions = sorted((Path(corpus) / "documents" / name).glob("*/openapi.*"))
    wanted = REQUESTS * len(seeds)
    count, refused, disagreements = find_disagreements(versions[-1], tmp_path, wanted)
    assert count >= wanted // 2
    assert 0 < refused < count
    assert disagreements == []


SHOP = """openapi: 3.0.3
info: {title: Shop, version: "1"}
paths:
  /orders:
    get:
      operationId: listOrders
      parameters:
      - {name: status, in: query, schema: {type: string, enum: [open, sent]}}
      - {name: limit, in: query, required: true, schema: {type: integer, minimum: 1, maximum: 50}}
      - {name: paid, in: query, schema: {type: boolean}}
      - {name: since, in: query, schema: {type: string, format: date}}
      responses:
        '200':
          description: d
          content:
            application/json:
              schema:
                type: object
                required: [orders, total]
                properties:
                  orders: {type: array, items: {$ref: '#/components/schemas/Order'}}
                  total: {type: integer}
    post:
      operationId: createOrder
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
      responses:
        '201':
          description: d
          content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer, minimum: 1}}]
    get:
      operationId: readOrder
      responses:
        '200':
          description: d
          content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
        '404': {description: d}
    put:
      operationId: replaceOrder
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
      responses:
        '200':
          description: d
          content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
    delete: {operationId: deleteOrder, responses: {'204': {description: d}}}
components:
  schemas:
    Order:
      type: object
      required: [customer, lines]
      properties:
        id: {type: integer, readOnly: true}
        customer: {type: string, minLength: 1, maxLength: 20}
        email: {type: string, format: email, nullable: true}
        lines:
          type: array
          minItems: 1
          items:
            type: object
            required: [article, amount]
            properties:
              article: {type: string, pattern: '^[A-Z]{2}[0-9]{3}$'}
              amount: {type: integer, minimum: 0, exclusiveMinimum: true}
        discount: {type: number, multipleOf: 0.5}
"""
