"""The field that carries a mark: whether any mark fits it, and which texts under a mark do."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from conformance.contract import pointer as pointers
from conformance.contract import schema as schemas
from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.mark import MARK_LENGTH, SAMPLE_MARK
from conformance.contract.operation import Operation
from conformance.contract.reference import inline_references, resolve
from conformance.contract.resource import Resource
from conformance.contract.schema import SchemaValidator
from conformance.errors import ContractError, Problem

# what may stand between a mark and the rest, the best first
SEPARATORS = ("-", " ", "_", ".", "/", ":")
MIN_NAME_LENGTH = 6  # characters behind the separator that a run needs to tell its items apart


@dataclass(frozen=True, slots=True)
class MarkField:
    """The schema of a field that carries marks: a string of at most `longest` characters.

    `separator` stands between a mark and what follows. In texts, `{m}` stands for the mark.
    """

    validator: SchemaValidator
    separator: str
    max_length: float
    min_length: int

    def accepts(self, text: str) -> bool:
        """Tell whether the field takes a text, once a mark is filled in."""
        return self.validator.is_valid(text.replace("{m}", SAMPLE_MARK))

    def fit_text(self, text: str) -> str:
        """Return a text as it is where the field takes it, else the nearest one that begins with a
        mark and fits.

        Different texts remain different. What is shortened ends in letters made of the whole text.
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


def build_mark_field(document: Json, resource: Resource, operation: Operation) -> MarkField | str:
    """Return the field that carries the mark in the body of an operation; a text says why none
    can.
    """
    if operation.body is None or resource.mark_pointer is None:
        return f"{operation.id} has no body to carry it"
    node, missing_pointer = _find_body_property(
        document, operation.body.schema, resource.mark_pointer
    )
    if node is None:
        return f"the body of {operation.id} has no property {missing_pointer}"
    if node.get("readOnly") is True:
        return f"the property is readOnly, so {operation.id} cannot send it"
    validator = schemas.compile_validator(document, node)
    max_length, min_length = float(node.get("maxLength", "inf")), int(node.get("minLength", 0))
    if max_length < MARK_LENGTH + 1 + MIN_NAME_LENGTH:
        return f"its maxLength is {max_length:g}, and a mark with a name needs {MARK_LENGTH + 1 + MIN_NAME_LENGTH}"
    padding = "x" * max(0, min_length - MARK_LENGTH - 1 - MIN_NAME_LENGTH)
    for separator in SEPARATORS:
        if validator.is_valid(SAMPLE_MARK + separator + "abcdef" + padding):
            return MarkField(validator, separator, max_length, min_length)
    violation = next(iter(validator.find_violations(SAMPLE_MARK + "-abcdef" + padding)), None)
    return f"it does not take a text like {SAMPLE_MARK}-abcdef: {violation.message if violation else 'invalid'}"


def validate_mark_fields(
    document: Document, resources: tuple[Resource, ...], operations: Mapping[str, Operation]
) -> tuple[Resource, ...]:
    """Return the resources, without those marks that were only guessed and do not fit.

    Raises ContractError for a mark that no creation can carry.
    """
    problems: list[Problem] = []
    checked_resources: list[Resource] = []
    for resource in resources:
        reason = None
        if resource.mark_pointer is not None and resource.create is not None:
            result = build_mark_field(document.value, resource, operations[resource.create])
            reason = result if isinstance(result, str) else None
        if reason is not None and not resource.guessed:
            pointer = pointers.join(resource.pointer, "mark")
            hint = (
                "name another text field, or leave mark out: items are then created with"
                " --exclusive only"
            )
            message = f"the field {resource.mark_pointer} of {resource.name} cannot carry a mark: {reason}"
            problems.append(document.problem_at(message, pointer, hint))
        checked_resources.append(
            resource if reason is None else replace(resource, mark_pointer=None)
        )
    if problems:
        raise ContractError(*problems)
    return tuple(checked_resources)


def _find_body_property(document: Json, schema: Json, pointer: str) -> tuple[Json, str]:
    """Return the schema of the string at `pointer` of a body, or None with the pointer that is
    missing.
    """
    current_pointer = ""
    node = inline_references(document, resolve(document, schema, "")[0])
    for token in pointers.tokens(pointer):
        current_pointer = pointers.join(current_pointer, token)
        child = node.get("properties", {}).get(token) if isinstance(node, dict) else None
        if not isinstance(child, dict):
            return None, current_pointer
        node = inline_references(document, resolve(document, child, "")[0])
    return node, current_pointer
