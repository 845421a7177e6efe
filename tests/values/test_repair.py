"""Repair of responses of inferred contracts: values change until they match the schema, and no more
than necessary.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conformance.contract import loader
from conformance.contract.json import Json
from conformance.contract.schema import Schema
from conformance.mock.config import MockConfig
from conformance.mock.message import build_mock_request
from conformance.mock.mock import Mock
from conformance.values.repair import SchemaValueRepairer

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
OWNER = {"type": "object", "required": ["id"], "properties": {"id": NUMBER, "login": TEXT}}
CASES = {
    "fits": ({"type": "object", "properties": {"a": TEXT}}, {"a": "x", "b": 1}, {"a": "x", "b": 1}),
    "unknown part": (
        {"type": "object", "properties": {"a": TEXT}, "additionalProperties": False},
        {"a": "x", "b": 1},
        {"a": "x"},
    ),
    "missing part": (
        {"type": "object", "required": ["a", "b"], "properties": {"a": TEXT, "b": OWNER}},
        {"a": "x"},
        {"a": "x", "b": {"id": 0}},
    ),
    "a name for the thing": (
        {"type": "object", "properties": {"owner": OWNER}},
        {"owner": "octocat"},
        {"owner": {"id": 0}},
    ),
    "names for things": (
        {"type": "array", "items": OWNER},
        ["octocat", {"id": 3}],
        [{"id": 0}, {"id": 3}],
    ),
    "an optional part that nothing fits": (
        {"type": "object", "properties": {"a": {"not": {}}}},
        {"a": 1},
        {},
    ),
    "an example that is none": (
        {"type": "string", "example": 20.04, "examples": [5]},
        20.04,
        "text",
    ),
    "an enum": ({"enum": ["on", "off"]}, "x", "on"),
    "too few and too many": (
        {
            "type": "array",
            "items": {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2},
        },
        [[1], [1, 2, 3]],
        [[1, 0], [1, 2]],
    ),
    "one branch": (
        {
            "oneOf": [
                {"type": "object", "required": ["a"], "properties": {"a": TEXT}},
                {"type": "object", "required": ["b"], "properties": {"b": TEXT}},
            ]
        },
        {"b": 5},
        {"a": "text", "b": 5},
    ),
    "a branch that is told by what is optional": (
        {
            "oneOf": [
                {"type": "object", "properties": {"a": TEXT}},
                {"type": "object", "properties": {"a": NUMBER}},
            ]
        },
        {},
        {"a": "text"},
    ),
    "what stands beside the branches": (
        {
            "type": "object",
            "required": ["a", "k"],
            "properties": {"a": TEXT},
            "anyOf": [{"properties": {"k": {"const": 1}}}, {"properties": {"k": {"const": 2}}}],
        },
        {"a": "x"},
        {"a": "x", "k": 1},
    ),
    "parts of several schemas": (
        {
            "allOf": [
                OWNER,
                {"type": "object", "required": ["c"], "properties": {"c": {"type": "boolean"}}},
            ]
        },
        {"id": "7"},
        {"id": 0, "c": False},
    ),
    "null": (
        {"type": ["object", "null"], "required": ["a"], "properties": {"a": {"not": {}}}},
        {},
        {},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_repair(name: str) -> None:
    """A valid value is returned unchanged; an invalid one changes only in its invalid parts."""
    schema, value, expected = CASES[name]
    repaired = SchemaValueRepairer().repair_value(Schema({}, schema), value)
    assert repaired == expected
    assert name == "null" or Draft202012Validator(schema).is_valid(repaired)
    assert repaired is value or name != "fits"


def test_unsatisfiable_schemas_terminate() -> None:
    """No value matches an infinite tree, or a oneOf with two equal branches.

    After a bounded search the value is returned unchanged.
    """
    document: Json = {
        "components": {
            "schemas": {"Tree": {"type": "object", "required": list("abcdef"), "properties": {}}}
        }
    }
    tree = document["components"]["schemas"]["Tree"]
    tree["properties"] = {name: {"$ref": "#/components/schemas/Tree"} for name in "abcdef"}
    repairer, value = SchemaValueRepairer(), {"a": {}}
    assert (
        repairer.repair_value(Schema(document, {"$ref": "#/components/schemas/Tree"}), value)
        is value
    )
    assert repairer.repair_value(Schema({}, {"oneOf": [TEXT, TEXT]}), "x") == "x"


def test_a_mock_returns_repaired_items(tmp_path: Path) -> None:
    """An item that was created with a string for its owner is returned with an owner object.

    The created, listed and read items agree.
    """
    file = tmp_path / "plain.json"
    item_response = {
        "description": "A task.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}},
    }
    list_response = {
        "description": "Tasks.",
        "content": {
            "application/json": {
                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Task"}}
            }
        },
    }
    request_body = {
        "content": {
            "application/json": {
                "schema": {"type": "object", "properties": {"title": TEXT, "owner": TEXT}}
            }
        }
    }
    item_path = {
        "get": {"responses": {"200": item_response}},
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": NUMBER}],
    }
    task = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": NUMBER, "title": TEXT, "owner": OWNER},
        "additionalProperties": False,
    }
    paths = {
        "/tasks": {
            "post": {"requestBody": request_body, "responses": {"201": item_response}},
            "get": {"responses": {"200": list_response}},
        },
        "/tasks/{id}": item_path,
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": paths,
        "components": {"schemas": {"Task": task}},
    }
    file.write_text(json.dumps(document))
    mock = Mock(loader.load_contract(str(file), infer=True), MockConfig(permissive=True))
    state = mock.create_state()
    body = json.dumps({"title": "t", "owner": "octocat"}).encode()
    created = json.loads(
        mock.respond(
            state, build_mock_request("POST", "/tasks", {"content-type": "application/json"}, body)
        ).body
    )
    assert created == {"id": 1001, "title": "t", "owner": {"id": 0}}
    assert json.loads(mock.respond(state, build_mock_request("GET", "/tasks")).body) == [created]
    assert json.loads(mock.respond(state, build_mock_request("GET", "/tasks/1001")).body) == created


def test_long_lists_are_repaired_completely(monkeypatch: pytest.MonkeyPatch) -> None:
    """All members are repaired and none is lost.

    Repeated repairs with one schema compile no further validators.
    """
    value = [{"id": str(number), "login": f"n{number}"} for number in range(1500)]
    repairer = SchemaValueRepairer()
    assert repairer.repair_value(Schema({}, {"type": "array", "items": OWNER}), value) == [
        {"id": 0, "login": f"n{number}"} for number in range(1500)
    ]
    schema = Schema({}, CASES["missing part"][0])
    repairer.repair_value(schema, {"a": "x", "more": []})

    def fail(*arguments: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr("conformance.contract.schema._compile_validator", fail)
    for number in range(10):
        repairer.repair_value(schema, {"a": "x", "more": [number]})


def test_each_refusal_has_its_own_explanation(tmp_path: Path) -> None:
    """Two refusals with the same body, which has no place for a message, have different
    explanations.
    """
    file = tmp_path / "plain.json"
    schema = {
        "type": "object",
        "required": ["ok"],
        "properties": {"ok": {"type": "boolean"}},
        "additionalProperties": False,
    }
    refusal_response = {"description": "No.", "content": {"application/json": {"schema": schema}}}
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "integer", "minimum": 1}}
        for name in ("a", "b")
    ]
    operation = {
        "parameters": parameters,
        "responses": {"200": {"description": "Yes."}, "400": refusal_response},
    }
    file.write_text(
        json.dumps(
            {
                "openapi": "3.1.0",
                "info": {"title": "t", "version": "1"},
                "paths": {"/things": {"get": operation}},
            }
        )
    )
    mock = Mock(loader.load_contract(str(file), infer=True), MockConfig(permissive=True))
    state = mock.create_state()
    responses = [
        mock.respond(state, build_mock_request("GET", f"/things?{name}=0")) for name in ("a", "b")
    ]
    assert responses[0].body == responses[1].body
    assert [
        response.explanation[1].parameter for response in responses if response.explanation
    ] == ["a", "b"]
