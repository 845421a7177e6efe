"""Answers of guessed contracts are changed until they fit their schema, and no more than they must
be.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conformance.contract import loader
from conformance.contract.json import Json
from conformance.mock.config import MockConfig
from conformance.mock.message import build_mock_request
from conformance.mock.mock import Mock
from conformance.mock.schema_repair import SchemaValueRepairer

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
def test_fitted(name: str) -> None:
    """What fits is left alone, and what does not is mended where it does not."""
    schema, value, wanted = CASES[name]
    found = SchemaValueRepairer({}).repair_value(schema, value)
    assert found == wanted
    assert name == "null" or Draft202012Validator(schema).is_valid(found)
    assert found is value or name != "fits"


def test_schemas_that_need_each_other_end() -> None:
    """A tree without leaves and a oneOf whose branches exclude nothing fit nothing: the value stays
    as it is, after a bounded search.
    """
    endless: Json = {
        "components": {
            "schemas": {"Tree": {"type": "object", "required": list("abcdef"), "properties": {}}}
        }
    }
    tree = endless["components"]["schemas"]["Tree"]
    tree["properties"] = {name: {"$ref": "#/components/schemas/Tree"} for name in "abcdef"}
    fitter, value = SchemaValueRepairer(endless), {"a": {}}
    assert fitter.repair_value({"$ref": "#/components/schemas/Tree"}, value) is value
    assert fitter.repair_value({"oneOf": [TEXT, TEXT]}, "x") == "x"


def test_a_mock_answers_with_what_fits(tmp_path: Path) -> None:
    """A thing that was created with a name for its owner is shown with an owner; the one that is
    kept and the one that is listed agree.
    """
    file = tmp_path / "plain.json"
    answer = {
        "description": "A task.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}},
    }
    listed = {
        "description": "Tasks.",
        "content": {
            "application/json": {
                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Task"}}
            }
        },
    }
    sent = {
        "content": {
            "application/json": {
                "schema": {"type": "object", "properties": {"title": TEXT, "owner": TEXT}}
            }
        }
    }
    one = {
        "get": {"responses": {"200": answer}},
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
            "post": {"requestBody": sent, "responses": {"201": answer}},
            "get": {"responses": {"200": listed}},
        },
        "/tasks/{id}": one,
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
    made = json.loads(
        mock.respond(
            state, build_mock_request("POST", "/tasks", {"content-type": "application/json"}, body)
        ).body
    )
    assert made == {"id": 1001, "title": "t", "owner": {"id": 0}}
    assert json.loads(mock.respond(state, build_mock_request("GET", "/tasks")).body) == [made]
    assert json.loads(mock.respond(state, build_mock_request("GET", "/tasks/1001")).body) == made


def test_long_lists_are_mended_to_the_end() -> None:
    """However many members do not fit, none is lost, and the same schema asks for no more
    memory.
    """
    value = [{"id": str(number), "login": f"n{number}"} for number in range(1500)]
    fitter = SchemaValueRepairer({})
    assert fitter.repair_value({"type": "array", "items": OWNER}, value) == [
        {"id": 0, "login": f"n{number}"} for number in range(1500)
    ]
    schema = CASES["missing part"][0]
    fitter.repair_value(schema, {"a": "x", "more": []})
    kept = len(fitter._compiled)
    for number in range(10):
        fitter.repair_value(schema, {"a": "x", "more": [number]})
    assert len(fitter._compiled) == kept


def test_each_refusal_tells_its_own_reason(tmp_path: Path) -> None:
    """Two refusals of one body, which has no place for words, are two."""
    file = tmp_path / "plain.json"
    schema = {
        "type": "object",
        "required": ["ok"],
        "properties": {"ok": {"type": "boolean"}},
        "additionalProperties": False,
    }
    refused = {"description": "No.", "content": {"application/json": {"schema": schema}}}
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "integer", "minimum": 1}}
        for name in ("a", "b")
    ]
    operation = {
        "parameters": parameters,
        "responses": {"200": {"description": "Yes."}, "400": refused},
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
    answers = [
        mock.respond(state, build_mock_request("GET", f"/things?{name}=0")) for name in ("a", "b")
    ]
    assert answers[0].body == answers[1].body
    assert [answer.explanation[1].parameter for answer in answers if answer.explanation] == [
        "a",
        "b",
    ]
