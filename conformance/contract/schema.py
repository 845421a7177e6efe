"""Validation of values against the schemas of a contract (JSON Schema 2020-12, jsonschema-rs)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import jsonschema_rs

from conformance.contract.json import Json
from conformance.contract.pointer import MISSING, get, join, tokens, walk


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


def _extract_referenced(document: Json, schema: Json) -> dict[str, Json]:
    """Return those parts of a document that a schema refers to, at their original places."""
    extracted: dict[str, Json] = {}
    queue, visited = [schema], set[str]()
    while queue:
        for _, node in walk(queue.pop()):
            reference = node.get("$ref") if isinstance(node, dict) else None
            if (
                isinstance(reference, str)
                and reference.startswith("#/")
                and reference not in visited
            ):
                visited.add(reference)
                target = get(document, unquote(reference[1:]))
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
            copied_node[last] = get(document, unquote(reference[1:]))
    return extracted


def compile_validator(document: Json, schema: Json) -> SchemaValidator:
    """Return the validator for `schema`, whose `#/…` references lead into `document`.

    The validator also checks formats.
    """
    standalone_schema = {"allOf": [schema], **_extract_referenced(document, schema)}
    return SchemaValidator(
        jsonschema_rs.Draft202012Validator(standalone_schema, validate_formats=True)
    )
