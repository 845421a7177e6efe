"""The emitter of types: records and aliases as the source of the modules `models` (answers, open)
and `inputs` (requests).
"""

from __future__ import annotations

import keyword
import re

from conformance.codegen import naming
from conformance.codegen.shape import Alias, Field, Record, Shape, optional, write
from conformance.codegen.source import WIDTH, Code, docstring, literal


def models(records: tuple[Record, ...], aliases: tuple[Alias, ...]) -> Code:
    """Return the source of the classes of answers: pydantic models that keep what they do not
    know.
    """
    blocks = [_model(record) for record in records]
    return Code("\n\n".join([*blocks, *_aliases(aliases, request=False)]))


def inputs(records: tuple[Record, ...], aliases: tuple[Alias, ...]) -> Code:
    """Return the source of the types of requests: typed dictionaries with the API's own names,
    closed where the schema is.
    """
    blocks = [_dictionary(record) for record in records]
    return Code("\n\n".join([*blocks, *_aliases(aliases, request=True)]))


def parts(records: tuple[Record, ...], aliases: tuple[Alias, ...]) -> list[Shape]:
    """Return every type that the source of some records and aliases writes."""
    fields = [field.shape for record in records for field in record.fields]
    return [
        *fields,
        *(record.rest for record in records if record.rest is not None),
        *(alias.shape for alias in aliases),
    ]


def _model(record: Record) -> Code:
    lines = [f"class {record.name}(Model):", f"    {docstring(_said(record, attribute=True), 4)}"]
    if record.fields:
        lines.append("")
    for field in record.fields:
        lines.append(f"    {_field(field)}")
    return Code("\n".join(lines) + "\n")


def _field(field: Field) -> str:
    type_ = write(field.shape, request=False)
    type_ = type_ if field.required else optional(type_)
    named = field.wire == field.name
    if named:
        return f"{field.name}: {type_}" + ("" if field.required else " = MISSING")
    wire = literal(field.wire)
    given = [] if field.required else ["default=MISSING"]
    given += [f"validation_alias={wire}", f"serialization_alias={wire}"]
    line = f"{field.name}: {type_} = Field({', '.join(given)})"
    if len(line) + 4 <= WIDTH:
        return line
    body = "".join(f"        {one},\n" for one in given)
    return f"{field.name}: {type_} = Field(\n{body}    )"


def _dictionary(record: Record) -> Code:
    plain = all(_is_plain(field.wire) for field in record.fields)
    text = docstring(_said(record, attribute=False), 4 if plain else 0)
    mode = "CLOSED" if record.closed else "OPEN"
    if plain:
        lines = [f"@with_config({mode})", f"class {record.name}(TypedDict):", f"    {text}", ""]
        lines += [f"    {field.wire}: {_member(field)}" for field in record.fields]
        return Code("\n".join(lines) + "\n")
    lines = [f"{record.name} = TypedDict(", f'    "{record.name}",', "    {"]
    lines += [
        f"        {literal(field.wire)}: {literal(_member(field))}," for field in record.fields
    ]
    return Code(
        "\n".join([*lines, "    },", ")", text, f"with_config({mode})({record.name})"]) + "\n"
    )


def _is_plain(wire: str) -> bool:
    """Tell whether a name can stand in the body of a class without being mangled, or taken for a
    type.
    """
    return (
        len(wire) <= naming.LONGEST
        and bool(re.fullmatch(r"(?!__)[A-Za-z_][A-Za-z0-9_]*", wire))
        and not keyword.iskeyword(wire)
        and wire not in naming.TYPES
    )


def _member(field: Field) -> str:
    type_ = write(field.shape, request=True)
    return type_ if field.required else f"NotRequired[{type_}]"


def _said(record: Record, *, attribute: bool) -> list[str]:
    told = [
        (field.name if attribute else field.wire, field.text)
        for field in record.fields
        if field.text
    ]
    described = "\n".join(f"    {name}: {text}" for name, text in told)
    first = record.text or ("An object of the API." if attribute else "An object to be sent.")
    return [
        first if first[-1:] in ".!?" else f"{first}.",
        *(["Attributes:\n" + described] if described else []),
    ]


def _aliases(aliases: tuple[Alias, ...], *, request: bool) -> list[Code]:
    found = []
    for alias in aliases:
        text = f"\n{docstring([alias.text], 0)}" if alias.text else ""
        found.append(
            Code(f"{alias.name}: TypeAlias = {write(alias.shape, request=request)}{text}\n")
        )
    return found
