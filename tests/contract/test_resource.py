"""Resources, and references to item ids in bodies."""

from __future__ import annotations

import pytest

from conformance.contract.operation import parse_operations
from conformance.contract.resource import (
    BodyItemIdReference,
    Resource,
    parse_body_item_id_references,
    parse_resources,
)

from .toy import get_problems, parse_document

PATHS_YAML = """
paths:
  /a/{p}/b:
    parameters: [{name: p, in: path, required: true, schema: {}}]
    post: {operationId: make, responses: {}}
    get: {operationId: list, responses: {}}
  /a/{p}/b/{id}:
    parameters: [{name: p, in: path, required: true, schema: {}}, {name: id, in: path,
        required: true, schema: {}}]
    get: {operationId: see, responses: {}}
    delete: {operationId: end, responses: {}}
    put: {operationId: up, responses: {}}
    patch: {operationId: down, responses: {}}
x-resources:
"""


def parse_toy_resources(text: str) -> tuple[Resource, ...]:
    """Parse the resources of the toy document."""
    document = parse_document(PATHS_YAML + text, "r.yaml")
    return parse_resources(document, parse_operations(document.value))


def test_resource_with_all_fields() -> None:
    """Every declared field of a resource is in the value."""
    (resource,) = parse_toy_resources("""
  b: {identity: /id, equal: [/id, /x], items: /items, mark: /name, parent: {parameter: p, field: /p,
      unknown: 403, x-source: S}, create: make, list: list, read: see, delete: end, unknown: 410,
      switches: [{field: /up, on: up, off: down, idempotent: true, x-source: T}],
      unspecified: [{field: /f, when: {const: 1}}], x-source: U}
""")
    assert (
        resource.name,
        resource.identity_pointer,
        resource.id_parameter,
        resource.equal_pointers,
        resource.items_pointer,
        resource.mark_pointer,
        resource.not_found_status,
        resource.source,
    ) == ("b", "/id", "id", ("/id", "/x"), "/items", "/name", 410, "U")
    assert resource.parent is not None
    assert (
        resource.parent.parameter,
        resource.parent.field,
        resource.parent.not_found_status,
        resource.parent.source,
    ) == ("p", "/p", 403, "S")
    assert resource.operation_ids_by_role == {
        "create": "make",
        "list": "list",
        "read": "see",
        "delete": "end",
        "on /up": "up",
        "off /up": "down",
    }
    assert resource.item_operation_ids == ("see", "end", "up", "down")
    assert (
        resource.switches[0].field,
        resource.switches[0].idempotent,
        resource.switches[0].source,
        resource.unspecified_fields[0].field,
        resource.unspecified_fields[0].condition,
    ) == ("/up", True, "T", "/f", {"const": 1})


def test_minimal_resource() -> None:
    """Undeclared fields have their defaults."""
    (resource,) = parse_toy_resources(
        "  b: {identity: /id, items: /items, parent: {parameter: p}, delete: end}\n"
    )
    assert resource.parent is not None
    assert (
        resource.not_found_status,
        resource.parent.not_found_status,
        resource.mark_pointer,
        resource.id_parameter,
        resource.equal_pointers,
        resource.switches,
        resource.unspecified_fields,
    ) == (404, 404, None, "id", (), (), ())
    (create_only_resource,) = parse_toy_resources(
        "  b: {identity: /id, items: /items, create: make}\n"
    )
    assert (
        create_only_resource.id_parameter,
        create_only_resource.parent,
        create_only_resource.operation_ids_by_role,
        create_only_resource.item_operation_ids,
    ) == (None, None, {"create": "make"}, ())


@pytest.mark.parametrize(
    ("text", "message", "pointer"),
    [
        ("  b: {items: /i}\n", "the resource b lacks identity", "/x-resources/b"),
        ("  b: {identity: /i}\n", "the resource b lacks items", "/x-resources/b"),
        (
            "  b: {identity: /i, items: /i, create: mkae}\n",
            "the resource b has no operation 'mkae' for create",
            "/x-resources/b/create",
        ),
        (
            "  b: {identity: /i, items: /i, switches: [{field: /x, on: up, off: nope}]}\n",
            "the resource b has no operation 'nope' for switches/0/off",
            "/x-resources/b/switches/0/off",
        ),
    ],
)
def test_invalid_resource(text: str, message: str, pointer: str) -> None:
    """A resource that lacks a field, or names no operation, is an error at its line."""
    (problem,) = get_problems(lambda: parse_toy_resources(text))
    assert (message, pointer, "r.yaml", 15) == (
        problem.message,
        problem.pointer,
        problem.file,
        problem.line,
    )


def test_hint_lists_the_operations() -> None:
    """The hint for a misspelled operation lists the known ones."""
    (problem,) = get_problems(
        lambda: parse_toy_resources("  b: {identity: /i, items: /i, create: mkae}\n")
    )
    assert problem.hint == "roles name an operationId; known are down, end, list, make, see, up"


def test_all_problems_are_reported() -> None:
    """Several errors of several resources are reported together."""
    assert (
        len(
            get_problems(
                lambda: parse_toy_resources(
                    "  b: {create: x}\n  c: {identity: /i, items: /i, list: y}\n"
                )
            )
        )
        == 4
    )


def test_body_item_id_references() -> None:
    """References are parsed by name.

    A reference to items that can be created first names their resource.
    """
    references = parse_body_item_id_references(
        {"x-references": {"a": {"body": "/a"}, "b": {"body": "/b", "resource": "r"}}}
    )
    assert (
        BodyItemIdReference(name="a", body_pointer="/a", resource=None),
        BodyItemIdReference(name="b", body_pointer="/b", resource="r"),
    ) == references
    assert parse_body_item_id_references({}) == ()
