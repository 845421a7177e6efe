"""XML bodies, by the XML Objects of the schemas."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from conformance.contract.json import Json
from conformance.contract.schema import Schema
from conformance.mock.xml import encode_xml

from .plain import build_plain_mock

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def declare(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "xml": {"name": "r"}}


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        (declare(a={}), {"a": "x"}, "<r><a>x</a></r>"),
        (declare(a={}), {"a": "<&>"}, "<r><a>&lt;&amp;&gt;</a></r>"),
        (declare(a={}, b={}), {"a": 1, "b": True}, "<r><a>1</a><b>true</b></r>"),
        (declare(a={}), {"a": None}, "<r><a></a></r>"),
        (declare(a={"xml": {"name": "n"}}), {"a": 1}, "<r><n>1</n></r>"),
        (declare(a={"xml": {"attribute": True}}), {"a": '"'}, "<r a='\"'></r>"),
        (declare(a={"items": {}}), {"a": [1, 2]}, "<r><a>1</a><a>2</a></r>"),
        (
            declare(a={"items": {"xml": {"name": "i"}}, "xml": {"wrapped": True}}),
            {"a": [1, 2]},
            "<r><a><i>1</i><i>2</i></a></r>",
        ),
        (
            declare(a={"xml": {"prefix": "p", "namespace": "urn:n"}}),
            {"a": 1},
            '<r><p:a xmlns:p="urn:n">1</p:a></r>',
        ),
        (declare(a=declare(b={})), {"a": {"b": 1}}, "<r><r><b>1</b></r></r>"),
    ],
)
def test_encoding(schema: Json, value: Json, expected: str) -> None:
    """Names, attributes, wrapping and namespaces are those of the XML Objects (4.8.26)."""
    text = encode_xml(Schema({}, schema), value)
    assert text == DECLARATION + expected
    ElementTree.fromstring(text)


THING = """
paths:
  /things:
    post:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
      responses: {'201': {description: d, content: {application/json: {schema: {
        $ref: '#/components/schemas/Thing'}}}}}
  /things/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        '200':
          description: d
          content:
            application/json: {schema: {$ref: '#/components/schemas/Thing'}}
            application/xml: {schema: {$ref: '#/components/schemas/Thing'}}
  /xml: {get: {responses: {'200': {description: d, content: {application/xml: {schema: {
    $ref: '#/components/schemas/Thing'}}}}}}}
components:
  schemas: {Thing: {type: object, properties: {id: {type: integer}, name: {type: string}}}}
"""


def test_an_item_in_xml(tmp_path: Path) -> None:
    """`Accept: application/xml` gets the stored item, as JSON does."""
    mock = build_plain_mock(tmp_path, THING)
    mock.send("POST", "/things", {"id": 7, "name": "a"})
    response = mock.send("GET", "/things/7", accept="application/xml")
    assert dict(response.headers)["content-type"] == "application/xml"
    assert response.body.decode() == f"{DECLARATION}<Thing><id>7</id><name>a</name></Thing>"
    assert mock.read("/things/7") == {"id": 7, "name": "a"}


def test_a_made_body_in_xml(tmp_path: Path) -> None:
    """Where XML is the only media type, a made body is XML."""
    body = build_plain_mock(tmp_path, THING).send("GET", "/xml").body.decode()
    assert [child.tag for child in ElementTree.fromstring(body)] == ["id", "name"]
