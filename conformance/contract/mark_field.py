"""The field that holds a mark: whether a mark fits, and which marked texts are valid."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from conformance.contract import pointer as pointers
from conformance.contract.document import Document
from conformance.contract.mark import MARK_LENGTH, SAMPLE_MARK
from conformance.contract.operation import Operation
from conformance.contract.resource import Resource
from conformance.contract.schema import MessageDirection, Schema, SchemaValidator
from conformance.errors import ContractError, Problem

# allowed between a mark and the text after it, in order of preference
SEPARATORS = ("-", " ", "_", ".", "/", ":")
MIN_NAME_LENGTH = 6  # after the separator, for a run to distinguish its items


@dataclass(frozen=True, slots=True)
class MarkField:
    """A string field that can hold a mark.

    `separator` comes between a mark and the text after it. `max_length` (infinity if unlimited) and
    `min_length` count characters. In texts, `{m}` stands for the mark.
    """

    validator: SchemaValidator
    separator: str
    max_length: float
    min_length: int

    def accepts(self, text: str) -> bool:
        """Tell whether a text is valid for the field after `{m}` is replaced by a mark."""
        return self.validator.is_valid(text.replace("{m}", SAMPLE_MARK))

    def fit_text(self, text: str) -> str:
        """Return the text if it is valid, otherwise a similar valid text that begins with a mark.

        Different texts remain different: a shortened text ends in letters derived from a hash of
        the whole text. If no candidate is valid, return the text unchanged.
        """
        if self.accepts(text):
            return text
        content = text.removeprefix("{m}")[1:].replace("{m}", "")
        letters = re.sub(r"[^A-Za-z0-9]+", "", content).lower() or "x"
        digest = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
        suffix = "".join(chr(ord("a") + digest // 26**power % 26) for power in range(3))
        max_content_length = int(min(self.max_length - MARK_LENGTH - len(self.separator), 40))
        shortened = letters[: max_content_length - 3] + suffix
        candidates = [
            content,
            letters,
            re.sub(r"[^a-z]+", "", letters) or suffix,
            shortened,
            suffix,
        ]
        for candidate in candidates:
            marked_text = "{m}" + self.separator + candidate
            missing_length = self.min_length - (len(marked_text) - len("{m}") + MARK_LENGTH)
            for attempt in (marked_text, marked_text + "x" * missing_length):
                if self.accepts(attempt):
                    return attempt
        return text


def find_field_for_run_mark(resource: Resource, operation: Operation) -> MarkField | str:
    """Return the mark field in the request body of an operation, or the reason why there is none.

    The reason is a string.
    """
    if operation.body is None or resource.mark_pointer is None:
        return f"{operation.id} has no body to carry it"
    schema, missing_pointer = _find_body_property_schema(
        operation.body.schema, resource.mark_pointer
    )
    if schema is None:
        return f"the body of {operation.id} has no property {missing_pointer}"
    if not schema.travels(MessageDirection.REQUEST):
        return f"the property is readOnly, so {operation.id} cannot send it"
    validator = schema.compile()
    max_length, min_length = float(schema.get("maxLength", "inf")), int(schema.get("minLength", 0))
    if max_length < MARK_LENGTH + 1 + MIN_NAME_LENGTH:
        return (
            f"its maxLength is {max_length:g}, and a mark with a name needs"
            f" {MARK_LENGTH + 1 + MIN_NAME_LENGTH}"
        )
    padding = "x" * max(0, min_length - MARK_LENGTH - 1 - MIN_NAME_LENGTH)
    for separator in SEPARATORS:
        if validator.is_valid(SAMPLE_MARK + separator + "abcdef" + padding):
            return MarkField(validator, separator, max_length, min_length)
    violation = next(iter(validator.find_violations(SAMPLE_MARK + "-abcdef" + padding)), None)
    return (
        f"it does not take a text like {SAMPLE_MARK}-abcdef:"
        f" {violation.message if violation else 'invalid'}"
    )


def validate_or_remove_mark_fields(
    document: Document, resources: tuple[Resource, ...], operations: Mapping[str, Operation]
) -> tuple[Resource, ...]:
    """Return the resources; a guessed mark field that cannot hold a mark is removed.

    Raises ContractError if a declared mark field cannot hold a mark on creation.
    """
    problems: list[Problem] = []
    checked_resources: list[Resource] = []
    for resource in resources:
        reason = None
        if resource.mark_pointer is not None and resource.create is not None:
            result = find_field_for_run_mark(resource, operations[resource.create])
            reason = result if isinstance(result, str) else None
        if reason is not None and not resource.guessed:
            pointer = pointers.join(resource.pointer, "mark")
            hint = (
                "name another text field, or leave mark out: items are then created with"
                " --exclusive only"
            )
            message = (
                f"the field {resource.mark_pointer} of {resource.name} cannot carry a mark:"
                f" {reason}"
            )
            problems.append(document.problem_at(message, pointer, hint))
        checked_resources.append(
            resource if reason is None else replace(resource, mark_pointer=None)
        )
    if problems:
        raise ContractError(*problems)
    return tuple(checked_resources)


def _find_body_property_schema(schema: Schema, pointer: str) -> tuple[Schema | None, str]:
    """Return the schema of the body property at `pointer`, and `pointer`.

    If a property on the path is missing, return None and the pointer of that property.
    """
    current_pointer = ""
    for token in pointers.tokens(pointer):
        current_pointer = pointers.join(current_pointer, token)
        child = schema.properties.get(token)
        if child is None or not isinstance(child.node, dict):
            return None, current_pointer
        schema = child
    return schema, current_pointer
