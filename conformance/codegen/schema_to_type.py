"""Converts schemas to Python types, separately for requests and for responses.

The schemas are JSON Schema 2020-12, as used by OpenAPI 3.1.

Response types are open: an enumeration can gain values, and an object can gain fields. Request
types are closed if the schema is. Types describe structure. Limits such as `maxLength` are checked
by the server and appear in docstrings. A keyword that is neither structure, limit, condition nor
annotation stops the generator.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce

from conformance.codegen import naming
from conformance.codegen.all_of import (
    CONDITIONAL_KEYWORDS,
    JSON_TYPES,
    LIMIT_KEYWORDS,
    MAX_DEPTH,
    STRUCTURAL_KEYWORDS,
    check_schema_keywords,
    flatten_all_of,
    get_allowed_json_types,
    is_structural,
)
from conformance.codegen.generation_error import make_generation_error
from conformance.codegen.source import write_identifier
from conformance.codegen.types import (
    ANY,
    BOOLEAN,
    BYTES,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    TIMESTAMP,
    ArrayType,
    LiteralType,
    MappingType,
    NamedType,
    PythonType,
    RecordDefinition,
    RecordField,
    TypeAliasDefinition,
    make_union_type,
)
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.pointer import join
from conformance.errors import ContractError

RESERVED_TYPE_NAMES = {
    "Any",
    "Integer",
    "Literal",
    "Mapping",
    "Model",
    "Number",
    "Sequence",
    "Timestamp",
    "TypeAlias",
    "TypedDict",
}


@dataclass(slots=True)
class SchemaConverter:
    """Converts schemas of requests or responses, and collects records and aliases."""

    contract: Contract
    for_request: bool
    records: list[RecordDefinition] = field(default_factory=list)
    aliases: list[TypeAliasDefinition] = field(default_factory=list)
    _scope: naming.NameScope = field(default_factory=lambda: naming.NameScope(RESERVED_TYPE_NAMES))
    _named_types: dict[str, NamedType] = field(default_factory=dict)
    _types_by_pointer: dict[str, PythonType] = field(default_factory=dict)
    _active_pointers: list[str] = field(default_factory=list)

    def convert(self, schema: Json, pointer: str, name_hint: str) -> PythonType:
        """Return the type of the schema at a pointer.

        `name_hint` is used as the name of an anonymous schema. Raises ContractError, with the
        pointer, for a schema that has no Python type.
        """
        if schema is True or schema is None or schema == {}:
            return ANY
        if schema is False:
            raise self._make_error("a schema that nothing fits has no type", pointer)
        if not isinstance(schema, dict):
            raise self._make_error("this is no schema", pointer)
        if len(self._active_pointers) > MAX_DEPTH:
            raise self._make_error(f"schemas within schemas, more than {MAX_DEPTH} deep", pointer)
        if "$ref" in schema:
            return self._convert_reference(schema, pointer, name_hint)
        check_schema_keywords(self.contract, schema, pointer)
        return self._convert_flat_schema(
            flatten_all_of(self.contract, schema, pointer), pointer, name_hint
        )

    def find_record(self, python_type: PythonType) -> RecordDefinition | None:
        """Return the record that a type refers to, or None."""
        return (
            next((record for record in self.records if record.name == python_type.name), None)
            if isinstance(python_type, NamedType)
            else None
        )

    def resolve_alias(self, python_type: PythonType) -> PythonType:
        """Return the type behind an alias; return any other type unchanged."""
        by_name = {alias.name: alias.type for alias in self.aliases}
        while isinstance(python_type, NamedType) and python_type.name in by_name:
            python_type = by_name[python_type.name]
        return python_type

    def _convert_reference(self, schema: Json, pointer: str, name_hint: str) -> PythonType:
        siblings = {
            key: value
            for key, value in schema.items()
            if key in STRUCTURAL_KEYWORDS and key != "$ref"
        }
        if siblings:
            check_schema_keywords(self.contract, schema, pointer)
            return self._convert_flat_schema(
                flatten_all_of(
                    self.contract, {"allOf": [{"$ref": schema["$ref"]}, siblings]}, pointer
                ),
                pointer,
                name_hint,
            )
        target_pointer = str(schema["$ref"]).removeprefix("#")
        if target_pointer in self._named_types:
            return self._named_types[target_pointer]
        if target_pointer in self._types_by_pointer:
            return self._types_by_pointer[target_pointer]
        if target_pointer in self._active_pointers:
            return ANY  # a recursive alias, which Python before 3.12 cannot express
        target = pointers.get_at_pointer(self.contract.document, target_pointer)
        name = pointers.tokens(target_pointer)[-1]
        self._active_pointers.append(target_pointer)
        try:
            if isinstance(target, dict) and "$ref" not in target:
                check_schema_keywords(self.contract, target, target_pointer)
                flat_schema = flatten_all_of(self.contract, target, target_pointer)
                if self._is_record(flat_schema):
                    self._named_types[target_pointer] = NamedType(
                        write_identifier(self._scope.allocate(naming.to_class_name(name)))
                    )
                    self._declare_record(
                        self._named_types[target_pointer], flat_schema, target_pointer
                    )
                    return self._named_types[target_pointer]
                python_type = self._convert_flat_schema(flat_schema, target_pointer, name)
            else:
                python_type = self.convert(target, target_pointer, name)
        finally:
            self._active_pointers.pop()
        if (
            not isinstance(python_type, NamedType)
            and python_type != ANY
            and target_pointer.startswith("/components/schemas/")
        ):
            alias = TypeAliasDefinition(
                name=write_identifier(self._scope.allocate(naming.to_class_name(name))),
                type=python_type,
                description=_get_description(target),
                pointer=target_pointer,
            )
            self.aliases.append(alias)
            python_type = NamedType(alias.name)
        self._types_by_pointer[target_pointer] = python_type
        return python_type

    def _convert_flat_schema(self, schema: Json, pointer: str, name_hint: str) -> PythonType:
        if "enum" in schema or "const" in schema:
            return self._convert_enum(schema, pointer)
        branches = schema.get("anyOf") or schema.get("oneOf")
        if branches:
            return self._convert_any_of_branches(schema, branches, pointer, name_hint)
        return reduce(
            make_union_type,
            [
                self._convert_json_type(json_type, schema, pointer, name_hint)
                for json_type in get_allowed_json_types(schema)
            ]
            or [ANY],
        )

    def _convert_enum(self, schema: Json, pointer: str) -> PythonType:
        values = [schema["const"]] if "const" in schema else list(schema["enum"])
        json_types = get_allowed_json_types({"type": schema["type"]}) if "type" in schema else None
        if json_types is not None and self.for_request:
            values = [
                value
                for value in values
                if any(_has_json_type(value, json_type) for json_type in json_types)
            ]
        if not values:
            raise self._make_error("no value of this enumeration has its type", pointer)
        literal_values = tuple(
            dict.fromkeys(
                value for value in values if isinstance(value, str | int) or value is None
            )
        )
        additional_types = {
            _get_json_type_of_value(value)
            for value in values
            if not self.for_request or not (isinstance(value, str | int) or value is None)
        }
        if not self.for_request and json_types is not None:
            additional_types |= set(json_types)
        non_null_values = tuple(value for value in literal_values if value is not None)
        members: list[PythonType] = (
            [LiteralType(non_null_values)]
            if non_null_values
            and (self.for_request or all(isinstance(value, str) for value in non_null_values))
            else []
        )
        members += [
            self._convert_json_type(json_type, {}, pointer, "")
            for json_type in sorted(additional_types, key=JSON_TYPES.index)
        ]
        return make_union_type(*members, *([NULL] if None in literal_values else []))

    def _convert_any_of_branches(
        self, schema: Json, branches: list[Json], pointer: str, name_hint: str
    ) -> PythonType:
        keyword = "anyOf" if schema.get("anyOf") else "oneOf"
        base = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf")}
        structural_branches = [
            candidate
            for candidate in branches
            if not isinstance(candidate, dict) or is_structural(candidate)
        ]
        if not structural_branches:
            # branches that only require fields or limit values are checked by the server
            return self._convert_flat_schema(base, pointer, name_hint)
        needs_merge = any(
            key in base
            for key in (
                "properties",
                "items",
                "additionalProperties",
                "patternProperties",
                "prefixItems",
                "type",
                "required",
            )
        )
        branch_types = []
        for number, branch in enumerate(branches):
            branch_pointer = join(pointer, keyword, number)
            branch_name = (
                f"{name_hint} {_get_branch_title(branch)}"
                if _get_branch_title(branch)
                else f"{name_hint} {number + 1}"
            )
            if isinstance(branch, dict) and not is_structural(branch):
                branch = {}
            if needs_merge:
                merged = flatten_all_of(self.contract, {"allOf": [base, branch]}, branch_pointer)
                json_types = get_allowed_json_types(merged)
                branch_types += (
                    [self._convert_flat_schema(merged, branch_pointer, branch_name)]
                    if json_types or not get_allowed_json_types(base)
                    else []
                )
            else:
                branch_types.append(self.convert(branch, branch_pointer, branch_name))
        if not branch_types:
            raise self._make_error("no branch of this choice fits its type", pointer)
        return make_union_type(*branch_types)

    def _convert_json_type(
        self, json_type: str, schema: Json, pointer: str, name_hint: str
    ) -> PythonType:
        match json_type:
            case "null":
                return NULL
            case "boolean":
                return BOOLEAN
            case "integer":
                return INTEGER
            case "number":
                return NUMBER
            case "string" if schema.get("format") == "binary":
                return BYTES
            case "string":
                return (
                    TIMESTAMP
                    if schema.get("format") == "date-time" and not self.for_request
                    else STRING
                )
            case "array":
                return ArrayType(self._convert_array_items(schema, pointer, name_hint))
            case _:
                return self._convert_object(schema, pointer, name_hint)

    def _convert_array_items(self, schema: Json, pointer: str, name_hint: str) -> PythonType:
        if "prefixItems" in schema:
            prefix_types = [
                self.convert(
                    prefix_schema, join(pointer, "prefixItems", index), f"{name_hint} {index + 1}"
                )
                for index, prefix_schema in enumerate(schema["prefixItems"])
            ]
            further_types = (
                []
                if schema.get("items") is False
                else [
                    self.convert(schema.get("items"), join(pointer, "items"), f"{name_hint} item")
                ]
            )
            return make_union_type(*prefix_types, *further_types)
        return (
            ANY
            if schema.get("items") is False
            else self.convert(schema.get("items"), join(pointer, "items"), f"{name_hint} item")
        )

    def _convert_object(self, schema: Json, pointer: str, name_hint: str) -> PythonType:
        if self._is_record(schema):
            named_type = NamedType(
                write_identifier(self._scope.allocate(naming.to_class_name(name_hint)))
            )
            self._declare_record(named_type, schema, pointer)
            return named_type
        value_types = [
            self.convert(
                value_schema, join(pointer, "patternProperties", pattern), f"{name_hint} value"
            )
            for pattern, value_schema in schema.get("patternProperties", {}).items()
        ]
        additional_schema = schema.get("additionalProperties", not value_types)
        if additional_schema is not False:
            value_types.append(
                self.convert(
                    additional_schema, join(pointer, "additionalProperties"), f"{name_hint} value"
                )
            )
        return MappingType(make_union_type(*value_types) if value_types else ANY)

    def _is_record(self, schema: Json) -> bool:
        is_choice = (
            schema.get("anyOf") or schema.get("oneOf") or "enum" in schema or "const" in schema
        )
        return (
            bool(schema.get("properties"))
            and get_allowed_json_types(schema) == ["object"]
            and not is_choice
        )

    def _declare_record(self, named_type: NamedType, schema: Json, pointer: str) -> None:
        index = len(self.records)
        scope = naming.NameScope(naming.MODEL_ATTRIBUTES | naming.BUILTIN_TYPES)
        fields = []
        required = set(schema.get("required", ()))
        for wire_name, field_schema in schema["properties"].items():
            field_pointer = join(pointer, "properties", wire_name)
            field_keywords = field_schema if isinstance(field_schema, dict) else {}
            if field_schema is False or (
                self.for_request and self._is_keyword_true(field_keywords, "readOnly")
            ):
                continue
            fields.append(
                RecordField(
                    wire_name=wire_name,
                    name=write_identifier(scope.allocate(naming.to_snake_case(wire_name, "field"))),
                    type=self.convert(
                        field_schema,
                        field_pointer,
                        f"{_split_class_name(named_type.name)} {wire_name}",
                    ),
                    required=wire_name in required
                    and not (
                        not self.for_request and self._is_keyword_true(field_keywords, "writeOnly")
                    ),
                    description=self.describe_schema(field_keywords),
                )
            )
        fields.sort(key=lambda declared_field: not declared_field.required)
        additional_types = [
            self.convert(
                value_schema,
                join(pointer, "patternProperties", pattern),
                f"{named_type.name} value",
            )
            for pattern, value_schema in schema.get("patternProperties", {}).items()
        ]
        additional_schema = schema.get("additionalProperties", True)
        if isinstance(additional_schema, dict) and additional_schema:
            additional_types.append(
                self.convert(
                    additional_schema,
                    join(pointer, "additionalProperties"),
                    f"{named_type.name} value",
                )
            )
        self.records.insert(
            index,
            RecordDefinition(
                name=named_type.name,
                fields=tuple(fields),
                closed=additional_schema is False and not additional_types,
                description=_get_description(schema),
                pointer=pointer,
                additional_type=make_union_type(*additional_types)
                if additional_types and additional_schema is not True
                else None,
            ),
        )

    def describe_schema(self, schema: Json) -> str:
        """Return the description of a schema and its limits."""
        visited: set[str] = set()
        notes: dict[str, Json] = {}
        description = ""
        while isinstance(schema, dict):
            description = description or _get_description(schema)
            notes = {
                **{key: schema[key] for key in schema if key in LIMIT_KEYWORDS or key == "default"},
                **notes,
            }
            if any(key in CONDITIONAL_KEYWORDS for key in schema):
                notes["further rules"] = True
            if "$ref" not in schema or schema["$ref"] in visited:
                break
            visited.add(schema["$ref"])
            schema = pointers.get_at_pointer(
                self.contract.document, str(schema["$ref"]).removeprefix("#")
            )
        limits = ", ".join(
            "further rules apply" if key == "further rules" else f"{key} {_shorten_value(value)}"
            for key, value in notes.items()
        )
        return f"{description} ({limits})".strip() if limits else description

    def _is_keyword_true(self, schema: Json, keyword: str) -> bool:
        if "$ref" in schema:
            target = pointers.get_at_pointer(
                self.contract.document, str(schema["$ref"]).removeprefix("#")
            )
            return bool(
                schema.get(keyword, isinstance(target, dict) and target.get(keyword, False))
            )
        return bool(schema.get(keyword, False))

    def _make_error(self, message: str, pointer: str, hint: str | None = None) -> ContractError:
        return make_generation_error(message, pointer, self.contract, hint)


def _get_json_type_of_value(value: Json) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _has_json_type(value: Json, json_type: str) -> bool:
    return (
        _get_json_type_of_value(value) == json_type
        or (json_type == "number" and _get_json_type_of_value(value) == "integer")
        or (json_type == "integer" and isinstance(value, float) and value.is_integer())
    )


def _get_branch_title(branch: Json) -> str:
    if not isinstance(branch, dict):
        return ""
    if "$ref" in branch:
        return pointers.tokens(str(branch["$ref"]).removeprefix("#"))[-1]
    return str(
        branch.get("title") or (branch["type"] if isinstance(branch.get("type"), str) else "")
    )


def _get_description(schema: Json) -> str:
    if not isinstance(schema, dict):
        return ""
    text = schema.get("description") or schema.get("title") or ""
    return " ".join(str(text).split())[:1000]


def _shorten_value(value: Json) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _split_class_name(name: str) -> str:
    return " ".join(naming.split_words(name)) or name
