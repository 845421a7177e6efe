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
from conformance.contract.mark import LENGTH, SAMPLE
from conformance.contract.operation import Operation
from conformance.contract.reference import inline, resolve
from conformance.contract.resource import Resource
from conformance.contract.schema import Validator
from conformance.errors import ContractError, Problem

# what may stand between a mark and the rest, the best first
SEPARATORS = ("-", " ", "_", ".", "/", ":")
ROOM = 6  # characters behind the separator that a run needs to tell its items apart


@dataclass(frozen=True, slots=True)
class MarkField:
    """The schema of a field that carries marks: a string of at most `longest` characters.

    `separator` stands between a mark and what follows. In texts, `{m}` stands for the mark.
    """

    validator: Validator
    separator: str
    longest: float
    shortest: int

    def holds(self, text: str) -> bool:
        """Tell whether the field takes a text, once a mark is filled in."""
        return self.validator.is_valid(text.replace("{m}", SAMPLE))

    def fitted(self, text: str) -> str:
        """Return a text as it is where the field takes it, else the nearest one that begins with a
        mark and fits.

        Different texts remain different. What is shortened ends in letters made of the whole text.
        """
        if self.holds(text):
            return text
        rest = text.removeprefix("{m}")[1:].replace("{m}", "")
        letters = re.sub(r"[^A-Za-z0-9]+", "", rest).lower() or "x"
        digest = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
        tail = "".join(chr(ord("a") + digest // 26**power % 26) for power in range(3))
        room = int(min(self.longest - LENGTH - len(self.separator), 40))
        short = letters[: room - 3] + tail
        candidates = [rest, letters, re.sub(r"[^a-z]+", "", letters) or tail, short, tail]
        for candidate in candidates:
            marked = "{m}" + self.separator + candidate
            missing = self.shortest - (len(marked) - len("{m}") + LENGTH)
            for fitting in (marked, marked + "x" * missing):
                if self.holds(fitting):
                    return fitting
        return text


def mark_field(document: Json, resource: Resource, operation: Operation) -> MarkField | str:
    """Return the field that carries the mark in the body of an operation; a text says why none
    can.
    """
    if operation.body is None or resource.mark is None:
        return f"{operation.id} has no body to carry it"
    node, missing = _field(document, operation.body.schema, resource.mark)
    if node is None:
        return f"the body of {operation.id} has no property {missing}"
    if node.get("readOnly") is True:
        return f"the property is readOnly, so {operation.id} cannot send it"
    validator = schemas.compile(document, node)
    longest, shortest = float(node.get("maxLength", "inf")), int(node.get("minLength", 0))
    if longest < LENGTH + 1 + ROOM:
        return f"its maxLength is {longest:g}, and a mark with a name needs {LENGTH + 1 + ROOM}"
    padding = "x" * max(0, shortest - LENGTH - 1 - ROOM)
    for separator in SEPARATORS:
        if validator.is_valid(SAMPLE + separator + "abcdef" + padding):
            return MarkField(validator, separator, longest, shortest)
    broken = next(iter(validator.violations(SAMPLE + "-abcdef" + padding)), None)
    return (
        f"it does not take a text like {SAMPLE}-abcdef: {broken.message if broken else 'invalid'}"
    )


def checked(
    document: Document, resources: tuple[Resource, ...], operations: Mapping[str, Operation]
) -> tuple[Resource, ...]:
    """Return the resources, without those marks that were only guessed and do not fit.

    Raises ContractError for a mark that no creation can carry.
    """
    problems: list[Problem] = []
    found: list[Resource] = []
    for resource in resources:
        reason = None
        if resource.mark is not None and resource.create is not None:
            field = mark_field(document.value, resource, operations[resource.create])
            reason = field if isinstance(field, str) else None
        if reason is not None and not resource.guessed:
            at = pointers.join(resource.pointer, "mark")
            hint = (
                "name another text field, or leave mark out: items are then created with"
                " --exclusive only"
            )
            message = f"the field {resource.mark} of {resource.name} cannot carry a mark: {reason}"
            problems.append(document.problem(message, at, hint))
        found.append(resource if reason is None else replace(resource, mark=None))
    if problems:
        raise ContractError(*problems)
    return tuple(found)


def _field(document: Json, schema: Json, pointer: str) -> tuple[Json, str]:
    """Return the schema of the string at `pointer` of a body, or None with the pointer that is
    missing.
    """
    way = ""
    node = inline(document, resolve(document, schema, "")[0])
    for token in pointers.tokens(pointer):
        way = pointers.join(way, token)
        child = node.get("properties", {}).get(token) if isinstance(node, dict) else None
        if not isinstance(child, dict):
            return None, way
        node = inline(document, resolve(document, child, "")[0])
    return node, way
