"""JSON Schema validation of values against schemas that stand in a contract's document (JSON Schema 2020-12, by jsonschema-rs)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import jsonschema_rs

from conformance.contract.json import Json
from conformance.contract.pointer import join


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """Where a value (`pointer`) breaks which part of its schema (`keyword`, `schema_pointer`), in words."""

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
                pointer=join("", *error.instance_path), keyword=way[-1] if way else "", schema_pointer=join("", *way), message=str(error.message)[:500]
            )


def compile(document: Json, schema: Json) -> Validator:
    """Return the validator for `schema`, whose `#/…` references lead into `document`. Formats are asserted."""
    whole = {"allOf": [schema], **{key: value for key, value in document.items() if key in ("components", "x-files")}}
    return Validator(jsonschema_rs.Draft202012Validator(whole, validate_formats=True))
