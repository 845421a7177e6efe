"""What changed between two contracts."""

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

OBJECT: Json = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "maxLength": 9},
        "size": {"type": "integer", "minimum": 1},
        "kind": {"type": "string", "enum": ["a", "b"]},
    },
}
ORDER_NODE: Json = {
    "name": "order",
    "in": "query",
    "schema": {"type": "string", "enum": ["up", "down"], "default": "up"},
}
SPARE: Json = {"name": "spare", "in": "query", "schema": {"type": "string"}}
BASE: Json = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "1"},
    "paths": {
        "/things": {
            "get": {
                "operationId": "list",
                "security": [{"key": ["read"]}, {"key": ["all"]}],
                "parameters": [ORDER_NODE, SPARE],
                "responses": {
                    "200": {"description": "", "content": {"application/json": {"schema": OBJECT}}},
                    "400": {"description": ""},
                },
                "x-behaviors": [{"sorts": {"by": "order", "keys": {"up": "/id", "down": "/size"}}}],
            },
            "post": {
                "operationId": "create",
                "requestBody": {"content": {"application/json": {"schema": OBJECT}}},
                "responses": {"201": {"description": ""}},
            },
        }
    },
    "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
}
GET, POST = "/paths/~1things/get", "/paths/~1things/post"
ORDER, ANSWER, BODY = (
    f"{GET}/parameters/0",
    f"{GET}/responses/200/content/application~1json/schema",
    f"{POST}/requestBody/content/application~1json/schema",
)


def contract(value: Json) -> Contract:
    return contracts.build_contract("things", Document(value=value, positions={}), Statements())


def changed(pointer: str, value: Any) -> list[ContractChange]:
    """Return the differences that one edit makes."""
    other = (
        remove_at_pointer(BASE, pointer) if value is ... else put_at_pointer(BASE, pointer, value)
    )
    return list(compare_contracts(contract(BASE), contract(other)))


@pytest.mark.parametrize(
    ("pointer", "value", "kind", "breaking"),
    [
        (POST, ..., "operation.removed", True),
        (f"{GET}/parameters", [ORDER_NODE], "parameter.removed", True),
        (f"{ORDER}/required", True, "parameter.required", True),
        (f"{ORDER}/allowEmptyValue", True, "parameter.blank", False),
        (f"{ORDER}/schema/enum", ["up"], "parameter.enum", True),
        (f"{ORDER}/schema/enum", ["up", "down", "mixed"], "parameter.enum", False),
        (f"{ORDER}/schema/default", "down", "parameter.default", True),
        (f"{ORDER}/schema/default", ..., "parameter.default", True),
        (f"{ORDER}/schema/maxLength", 3, "parameter.maxLength", True),
        (f"{ORDER}/schema/type", ["string", "null"], "parameter.type", False),
        (f"{POST}/requestBody/required", True, "body.required", True),
        (f"{BODY}/properties/size", ..., "body.property", True),
        (f"{BODY}/properties/name", {"type": "string"}, "body.property", False),
        (f"{BODY}/required", ["id", "size"], "body.required", True),
        (f"{BODY}/required", [], "body.required", False),
        (f"{BODY}/properties/id/maxLength", 99, "body.maxLength", False),
        (f"{BODY}/properties/size/minimum", 5, "body.minimum", True),
        (f"{BODY}/additionalProperties", False, "body.additionalProperties", True),
        (f"{ANSWER}/properties/size", ..., "response.property", True),
        (f"{ANSWER}/properties/name", {"type": "string"}, "response.property", False),
        (f"{ANSWER}/required", [], "response.required", True),
        (f"{ANSWER}/required", ["id", "size"], "response.required", False),
        (f"{ANSWER}/properties/kind/enum", ["a", "b", "c"], "response.enum", True),
        (f"{ANSWER}/properties/kind/enum", ["a"], "response.enum", False),
        (f"{ANSWER}/properties/id/maxLength", 99, "response.maxLength", True),
        (f"{ANSWER}/properties/id/maxLength", 3, "response.maxLength", False),
        (f"{ANSWER}/properties/id/type", ["string", "null"], "response.type", True),
        (f"{GET}/responses/400", ..., "response.removed", False),
        (f"{GET}/responses/404", {"description": ""}, "response.added", False),
        (f"{GET}/security", [{"key": ["read"]}], "scope.removed", True),
        (
            f"{GET}/security",
            [{"key": ["read"]}, {"key": ["all"]}, {"key": ["write"]}],
            "scope.added",
            False,
        ),
        (f"{GET}/security", [], "credentials", False),
        (f"{POST}/security", [{"key": []}], "credentials", True),
        (f"{GET}/x-behaviors", [], "sorts.removed", True),
        (f"{GET}/x-behaviors/0/sorts/keys/down", ..., "sorts.changed", True),
        (f"{GET}/x-behaviors/0/sorts/keys/mixed", "/kind", "sorts.changed", False),
    ],
)
def test_each_change_is_classed(pointer: str, value: Any, kind: str, breaking: bool) -> None:
    """One edit gives one change of that kind, and it breaks callers or not: what they send may not
    narrow, what they get may not widen.
    """
    assert [(change.kind, change.breaking) for change in changed(pointer, value)] == [
        (kind, breaking)
    ]


def test_a_new_operation_breaks_nobody() -> None:
    """An operation that was added is one compatible change."""
    without = remove_at_pointer(BASE, POST)
    assert [
        (one.kind, one.breaking) for one in compare_contracts(contract(without), contract(BASE))
    ] == [("operation.added", False)]


@pytest.mark.parametrize("name", ["losant", "push-express", "tests/toy"])
def test_a_contract_does_not_differ_from_itself(name: str) -> None:
    """Nothing changed between a contract and the same contract."""
    assert compare_contracts(loader.load_contract(name), loader.load_contract(name)) == ()


def test_editions_differ_as_their_pages_do() -> None:
    """From 2017 to the current page callers meet another default page size, new fields and
    statements.
    """
    found = compare_contracts(
        loader.load_contract("losant", "2017"), loader.load_contract("losant")
    )
    assert ("parameter.default", "query parameter perPage", True) in [
        (one.kind, one.location, one.breaking) for one in found
    ]
    assert {"body.property", "response.property", "statement.added", "filters.added"} <= {
        one.kind for one in found
    }
