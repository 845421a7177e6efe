"""A YAML or JSON text as plain values that remember their lines. Pure: text in, Document out."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import yaml

from conformance.contract import pointer as pointers
from conformance.contract.json import Json
from conformance.errors import ContractError, Problem

LIMIT = 2_000_000  # values in one document: aliases of aliases would otherwise grow without bound

Place = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Plain values with, for each pointer, the file and line (from 1) where it was written."""

    value: Json
    places: Mapping[str, Place]

    def place(self, pointer: str) -> Place | None:
        """Return the file and line of the value, or of the nearest one above it that has one."""
        while pointer and pointer not in self.places:
            pointer = pointers.parent(pointer)
        return self.places.get(pointer)

    def problem(self, message: str, pointer: str, hint: str | None = None) -> Problem:
        """Return a Problem at `pointer`, with its file and line."""
        file, line = self.place(pointer) or (None, None)
        return Problem(message=message, file=file, line=line, pointer=pointer or "/", hint=hint)

    def with_value(self, value: Json, places: Mapping[str, Place]) -> Document:
        """Return the document with another value and further places."""
        return replace(self, value=value, places={**self.places, **places})


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML 1.2's core schema: `on`, `no` and bare dates are text, as OpenAPI expects (OpenAPI 3.1,
    4.2).
    """

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def parse(text: str, file: str) -> Document:
    """Return the document in `text` (YAML 1.2 core schema, of which JSON is a part).

    Raises ContractError, with file, line and pointer, for broken syntax, a key given twice, an
    unknown tag, or more than `LIMIT` values.
    """
    try:
        root = yaml.compose(
            _whole_characters(text) if text.lstrip().startswith(("{", "[")) else text,
            Loader=_Loader,
        )
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        hint = (
            "a value that holds ': ', '#' or begins with a special character needs quotes; indent"
            " with spaces, not tabs"
        )
        raise ContractError(
            Problem(message=f"not valid YAML: {error.problem}", file=file, line=line, hint=hint)
        ) from error
    except (yaml.YAMLError, UnicodeError) as error:
        raise ContractError(Problem(message=f"not valid YAML: {error}", file=file)) from error
    if root is None:
        raise ContractError(Problem(message="the file is empty", file=file))
    places: dict[str, Place] = {}
    try:
        return Document(value=_construct(root, "", file, places, iter(range(LIMIT))), places=places)
    except RecursionError as error:
        raise ContractError(
            Problem(message="nested too deeply (an alias that holds itself?)", file=file)
        ) from error


def _whole_characters(text: str) -> str:
    """Return JSON text with escaped surrogate pairs (RFC 8259, section 7), which YAML does not
    know, as the characters they mean.
    """

    def whole(match: re.Match[str]) -> str:
        return bytes.fromhex(match[1] + match[2]).decode("utf-16-be") if match[1] else match[0]

    return re.sub(
        r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|.)", whole, text
    )


def _construct(
    node: yaml.Node, pointer: str, file: str, places: dict[str, Place], budget: Iterator[int]
) -> Json:
    if next(budget, None) is None:
        raise ContractError(
            Problem(message=f"more than {LIMIT} values (aliases of aliases?)", file=file)
        )
    places[pointer] = (file, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Json] = {}
        for key_node, child in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _error("a key must be plain text", key_node, file, pointer)
            key = str(key_node.value)
            if key in found:
                raise _error(f"the key {key!r} is given twice", key_node, file, pointer)
            at = pointers.join(pointer, key)
            found[key] = _construct(child, at, file, places, budget)
            places[at] = (file, key_node.start_mark.line + 1)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [
            _construct(child, pointers.join(pointer, index), file, places, budget)
            for index, child in enumerate(node.value)
        ]
    return _scalar(node, pointer, file)


def _scalar(node: yaml.Node, pointer: str, file: str) -> Json:
    text = str(node.value)
    match node.tag.rpartition(":")[2]:
        case "str":
            return text
        case "bool":
            return text.lower() == "true"
        case "null":
            return None
        case "int":
            return int(text)
        case "float":
            if math.isinf(number := float(text)):
                raise _error(
                    f"{text} is larger than any number that can be kept", node, file, pointer
                )
            return number
        case _:
            raise _error(f"the tag {node.tag} has no meaning here", node, file, pointer)


def _error(message: str, node: yaml.Node, file: str, pointer: str) -> ContractError:
    return ContractError(
        Problem(message=message, file=file, line=node.start_mark.line + 1, pointer=pointer or "/")
    )
