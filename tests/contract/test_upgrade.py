"""OpenAPI 3.0 documents are upgraded to their meaning in 3.1."""

from __future__ import annotations

from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.upgrade import upgrade_document


def upgrade_schema(node: Json, version: str = "3.0.3") -> Json:
    document = {"openapi": version, "components": {"schemas": {"x": node}}}
    return upgrade_document(Document(value=document, positions={})).value["components"]["schemas"][
        "x"
    ]


def test_nullable_becomes_a_type() -> None:
    """nullable adds null to the type beside it. Without a type it has no effect."""
    assert upgrade_schema({"type": "string", "nullable": True}) == {"type": ["string", "null"]}
    assert upgrade_schema({"type": "string", "nullable": False}) == {"type": "string"}
    assert upgrade_schema({"nullable": True}) == {}


def test_exclusive_limits_become_numbers() -> None:
    """A boolean exclusiveMinimum takes the value of minimum, or is removed."""
    assert upgrade_schema(
        {"minimum": 1, "exclusiveMinimum": True, "maximum": 2, "exclusiveMaximum": False}
    ) == {"exclusiveMinimum": 1, "maximum": 2}


def test_examples_and_references() -> None:
    """A schema's example becomes examples.

    Keywords beside a reference are removed. Values that only look like schemas are unchanged.
    """
    assert upgrade_schema({"example": {"nullable": True}}) == {"examples": [{"nullable": True}]}
    assert upgrade_schema({"$ref": "#/x", "nullable": True}) == {"$ref": "#/x"}
    assert upgrade_schema({"properties": {"example": {"type": "string", "nullable": True}}}) == {
        "properties": {"example": {"type": ["string", "null"]}}
    }
    assert upgrade_schema({"default": {"nullable": True}, "x-a": {"nullable": True}}) == {
        "default": {"nullable": True},
        "x-a": {"nullable": True},
    }
    assert upgrade_schema({"items": {"anyOf": [{"type": "string", "nullable": True}]}}) == {
        "items": {"anyOf": [{"type": ["string", "null"]}]}
    }


def test_schemas_of_parameters_and_responses_are_upgraded() -> None:
    """Schemas are upgraded wherever OpenAPI has them. Examples of media types are unchanged."""
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


def test_other_versions_are_unchanged() -> None:
    """A 3.1 document is unchanged, even if it misuses keywords of 3.0."""
    assert upgrade_schema({"type": "string", "nullable": True}, "3.1.0") == {
        "type": "string",
        "nullable": True,
    }
