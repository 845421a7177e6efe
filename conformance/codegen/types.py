"""Python types as values: what a schema becomes before it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from conformance.codegen.source import Code, trust_text, write_literal
from conformance.contract.json import Json


@dataclass(frozen=True, slots=True)
class PlainType:
    """A type that needs no arguments: a builtin one, `Any`, or one of the runtime's (`Integer`,
    `Number`, `Timestamp`).
    """

    name: Code


@dataclass(frozen=True, slots=True)
class LiteralType:
    """Some values and no others."""

    values: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class ArrayType:
    """An array: a `list` in answers, any `Sequence` in requests."""

    item: PythonType


@dataclass(frozen=True, slots=True)
class MappingType:
    """An object with arbitrary names: a `dict` in answers, any `Mapping` in requests."""

    value: PythonType


@dataclass(frozen=True, slots=True)
class UnionType:
    """One of several types, none of them an `Either`."""

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
    """One member of an object; `name` is how Python calls it, `wire` how the API does."""

    wire_name: str
    name: Code
    type: PythonType
    required: bool
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDefinition:
    """An object with declared members. `closed`: it may hold no others; `rest` is the type of those
    others, where the schema says one.
    """

    name: Code
    fields: tuple[RecordField, ...]
    closed: bool
    description: str
    pointer: str
    additional_type: PythonType | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasDefinition:
    """A schema that is no object of its own, under its name in the document."""

    name: Code
    type: PythonType
    description: str
    pointer: str


def make_union(*members: PythonType) -> PythonType:
    """Return the union of types, flat and without repetition; `Any` takes all."""
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
    """Tell whether a type has None."""
    return (
        python_type in (ANY, NULL)
        or (isinstance(python_type, UnionType) and NULL in python_type.members)
        or (isinstance(python_type, LiteralType) and None in python_type.values)
    )


def allow_missing(type_code: Code) -> Code:
    """Return the source of a type that may also be absent; None stays the last member."""
    base, none_suffix = (
        (type_code[: -len(" | None")], " | None")
        if type_code.endswith(" | None")
        else (type_code, "")
    )
    return Code(f"{base} | MISSING{none_suffix}" if base != "None" else "MISSING | None")


def write_type(python_type: PythonType, module_prefix: str = "", *, for_request: bool) -> Code:
    """Return a type as source. `module` stands before the names that the package declares, as in
    `models.`.

    Arrays are `builtins.list`, because a class may have a method of that name.
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
                f"{'Sequence' if for_request else 'list'}[{write_type(item, module_prefix, for_request=for_request)}]"
            )
        case MappingType(value):
            return Code(
                f"{'Mapping' if for_request else 'dict'}[str, {write_type(value, module_prefix, for_request=for_request)}]"
            )
        case UnionType(members):
            return Code(
                " | ".join(
                    write_type(member, module_prefix, for_request=for_request) for member in members
                )
            )
        case NamedType(name):
            return Code(module_prefix + name)
