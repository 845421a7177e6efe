"""Documents of OpenAPI 3.0 are read as what they mean in 3.1."""

from __future__ import annotations

from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.upgrade import upgrade_document


def schema(node: Json, version: str = "3.0.3") -> Json:
    document = {"openapi": version, "components": {"schemas": {"x": node}}}
    return upgrade_document(Document(value=document, positions={})).value["components"]["schemas"][
        "x"
    ]


def test_nullable_is_a_type() -> None:
    """nullable adds null to the type beside it, and means nothing without one."""
    assert schema({"type": "string", "nullable": True}) == {"type": ["string", "null"]}
    assert schema({"type": "string", "nullable": False}) == {"type": "string"}
    assert schema({"nullable": True}) == {}


def test_exclusive_limits_are_numbers() -> None:
    """A boolean exclusiveMinimum moves the minimum there, or goes."""
    assert schema(
        {"minimum": 1, "exclusiveMinimum": True, "maximum": 2, "exclusiveMaximum": False}
    ) == {"exclusiveMinimum": 1, "maximum": 2}


def test_examples_and_references() -> None:
    """A schema's example becomes examples; what stands beside a reference goes; values that only
    look like schemas stay.
    """
    assert schema({"example": {"nullable": True}}) == {"examples": [{"nullable": True}]}
    assert schema({"$ref": "#/x", "nullable": True}) == {"$ref": "#/x"}
    assert schema({"properties": {"example": {"type": "string", "nullable": True}}}) == {
        "properties": {"example": {"type": ["string", "null"]}}
    }
    assert schema({"default": {"nullable": True}, "x-a": {"nullable": True}}) == {
        "default": {"nullable": True},
        "x-a": {"nullable": True},
    }
    assert schema({"items": {"anyOf": [{"type": "string", "nullable": True}]}}) == {
        "items": {"anyOf": [{"type": ["string", "null"]}]}
    }


def test_schemas_of_parameters_and_answers_are_reached() -> None:
    """Schemas wherever OpenAPI has them are read; examples of media types are left alone."""
    media = {
        "schema": {"type": "string", "nullable": True},
        "example": {"nullable": True},
        "examples": {"a": {"value": {"nullable": True}}},
    }
    document = {
        "openapi": "3.0.0",
        "paths": {
            "/": {
                "get": {
                    "parameters": [{"schema": {"type": "integer", "nullable": True}}],
                    "responses": {"200": {"content": {"a/b": media}}},
                }
            }
        },
    }
    get = upgrade_document(Document(value=document, positions={})).value["paths"]["/"]["get"]
    assert get["parameters"] == [{"schema": {"type": ["integer", "null"]}}]
    assert get["responses"]["200"]["content"]["a/b"] == {
        **media,
        "schema": {"type": ["string", "null"]},
    }


def test_other_versions_stay() -> None:
    """A document of 3.1 is left as it is, also where it misuses words of 3.0."""
    assert schema({"type": "string", "nullable": True}, "3.1.0") == {
        "type": "string",
        "nullable": True,
    }
