"""OpenAPI 3.0 documents as 3.1: what 3.0 says in its own dialect of JSON Schema, said in JSON
Schema 2020-12. Nothing is guessed, nothing else is changed.
"""

from __future__ import annotations

from conformance.contract.document import Document
from conformance.contract.json import Json

_OPAQUE = ("example", "examples", "default", "enum", "const")
_MANY = ("properties", "patternProperties")
_ONE = ("items", "additionalProperties", "not")
_LISTS = ("allOf", "anyOf", "oneOf")
_LIMITS = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))


def upgraded(document: Document) -> Document:
    """Return a 3.0 document as 3.1; any other as it is.

    `nullable` becomes a type (it has an effect only beside `type`: OpenAPI 3.0.3, 4.7.24.1),
    boolean `exclusiveMinimum` and `exclusiveMaximum` become numbers, a schema's `example` becomes
    `examples`, and what stands beside `$ref`, which 3.0 ignores (4.7.23), goes. Everything keeps
    its pointer.
    """
    value = document.value
    if not isinstance(value, dict) or not str(value.get("openapi", "")).startswith("3.0"):
        return document
    return document.with_value({**_node(value), "openapi": "3.1.0"}, {})


def _node(node: Json) -> Json:
    if isinstance(node, list):
        return [_node(child) for child in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        return {"$ref": node["$ref"]}
    return {key: _child(key, child) for key, child in node.items()}


def _child(key: str, child: Json) -> Json:
    if key in _OPAQUE or key.startswith("x-"):
        return (
            {name: _node(one) for name, one in child.items()}
            if key == "examples" and isinstance(child, dict)
            else child
        )
    if key == "schema":
        return _schema(child)
    if key == "schemas" and isinstance(child, dict):
        return {name: _schema(one) for name, one in child.items()}
    return _node(child)


def _schema(node: Json) -> Json:
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        return {"$ref": node["$ref"]}
    found = {
        key: _keyword(key, child)
        for key, child in node.items()
        if key not in ("nullable", "example")
    }
    if node.get("nullable") is True and isinstance(node.get("type"), str):
        found["type"] = [node["type"], "null"]
    if "example" in node and "examples" not in node:
        found["examples"] = [node["example"]]
    for limit, exclusive in _LIMITS:
        if isinstance(node.get(exclusive), bool):
            del found[exclusive]
            if node[exclusive] and limit in node:
                found[exclusive] = found.pop(limit)
    return found


def _keyword(key: str, child: Json) -> Json:
    if key in _MANY and isinstance(child, dict):
        return {name: _schema(one) for name, one in child.items()}
    if key in _ONE:
        return _schema(child)
    if key in _LISTS and isinstance(child, list):
        return [_schema(one) for one in child]
    return child
