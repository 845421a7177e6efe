"""`x-resources`: things with an identity that operations create, list, read, replace, change,
delete and switch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.operation import Location, Operation
from conformance.contract.pointer import join
from conformance.errors import ContractError, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The path parameter that names the parent, the item pointer that repeats it, and the status
    for one that does not exist.
    """

    parameter: str
    field: str | None
    unknown: int
    source: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A boolean state `field` that operation `on` sets and `off` clears."""

    field: str
    on: str
    off: str
    idempotent: bool
    source: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """While an item is valid against `when`, the documents do not say what its `field` holds."""

    field: str
    when: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind of thing. `identity`, `mark` and `same` are item pointers, `items` leads into the
    list answer; roles are operation ids.

    `mark` is the text field that may carry a mark of who made it; `key` is the path parameter that
    takes the identity. `unknown` is the status for an identity that does not exist. `guessed`: no
    person has confirmed what is said here.
    """

    name: str
    identity: str
    key: str | None
    same: tuple[str, ...]
    items: str
    mark: str | None
    parent: Parent | None
    create: str | None
    list: str | None
    read: str | None
    replace: str | None
    change: str | None
    delete: str | None
    unknown: int
    switches: tuple[Switch, ...]
    open: tuple[Open, ...]
    pointer: str
    source: Json
    guessed: bool = False

    @property
    def roles(self) -> Mapping[str, str]:
        """Return the operation ids by role, those that the resource has."""
        named = {
            role: getattr(self, role)
            for role in ("create", "list", "read", "replace", "change", "delete")
        }
        switched = {
            f"{way} {switch.field}": getattr(switch, way)
            for switch in self.switches
            for way in ("on", "off")
        }
        return {role: id for role, id in {**named, **switched}.items() if id is not None}

    @property
    def on_items(self) -> tuple[str, ...]:
        """Return the operations that name one item."""
        return tuple(id for role, id in self.roles.items() if role not in ("create", "list"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Body values (at `body`) that must be ids of things that exist on a real server; `resource` is
    set when they can be made first.
    """

    name: str
    body: str
    resource: str | None


def parse(document: Document, operations: tuple[Operation, ...]) -> tuple[Resource, ...]:
    """Return the resources of a document.

    Raises ContractError for a role that names no operation and for a resource without identity or
    items.
    """
    known = {operation.id: operation for operation in operations}
    found, problems = [], list[Problem]()
    for name, node in document.value.get("x-resources", {}).items():
        at = join("/x-resources", name)
        for key in ("identity", "items"):
            if key not in node:
                problems.append(document.problem(f"the resource {name} lacks {key}", at))
        switches = node.get("switches", ())
        named = {
            role: node[role]
            for role in ("create", "list", "read", "replace", "change", "delete")
            if role in node
        }
        named |= {
            f"switches/{number}/{way}": switch.get(way)
            for number, switch in enumerate(switches)
            for way in ("on", "off")
        }
        for role, id in named.items():
            if id not in known:
                hint = "roles name an operationId; known are " + ", ".join(sorted(known))
                problems.append(
                    document.problem(
                        f"the resource {name} has no operation {id!r} for {role}",
                        f"{at}/{role}",
                        hint,
                    )
                )
        if not problems:
            found.append(_resource(name, node, at, known))
    if problems:
        raise ContractError(*problems)
    return tuple(found)


def _resource(name: str, node: Json, at: str, known: Mapping[str, Operation]) -> Resource:
    parent = node.get("parent")
    single = next(
        (node[role] for role in ("read", "replace", "change", "delete") if role in node), None
    )
    taken = parent["parameter"] if parent else None
    path = (
        [
            p.name
            for p in known[single].parameters
            if p.location is Location.PATH and p.name != taken
        ]
        if single
        else []
    )
    return Resource(
        name=name,
        identity=node["identity"],
        key=path[-1] if path else None,
        same=tuple(node.get("same", ())),
        items=node["items"],
        mark=node.get("mark"),
        parent=(
            Parent(
                parameter=parent["parameter"],
                field=parent.get("field"),
                unknown=parent.get("unknown", 404),
                source=parent.get("x-source"),
            )
            if parent
            else None
        ),
        create=node.get("create"),
        list=node.get("list"),
        read=node.get("read"),
        replace=node.get("replace"),
        change=node.get("change"),
        delete=node.get("delete"),
        unknown=node.get("unknown", 404),
        switches=tuple(
            Switch(
                field=one["field"],
                on=one["on"],
                off=one["off"],
                idempotent=one.get("idempotent", False),
                source=one.get("x-source"),
            )
            for one in node.get("switches", ())
        ),
        open=tuple(Open(field=one["field"], when=one["when"]) for one in node.get("open", ())),
        pointer=at,
        source=node.get("x-source"),
        guessed="x-guess" in node,
    )


def references(document: Json) -> tuple[Reference, ...]:
    """Return what `x-references` lists."""
    return tuple(
        Reference(name=name, body=node["body"], resource=node.get("resource"))
        for name, node in document.get("x-references", {}).items()
    )
