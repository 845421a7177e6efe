"""Ordinary contracts of one resource, each with something that vendors write every day."""

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


def body(schema: Json) -> Json:
    """Return content in JSON."""
    return {"content": {"application/json": {"schema": schema}}}


def document(*changes: Callable[[Json], None]) -> Json:
    """Return a contract about pets, changed."""
    pet = {"$ref": "#/components/schemas/Pet"}
    pets = {"type": "object", "required": ["items"]}
    pets["properties"] = {"items": {"type": "array", "items": pet}}
    found = {"description": "found", **body(pet)}
    gone = {"description": "gone"}
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
                    "responses": {"200": {"description": "all", **body(pets)}},
                },
                "post": {
                    "operationId": "createPet",
                    "requestBody": {"required": True, **body(pet)},
                    "responses": {"201": {"description": "created", **body(pet)}},
                },
            },
            "/pets/{id}": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
                ],
                "get": {"operationId": "readPet", "responses": {"200": found, "404": gone}},
                "put": {
                    "operationId": "replacePet",
                    "requestBody": {"required": True, **body(pet)},
                    "responses": {"200": found, "404": gone},
                },
                "delete": {
                    "operationId": "deletePet",
                    "responses": {"204": {"description": "deleted"}, "404": gone},
                },
            },
        },
        "components": {"schemas": {"Pet": copy.deepcopy(PET)}},
    }
    for change in changes:
        change(result)
    return result


def with_property(name: str, schema: Json, required: bool = True) -> Callable[[Json], None]:
    """Return a change that adds a property to pets."""

    def change(result: Json) -> None:
        pet = result["components"]["schemas"]["Pet"]
        pet["properties"][name] = schema
        pet["required"] += [name] if required else []

    return change


def with_parameter(schema: Json, **more: Json) -> Callable[[Json], None]:
    """Return a change that adds a query parameter to the list."""
    parameter = {"name": "q", "in": "query", "schema": schema, **more}
    return lambda result: result["paths"]["/pets"]["get"]["parameters"].append(parameter)


def with_schema(name: str, schema: Json) -> Callable[[Json], None]:
    """Return a change that adds a schema to the components, or replaces one."""
    return lambda result: result["components"]["schemas"].update({name: schema})


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
