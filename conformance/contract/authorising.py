"""Who may call an operation: credentials that are asked for, scopes that suffice and scopes that do
not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from conformance.contract.claim import Draft
from conformance.contract.operation import Operation
from conformance.contract.statement import Register


class Lack(StrEnum):
    """What is wrong with the credentials of a request."""

    MISSING = "missing"
    INVALID = "invalid"
    BARE = "bare"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """A request whose credentials are missing, unknown, or bare (the token without its scheme) is
    refused and does nothing.
    """

    kind: ClassVar[str] = "authorising.demands"
    lack: Lack


@dataclass(frozen=True, slots=True, kw_only=True)
class Allows:
    """A token that has only `scope` may call the operation."""

    kind: ClassVar[str] = "authorising.allows"
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbids:
    """A token that has only `scope` may not call the operation, and nothing is done."""

    kind: ClassVar[str] = "authorising.forbids"
    scope: str


_LACKS = {
    Lack.MISSING: ("Without credentials, a request is refused.", "credentials"),
    Lack.INVALID: ("A token that was never issued is refused.", "credentials"),
    Lack.BARE: ("A token without its scheme is refused.", "scheme"),
}


def drafts(operation: Operation, scopes: tuple[str, ...], register: Register) -> Iterator[Draft]:
    """Yield the credentials that are asked for, and of all `scopes` of the contract, which
    suffice.
    """
    if operation.scopes is None:
        return
    source = operation.source
    for lack, (text, key) in _LACKS.items():
        ids = register.cite(source, key)
        if lack is Lack.INVALID:
            ids = (
                register.cite(source, "invalid")
                if isinstance(source, dict) and "invalid" in source
                else None
            ) or ids
        base = f"{operation.id}/credentials/{lack}"
        yield Draft(
            id=base,
            operation=operation.id,
            text=text,
            promise=Demands(lack=lack),
            pointer=operation.pointer,
            ids=ids,
        )
    for scope in scopes if operation.scopes else ():
        if scope in operation.scopes:
            text = f"A token with the scope {scope} alone may call the operation."
            ids = register.cite(source, "scopes", scope)
            ids = ids and (*ids, *(register.cite(source, "alternatives") or ()))
            yield Draft(
                id=f"{operation.id}/scopes/{scope}/allowed",
                operation=operation.id,
                text=text,
                promise=Allows(scope=scope),
                pointer=operation.pointer,
                ids=ids,
            )
        else:
            text = f"A token with the scope {scope} alone may not call the operation."
            ids = register.cite(source, "unlisted")
            yield Draft(
                id=f"{operation.id}/scopes/{scope}/refused",
                operation=operation.id,
                text=text,
                promise=Forbids(scope=scope),
                pointer=operation.pointer,
                ids=ids,
            )
