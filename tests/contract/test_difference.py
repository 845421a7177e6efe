"""Changes between two contracts."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.contract import contract as contracts
from conformance.contract import loader
from conformance.contract.contract import Contract
from conformance.contract.difference import ContractChange, compare_contracts
from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.pointer import put_at_pointer, remove_at_pointer
from conformance.contract.statements import Statements

ITEM_SCHEMA: Json = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "maxLength": 9},
        "size": {"type": "integer", "minimum": 1},
        "kind": {"type": "string", "enum": ["a", "b"]},
    },
}
ORDER_PARAMETER: Json = {
    "name": "order",
    "in": "query",
    "schema": {"type": "string", "enum": ["up", "down"], "default": "up"},
}
UNUSED_PARAMETER: Json = {"name": "spare", "in": "query", "schema": {"type": "string"}}
BASE_DOCUMENT: Json = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "1"},
    "paths": {
        "/things": {
            "get": {
                "operationId": "list",
                "security": [{"key": ["read"]}, {"key": ["all"]}],
                "parameters": [ORDER_PARAMETER, UNUSED_PARAMETER],
                "responses": {
                    "200": {
                        "description": "",
                        "content": {"application/json": {"schema": ITEM_SCHEMA}},
                    },
                    "400": {"description": ""},
                },
                "x-behaviors": [{"sorts": {"by": "order", "keys": {"up": "/id", "down": "/size"}}}],
            },
            "post": {
                "operationId": "create",
                "requestBody": {"content": {"application/json": {"schema": ITEM_SCHEMA}}},
                "responses": {"201": {"description": ""}},
            },
        }
    },
    "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
}
GET_POINTER, POST_POINTER = "/paths/~1things/get", "/paths/~1things/post"
ORDER_POINTER, RESPONSE_SCHEMA_POINTER, BODY_SCHEMA_POINTER = (
    f"{GET_POINTER}/parameters/0",
    f"{GET_POINTER}/responses/200/content/application~1json/schema",
    f"{POST_POINTER}/requestBody/content/application~1json/schema",
)


def build_contract(value: Json) -> Contract:
    return contracts.build_contract("things", Document(value=value, positions={}), Statements())


def list_changes(pointer: str, value: Any) -> list[ContractChange]:
    """Return the changes that one edit of the base document causes."""
    changed_document = (
        remove_at_pointer(BASE_DOCUMENT, pointer)
        if value is ...
        else put_at_pointer(BASE_DOCUMENT, pointer, value)
    )
    return list(compare_contracts(build_contract(BASE_DOCUMENT), build_contract(changed_document)))


@pytest.mark.parametrize(
    ("pointer", "value", "kind", "breaking"),
    [
        (POST_POINTER, ..., "operation.removed", True),
        (f"{GET_POINTER}/parameters", [ORDER_PARAMETER], "parameter.removed", True),
        (f"{ORDER_POINTER}/required", True, "parameter.required", True),
        (f"{ORDER_POINTER}/allowEmptyValue", True, "parameter.blank", False),
        (f"{ORDER_POINTER}/schema/enum", ["up"], "parameter.enum", True),
        (f"{ORDER_POINTER}/schema/enum", ["up", "down", "mixed"], "parameter.enum", False),
        (f"{ORDER_POINTER}/schema/default", "down", "parameter.default", True),
        (f"{ORDER_POINTER}/schema/default", ..., "parameter.default", True),
        (f"{ORDER_POINTER}/schema/maxLength", 3, "parameter.maxLength", True),
        (f"{ORDER_POINTER}/schema/type", ["string", "null"], "parameter.type", False),
        (f"{POST_POINTER}/requestBody/required", True, "body.required", True),
        (f"{BODY_SCHEMA_POINTER}/properties/size", ..., "body.property", True),
        (f"{BODY_SCHEMA_POINTER}/properties/name", {"type": "string"}, "body.property", False),
        (f"{BODY_SCHEMA_POINTER}/required", ["id", "size"], "body.required", True),
        (f"{BODY_SCHEMA_POINTER}/required", [], "body.required", False),
        (f"{BODY_SCHEMA_POINTER}/properties/id/maxLength", 99, "body.maxLength", False),
        (f"{BODY_SCHEMA_POINTER}/properties/size/minimum", 5, "body.minimum", True),
        (f"{BODY_SCHEMA_POINTER}/additionalProperties", False, "body.additionalProperties", True),
        (f"{RESPONSE_SCHEMA_POINTER}/properties/size", ..., "response.property", True),
        (
            f"{RESPONSE_SCHEMA_POINTER}/properties/name",
            {"type": "string"},
            "response.property",
            False,
        ),
        (f"{RESPONSE_SCHEMA_POINTER}/required", [], "response.required", True),
        (f"{RESPONSE_SCHEMA_POINTER}/required", ["id", "size"], "response.required", False),
        (f"{RESPONSE_SCHEMA_POINTER}/properties/kind/enum", ["a", "b", "c"], "response.enum", True),
        (f"{RESPONSE_SCHEMA_POINTER}/properties/kind/enum", ["a"], "response.enum", False),
        (f"{RESPONSE_SCHEMA_POINTER}/properties/id/maxLength", 99, "response.maxLength", True),
        (f"{RESPONSE_SCHEMA_POINTER}/properties/id/maxLength", 3, "response.maxLength", False),
        (
            f"{RESPONSE_SCHEMA_POINTER}/properties/id/type",
            ["string", "null"],
            "response.type",
            True,
        ),
        (f"{GET_POINTER}/responses/400", ..., "response.removed", False),
        (f"{GET_POINTER}/responses/404", {"description": ""}, "response.added", False),
        (f"{GET_POINTER}/security", [{"key": ["read"]}], "scope.removed", True),
        (
            f"{GET_POINTER}/security",
            [{"key": ["read"]}, {"key": ["all"]}, {"key": ["write"]}],
            "scope.added",
            False,
        ),
        (f"{GET_POINTER}/security", [], "credentials", False),
        (f"{POST_POINTER}/security", [{"key": []}], "credentials", True),
        (f"{GET_POINTER}/x-behaviors", [], "sorts.removed", True),
        (f"{GET_POINTER}/x-behaviors/0/sorts/keys/down", ..., "sorts.changed", True),
        (f"{GET_POINTER}/x-behaviors/0/sorts/keys/mixed", "/kind", "sorts.changed", False),
    ],
)
def test_change_classification(pointer: str, value: Any, kind: str, breaking: bool) -> None:
    """One edit causes one change of the given kind.

    It breaks callers if it narrows what they may send or widens what they may receive.
    """
    assert [(change.kind, change.breaking) for change in list_changes(pointer, value)] == [
        (kind, breaking)
    ]


def test_added_operation_is_compatible() -> None:
    """An added operation is one compatible change."""
    document_without_post = remove_at_pointer(BASE_DOCUMENT, POST_POINTER)
    assert [
        (change.kind, change.breaking)
        for change in compare_contracts(
            build_contract(document_without_post), build_contract(BASE_DOCUMENT)
        )
    ] == [("operation.added", False)]


@pytest.mark.parametrize("name", ["losant", "push-express", "tests/toy"])
def test_contract_has_no_changes_from_itself(name: str) -> None:
    """A contract compared with itself has no changes."""
    assert compare_contracts(loader.load_contract(name), loader.load_contract(name)) == ()


def test_changes_between_editions() -> None:
    """From 2017 to the current page, the default page size changes, and fields and statements are
    added.
    """
    changes = compare_contracts(
        loader.load_contract("losant", "2017"), loader.load_contract("losant")
    )
    assert ("parameter.default", "query parameter perPage", True) in [
        (change.kind, change.location, change.breaking) for change in changes
    ]
    assert {"body.property", "response.property", "statement.added", "filters.added"} <= {
        change.kind for change in changes
    }
