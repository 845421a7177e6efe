"""Conversion of OpenAPI 3.0 and 3.2 documents to 3.1.

The JSON Schema dialect of 3.0 becomes JSON Schema 2020-12. Nothing is guessed, and nothing else
changes.
"""

from __future__ import annotations

import math

from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.newer import read_newer_document

_VERBATIM_KEYS = ("example", "examples", "default", "enum", "const")
_SCHEMA_MAP_KEYS = ("properties", "patternProperties")
_SCHEMA_KEYS = ("items", "additionalProperties", "not")
_SCHEMA_LIST_KEYS = ("allOf", "anyOf", "oneOf")
_LIMIT_KEYWORDS = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))


def upgrade_document(document: Document) -> Document:
    """Return a document of 3.0 or 3.2 as 3.1, and any other document unchanged.

    Of 3.0, `nullable` becomes a type (it has an effect only beside `type`: OpenAPI 3.0.3,
    4.7.24.1), boolean `exclusiveMinimum` and `exclusiveMaximum` become numbers, and a schema's
    `example` becomes `examples`. Keys beside `$ref`, which 3.0 ignores (4.7.23), are removed. All
    pointers stay valid. Raises ContractError for what 3.2 has and 3.1 has not.
    """
    value = document.value
    version = str(value.get("openapi", "")) if isinstance(value, dict) else ""
    if version.startswith("3.0"):
        return document.with_value({**_upgrade_node(value), "openapi": "3.1.0"}, {})
    if version.startswith("3.2"):
        return read_newer_document(document)
    return document


def drop_infinite_limits(document: Document) -> Document:
    """Return a document without limits that are none, such as `maximum: .inf` in YAML."""
    return document.with_value(_drop_infinite_limits(document.value), {})


_INFINITE_LIMITS = (
    *((keyword, -math.inf) for keyword in ("minimum", "exclusiveMinimum")),
    *((keyword, math.inf) for keyword in ("maximum", "exclusiveMaximum")),
)


def _drop_infinite_limits(node: Json) -> Json:
    if isinstance(node, list):
        return [_drop_infinite_limits(child) for child in node]
    if not isinstance(node, dict):
        return node
    return {
        key: child if key in _VERBATIM_KEYS else _drop_infinite_limits(child)
        for key, child in node.items()
        if (key, child) not in _INFINITE_LIMITS
    }


def _upgrade_node(node: Json) -> Json:
    if isinstance(node, list):
        return [_upgrade_node(child) for child in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        return {"$ref": node["$ref"]}
    return {key: _upgrade_child(key, child) for key, child in node.items()}


def _upgrade_child(key: str, child: Json) -> Json:
    if key in _VERBATIM_KEYS or key.startswith("x-"):
        return (
            {name: _upgrade_node(example) for name, example in child.items()}
            if key == "examples" and isinstance(child, dict)
            else child
        )
    if key == "schema":
        return _upgrade_schema(child)
    if key == "schemas" and isinstance(child, dict):
        return {name: _upgrade_schema(schema) for name, schema in child.items()}
    return _upgrade_node(child)


def _upgrade_schema(node: Json) -> Json:
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        return {"$ref": node["$ref"]}
    upgraded_schema = {
        key: _upgrade_keyword(key, child)
        for key, child in node.items()
        if key not in ("nullable", "example")
    }
    if node.get("nullable") is True and isinstance(node.get("type"), str):
        upgraded_schema["type"] = [node["type"], "null"]
    if "example" in node and "examples" not in node:
        upgraded_schema["examples"] = [node["example"]]
    for limit, exclusive in _LIMIT_KEYWORDS:
        if isinstance(node.get(exclusive), bool):
            del upgraded_schema[exclusive]
            if node[exclusive] and limit in node:
                upgraded_schema[exclusive] = upgraded_schema.pop(limit)
    return upgraded_schema


def _upgrade_keyword(key: str, child: Json) -> Json:
    if key in _SCHEMA_MAP_KEYS and isinstance(child, dict):
        return {name: _upgrade_schema(schema) for name, schema in child.items()}
    if key in _SCHEMA_KEYS:
        return _upgrade_schema(child)
    if key in _SCHEMA_LIST_KEYS and isinstance(child, list):
        return [_upgrade_schema(schema) for schema in child]
    return child
