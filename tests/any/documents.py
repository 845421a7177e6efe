"""Ordinary contracts with one resource. Each change adds something that vendors commonly write."""

from __future__ import annotations

import copy
from collections.abc import Callable

from conformance.contract.json import Json

PET: Json = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string", "maxLength": 60},
    },
}


def json_content(schema: Json) -> Json:
    """Return a `content` object for JSON with this schema."""
    return {"content": {"application/json": {"schema": schema}}}


def document(*changes: Callable[[Json], None]) -> Json:
    """Return the contract about pets after applying the changes."""
    pet_schema = {"$ref": "#/components/schemas/Pet"}
    list_schema = {"type": "object", "required": ["items"]}
    list_schema["properties"] = {"items": {"type": "array", "items": pet_schema}}
    pet_response = {"description": "found", **json_content(pet_schema)}
    not_found_response = {"description": "gone"}
    result: Json = {
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": "1"},
        "servers": [{"url": "https://pets.example.test"}],
        "x-resources": {
            "pet": {
                "identity": "/id",
                "items": "/items",
                "mark": "/name",
                "create": "createPet",
                "list": "listPets",
                "read": "readPet",
                "replace": "replacePet",
                "delete": "deletePet",
            }
        },
        "paths": {
            "/pets": {
                "get": {
                    "operationId": "listPets",
                    "parameters": [],
                    "responses": {"200": {"description": "all", **json_content(list_schema)}},
                },
                "post": {
                    "operationId": "createPet",
                    "requestBody": {"required": True, **json_content(pet_schema)},
                    "responses": {"201": {"description": "created", **json_content(pet_schema)}},
                },
            },
            "/pets/{id}": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
                ],
                "get": {
                    "operationId": "readPet",
                    "responses": {"200": pet_response, "404": not_found_response},
                },
                "put": {
                    "operationId": "replacePet",
                    "requestBody": {"required": True, **json_content(pet_schema)},
                    "responses": {"200": pet_response, "404": not_found_response},
                },
                "delete": {
                    "operationId": "deletePet",
                    "responses": {"204": {"description": "deleted"}, "404": not_found_response},
                },
            },
        },
        "components": {"schemas": {"Pet": copy.deepcopy(PET)}},
    }
    for change in changes:
        change(result)
    return result


def with_property(name: str, schema: Json, required: bool = True) -> Callable[[Json], None]:
    """Return a change that adds a property to the pet schema."""

    def change(openapi: Json) -> None:
        pet_schema = openapi["components"]["schemas"]["Pet"]
        pet_schema["properties"][name] = schema
        pet_schema["required"] += [name] if required else []

    return change


def with_parameter(schema: Json, **attributes: Json) -> Callable[[Json], None]:
    """Return a change that adds the query parameter `q` to the list operation."""
    parameter = {"name": "q", "in": "query", "schema": schema, **attributes}
    return lambda openapi: openapi["paths"]["/pets"]["get"]["parameters"].append(parameter)


def with_schema(name: str, schema: Json) -> Callable[[Json], None]:
    """Return a change that adds a schema to the components or replaces one."""
    return lambda openapi: openapi["components"]["schemas"].update({name: schema})


PROPERTIES: dict[str, Json] = {
    **{
        name: {"type": "string", "format": name}
        for name in (
            *("email", "uri", "date", "date-time", "time", "duration", "uuid", "hostname"),
            *("ipv4", "ipv6", "json-pointer", "regex", "uri-template"),
        )
    },
    "multiple": {"type": "number", "multipleOf": 0.5},
    "exclusive": {"type": "integer", "exclusiveMinimum": 3},
    "bounded": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "debt": {"type": "integer", "maximum": 0},
    "huge": {"type": "integer", "maximum": 10**4000},
    "many": {"type": "array", "minItems": 5, "items": {"type": "string"}},
    "few": {"type": "array", "minItems": 4, "items": {"enum": ["red", "green", "blue"]}},
    "unique": {"type": "array", "uniqueItems": True, "minItems": 2, "items": {"type": "integer"}},
    "nullable": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    "either": {"oneOf": [{"type": "string", "format": "email"}, {"type": "integer"}]},
    "long": {"type": "string", "minLength": 60},
    "letters": {"type": "string", "pattern": r"^\p{L}+$"},
    "named": {"type": "string", "pattern": "^(?<year>[0-9]{4})$"},
    "anything": True,
    "map": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 1},
    "choice": {"enum": ["name", "description"]},
    "number": {"enum": [1, 2]},
    "secret": {"type": "string", "writeOnly": True},
    "server": {"type": "string", "format": "date-time", "readOnly": True},
}
PARAMETERS: dict[str, tuple[Json, Json]] = {
    "optional": ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, {}),
    "numbers": ({"enum": [1, 2]}, {}),
    "names": ({"enum": ["name", "description"]}, {"x-refused": ["enum"]}),
    "anything": ({"type": "string", "pattern": "^.+$"}, {"x-refused": ["pattern"]}),
    "count": ({"type": "integer", "minimum": 1}, {"x-refused": ["minimum", "type"]}),
}
