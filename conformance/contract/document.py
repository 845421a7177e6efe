"""YAML and JSON texts as plain values with source positions; does no I/O."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import yaml

from conformance.contract import pointer as pointers
from conformance.contract.json import Json
from conformance.errors import ContractError, Problem

MAX_VALUES = 2_000_000  # per document: nested aliases could otherwise expand without bound

SourcePosition = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A plain value with the source position of each element.

    `positions` maps a JSON pointer to the file and line (counted from 1) of the element.
    """

    value: Json
    positions: Mapping[str, SourcePosition]

    def position_of(self, pointer: str) -> SourcePosition | None:
        """Return the position of the element at `pointer`, or of its nearest known ancestor."""
        while pointer and pointer not in self.positions:
            pointer = pointers.parent(pointer)
        return self.positions.get(pointer)

    def problem_at(self, message: str, pointer: str, hint: str | None = None) -> Problem:
        """Return a Problem at `pointer`, with its file and line."""
        file, line = self.position_of(pointer) or (None, None)
        return Problem(message=message, file=file, line=line, pointer=pointer or "/", hint=hint)

    def with_value(self, value: Json, positions: Mapping[str, SourcePosition]) -> Document:
        """Return a copy of the document with another value and additional positions."""
        return replace(self, value=value, positions={**self.positions, **positions})


class _YamlLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """A loader for the core schema of YAML 1.2, and for merge keys (`<<`) as PyYAML has them.

    `on`, `no` and unquoted dates are strings, as OpenAPI expects (OpenAPI 3.1, 4.2).
    """

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


for _tag, _pattern, _first_characters in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789"),
    (
        "float",
        r"^(?:[-+]?(?:(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF))"
        r"|\.(?:nan|NaN|NAN))$",
        "-+.0123456789",
    ),
    ("merge", r"^<<$", "<"),
):
    _YamlLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first_characters)
    )


def parse_yaml_document(text: str, file: str) -> Document:
    """Return the document in `text`, in the YAML 1.2 core schema, which includes JSON.

    An unquoted key `<<` merges one mapping, or several in a list, of which earlier ones have
    precedence; keys of the mapping itself have precedence over merged ones.

    Raises ContractError, with file, line and pointer, if the syntax is invalid, a key occurs twice,
    a tag is unknown, or the text has more than `MAX_VALUES` values.
    """
    try:
        root = yaml.compose(
            _decode_surrogates(text) if text.lstrip().startswith(("{", "[")) else text,
            Loader=_YamlLoader,
        )
    except yaml.MarkedYAMLError as error:
        error_position = error.problem_mark or error.context_mark
        line = error_position.line + 1 if error_position else None
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
    positions: dict[str, SourcePosition] = {}
    try:
        return Document(
            value=_construct_value_from_yaml(root, "", file, positions, iter(range(MAX_VALUES))),
            positions=positions,
        )
    except RecursionError as error:
        raise ContractError(
            Problem(message="nested too deeply (an alias that holds itself?)", file=file)
        ) from error


def _decode_surrogates(text: str) -> str:
    """Return JSON text with escaped surrogate pairs decoded (RFC 8259, section 7).

    YAML does not define surrogate pairs.
    """

    def decode_escape(match: re.Match[str]) -> str:
        return bytes.fromhex(match[1] + match[2]).decode("utf-16-be") if match[1] else match[0]

    return re.sub(
        r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|.)", decode_escape, text
    )


def _construct_value_from_yaml(
    node: yaml.Node,
    pointer: str,
    file: str,
    positions: dict[str, SourcePosition],
    remaining_values: Iterator[int],
) -> Json:
    _count_value(file, remaining_values)
    positions[pointer] = (file, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Json] = {}
        for key, (key_node, child) in _list_members(node, pointer, file, remaining_values).items():
            child_pointer = pointers.join(pointer, key)
            mapping[key] = _construct_value_from_yaml(
                child, child_pointer, file, positions, remaining_values
            )
            positions[child_pointer] = (file, key_node.start_mark.line + 1)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [
            _construct_value_from_yaml(
                child, pointers.join(pointer, index), file, positions, remaining_values
            )
            for index, child in enumerate(node.value)
        ]
    return _parse_yaml_scalar(node, pointer, file)


def _count_value(file: str, remaining_values: Iterator[int]) -> None:
    if next(remaining_values, None) is None:
        raise ContractError(
            Problem(message=f"more than {MAX_VALUES} values (aliases of aliases?)", file=file)
        )


def _list_members(
    node: yaml.MappingNode, pointer: str, file: str, remaining_values: Iterator[int]
) -> dict[str, tuple[yaml.ScalarNode, yaml.Node]]:
    """Return the key node and the value node of each key, merged ones first."""
    merged: dict[str, tuple[yaml.ScalarNode, yaml.Node]] = {}
    own: dict[str, tuple[yaml.ScalarNode, yaml.Node]] = {}
    for key_node, child in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise _build_error("a key must be plain text", key_node, file, pointer)
        if key_node.tag == _MERGE_TAG:
            for source in _list_merged_mappings(child, key_node, pointer, file):
                _count_value(file, remaining_values)
                members = _list_members(source, pointer, file, remaining_values)
                merged = {**members, **merged}
            continue
        key = str(key_node.value)
        if key in own:
            raise _build_error(f"the key {key!r} is given twice", key_node, file, pointer)
        own[key] = (key_node, child)
    return {**merged, **own}


def _list_merged_mappings(
    node: yaml.Node, key_node: yaml.Node, pointer: str, file: str
) -> list[yaml.MappingNode]:
    """Return the mappings that the value of a merge key names."""
    sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if not all(isinstance(source, yaml.MappingNode) for source in sources):
        raise _build_error(
            "<< merges mappings, and its value is none; a property of this name needs quotes",
            key_node,
            file,
            pointer,
        )
    return list(sources)


def _parse_yaml_scalar(node: yaml.Node, pointer: str, file: str) -> Json:
    text, name = str(node.value), node.tag.rpartition(":")[2]
    convert = _SCALAR_CONVERTERS.get(name)
    if convert is None:
        raise _build_error(f"the tag {node.tag} has no meaning here", node, file, pointer)
    try:
        value = convert(text)
    except ValueError as error:
        message = f"{text[:200]} cannot be read as {name}"
        raise _build_error(message, node, file, pointer) from error
    if isinstance(value, float) and math.isinf(value) and "inf" not in text.lower():
        raise _build_error(
            f"{text} is larger than any number that can be kept", node, file, pointer
        )
    return value


def _parse_integer(text: str) -> int:
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


def _parse_float(text: str) -> float:
    # Python has no dot before the names of infinity and NaN
    is_named = text.lower().lstrip("+-") in (".inf", ".nan")
    return float(text.replace(".", "", 1) if is_named else text)


def _parse_boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


_MERGE_TAG = "tag:yaml.org,2002:merge"
_SCALAR_CONVERTERS: Mapping[str, Callable[[str], Json]] = {
    "str": str,
    "merge": str,  # `<<` where a value stands is a text
    "bool": _parse_boolean,
    "null": lambda text: None,
    "int": _parse_integer,
    "float": _parse_float,
}


def _build_error(message: str, node: yaml.Node, file: str, pointer: str) -> ContractError:
    return ContractError(
        Problem(message=message, file=file, line=node.start_mark.line + 1, pointer=pointer or "/")
    )
