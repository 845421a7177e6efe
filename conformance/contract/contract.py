"""A contract: the promises of one API as one value; checks the form of its `x-` keywords."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from conformance.contract import (
    authorization,
    lifecycle,
    mark_field,
    ownership,
    request_bodies,
    requests,
    responses,
    upgrade,
    validity,
)
from conformance.contract import operation as operation_parser
from conformance.contract import pointer as pointers
from conformance.contract import resource as resource_parser
from conformance.contract.behavior import Behavior
from conformance.contract.behavior_registry import load_behavior_kinds
from conformance.contract.claim import Claim, ClaimDraft
from conformance.contract.derived import DerivedValues
from conformance.contract.discriminator import write_out_discriminators
from conformance.contract.document import Document, SourcePosition
from conformance.contract.json import Json
from conformance.contract.language import check_language
from conformance.contract.operation import Operation
from conformance.contract.resource import BodyItemIdReference, Resource
from conformance.contract.schema import Schema
from conformance.contract.security import (
    ScopeHierarchy,
    SecurityScheme,
    parse_scope_hierarchy,
    parse_security_schemes,
)
from conformance.contract.server import (
    ApiServer,
    is_loopback_host,
    parse_own_servers,
    parse_servers,
)
from conformance.contract.statements import Statements
from conformance.contract.word import find_nearest
from conformance.errors import ContractError, Problem

B = TypeVar("B", bound=Behavior)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The promises of one API.

    `document` is the OpenAPI document after overlays; its schemas may contain local references.
    `digest` identifies the contract: it changes if the document, an overlay or a statement changes.
    `positions` maps JSON pointers to file and line. `operations` and `behaviors` are keyed by
    operation id, and so is `own_servers`: the servers that an operation or its path has instead of
    `api_servers`.
    """

    name: str
    revision: str
    interpretations: tuple[str, ...]
    digest: str
    document: Json
    positions: Mapping[str, SourcePosition]
    statements: Statements
    operations: Mapping[str, Operation]
    behaviors: Mapping[str, tuple[Behavior, ...]]
    api_servers: tuple[ApiServer, ...]
    own_servers: Mapping[str, tuple[ApiServer, ...]]
    security_schemes: Mapping[str, SecurityScheme]
    scope_hierarchy: ScopeHierarchy
    resources: tuple[Resource, ...]
    body_references: tuple[BodyItemIdReference, ...]
    claims: tuple[Claim, ...]
    derived: DerivedValues = field(
        default_factory=DerivedValues, init=False, repr=False, compare=False
    )

    def get_schema(self, node: Json) -> Schema:
        """Return a schema whose references lead into the document; equal ones are one."""
        return self.derived.get(("schema", repr(node)), lambda: Schema(self.document, node))

    @property
    def title(self) -> str:
        """Return the API's title."""
        return str(self.document["info"]["title"])

    @property
    def servers(self) -> tuple[str, ...]:
        """Return the documented server URLs, with the defaults of their variables."""
        return tuple(server.url for server in self.api_servers)

    def is_production_host(self, host: str) -> bool:
        """Tell whether any documented server can mean a host that is not this machine."""
        every_server = [*self.api_servers, *itertools.chain(*self.own_servers.values())]
        return not is_loopback_host(host) and any(
            server.can_mean_host(host) for server in every_server
        )

    @property
    def base_path(self) -> str:
        """Return the path of the first documented server, without a trailing slash."""
        return self.api_servers[0].base_path if self.api_servers else ""

    @property
    def scopes(self) -> tuple[str, ...]:
        """Return all scopes that any operation lists, in order of appearance."""
        return tuple(
            dict.fromkeys(
                scope
                for operation in self.operations.values()
                if operation.requires_credentials
                for scope in operation.scopes
            )
        )

    @property
    def document_ids(self) -> tuple[str, ...]:
        """Return the ids of the vendor documents on which this revision is based."""
        return tuple(self.document["info"].get("x-documents", self.statements.documents))

    def find_behavior(self, operation: str, kind: type[B]) -> B | None:
        """Return the operation's first behavior of the type `kind`, or None."""
        return next(iter(self.list_behaviors(operation, kind)), None)

    def list_behaviors(self, operation: str, kind: type[B]) -> list[B]:
        """Return the operation's behaviors of the type `kind`."""
        return [
            behavior for behavior in self.behaviors.get(operation, ()) if isinstance(behavior, kind)
        ]

    def list_distinct_item_pointers(self, operation: str) -> list[str]:
        """Return the pointers of item fields that the operation's behaviors speak of."""
        kinds = {value: kind for kind in load_behavior_kinds().values() for value in kind.values}
        return [
            pointer
            for behavior in self.behaviors.get(operation, ())
            for pointer in kinds[type(behavior)].list_item_pointers(behavior)
        ]

    def resource_for(self, operation: str) -> Resource | None:
        """Return the resource in which the operation has a role, or None."""
        return next(
            (
                resource
                for resource in self.resources
                if operation in resource.operation_ids_by_role.values()
            ),
            None,
        )

    def resource(self, name: str) -> Resource:
        """Return the resource with that name.

        Raises StopIteration if there is none.
        """
        return next(resource for resource in self.resources if resource.name == name)

    def list_reference_id_types(self, name: str) -> tuple[str, ...]:
        """Return the JSON types that the schemas allow for ids of a reference.

        `name` is the name of a body reference or the parameter of a parent. The result is empty if
        no schema says a type.
        """
        types = set[str]()
        pointers_in_bodies = [
            reference.body_pointer for reference in self.body_references if reference.name == name
        ]
        for operation in self.operations.values():
            parameter = operation.parameter(name)
            schemas = [parameter.schema if parameter else None]
            if operation.body:
                schemas += [
                    operation.body.schema.find_property(pointers.tokens(pointer))
                    for pointer in pointers_in_bodies
                ]
            for schema in schemas:
                types |= set(schema.scalar_types if schema else ())
        return tuple(sorted(types))

    def position_of(self, pointer: str) -> SourcePosition | None:
        """Return the file and line of the document's element at `pointer`."""
        return Document(value=None, positions=self.positions).position_of(pointer)


def build_contract(
    name: str,
    document: Document,
    statements: Statements,
    revision: str | None = None,
    interpretations: tuple[str, ...] = (),
    *,
    validate: Callable[[Document], None] = validity.validate_openapi_document,
) -> Contract:
    """Return the contract that a document and its statements describe.

    Overlays must be applied and references bundled before. `validate` checks the document and
    raises ContractError if it is invalid.

    Raises ContractError, with file, line and pointer, if the document is not valid OpenAPI, names
    an unknown behavior or statement, or gives two claims the same id.
    """
    document = upgrade.upgrade_document(document)
    validate(document)
    check_language(document)
    operations = {
        operation.id: operation
        for operation in operation_parser.parse_operations(write_out_discriminators(document.value))
    }
    resources = mark_field.validate_or_remove_mark_fields(
        document, resource_parser.parse_resources(document, tuple(operations.values())), operations
    )
    behaviors = {
        operation_id: tuple(_parse_operation_behaviors(operation, document))
        for operation_id, operation in operations.items()
    }
    scopes = tuple(
        dict.fromkeys(
            scope
            for operation in operations.values()
            if operation.requires_credentials
            for scope in operation.scopes
        )
    )
    own_servers = parse_own_servers(document)
    security_schemes = parse_security_schemes(document)
    scope_hierarchy = parse_scope_hierarchy(document)
    _check_security_names(operations.values(), security_schemes, document)
    drafts = [
        draft
        for operation in operations.values()
        if not operation.auxiliary and operation.documents_success
        for draft in [
            *requests.derive_request_claims(operation, statements),
            *request_bodies.derive_request_body_claims(operation, statements),
            *responses.derive_response_claims(operation, statements),
            *authorization.derive_authorization_claims(
                operation, scopes, security_schemes, scope_hierarchy, statements
            ),
            *_mark_guesses(
                _derive_behavior_claims(operation, behaviors[operation.id], statements),
                document.value,
            ),
        ]
    ]
    lifecycle_drafts = (
        replace(draft, is_guess=draft.is_guess or resource.guessed)
        for resource in resources
        for draft in (
            *lifecycle.derive_lifecycle_claims(resource, operations, statements),
            *ownership.derive_ownership_claims(resource, operations, statements),
        )
    )
    drafts += [draft for draft in lifecycle_drafts if not operations[draft.operation].auxiliary]
    operation_order = list(operations)
    drafts.sort(key=lambda draft: operation_order.index(draft.operation))
    return Contract(
        name=name,
        revision=revision or str(document.value["info"].get("version", "")),
        interpretations=interpretations,
        digest=_compute_digest(document.value, statements),
        document=document.value,
        positions=document.positions,
        statements=statements,
        operations=operations,
        behaviors=behaviors,
        api_servers=parse_servers(document),
        own_servers={
            operation.id: own_servers[operation.pointer]
            for operation in operations.values()
            if operation.pointer in own_servers
        },
        security_schemes=security_schemes,
        scope_hierarchy=scope_hierarchy,
        resources=resources,
        body_references=resource_parser.parse_body_item_id_references(document.value),
        claims=_build_claims_from_drafts(drafts, document, statements),
    )


def _check_security_names(
    operations: Iterable[Operation], schemes: Mapping[str, SecurityScheme], document: Document
) -> None:
    problems = []
    for operation in operations:
        for name in operation.security_scheme_names:
            if name not in schemes:
                node = pointers.get_at_pointer(document.value, operation.pointer)
                pointer = operation.pointer if "security" in node else ""
                problems.append(
                    document.problem_at(
                        f"security names the scheme {name!r}, which"
                        " components/securitySchemes does not declare",
                        pointers.join(pointer, "security"),
                        "known are " + (", ".join(schemes) or "none"),
                    )
                )
    if problems:
        raise ContractError(*dict.fromkeys(problems))


def _parse_operation_behaviors(operation: Operation, document: Document) -> Iterator[Behavior]:
    kinds = load_behavior_kinds()
    for name, pointer, node in operation.behavior_nodes:
        if name == "x-guess":
            continue
        kind = kinds[name]
        unknown = [
            parameter
            for parameter in kind.list_parameters(node)
            if operation.parameter(parameter) is None
        ]
        if unknown:
            known = [parameter.name for parameter in operation.parameters]
            near = find_nearest(unknown[0], known)
            raise ContractError(
                document.problem_at(
                    f"{name} names the parameter {unknown[0]!r}, which {operation.id} does not"
                    " have",
                    pointer,
                    f"is it {near}?" if near else f"it has {', '.join(known) or 'none'}",
                )
            )
        try:
            yield kind.parse(node, pointer)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ContractError(
                document.problem_at(f"the behavior {name} lacks or misuses {error}", pointer)
            ) from error


def _derive_behavior_claims(
    operation: Operation, behaviors: tuple[Behavior, ...], statements: Statements
) -> Iterator[ClaimDraft]:
    kinds = {value: kind for kind in load_behavior_kinds().values() for value in kind.values}
    for behavior in behaviors:
        yield from kinds[type(behavior)].derive_claims(operation, behavior, statements)


def _mark_guesses(drafts: Iterable[ClaimDraft], document: Json) -> Iterator[ClaimDraft]:
    """Yield the drafts of behaviors; those of a behavior that `init` has guessed are marked so."""
    for draft in drafts:
        node = pointers.get_at_pointer(document, draft.pointer)
        entry = pointers.get_at_pointer(document, pointers.parent(draft.pointer))
        yield replace(draft, is_guess="x-guess" in node or "x-guess" in entry)


def _build_claims_from_drafts(
    drafts: list[ClaimDraft], document: Document, statements: Statements
) -> tuple[Claim, ...]:
    problems: list[Problem] = []
    claims_by_id: dict[str, Claim] = {}
    for draft in drafts:
        if draft.citations is None:
            continue
        unknown_citations = [
            citation for citation in draft.citations if citation.rstrip("?") not in statements.by_id
        ]
        if unknown_citations and statements.has_statements_file:
            hint = "add it to statements.yaml or correct the citation"
            problems.append(
                document.problem_at(
                    f"{draft.id} cites an unknown statement: {', '.join(unknown_citations)}",
                    draft.pointer,
                    hint,
                )
            )
            continue
        if draft.id in claims_by_id:
            problems.append(
                document.problem_at(f"two claims have the id {draft.id}", draft.pointer)
            )
            continue
        claims_by_id.update((claim.id, claim) for claim in draft.build_claims(statements))
    problems += [
        document.problem_at(f"the citation {citation} is in no register", pointer)
        for pointer, citation in find_citations(document.value)
        if statements.has_statements_file and citation not in statements.by_id
    ]
    if problems:
        raise ContractError(*problems)
    return tuple(claims_by_id.values())


def find_citations(document: Json) -> Iterator[tuple[str, str]]:
    """Yield the pointer of each `x-source` in the document with each statement id it cites."""
    for pointer, node in pointers.iterate_values(document):
        if isinstance(node, dict) and "x-source" in node:
            for _, leaf in pointers.iterate_values(node["x-source"]):
                if isinstance(leaf, str):
                    yield pointer, leaf.rstrip("?")


def _compute_digest(document: Json, statements: Statements) -> str:
    statement_rows = [
        [statement.id, statement.basis, statement.text] for statement in statements.by_id.values()
    ]
    text = json.dumps([document, statement_rows], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
