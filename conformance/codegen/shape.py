"""Python types as values: what a schema becomes before it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from conformance.codegen.source import Code, literal, trusted
from conformance.contract.json import Json


@dataclass(frozen=True, slots=True)
class Plain:
    """A type that needs no arguments: a builtin one, `Any`, or one of the runtime's (`Integer`,
    `Number`, `Timestamp`).
    """

    name: Code


@dataclass(frozen=True, slots=True)
class OneOf:
    """Some values and no others."""

    values: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Many:
    """An array: a `list` in answers, any `Sequence` in requests."""

    item: Shape


@dataclass(frozen=True, slots=True)
class Keyed:
    """An object with arbitrary names: a `dict` in answers, any `Mapping` in requests."""

    value: Shape


@dataclass(frozen=True, slots=True)
class Either:
    """One of several types, none of them an `Either`."""

    members: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A class or an alias that the package declares in its module `models` or `inputs`."""

    name: Code


Shape: TypeAlias = Plain | OneOf | Many | Keyed | Either | Named

TEXT = Plain(trusted("str"))
WHOLE = Plain(trusted("Integer"))
NUMBER = Plain(trusted("Number"))
TRUTH = Plain(trusted("bool"))
NULL = Plain(trusted("None"))
ANY = Plain(trusted("Any"))
BYTES = Plain(trusted("bytes"))
TIMESTAMP = Plain(trusted("Timestamp"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One member of an object; `name` is how Python calls it, `wire` how the API does."""

    wire: str
    name: Code
    shape: Shape
    required: bool
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An object with declared members. `closed`: it may hold no others; `rest` is the type of those
    others, where the schema says one.
    """

    name: Code
    fields: tuple[Field, ...]
    closed: bool
    text: str
    pointer: str
    rest: Shape | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A schema that is no object of its own, under its name in the document."""

    name: Code
    shape: Shape
    text: str
    pointer: str


def either(*members: Shape) -> Shape:
    """Return the union of types, flat and without repetition; `Any` takes all."""
    flat: list[Shape] = []
    for member in members:
        for one in member.members if isinstance(member, Either) else (member,):
            if one not in flat:
                flat.append(one)
    if ANY in flat:
        return ANY
    flat.sort(key=lambda one: one == NULL)
    return flat[0] if len(flat) == 1 else Either(tuple(flat))


def nullable(shape: Shape) -> bool:
    """Tell whether a type has None."""
    return (
        shape in (ANY, NULL)
        or (isinstance(shape, Either) and NULL in shape.members)
        or (isinstance(shape, OneOf) and None in shape.values)
    )


def optional(type_: Code) -> Code:
    """Return the source of a type that may also be absent; None stays the last member."""
    head, none = (type_[: -len(" | None")], " | None") if type_.endswith(" | None") else (type_, "")
    return Code(f"{head} | MISSING{none}" if head != "None" else "MISSING | None")


def write(shape: Shape, module: str = "", *, request: bool) -> Code:
    """Return a type as source. `module` stands before the names that the package declares, as in
    `models.`.

    Arrays are `builtins.list`, because a class may have a method of that name.
    """
    match shape:
        case Plain(name):
            return Code({"Integer": "int", "Number": "float"}.get(name, name)) if request else name
        case OneOf(values):
            return Code(f"Literal[{', '.join(map(literal, values))}]")
        case Many(item):
            return Code(
                f"{'Sequence' if request else 'list'}[{write(item, module, request=request)}]"
            )
        case Keyed(value):
            return Code(
                f"{'Mapping' if request else 'dict'}[str, {write(value, module, request=request)}]"
            )
        case Either(members):
            return Code(" | ".join(write(one, module, request=request) for one in members))
        case Named(name):
            return Code(module + name)
