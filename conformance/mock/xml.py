"""XML bodies for values, by the XML Objects of their schemas (OpenAPI 3.1, 4.8.26)."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from conformance.contract.json import Json
from conformance.contract.schema import Schema
from conformance.protocol import parse_media_type


def is_xml(content_type: str) -> bool:
    """Tell whether a Content-Type is XML or a format built on it (RFC 7303)."""
    media_type = parse_media_type(content_type)
    return media_type in ("application/xml", "text/xml") or media_type.endswith("+xml")


def encode_xml(schema: Schema, value: Json) -> str:
    """Return a value as an XML document; its root has the name of the schema."""
    name = schema.get("xml", {}).get("name") or (schema.reference or "root").rpartition("/")[2]
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + _encode(schema, str(name), value)


def _encode(schema: Schema, name: str, value: Json) -> str:
    rules = schema.get("xml", {})
    name = str(rules.get("name", name))
    tag = f"{rules['prefix']}:{name}" if "prefix" in rules else name
    if isinstance(value, list):
        items = schema.items or schema.with_node({})
        members = "".join(_encode(items, name, member) for member in value)
        return f"<{tag}>{members}</{tag}>" if rules.get("wrapped") else members
    attributes = _declare_namespace(rules)
    if not isinstance(value, dict):
        text = "" if value is None else escape(_write(value))
        return f"<{tag}{attributes}>{text}</{tag}>"
    content = ""
    for key, child in value.items():
        child_schema = schema.properties.get(key, schema.other_properties)
        child_rules = child_schema.get("xml", {})
        if child_rules.get("attribute"):
            attributes += f" {child_rules.get('name', key)}={quoteattr(_write(child))}"
        else:
            content += _encode(child_schema, key, child)
    return f"<{tag}{attributes}>{content}</{tag}>"


def _declare_namespace(rules: dict[str, Json]) -> str:
    if "namespace" not in rules:
        return ""
    prefix = f":{rules['prefix']}" if "prefix" in rules else ""
    return f" xmlns{prefix}={quoteattr(str(rules['namespace']))}"


def _write(value: Json) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
