"""Resources and references."""

from __future__ import annotations

import pytest

from conformance.contract.operation import parse_operations as operations
from conformance.contract.resource import (
    BodyItemIdReference,
    Resource,
    parse_body_item_id_references,
    parse_resources,
)

from .toy import problems, read

PATHS = """
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


def made(text: str) -> tuple[Resource, ...]:
    """Return the resources of a document."""
    document = read(PATHS + text, "r.yaml")
    return parse_resources(document, operations(document.value))


def test_resource_in_full() -> None:
    """Everything that is said of a resource is in the value."""
    (found,) = made("""
  b: {identity: /id, equal: [/id, /x], items: /items, mark: /name, parent: {parameter: p, field: /p,
      unknown: 403, x-source: S}, create: make, list: list, read: see, delete: end, unknown: 410,
      switches: [{field: /up, on: up, off: down, idempotent: true, x-source: T}],
      unspecified: [{field: /f, when: {const: 1}}], x-source: U}
""")
    assert (
        found.name,
        found.identity_pointer,
        found.id_parameter,
        found.equal_pointers,
        found.items_pointer,
        found.mark_pointer,
        found.not_found_status,
        found.source,
    ) == ("b", "/id", "id", ("/id", "/x"), "/items", "/name", 410, "U")
    assert found.parent is not None
    assert (
        found.parent.parameter,
        found.parent.field,
        found.parent.not_found_status,
        found.parent.source,
    ) == ("p", "/p", 403, "S")
    assert found.operation_ids_by_role == {
        "create": "make",
        "list": "list",
        "read": "see",
        "delete": "end",
        "on /up": "up",
        "off /up": "down",
    }
    assert found.item_operation_ids == ("see", "end", "up", "down")
    assert (
        found.switches[0].field,
        found.switches[0].idempotent,
        found.switches[0].source,
        found.unspecified_fields[0].field,
        found.unspecified_fields[0].condition,
    ) == ("/up", True, "T", "/f", {"const": 1})


def test_resource_with_little() -> None:
    """What is not said has its default."""
    (found,) = made("  b: {identity: /id, items: /items, parent: {parameter: p}, delete: end}\n")
    assert found.parent is not None
    assert (
        found.not_found_status,
        found.parent.not_found_status,
        found.mark_pointer,
        found.id_parameter,
        found.equal_pointers,
        found.switches,
        found.unspecified_fields,
    ) == (404, 404, None, "id", (), (), ())
    (bare,) = made("  b: {identity: /id, items: /items, create: make}\n")
    assert (
        bare.id_parameter,
        bare.parent,
        bare.operation_ids_by_role,
        bare.item_operation_ids,
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
def test_refused(text: str, message: str, pointer: str) -> None:
    """A resource that lacks something, or names no operation, is refused at its line."""
    (problem,) = problems(lambda: made(text))
    assert (message, pointer, "r.yaml", 15) == (
        problem.message,
        problem.pointer,
        problem.file,
        problem.line,
    )


def test_hint_names_the_operations() -> None:
    """A misspelled role is met with what there is."""
    (problem,) = problems(lambda: made("  b: {identity: /i, items: /i, create: mkae}\n"))
    assert problem.hint == "roles name an operationId; known are down, end, list, make, see, up"


def test_all_mistakes_are_told() -> None:
    """Several mistakes, of several resources, are shown together."""
    assert (
        len(problems(lambda: made("  b: {create: x}\n  c: {identity: /i, items: /i, list: y}\n")))
        == 4
    )


def test_references() -> None:
    """References are by name; those that can be made first name a resource."""
    found = parse_body_item_id_references(
        {"x-references": {"a": {"body": "/a"}, "b": {"body": "/b", "resource": "r"}}}
    )
    assert (
        BodyItemIdReference(name="a", body_pointer="/a", resource=None),
        BodyItemIdReference(name="b", body_pointer="/b", resource="r"),
    ) == found
    assert parse_body_item_id_references({}) == ()
