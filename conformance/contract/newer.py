"""OpenAPI 3.2 documents, read as far as they are 3.1; what is new in 3.2 is refused by name."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract import pointer as pointers
from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.operation import HTTP_METHODS
from conformance.contract.pointer import join
from conformance.errors import ContractError

_NEW_KEYS = {  # by kind of object (OpenAPI 3.2.0, 4)
    "document": ("$self",),
    "server": ("name",),
    "tag": ("summary", "parent", "kind"),
    "components": ("mediaTypes",),
    "path item": ("query", "additionalOperations"),
    "media type": ("itemSchema", "prefixEncoding", "itemEncoding"),
    "encoding": ("encoding", "prefixEncoding", "itemEncoding"),
    "response": ("summary",),
    "example": ("dataValue", "serializedValue"),
    "security scheme": ("oauth2MetadataUrl", "deprecated"),
    "flows": ("deviceAuthorization",),
    "discriminator": ("defaultMapping",),
    "xml": ("nodeType",),
}
_NEW_VALUES = {"parameter": (("in", "querystring"), ("style", "cookie"))}
# by kind of object, key → kind of the object there; each `*` is a mapping or list in between
_CHILDREN: dict[str, dict[str, str]] = {
    "document": {
        "servers": "*server",
        "tags": "*tag",
        "components": "components",
        "paths": "*path item",
        "webhooks": "*path item",
    },
    "components": {
        "schemas": "*schema",
        "responses": "*response",
        "parameters": "*parameter",
        "examples": "*example",
        "requestBodies": "*body",
        "headers": "*parameter",
        "securitySchemes": "*security scheme",
        "callbacks": "**path item",
        "pathItems": "*path item",
        "mediaTypes": "*media type",
    },
    "path item": {
        "servers": "*server",
        "parameters": "*parameter",
        **dict.fromkeys(HTTP_METHODS, "operation"),
    },
    "operation": {
        "servers": "*server",
        "parameters": "*parameter",
        "requestBody": "body",
        "responses": "*response",
        "callbacks": "**path item",
    },
    "parameter": {"schema": "schema", "content": "*media type", "examples": "*example"},
    "body": {"content": "*media type"},
    "response": {"headers": "*parameter", "content": "*media type"},
    "media type": {"schema": "schema", "examples": "*example", "encoding": "*encoding"},
    "encoding": {"headers": "*parameter"},
    "security scheme": {"flows": "flows"},
    "schema": {
        "discriminator": "discriminator",
        "xml": "xml",
        **dict.fromkeys(
            ("properties", "patternProperties", "dependentSchemas", "$defs"), "*schema"
        ),
        **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), "*schema"),
        **dict.fromkeys(
            ("items", "additionalProperties", "not", "if", "then", "else", "contains"), "schema"
        ),
        **dict.fromkeys(("propertyNames", "unevaluatedItems", "unevaluatedProperties"), "schema"),
    },
}


def read_newer_document(document: Document) -> Document:
    """Return a document of 3.2 as one of 3.1, which requires a description of each response.

    Raises ContractError that names, with line and pointer, each word that 3.1 does not have.
    """
    objects = list(_iterate_objects(document.value, "document", ""))
    problems = [
        document.problem_at(f"`{word}` is new in OpenAPI 3.2, and not read yet", place, _HINT)
        for kind, node, pointer in objects
        for word, place in _find_new_words(kind, node, pointer)
    ]
    if problems:
        raise ContractError(*problems)
    value = {**document.value, "openapi": "3.1.1"}
    for kind, node, pointer in objects:
        if kind == "response" and not {"description", "$ref"} & node.keys():
            value = pointers.put_at_pointer(value, join(pointer, "description"), "")
    return document.with_value(value, {})


_HINT = "say it in words of OpenAPI 3.1, or leave it out"


def _find_new_words(kind: str, node: dict[str, Json], pointer: str) -> Iterator[tuple[str, str]]:
    """Yield each new word of an object, and where it stands."""
    for key in _NEW_KEYS.get(kind, ()):
        if key in node:
            yield key, join(pointer, key)
    for key, value in _NEW_VALUES.get(kind, ()):
        if node.get(key) == value:
            yield f"{key}: {value}", join(pointer, key)


def _iterate_objects(
    node: Json, kind: str, pointer: str
) -> Iterator[tuple[str, dict[str, Json], str]]:
    """Yield the kind, the node and the pointer of each object of the specification."""
    if kind.startswith("*"):
        members = enumerate(node) if isinstance(node, list) else ()
        for key, child in node.items() if isinstance(node, dict) else members:
            yield from _iterate_objects(child, kind[1:], join(pointer, key))
    elif isinstance(node, dict):
        yield kind, node, pointer
        for key, child_kind in _CHILDREN.get(kind, {}).items():
            if key in node:
                yield from _iterate_objects(node[key], child_kind, join(pointer, key))
