"""Validation of values against the schemas of a contract (JSON Schema 2020-12, jsonschema-rs)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote

import jsonschema_rs

from conformance.contract.json import Json
from conformance.contract.merging import merge_schema
from conformance.contract.pointer import MISSING, get_at_pointer, iterate_values, join, tokens


class MessageDirection(Enum):
    """Which way a value travels; the value is the flag of properties that do not travel so."""

    REQUEST = "readOnly"
    RESPONSE = "writeOnly"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaViolation:
    """A violation of a schema by the value at `pointer`.

    `keyword` is the violated keyword and `schema_pointer` its place in the schema. `message` is cut
    to 500 characters.
    """

    pointer: str
    keyword: str
    schema_pointer: str
    message: str


@dataclass(frozen=True, slots=True)
class SchemaValidator:
    """A compiled schema."""

    _compiled: jsonschema_rs.Draft202012Validator

    def is_valid(self, value: Json) -> bool:
        """Tell whether `value` is valid."""
        return self._compiled.is_valid(value)

    def find_violations(self, value: Json) -> Iterator[SchemaViolation]:
        """Yield the violations in `value`."""
        for error in self._compiled.iter_errors(value):
            schema_path = [str(part) for part in error.schema_path]
            yield SchemaViolation(
                pointer=join("", *error.instance_path),
                keyword=schema_path[-1] if schema_path else "",
                schema_pointer=join("", *schema_path),
                message=str(error.message)[:500],
            )


def _extract_referenced_parts(document: Json, schema: Json) -> dict[str, Json]:
    """Return those parts of a document that a schema refers to, at their original places."""
    extracted: dict[str, Json] = {}
    queue, visited = [schema], set[str]()
    while queue:
        for _, node in iterate_values(queue.pop()):
            reference = node.get("$ref") if isinstance(node, dict) else None
            if (
                isinstance(reference, str)
                and reference.startswith("#/")
                and reference not in visited
            ):
                visited.add(reference)
                target = get_at_pointer(document, unquote(reference[1:]))
                if target is not MISSING:
                    queue.append(target)
    for reference in sorted(visited):  # ancestors come before their descendants
        *parent_tokens, last = tokens(unquote(reference[1:]))
        copied_node, source_node = extracted, document
        for token in parent_tokens:
            source_node = (
                source_node[int(token)] if isinstance(source_node, list) else source_node[token]
            )
            copied_node = (
                copied_node.setdefault(
                    token, [*source_node] if isinstance(source_node, list) else {}
                )
                if isinstance(copied_node, dict)
                else copied_node[int(token)]
            )
        if isinstance(copied_node, dict):
            copied_node[last] = get_at_pointer(document, unquote(reference[1:]))
    return extracted


def compile_validator(
    document: Json, schema: Json, direction: MessageDirection | None = None
) -> SchemaValidator:
    """Return the validator for `schema`, whose `#/…` references lead into `document`.

    The validator also checks formats. In a request, properties that are `readOnly` are not
    required; in a response, those that are `writeOnly` (OpenAPI 3.0 and 3.1, Schema Object).
    """
    standalone_schema = {"allOf": [schema], **_extract_referenced_parts(document, schema)}
    if direction is not None:
        standalone_schema = _make_flagged_properties_optional(
            document, standalone_schema, direction.value
        )
    return SchemaValidator(
        jsonschema_rs.Draft202012Validator(standalone_schema, validate_formats=True)
    )


def _make_flagged_properties_optional(
    document: Json, node: Json, flag: str, holds_names: bool = False
) -> Json:
    """Return a copy of a schema in which no property with `flag` is required.

    `holds_names`: the node is a mapping of names to schemas, not a schema.
    """
    if isinstance(node, list):
        return [_make_flagged_properties_optional(document, child, flag) for child in node]
    if not isinstance(node, dict):
        return node
    relaxed = {
        key: child
        if key in _HOLDING_VALUES and not holds_names
        else _make_flagged_properties_optional(
            document, child, flag, key in _HOLDING_NAMES and not holds_names
        )
        for key, child in node.items()
    }
    if holds_names:
        return relaxed
    if isinstance(relaxed.get("required"), list):
        properties = merge_schema(document, node).get("properties", {})
        relaxed["required"] = [
            name
            for name in relaxed["required"]
            if not has_property_flag(document, properties, name, flag)
        ]
    for part in relaxed.get("allOf", ()) if isinstance(relaxed.get("allOf"), list) else ():
        if isinstance(part, dict) and isinstance(part.get("required"), list):
            properties = merge_schema(document, node).get("properties", {})
            part["required"] = [
                name
                for name in part["required"]
                if not has_property_flag(document, properties, name, flag)
            ]
    return relaxed


_HOLDING_VALUES = ("const", "enum", "default", "example", "examples")
_HOLDING_NAMES = ("properties", "patternProperties", "dependentSchemas", "$defs", "schemas")


def has_property_flag(document: Json, properties: Json, name: str, flag: str) -> bool:
    """Tell whether property `name` has `readOnly` or `writeOnly` (`flag`) set."""
    return isinstance(properties, dict) and (
        merge_schema(document, properties.get(name)).get(flag) is True
    )
