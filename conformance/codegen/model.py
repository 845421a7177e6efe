"""Writes the source of the modules `models` (responses, open) and `inputs` (requests)."""

from __future__ import annotations

import keyword
import re

from conformance.codegen import naming
from conformance.codegen.source import WIDTH, Code, write_docstring, write_literal
from conformance.codegen.types import (
    PythonType,
    RecordDefinition,
    RecordField,
    TypeAliasDefinition,
    add_missing_to_type,
    write_type_annotation,
)


def write_models(
    records: tuple[RecordDefinition, ...], aliases: tuple[TypeAliasDefinition, ...]
) -> Code:
    """Return the source of the response classes: pydantic models that keep unknown fields."""
    blocks = [_write_model(record) for record in records]
    return Code("\n\n".join([*blocks, *_write_type_aliases(aliases, for_request=False)]))


def write_inputs(
    records: tuple[RecordDefinition, ...], aliases: tuple[TypeAliasDefinition, ...]
) -> Code:
    """Return the source of the request types: typed dictionaries with the API's own names.

    They are closed if the schema is.
    """
    blocks = [_write_typed_dict(record) for record in records]
    return Code("\n\n".join([*blocks, *_write_type_aliases(aliases, for_request=True)]))


def collect_field_and_alias_types(
    records: tuple[RecordDefinition, ...], aliases: tuple[TypeAliasDefinition, ...]
) -> list[PythonType]:
    """Return every type that occurs in the source of the records and aliases."""
    fields = [field.type for record in records for field in record.fields]
    return [
        *fields,
        *(record.additional_type for record in records if record.additional_type is not None),
        *(alias.type for alias in aliases),
    ]


def _write_model(record: RecordDefinition) -> Code:
    paragraphs = _build_record_docstring_paragraphs(record, use_python_names=True)
    lines = [f"class {record.name}(Model):", f"    {write_docstring(paragraphs, 4)}"]
    if record.fields:
        lines.append("")
    for field in record.fields:
        lines.append(f"    {_write_field(field)}")
    return Code("\n".join(lines) + "\n")


def _write_field(field: RecordField) -> str:
    type_code = write_type_annotation(field.type, for_request=False)
    type_code = type_code if field.required else add_missing_to_type(type_code)
    same_name = field.wire_name == field.name
    if same_name:
        return f"{field.name}: {type_code}" + ("" if field.required else " = MISSING")
    wire_name = write_literal(field.wire_name)
    field_arguments = [] if field.required else ["default=MISSING"]
    field_arguments += [f"validation_alias={wire_name}", f"serialization_alias={wire_name}"]
    declaration = f"{field.name}: {type_code} = Field({', '.join(field_arguments)})"
    if len(declaration) + 4 <= WIDTH:
        return declaration
    argument_lines = "".join(f"        {argument},\n" for argument in field_arguments)
    return f"{field.name}: {type_code} = Field(\n{argument_lines}    )"


def _write_typed_dict(record: RecordDefinition) -> Code:
    uses_class_syntax = all(_can_be_class_attribute(field.wire_name) for field in record.fields)
    text = write_docstring(
        _build_record_docstring_paragraphs(record, use_python_names=False),
        4 if uses_class_syntax else 0,
    )
    config_name = "CLOSED" if record.closed else "OPEN"
    if uses_class_syntax:
        lines = [
            f"@with_config({config_name})",
            f"class {record.name}(TypedDict):",
            f"    {text}",
            "",
        ]
        lines += [f"    {field.wire_name}: {_write_member_type(field)}" for field in record.fields]
        return Code("\n".join(lines) + "\n")
    lines = [f"{record.name} = TypedDict(", f'    "{record.name}",', "    {"]
    lines += [
        f"        {write_literal(field.wire_name)}: {write_literal(_write_member_type(field))},"
        for field in record.fields
    ]
    return Code(
        "\n".join([*lines, "    },", ")", text, f"with_config({config_name})({record.name})"])
        + "\n"
    )


def _can_be_class_attribute(wire_name: str) -> bool:
    """Return whether a name works as a class attribute: not mangled, and not the name of a type."""
    return (
        len(wire_name) <= naming.MAX_LENGTH
        and bool(re.fullmatch(r"(?!__)[A-Za-z_][A-Za-z0-9_]*", wire_name))
        and not keyword.iskeyword(wire_name)
        and wire_name not in naming.BUILTIN_TYPES
    )


def _write_member_type(field: RecordField) -> str:
    type_code = write_type_annotation(field.type, for_request=True)
    return type_code if field.required else f"NotRequired[{type_code}]"


def _build_record_docstring_paragraphs(
    record: RecordDefinition, *, use_python_names: bool
) -> list[str]:
    field_descriptions = [
        (field.name if use_python_names else field.wire_name, field.description)
        for field in record.fields
        if field.description
    ]
    attribute_lines = "\n".join(f"    {name}: {text}" for name, text in field_descriptions)
    summary = record.description or (
        "An object of the API." if use_python_names else "An object to be sent."
    )
    return [
        summary if summary[-1:] in ".!?" else f"{summary}.",
        *(["Attributes:\n" + attribute_lines] if attribute_lines else []),
    ]


def _write_type_aliases(
    aliases: tuple[TypeAliasDefinition, ...], *, for_request: bool
) -> list[Code]:
    blocks = []
    for alias in aliases:
        text = f"\n{write_docstring([alias.description], 0)}" if alias.description else ""
        blocks.append(
            Code(
                f"{alias.name}: TypeAlias ="
                f" {write_type_annotation(alias.type, for_request=for_request)}{text}\n"
            )
        )
    return blocks
