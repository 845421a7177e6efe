"""What a resource promises over its life: made, listed, read, kept, replaced, switched, deleted,
and nothing else touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from conformance.contract.claim import Draft, Promise
from conformance.contract.json import Json
from conformance.contract.operation import Operation, properties
from conformance.contract.resource import Resource, Switch
from conformance.contract.statement import Register


class Way(StrEnum):
    """The two ways of a switch."""

    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What was created is in the list, once."""

    kind: ClassVar[str] = "living.listed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answer to the creation repeats field `name` as it was sent."""

    kind: ClassVar[str] = "living.answered"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Field `name` reads back as it was sent on creation."""

    kind: ClassVar[str] = "living.kept"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """Two creations, even of the same content, make two things with different identities."""

    kind: ClassVar[str] = "living.fresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agrees:
    """Item pointers that always hold the same value."""

    kind: ClassVar[str] = "living.agrees"
    pointers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongs:
    """Each item that a parent's list holds names that parent; what is made in one parent is not in
    another's list.
    """

    kind: ClassVar[str] = "living.belongs"
    isolated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadsAsListed:
    """Reading one item gives what the list gives."""

    kind: ClassVar[str] = "living.read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """After a replacement (or change), field `name` reads back as sent."""

    kind: ClassVar[str] = "living.replaced"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Untouched:
    """The operation leaves the other fields of the item, and the other items, as they were."""

    kind: ClassVar[str] = "living.untouched"
    neighbours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What was deleted is in no list and cannot be read."""

    kind: ClassVar[str] = "living.gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The operation on an identity that does not exist is answered with `status`; with `parent`, on
    a parent that does not exist.
    """

    kind: ClassVar[str] = "living.unknown"
    status: int
    parent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Harmless:
    """A refused request changes nothing."""

    kind: ClassVar[str] = "living.harmless"


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched:
    """The operation sets the switch's field; `twice`: done again it succeeds again and changes
    nothing.
    """

    kind: ClassVar[str] = "living.switched"
    switch: Switch
    way: Way
    twice: bool


def drafts(
    resource: Resource, operations: dict[str, Operation], document: Json, register: Register
) -> Iterator[Draft]:
    """Yield what the life of one resource promises."""
    source = resource.source

    def draft(
        operation: str, end: str, text: str, promise: Promise, ids: tuple[str, ...] | None
    ) -> Draft:
        return Draft(
            id=f"{operation}/{end}",
            operation=operation,
            text=text,
            promise=promise,
            pointer=resource.pointer,
            ids=ids,
        )

    create = operations[resource.create] if resource.create else None
    if create and create.body:
        if resource.list:
            yield draft(
                create.id,
                "listed",
                "What was created is in the list, once.",
                Listed(),
                register.cite(source, "listed"),
            )
        answer = properties(document, create.success.schema or {})
        for name, (node, _) in properties(document, create.body.schema).items():
            text = f"{name} reads back as it was sent."
            yield draft(
                create.id,
                f"body/{name}/kept",
                text,
                Kept(name=name),
                register.cite(node.get("x-source") or {}, "kept"),
            )
            if name in answer:
                text = f"The answer to the creation repeats {name} as it was sent."
                yield draft(
                    create.id,
                    f"body/{name}/answered",
                    text,
                    Answered(name=name),
                    register.cite(source, "answered"),
                )
        yield draft(
            create.id,
            "fresh",
            "Two creations make two things with different identities.",
            Fresh(),
            register.cite(source, "distinct"),
        )
    lister = operations[resource.list] if resource.list else None
    if lister and resource.same:
        text = f"{' and '.join(resource.same)} of an item are the same."
        yield draft(
            lister.id, "same", text, Agrees(pointers=resource.same), register.cite(source, "same")
        )
    if lister and resource.parent:
        cited = register.cite(resource.parent.source, "belongs")
        if resource.parent.field:
            yield draft(
                lister.id,
                "belongs",
                f"Each item names the {resource.parent.parameter} it was asked of.",
                Belongs(isolated=False),
                cited,
            )
        yield draft(
            lister.id,
            "isolated",
            f"What is in one {resource.parent.parameter} is not in another's list.",
            Belongs(isolated=True),
            cited,
        )
    if resource.read and resource.list:
        yield draft(
            resource.read,
            "as-listed",
            "Reading one item gives what the list gives.",
            ReadsAsListed(),
            register.cite(source, "read"),
        )
    for role in ("replace", "change"):
        yield from _replaced(role, resource, operations, document, register)
    if resource.delete:
        yield draft(
            resource.delete,
            "gone",
            "What was deleted is in no list and cannot be read.",
            Gone(),
            register.cite(source, "gone"),
        )
    yield from _switched(resource, register)
    yield from _everywhere(resource, operations, register)


def _replaced(
    role: str,
    resource: Resource,
    operations: dict[str, Operation],
    document: Json,
    register: Register,
) -> Iterator[Draft]:
    id = getattr(resource, role)
    if id is None or (body := operations[id].body) is None:
        return
    for name in properties(document, body.schema):
        yield Draft(
            id=f"{id}/body/{name}/{role}d",
            operation=id,
            text=f"After the update, {name} reads back as sent.",
            promise=Replaced(name=name),
            pointer=resource.pointer,
            ids=register.cite(resource.source, f"{role}d"),
        )


def _switched(resource: Resource, register: Register) -> Iterator[Draft]:
    for switch in resource.switches:
        for way in Way:
            id, name = getattr(switch, way), switch.field[1:]
            text = f"It {'sets' if way is Way.ON else 'clears'} {name}."
            ids = register.cite(switch.source, way)
            promise = Switched(switch=switch, way=way, twice=False)
            yield Draft(
                id=f"{id}/switches{switch.field}",
                operation=id,
                text=text,
                promise=promise,
                pointer=resource.pointer,
                ids=ids,
            )
            if switch.idempotent:
                text = "Done twice, it succeeds twice and is as good as once."
                ids = register.cite(switch.source, f"twice-{way}")
                promise = Switched(switch=switch, way=way, twice=True)
                yield Draft(
                    id=f"{id}/twice",
                    operation=id,
                    text=text,
                    promise=promise,
                    pointer=resource.pointer,
                    ids=ids,
                )


def _everywhere(
    resource: Resource, operations: dict[str, Operation], register: Register
) -> Iterator[Draft]:
    at = resource.pointer
    for id in dict.fromkeys(resource.roles.values()):
        operation = operations[id]
        if resource.parent and (response := operation.response(resource.parent.unknown)):
            text = (
                f"A {resource.parent.parameter} that does not exist is answered with"
                f" {resource.parent.unknown}."
            )
            promise = Unknown(status=resource.parent.unknown, parent=True)
            ids = register.cite(response.source, "status")
            yield Draft(
                id=f"{id}/{resource.parent.parameter}/unknown",
                operation=id,
                text=text,
                promise=promise,
                pointer=response.pointer,
                ids=ids,
            )
        if (
            id in resource.on_items
            and resource.key
            and (response := operation.response(resource.unknown))
        ):
            text = f"A {resource.key} that does not exist is answered with {resource.unknown}."
            promise = Unknown(status=resource.unknown, parent=False)
            ids = register.cite(resource.source, "unknown", id) or register.cite(
                response.source, "status"
            )
            yield Draft(
                id=f"{id}/{resource.key}/unknown",
                operation=id,
                text=text,
                promise=promise,
                pointer=response.pointer,
                ids=ids,
            )
        if operation.reads_only:
            continue
        if id in resource.on_items:
            for neighbours in (False, True):
                what = "other items" if neighbours else "other fields of the item"
                end = "neighbours-untouched" if neighbours else "fields-untouched"
                if id == resource.delete and not neighbours:
                    continue
                ids = register.cite(resource.source, "unchanged", id)
                text = f"It leaves the {what} as they were."
                yield Draft(
                    id=f"{id}/{end}",
                    operation=id,
                    text=text,
                    promise=Untouched(neighbours=neighbours),
                    pointer=at,
                    ids=ids,
                )
        if operation.body:
            ids = register.cite(resource.source, "refused", id)
            yield Draft(
                id=f"{id}/refused-does-nothing",
                operation=id,
                text="A refused request changes nothing.",
                promise=Harmless(),
                pointer=at,
                ids=ids,
            )
