"""Authorization: required credentials, sufficient scopes and insufficient scopes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from conformance.contract.claim import ClaimDraft
from conformance.contract.operation import Operation
from conformance.contract.security import ScopeHierarchy, SecurityScheme
from conformance.contract.statements import Statements

if TYPE_CHECKING:  # a contract is made of claims
    from conformance.contract.contract import Contract


class CredentialDefect(StrEnum):
    """What is wrong with the credentials of a request."""

    MISSING = "missing"
    INVALID = "invalid"
    WITHOUT_SCHEME = "bare"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiresCredentials:
    """The promise that a request with this credential defect is refused and has no effect.

    In the documented place the credentials are missing, were never issued, or lack the prefix of
    their scheme (the bare token).
    """

    kind: ClassVar[str] = "authorization.requires-credentials"
    defect: CredentialDefect


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptsAlternativeCredentials:
    """The promise that the credentials of these schemes together are enough.

    It is one of several alternatives of the operation.
    """

    kind: ClassVar[str] = "authorization.accepts-alternative"
    schemes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowsScope:
    """The promise that a token with no other scope than `scope` may call the operation."""

    kind: ClassVar[str] = "authorization.allows-scope"
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForbidsScope:
    """The promise that a token with no other scope than `scope` is refused.

    The refused request has no side effects.
    """

    kind: ClassVar[str] = "authorization.forbids-scope"
    scope: str


_DEFECT_TEXTS = {
    CredentialDefect.MISSING: ("Without credentials, a request is refused.", "credentials"),
    CredentialDefect.INVALID: ("A credential that was never issued is refused.", "credentials"),
    CredentialDefect.WITHOUT_SCHEME: ("A token without its scheme is refused.", "scheme"),
}


def derive_authorization_claims(
    operation: Operation,
    scopes: tuple[str, ...],
    schemes: Mapping[str, SecurityScheme],
    hierarchy: ScopeHierarchy,
    statements: Statements,
) -> Iterator[ClaimDraft]:
    """Yield the claims about the credentials of an operation and about each of `scopes`.

    `scopes` holds all scopes of the contract: the claims say which of them suffice. An operation
    that needs no credentials yields nothing.
    """
    if not operation.requires_credentials:
        return
    source = operation.source
    for defect, (text, source_key) in _DEFECT_TEXTS.items():
        if defect is CredentialDefect.WITHOUT_SCHEME and not any(
            schemes[name].prefix for name in operation.security_scheme_names
        ):
            continue  # no word stands before the credential that could be left out
        citations = statements.get_citations(source, source_key)
        if defect is CredentialDefect.INVALID:
            citations = (
                statements.get_citations(source, "invalid")
                if isinstance(source, dict) and "invalid" in source
                else None
            ) or citations
        yield ClaimDraft(
            id=f"{operation.id}/credentials/{defect}",
            operation=operation.id,
            text=text,
            promise=RequiresCredentials(defect=defect),
            pointer=operation.pointer,
            citations=citations,
        )
    yield from _derive_alternative_claims(operation, statements)
    for scope in scopes if operation.scopes else ():
        by_scopes = [requirement for requirement in operation.security if requirement.scopes]
        if hierarchy.is_sufficient(scope, by_scopes):
            text = f"A token with the scope {scope} alone may call the operation."
            citations = statements.get_citations(source, "scopes", scope)
            citations = citations and (
                *citations,
                *(statements.get_citations(source, "alternatives") or ()),
            )
            yield ClaimDraft(
                id=f"{operation.id}/scopes/{scope}/allowed",
                operation=operation.id,
                text=text,
                promise=AllowsScope(scope=scope),
                pointer=operation.pointer,
                citations=citations,
            )
        else:
            text = f"A token with the scope {scope} alone may not call the operation."
            citations = statements.get_citations(source, "unlisted")
            yield ClaimDraft(
                id=f"{operation.id}/scopes/{scope}/refused",
                operation=operation.id,
                text=text,
                promise=ForbidsScope(scope=scope),
                pointer=operation.pointer,
                citations=citations,
            )


def _derive_alternative_claims(
    operation: Operation, statements: Statements
) -> Iterator[ClaimDraft]:
    """Yield a claim for each set of schemes, if there are several to choose from."""
    alternatives = dict.fromkeys(
        tuple(requirement.scopes_by_scheme) for requirement in operation.security
    )
    for names in alternatives if len(alternatives) > 1 else ():
        yield ClaimDraft(
            id=f"{operation.id}/credentials/{'+'.join(names)}/accepted",
            operation=operation.id,
            text=f"The credentials of {' and '.join(names)} are enough.",
            promise=AcceptsAlternativeCredentials(schemes=names),
            pointer=operation.pointer,
            citations=statements.get_citations(operation.source, "credentials"),
        )


def find_operation_with_alternative(
    contract: Contract, operation: Operation, schemes: tuple[str, ...]
) -> Operation | None:
    """Return another operation that reads, needs no arguments and has the same alternative."""
    return next(
        (
            candidate
            for candidate in contract.operations.values()
            if candidate.id != operation.id
            and candidate.is_safe
            and any(
                tuple(requirement.scopes_by_scheme) == schemes for requirement in candidate.security
            )
            and not any(parameter.required for parameter in candidate.parameters)
        ),
        None,
    )
