"""A JSON Schema of a document as one value: what it says, and which values are valid.

Every other module asks a `Schema`. Values are validated by jsonschema-rs (JSON Schema 2020-12).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import unquote

import jsonschema_rs

from conformance.contract.derived import DerivedValues
from conformance.contract.json import Json
from conformance.contract.merging import list_schema_types, merge_schema
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


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema of a document.

    `node` is as written; its local references (`#/…`) lead into `document`. What is derived from it
    is computed once and lives as long as the schema.
    """

    document: Json = field(repr=False, compare=False)
    node: Json
    derived: DerivedValues = field(
        default_factory=DerivedValues, init=False, repr=False, compare=False
    )

    def with_node(self, node: Json) -> Schema:
        """Return another schema of the same document."""
        return Schema(self.document, node)

    @property
    def merged(self) -> dict[str, Json]:
        """Return all that the schema says as one node without `$ref` and, if possible, `allOf`."""
        return self.derived.get("merged", lambda: merge_schema(self.document, self.node))

    def get(self, keyword: str, default: Json = None) -> Json:
        """Return the value of a keyword in the merged node."""
        return self.merged.get(keyword, default)

    @property
    def reference(self) -> str | None:
        """Return the reference that the schema consists of, or None."""
        return self.node.get("$ref") if isinstance(self.node, dict) else None

    @property
    def types(self) -> tuple[str, ...]:
        """Return the types that the schema names, those of its alternatives excepted."""
        return self.derived.get("types", lambda: list_schema_types(self.merged))

    @property
    def scalar_types(self) -> tuple[str, ...]:
        """Return the types of the texts and numbers that are valid, or are valid in an array.

        Null has none; of alternatives, each counts.
        """
        types = [name for name in self.types if name in ("string", "integer", "number")]
        for alternative in self.alternatives:
            types += alternative.scalar_types
        if "array" in self.types and self.items is not None:
            types += self.items.scalar_types
        return tuple(dict.fromkeys(types))

    @property
    def alternatives(self) -> tuple[Schema, ...]:
        """Return the schemas under `anyOf` and `oneOf`."""
        return self.derived.get(
            "alternatives",
            lambda: tuple(
                self.with_node(node)
                for keyword in ("anyOf", "oneOf")
                for node in self.get(keyword, ())
            ),
        )

    @property
    def items(self) -> Schema | None:
        """Return the schema under `items`, or None if there is none."""
        return self.derived.get(
            "items", lambda: self.with_node(self.get("items")) if "items" in self.merged else None
        )

    @property
    def required(self) -> tuple[str, ...]:
        """Return the names of the required properties."""
        return tuple(self.get("required", ()))

    @property
    def properties(self) -> Mapping[str, Schema]:
        """Return the declared properties by name."""
        return self.derived.get(
            "properties",
            lambda: {
                name: self.with_node(node) for name, node in self.get("properties", {}).items()
            },
        )

    @property
    def other_properties(self) -> Schema:
        """Return the schema under `additionalProperties`; without it, anything is valid."""
        return self.derived.get(
            "other properties", lambda: self.with_node(self.get("additionalProperties", True))
        )

    def list_properties(self, *directions: MessageDirection) -> dict[str, Schema]:
        """Return the properties by name that travel in all of `directions`.

        `readOnly` ones do not travel in requests, `writeOnly` ones not in responses.
        """
        return {
            name: schema
            for name, schema in self.properties.items()
            if all(schema.travels(direction) for direction in directions)
        }

    def find_property(self, path: tuple[str, ...]) -> Schema | None:
        """Return the schema at a path of property names, or None if a name is not declared."""
        schema: Schema | None = self
        for name in path:
            schema = schema.properties.get(name) if schema else None
        return schema

    def travels(self, direction: MessageDirection) -> bool:
        """Tell whether a property of this schema is part of such messages."""
        return self.get(direction.value) is not True

    def compile(self, direction: MessageDirection | None = None) -> SchemaValidator:
        """Return the validator, which also checks formats.

        In a request, properties that are `readOnly` are not required; in a response, those that are
        `writeOnly` (OpenAPI 3.0 and 3.1, Schema Object).
        """
        return self.derived.get(
            ("validator", direction),
            lambda: _compile_validator(self.document, self.node, direction),
        )

    def is_valid(self, value: Json, direction: MessageDirection | None = None) -> bool:
        """Tell whether a value is valid, in messages that travel in `direction`."""
        return self.compile(direction).is_valid(value)


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


def _compile_validator(
    document: Json, node: Json, direction: MessageDirection | None
) -> SchemaValidator:
    standalone_schema = {"allOf": [node], **_extract_referenced_parts(document, node)}
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
            name for name in relaxed["required"] if not _has_flag(document, properties, name, flag)
        ]
    for part in relaxed.get("allOf", ()) if isinstance(relaxed.get("allOf"), list) else ():
        if isinstance(part, dict) and isinstance(part.get("required"), list):
            properties = merge_schema(document, node).get("properties", {})
            part["required"] = [
                name for name in part["required"] if not _has_flag(document, properties, name, flag)
            ]
    return relaxed


_HOLDING_VALUES = ("const", "enum", "default", "example", "examples")
_HOLDING_NAMES = ("properties", "patternProperties", "dependentSchemas", "$defs", "schemas")


def _has_flag(document: Json, properties: Json, name: str, flag: str) -> bool:
    return isinstance(properties, dict) and (
        merge_schema(document, properties.get(name)).get(flag) is True
    )
