"""Authorization: required credentials, sufficient scopes and insufficient scopes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from conformance.contract.claim import ClaimDraft
from conformance.contract.operation import Operation
from conformance.contract.statements import Statements


class CredentialDefect(StrEnum):
    """What is wrong with the credentials of a request."""

    MISSING = "missing"
    INVALID = "invalid"
    WITHOUT_SCHEME = "bare"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiresCredentials:
    """The promise that a request with this credential defect is refused and has no effect.

    The credentials are missing, were never issued, or lack their scheme (the bare token).
    """

    kind: ClassVar[str] = "authorization.requires-credentials"
    defect: CredentialDefect


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
    CredentialDefect.INVALID: ("A token that was never issued is refused.", "credentials"),
    CredentialDefect.WITHOUT_SCHEME: ("A token without its scheme is refused.", "scheme"),
}


def derive_authorization_claims(
    operation: Operation, scopes: tuple[str, ...], statements: Statements
) -> Iterator[ClaimDraft]:
    """Yield the claims about the credentials of an operation and about each of `scopes`.

    `scopes` holds all scopes of the contract: the claims say which of them suffice. An operation
    that needs no credentials yields nothing.
    """
    if operation.scopes is None:
        return
    source = operation.source
    for defect, (text, source_key) in _DEFECT_TEXTS.items():
        citations = statements.get_citations(source, source_key)
        if defect is CredentialDefect.INVALID:
            citations = (
                statements.get_citations(source, "invalid")
                if isinstance(source, dict) and "invalid" in source
                else None
            ) or citations
        claim_id = f"{operation.id}/credentials/{defect}"
        yield ClaimDraft(
            id=claim_id,
            operation=operation.id,
            text=text,
            promise=RequiresCredentials(defect=defect),
            pointer=operation.pointer,
            citations=citations,
        )
    for scope in scopes if operation.scopes else ():
        if scope in operation.scopes:
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
