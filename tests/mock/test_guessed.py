"""The mock of a plain OpenAPI document, whose behaviors are inferred."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.contract import loader
from conformance.contract.json import Json
from conformance.mock.config import MockConfig
from conformance.mock.message import MockResponse, build_mock_request
from conformance.mock.mock import Mock
from conformance.mock.state import MockState

DOCUMENT = """
openapi: 3.0.3
info: {title: Shop, version: '1'}
servers: [{url: /v1}]
paths:
  /shops/{shop}/pets:
    parameters: [{name: shop, in: path, required: true, schema: {type: string}}]
    get:
      parameters:
      - {name: page, in: query, schema: {type: integer}}
      - {name: limit, in: query, schema: {type: integer}}
      - {name: tags, in: query, schema: {type: array, items: {type: integer}}}
      responses: {'200': {description: Pets., content: {application/json: {schema: {type: array,
          items: {$ref: '#/components/schemas/Pet'}}}}}}
    post:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
      responses: {'201': {description: A pet.,
          content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
  /shops/{shop}/pets/{petId}:
    parameters:
    - {name: shop, in: path, required: true, schema: {type: string}}
    - {name: petId, in: path, required: true, schema: {type: integer}}
    get: {responses: {'200': {description: A pet.,
        content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}}
  /files/{name}.{ending}:
    parameters: [{name: name, in: path, required: true, schema: {type: string}}, {name: ending,
        in: path, required: true, schema: {type: string}}]
    put:
      requestBody: {required: true, content: {text/csv: {schema: {type: string}}}}
      responses: {default: {description: Done., content: {text/plain: {schema: {type: string,
          example: done}}}}}
  /tree:
    get: {responses: {'200': {description: A tree.,
        content: {application/json: {schema: {$ref: '#/components/schemas/Tree'}}}}}}
components:
  schemas:
    Pet: {type: object, required: [name, color], properties: {id: {type: integer},
        name: {type: string, nullable: true}, color: {type: string, pattern: '^#[0-9a-f]{6}$'}}}
    Tree: {type: object, required: [left], properties: {left: {anyOf: [{type: 'null'},
        {$ref: '#/components/schemas/Tree'}]}}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> tuple[Mock, MockState]:
    """Return the mock of a plain document, and its state."""
    file = tmp_path / "shop.yaml"
    file.write_text(DOCUMENT)
    mock = Mock(loader.load_contract(str(file), infer=True), MockConfig(permissive=True))
    return mock, mock.create_state()


def send_request(
    shop: tuple[Mock, MockState],
    method: str,
    path: str,
    body: Json = None,
    media: str = "application/json",
) -> MockResponse:
    mock, state = shop
    return mock.respond(
        state,
        build_mock_request(
            method,
            f"/v1{path}",
            {"content-type": media},
            b"" if body is None else json.dumps(body).encode(),
        ),
    )


def test_resources_are_served_statefully(shop: tuple[Mock, MockState]) -> None:
    """Created items can be listed and read under their own parent, with the id that was sent."""
    assert (
        send_request(
            shop, "POST", "/shops/a/pets", {"id": 7, "name": "rex", "color": "#00ff00"}
        ).status
        == 201
    )
    created = json.loads(
        send_request(shop, "POST", "/shops/a/pets", {"name": None, "color": "#00ff00"}).body
    )
    assert [pet["name"] for pet in json.loads(send_request(shop, "GET", "/shops/a/pets").body)] == [
        "rex",
        None,
    ]
    assert json.loads(
        send_request(shop, "GET", "/shops/a/pets?page=2&limit=1&tags=1&tags=2").body
    ) == [created]
    assert json.loads(send_request(shop, "GET", "/shops/b/pets").body) == []
    assert [send_request(shop, "GET", f"/shops/{shop_id}/pets/7").status for shop_id in "ab"] == [
        200,
        404,
    ]
    assert send_request(shop, "GET", "/shops/a/pets?tags=1,x").status == 400


def test_other_operations_return_schema_examples(shop: tuple[Mock, MockState]) -> None:
    """The mock serves partly templated paths, other media types, responses under `default` and
    recursive schemas.
    """
    response = send_request(shop, "PUT", "/files/a.b.csv", "x", "text/csv")
    assert (response.status, response.body, dict(response.headers)["content-type"]) == (
        200,
        b"done",
        "text/plain",
    )
    assert json.loads(send_request(shop, "GET", "/tree").body) == {"left": None}
    assert send_request(shop, "PUT", "/files/a", "x", "text/csv").status == 404
