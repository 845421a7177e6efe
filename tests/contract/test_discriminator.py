"""Discriminators as constraints: which names a value may have, and which schema it then fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.contract import loader
from conformance.contract.discriminator import write_out_discriminators
from conformance.contract.json import Json
from conformance.contract.schema import Schema
from conformance.values.plain import make_plain_value
from conformance.values.valid import ValueMaker

from .toy import parse_document

SHAPES = """
Circle: {type: object, required: [kind, radius], properties: {kind: KIND, radius: {type: number}}}
Box: {type: object, required: [kind, side], properties: {kind: KIND, side: {type: number}}}
Shape:
  oneOf: [{$ref: '#/components/schemas/Circle'}, {$ref: '#/components/schemas/Box'}]
  discriminator: {propertyName: kind MAPPING}
"""
PETS = """
Pet:
  type: object
  required: [petType]
  properties: {petType: KIND, name: {type: string}}
  discriminator: {propertyName: petType MAPPING}
Cat:
  allOf:
  - $ref: '#/components/schemas/Pet'
  - {type: object, required: [hunts], properties: {hunts: {type: boolean}}}
Dog:
  allOf:
  - $ref: '#/components/schemas/Pet'
  - {type: object, required: [bark], properties: {bark: {type: boolean}}}
Puppy:
  allOf:
  - $ref: '#/components/schemas/Dog'
  - {type: object, required: [age], properties: {age: {type: integer}}}
"""
URIS = ", mapping: {circle: '#/components/schemas/Circle', box: '#/components/schemas/Box'}"
TEXT = "{type: string}"


def build_schema(schemas: str, name: str, kind: str = TEXT, mapping: str = "") -> Schema:
    text = schemas.replace("KIND", kind).replace(" MAPPING", mapping)
    document: Json = {"components": {"schemas": parse_document(text).value}}
    written = write_out_discriminators(
        {**document, "use": {"$ref": f"#/components/schemas/{name}"}}
    )
    return Schema(written, written["use"])


@pytest.mark.parametrize(
    ("mapping", "kind", "value", "expected"),
    [
        ("", TEXT, {"kind": "Circle", "radius": 1}, True),
        ("", TEXT, {"kind": "Box", "side": 1}, True),
        ("", TEXT, {"kind": "Box", "radius": 1}, False),
        ("", TEXT, {"kind": "circle", "radius": 1}, False),
        ("", TEXT, {"kind": "text", "radius": 1, "side": 1}, False),
        ("", TEXT, {"radius": 1}, False),
        ("", TEXT, {"kind": "Box", "side": 1, "radius": 1}, True),
        (URIS, TEXT, {"kind": "circle", "radius": 1}, True),
        (URIS, TEXT, {"kind": "circle", "side": 1}, False),
        (URIS, TEXT, {"kind": "Circle", "radius": 1}, True),
        (URIS, TEXT, {"kind": "Shape", "radius": 1}, False),
        (", mapping: {round: Circle}", TEXT, {"kind": "round", "radius": 1}, True),
        (", mapping: {a: Circle, b: Circle}", TEXT, {"kind": "b", "radius": 1}, True),
        (URIS, "{enum: [circle, box]}", {"kind": "box", "side": 1}, True),
        (URIS, "{enum: [circle, box]}", {"kind": "Box", "side": 1}, False),
        ("", "{enum: [c, b]}", {"kind": "c", "radius": 1}, True),
    ],
)
def test_unions(mapping: str, kind: str, value: Json, expected: bool) -> None:
    """The value of the property names one member, which the whole value then fits."""
    assert build_schema(SHAPES, "Shape", kind, mapping).is_valid(value) is expected


@pytest.mark.parametrize(
    ("name", "mapping", "value", "expected"),
    [
        ("Pet", "", {"petType": "Cat", "hunts": True}, True),
        ("Pet", "", {"petType": "Cat", "bark": True}, False),
        ("Pet", "", {"petType": "Puppy", "bark": True, "age": 1}, True),
        ("Pet", "", {"petType": "Puppy", "bark": True}, False),
        ("Pet", "", {"petType": "Dog", "bark": True}, True),
        ("Pet", "", {"petType": "text"}, False),
        ("Pet", ", mapping: {dog: Dog}", {"petType": "dog", "bark": True}, True),
        ("Pet", ", mapping: {dog: Dog}", {"petType": "dog"}, False),
        ("Pet", ", mapping: {dog: Dog}", {"petType": "Cat", "hunts": True}, True),
        ("Cat", "", {"petType": "Cat", "hunts": True}, True),
        ("Cat", "", {"petType": "text", "hunts": True}, False),
        ("Cat", "", {"petType": "Cat"}, False),
    ],
)
def test_families(name: str, mapping: str, value: Json, expected: bool) -> None:
    """A parent is one of the schemas that extend it; each of them knows the names."""
    assert build_schema(PETS, name, TEXT, mapping).is_valid(value) is expected


@pytest.mark.parametrize(
    ("schemas", "name", "mapping", "expected"),
    [
        (SHAPES, "Shape", "", {"kind": "Circle", "radius": 0}),
        (SHAPES, "Shape", URIS, {"kind": "circle", "radius": 0}),
        (PETS, "Pet", ", mapping: {dog: Dog}", {"petType": "dog", "bark": False}),
        (PETS, "Cat", "", {"petType": "Cat", "hunts": False}),
        (PETS, "Puppy", "", {"petType": "Puppy", "bark": False, "age": 0}),
    ],
)
def test_made_values_have_names_that_exist(
    schemas: str, name: str, mapping: str, expected: Json
) -> None:
    """A plain value, and each drawn one, names its schema."""
    schema = build_schema(schemas, name, TEXT, mapping)
    assert make_plain_value(schema) == expected
    for value in ValueMaker(schema).make_many("seed", 5):
        assert schema.is_valid(value)


def test_members_that_are_unions_themselves() -> None:
    """A member may be a union by the same property: then the names of its members count."""
    schemas = (
        SHAPES
        + """
Any:
  oneOf: [{$ref: '#/components/schemas/Shape'}, {$ref: '#/components/schemas/Dot'}]
  discriminator: {propertyName: kind}
Dot: {type: object, required: [kind], properties: {kind: {type: string}}}
"""
    )
    schema = build_schema(schemas, "Any")
    assert schema.is_valid({"kind": "Dot"})
    assert schema.is_valid({"kind": "Box", "side": 1})
    assert not schema.is_valid({"kind": "Box"})
    assert not schema.is_valid({"kind": "text"})


def test_inline_members_are_left_alone() -> None:
    """A member that is no reference has no name, and stays as it is (4.8.25)."""
    schemas = """
A: {type: object, required: [kind, a], properties: {kind: {type: string}}}
Both:
  anyOf: [{$ref: '#/components/schemas/A'}, {type: 'null'}, {type: object, required: [b]}]
  discriminator: {propertyName: kind}
"""
    schema = build_schema(schemas, "Both")
    assert schema.is_valid(None)
    assert schema.is_valid({"b": 1})
    assert schema.is_valid({"kind": "A", "a": 1})
    assert not schema.is_valid({"kind": "B", "a": 1})


def test_a_document_without_discriminators_is_the_same() -> None:
    """Nothing is copied where nothing is to be written; examples are no schemas."""
    document: Json = {"example": {"discriminator": {"propertyName": "kind"}}, "a": {"b": []}}
    assert write_out_discriminators(document) is document


def test_mapping_to_other_files(tmp_path: Path) -> None:
    """A mapping names schemas in other files as references do."""
    (tmp_path / "shapes.yaml").write_text(
        SHAPES.partition("Shape:")[0].replace("KIND", "{type: string}")
    )
    (tmp_path / "openapi.yaml").write_text("""openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /a:
    get:
      operationId: a
      responses:
        '200':
          description: d
          content:
            application/json:
              schema:
                oneOf: [{$ref: 'shapes.yaml#/Circle'}, {$ref: './shapes.yaml#/Box'}]
                discriminator:
                  propertyName: kind
                  mapping: {c: './shapes.yaml#/Circle', b: 'shapes.yaml#/Box'}
""")
    contract = loader.load_contract(str(tmp_path), infer=True)
    schema = contract.operations["a"].success_response.schema
    assert schema is not None
    assert schema.is_valid({"kind": "c", "radius": 1})
    assert not schema.is_valid({"kind": "c", "side": 1})
    assert schema.is_valid({"kind": "b", "side": 1})
