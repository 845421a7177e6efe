"""Python types as values, before they are written as source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from conformance.codegen.source import Code, trust_text, write_literal
from conformance.contract.json import Json


@dataclass(frozen=True, slots=True)
class PlainType:
    """A type without arguments: a builtin, `Any`, or `Integer`, `Number` or `Timestamp`.

    The last three are defined by the runtime of the generated package.
    """

    name: Code


@dataclass(frozen=True, slots=True)
class LiteralType:
    """A `Literal` of some values."""

    values: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class ArrayType:
    """An array: a `list` in responses, any `Sequence` in requests."""

    item: PythonType


@dataclass(frozen=True, slots=True)
class MappingType:
    """An object with arbitrary names: a `dict` in responses, any `Mapping` in requests."""

    value: PythonType


@dataclass(frozen=True, slots=True)
class UnionType:
    """A union of types, none of which is itself a union."""

    members: tuple[PythonType, ...]


@dataclass(frozen=True, slots=True)
class NamedType:
    """A class or an alias that the package declares in its module `models` or `inputs`."""

    name: Code


PythonType: TypeAlias = PlainType | LiteralType | ArrayType | MappingType | UnionType | NamedType

STRING = PlainType(trust_text("str"))
INTEGER = PlainType(trust_text("Integer"))
NUMBER = PlainType(trust_text("Number"))
BOOLEAN = PlainType(trust_text("bool"))
NULL = PlainType(trust_text("None"))
ANY = PlainType(trust_text("Any"))
BYTES = PlainType(trust_text("bytes"))
TIMESTAMP = PlainType(trust_text("Timestamp"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordField:
    """A member of an object; `name` is its name in Python, `wire_name` its name in the API."""

    wire_name: str
    name: Code
    type: PythonType
    required: bool
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDefinition:
    """An object with declared members.

    If `closed`, it must not have other members. `additional_type` is the type of other members, if
    the schema declares one.
    """

    name: Code
    fields: tuple[RecordField, ...]
    closed: bool
    description: str
    pointer: str
    additional_type: PythonType | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeAliasDefinition:
    """A named schema of the document that is not an object with declared members."""

    name: Code
    type: PythonType
    description: str
    pointer: str


def make_union_type(*members: PythonType) -> PythonType:
    """Return the union of types, flat and without duplicates; `Any` absorbs all others."""
    flat: list[PythonType] = []
    for member in members:
        for alternative in member.members if isinstance(member, UnionType) else (member,):
            if alternative not in flat:
                flat.append(alternative)
    if ANY in flat:
        return ANY
    flat.sort(key=lambda alternative: alternative == NULL)
    return flat[0] if len(flat) == 1 else UnionType(tuple(flat))


def is_nullable(python_type: PythonType) -> bool:
    """Return whether a type includes None."""
    return (
        python_type in (ANY, NULL)
        or (isinstance(python_type, UnionType) and NULL in python_type.members)
        or (isinstance(python_type, LiteralType) and None in python_type.values)
    )


def add_missing_to_type(type_code: Code) -> Code:
    """Return the source of a type that can also be missing; None stays the last member."""
    base, none_suffix = (
        (type_code[: -len(" | None")], " | None")
        if type_code.endswith(" | None")
        else (type_code, "")
    )
    return Code(f"{base} | MISSING{none_suffix}" if base != "None" else "MISSING | None")


def write_type_annotation(
    python_type: PythonType, module_prefix: str = "", *, for_request: bool
) -> Code:
    """Return a type as source.

    `module_prefix`, such as `models.`, is put before the names that the package declares.
    """
    match python_type:
        case PlainType(name):
            return (
                Code({"Integer": "int", "Number": "float"}.get(name, name)) if for_request else name
            )
        case LiteralType(values):
            return Code(f"Literal[{', '.join(map(write_literal, values))}]")
        case ArrayType(item):
            return Code(
                f"{'Sequence' if for_request else 'list'}"
                f"[{write_type_annotation(item, module_prefix, for_request=for_request)}]"
            )
        case MappingType(value):
            return Code(
                f"{'Mapping' if for_request else 'dict'}[str,"
                f" {write_type_annotation(value, module_prefix, for_request=for_request)}]"
            )
        case UnionType(members):
            return Code(
                " | ".join(
                    write_type_annotation(member, module_prefix, for_request=for_request)
                    for member in members
                )
            )
        case NamedType(name):
            return Code(module_prefix + name)
