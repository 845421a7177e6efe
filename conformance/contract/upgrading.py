"""OpenAPI 3.0 documents as 3.1 (the migration guide of the OpenAPI Initiative): what differs in schemas is said in JSON Schema's words."""

from __future__ import annotations

from conformance.contract.document import Document
from conformance.contract.json import Json


def upgraded(document: Document) -> Document:
    """Return a 3.0 document as 3.1, any other as it is; places stay those of the file."""
    value = document.value
    if not isinstance(value, dict) or not str(value.get("openapi", "")).startswith("3.0"):
        return document
    return document.with_value({**_node(value), "openapi": "3.1.0"}, {})


def _node(node: Json) -> Json:
    if isinstance(node, list):
        return [_node(one) for one in node]
    if not isinstance(node, dict):
        return node
    found = {key: child if key in ("example", "examples", "default", "enum") and not _is_map(key, child) else _node(child) for key, child in node.items()}
    return _nullable(_exclusive(found))


def _is_map(key: str, child: Json) -> bool:
    """Tell whether `examples` is the map of a media type, or one of these words is the name of a property."""
    return isinstance(child, dict) and (key == "examples" or any(word in child for word in ("type", "$ref", "allOf", "oneOf", "anyOf")))


def _exclusive(node: dict[str, Json]) -> dict[str, Json]:
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(node.get(exclusive), bool):
            node = {key: child for key, child in node.items() if key != exclusive} | ({exclusive: node[bound]} if node[exclusive] and bound in node else {})
            if exclusive in node:
                node.pop(bound)
    return node


def _nullable(node: dict[str, Json]) -> dict[str, Json]:
    if not isinstance(node.get("nullable"), bool):
        return node
    null = node["nullable"]
    node = {key: child for key, child in node.items() if key != "nullable"}
    if null and isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
        if isinstance(node.get("enum"), list) and None not in node["enum"]:
            node["enum"] = [*node["enum"], None]
    return node
