"""A contract: one API's promises as one immutable value."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from conformance.contract import (
    answering,
    authorising,
    distinguishing,
    echoing,
    filtering,
    living,
    marking,
    overriding,
    paging,
    responding,
    retrying,
    sorting,
    tolerating,
    upgrade,
    validity,
    writing,
)
from conformance.contract import operation as operations_of
from conformance.contract import pointer as pointers
from conformance.contract import resource as resources_of
from conformance.contract.claim import Claim, Draft
from conformance.contract.document import Document, Place
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.resource import Reference, Resource
from conformance.contract.statement import Register
from conformance.errors import ContractError, Problem

Behaviour = (
    sorting.Sorts
    | filtering.Globs
    | filtering.States
    | filtering.Queries
    | overriding.Overrides
    | paging.Paginates
    | echoing.Echoes
    | distinguishing.Distinct
    | tolerating.Tolerates
    | retrying.Retries
)

PARSERS = {
    "sorts": sorting.parse,
    "filters": filtering.parse,
    "overrides": overriding.parse,
    "paginates": paging.parse,
    "echoes": echoing.parse,
    "distinct": distinguishing.parse,
    "tolerates": tolerating.parse,
    "retries": retrying.parse,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One API's promises. `digest` identifies them: it changes when any document, overlay or
    statement does.

    `document` is the OpenAPI document after overlays; schemas in it may hold local references.
    `behaviours` are by operation id.
    """

    name: str
    revision: str
    readings: tuple[str, ...]
    digest: str
    document: Json
    places: Mapping[str, Place]
    register: Register
    operations: Mapping[str, Operation]
    behaviours: Mapping[str, tuple[Behaviour, ...]]
    resources: tuple[Resource, ...]
    references: tuple[Reference, ...]
    claims: tuple[Claim, ...]

    @property
    def title(self) -> str:
        """Return the API's title."""
        return str(self.document["info"]["title"])

    @property
    def servers(self) -> tuple[str, ...]:
        """Return the documented server URLs."""
        return tuple(server["url"] for server in self.document.get("servers", ()))

    @property
    def scopes(self) -> tuple[str, ...]:
        """Return every scope that any operation lists, in order of appearance."""
        return tuple(
            dict.fromkeys(
                scope for operation in self.operations.values() for scope in operation.scopes or ()
            )
        )

    @property
    def documents(self) -> tuple[str, ...]:
        """Return the ids of the vendor documents that this edition of the contract stands on."""
        return tuple(self.document["info"].get("x-documents", self.register.sources))

    def of(self, operation: str, kind: type[Behaviour]) -> Behaviour | None:
        """Return the operation's behaviour of that type."""
        return next(
            (
                behaviour
                for behaviour in self.behaviours.get(operation, ())
                if isinstance(behaviour, kind)
            ),
            None,
        )

    def resource_of(self, operation: str) -> Resource | None:
        """Return the resource in which the operation has a role."""
        return next(
            (resource for resource in self.resources if operation in resource.roles.values()), None
        )

    def resource(self, name: str) -> Resource:
        """Return the resource of that name."""
        return next(resource for resource in self.resources if resource.name == name)

    def place(self, pointer: str) -> Place | None:
        """Return file and line of the document's element at `pointer`."""
        return Document(value=None, places=self.places).place(pointer)


def build(
    name: str,
    document: Document,
    register: Register,
    revision: str | None = None,
    readings: tuple[str, ...] = (),
    *,
    check: Callable[[Document], None] = validity.check,
) -> Contract:
    """Return the contract that a document (overlays applied, references bundled) and a register
    make, once `check` has let the document pass.

    Raises ContractError, with file, line and pointer, when the document is not valid OpenAPI, names
    an unknown behaviour or statement, or gives two claims one id.
    """
    document = upgrade.upgraded(document)
    check(document)
    _check_shapes(document)
    operations = {operation.id: operation for operation in operations_of.parse(document.value)}
    resources = marking.checked(
        document, resources_of.parse(document, tuple(operations.values())), operations
    )
    behaviours = {
        id: tuple(_behaviours(operation, document)) for id, operation in operations.items()
    }
    scopes = tuple(
        dict.fromkeys(
            scope for operation in operations.values() for scope in operation.scopes or ()
        )
    )
    drafts = [
        draft
        for operation in operations.values()
        if not operation.means_only and operation.succeeds
        for draft in [
            *answering.drafts(operation, register),
            *writing.drafts(operation, document.value, register),
            *responding.drafts(operation, register),
            *authorising.drafts(operation, scopes, register),
            *_behaviour_drafts(operation, behaviours[operation.id], register),
        ]
    ]
    living_drafts = (
        draft
        for resource in resources
        for draft in living.drafts(resource, operations, document.value, register)
    )
    drafts += [draft for draft in living_drafts if not operations[draft.operation].means_only]
    order = list(operations)
    drafts.sort(key=lambda draft: order.index(draft.operation))
    return Contract(
        name=name,
        revision=revision or str(document.value["info"].get("version", "")),
        readings=readings,
        digest=_digest(document.value, register),
        document=document.value,
        places=document.places,
        register=register,
        operations=operations,
        behaviours=behaviours,
        resources=resources,
        references=resources_of.references(document.value),
        claims=_claims(drafts, document, register),
    )


SHAPES = {
    "x-behaviours": list,
    "x-resources": dict,
    "x-references": dict,
    "x-refused": list,
    "x-refusals": dict,
    "x-examples": list,
    "x-similar": list,
    "x-documents": list,
}


def _check_shapes(document: Document) -> None:
    problems = []
    for at, node in pointers.walk(document.value):
        for key, shape in SHAPES.items():
            if isinstance(node, dict) and key in node and not isinstance(node[key], shape):
                problems.append(
                    document.problem(
                        f"{key} is a {'list' if shape is list else 'mapping'}",
                        pointers.join(at, key),
                    )
                )
    if problems:
        raise ContractError(*problems)


def _behaviours(operation: Operation, document: Document) -> Iterator[Behaviour]:
    for word, pointer, node in operation.behaviours:
        if word not in PARSERS:
            raise ContractError(
                document.problem(
                    f"{word!r} is not a behaviour", pointer, "known are " + ", ".join(PARSERS)
                )
            )
        try:
            yield PARSERS[word](node, pointer)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ContractError(
                document.problem(f"the behaviour {word} lacks or misuses {error}", pointer)
            ) from error


def _behaviour_drafts(
    operation: Operation, behaviours: tuple[Behaviour, ...], register: Register
) -> Iterator[Draft]:
    for behaviour in behaviours:
        match behaviour:
            case sorting.Sorts():
                yield from sorting.drafts(operation, behaviour, register)
            case filtering.Globs() | filtering.States() | filtering.Queries():
                yield from filtering.drafts(operation, behaviour, register)
            case overriding.Overrides():
                yield from overriding.drafts(operation, behaviour, register)
            case paging.Paginates():
                yield from paging.drafts(operation, behaviour, register)
            case echoing.Echoes():
                yield from echoing.drafts(operation, behaviour, register)
            case distinguishing.Distinct():
                yield from distinguishing.drafts(operation, behaviour, register)
            case tolerating.Tolerates():
                yield from tolerating.drafts(operation, behaviour, register)
            case retrying.Retries():
                pass  # a duty of the caller: tested on the generated client


def _claims(drafts: list[Draft], document: Document, register: Register) -> tuple[Claim, ...]:
    problems: list[Problem] = []
    found: dict[str, Claim] = {}
    for draft in drafts:
        if draft.ids is None:
            continue
        unknown = [id for id in draft.ids if id.rstrip("?") not in register.statements]
        if unknown and register.kept:
            hint = "add it to statements.yaml or correct the citation"
            problems.append(
                document.problem(
                    f"{draft.id} cites an unknown statement: {', '.join(unknown)}",
                    draft.pointer,
                    hint,
                )
            )
            continue
        if draft.id in found:
            problems.append(document.problem(f"two claims have the id {draft.id}", draft.pointer))
            continue
        found.update((claim.id, claim) for claim in draft.claim(register))
    problems += [
        document.problem(f"the citation {id} is in no register", at)
        for at, id in citations(document.value)
        if register.kept and id not in register.statements
    ]
    if problems:
        raise ContractError(*problems)
    return tuple(found.values())


def citations(document: Json) -> Iterator[tuple[str, str]]:
    """Yield every statement id that an `x-source` of the document names, with the pointer of that
    `x-source`.
    """
    for at, node in pointers.walk(document):
        if isinstance(node, dict) and "x-source" in node:
            for _, leaf in pointers.walk(node["x-source"]):
                if isinstance(leaf, str):
                    yield at, leaf.rstrip("?")


def _digest(document: Json, register: Register) -> str:
    statements = [[s.id, s.basis, s.text] for s in register.statements.values()]
    text = json.dumps([document, statements], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
