"""JSON Schema validation of values against schemas that stand in a contract's document (JSON Schema
2020-12, by jsonschema-rs).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import jsonschema_rs

from conformance.contract.json import Json
from conformance.contract.pointer import MISSING, get, join, tokens, walk


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaViolation:
    """Where a value (`pointer`) breaks which part of its schema (`keyword`, `schema_pointer`), in
    words.
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
        """Tell whether `value` fits."""
        return self._compiled.is_valid(value)

    def find_violations(self, value: Json) -> Iterator[SchemaViolation]:
        """Yield what is wrong with `value`."""
        for error in self._compiled.iter_errors(value):
            schema_path = [str(part) for part in error.schema_path]
            yield SchemaViolation(
                pointer=join("", *error.instance_path),
                keyword=schema_path[-1] if schema_path else "",
                schema_pointer=join("", *schema_path),
                message=str(error.message)[:500],
            )


def _extract_referenced(document: Json, schema: Json) -> dict[str, Json]:
    """Return of a document no more than what the references of a schema lead to, at its place."""
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
    for reference in sorted(visited):  # what stands above comes before what stands within it
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
    """Return the validator for `schema`, whose `#/…` references lead into `document`. Formats are
    asserted.
    """
    standalone_schema = {"allOf": [schema], **_extract_referenced(document, schema)}
    return SchemaValidator(
        jsonschema_rs.Draft202012Validator(standalone_schema, validate_formats=True)
    )
