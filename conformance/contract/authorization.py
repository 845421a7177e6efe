"""Who may call an operation: credentials that are asked for, scopes that suffice and scopes that do
not.
"""

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
    """A request whose credentials are missing, unknown, or bare (the token without its scheme) is
    refused and does nothing.
    """

    kind: ClassVar[str] = "authorizing.demands"
    defect: CredentialDefect


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowsScope:
    """A token that has only `scope` may call the operation."""

    kind: ClassVar[str] = "authorizing.allows"
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForbidsScope:
    """A token that has only `scope` may not call the operation, and nothing is done."""

    kind: ClassVar[str] = "authorizing.forbids"
    scope: str


_DEFECT_TEXTS = {
    CredentialDefect.MISSING: ("Without credentials, a request is refused.", "credentials"),
    CredentialDefect.INVALID: ("A token that was never issued is refused.", "credentials"),
    CredentialDefect.WITHOUT_SCHEME: ("A token without its scheme is refused.", "scheme"),
}


def draft_claims(
    operation: Operation, scopes: tuple[str, ...], statements: Statements
) -> Iterator[ClaimDraft]:
    """Yield the credentials that are asked for, and of all `scopes` of the contract, which
    suffice.
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
