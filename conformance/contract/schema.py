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
class Violation:
    """Where a value (`pointer`) breaks which part of its schema (`keyword`, `schema_pointer`), in
    words.
    """

    pointer: str
    keyword: str
    schema_pointer: str
    message: str


@dataclass(frozen=True, slots=True)
class Validator:
    """A compiled schema."""

    _compiled: jsonschema_rs.Draft202012Validator

    def is_valid(self, value: Json) -> bool:
        """Tell whether `value` fits."""
        return self._compiled.is_valid(value)

    def violations(self, value: Json) -> Iterator[Violation]:
        """Yield what is wrong with `value`."""
        for error in self._compiled.iter_errors(value):
            way = [str(part) for part in error.schema_path]
            yield Violation(
                pointer=join("", *error.instance_path),
                keyword=way[-1] if way else "",
                schema_pointer=join("", *way),
                message=str(error.message)[:500],
            )


def _reached(document: Json, schema: Json) -> dict[str, Json]:
    """Return of a document no more than what the references of a schema lead to, at its place."""
    found: dict[str, Json] = {}
    queue, seen = [schema], set[str]()
    while queue:
        for _, node in walk(queue.pop()):
            reference = node.get("$ref") if isinstance(node, dict) else None
            if isinstance(reference, str) and reference.startswith("#/") and reference not in seen:
                seen.add(reference)
                target = get(document, unquote(reference[1:]))
                if target is not MISSING:
                    queue.append(target)
    for reference in sorted(seen):  # what stands above comes before what stands within it
        *way, last = tokens(unquote(reference[1:]))
        below, inside = found, document
        for token in way:
            inside = inside[int(token)] if isinstance(inside, list) else inside[token]
            below = (
                below.setdefault(token, [*inside] if isinstance(inside, list) else {})
                if isinstance(below, dict)
                else below[int(token)]
            )
        if isinstance(below, dict):
            below[last] = get(document, unquote(reference[1:]))
    return found


def compile(document: Json, schema: Json) -> Validator:
    """Return the validator for `schema`, whose `#/…` references lead into `document`. Formats are
    asserted.
    """
    whole = {"allOf": [schema], **_reached(document, schema)}
    return Validator(jsonschema_rs.Draft202012Validator(whole, validate_formats=True))
