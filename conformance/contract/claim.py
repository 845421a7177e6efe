"""One testable consequence of what the documents say, at one place of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol

from conformance.contract.statements import Basis, Statements


class Promise(Protocol):
    """What a claim is about, as a value. Its `kind`, `module.name` as in `sorting.order`, names the
    check that tests it and the faults that break it.
    """

    kind: ClassVar[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A stable, readable id; the sentence; the operation; the statements it stands on; the promise
    as a value.

    `pointer` is where the contract says it. Only a claim whose basis is binding can be violated;
    the others yield notes. `unobservable` says why no client can see it, where that is so.
    """

    id: str
    operation: str
    text: str
    statements: tuple[str, ...]
    basis: Basis
    promise: Promise
    pointer: str
    unobservable: str | None = None

    @property
    def kind(self) -> str:
        """Return the kind of the promise."""
        return self.promise.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDraft:
    """A claim before its statements are looked up; `ids` is None where the documents promise
    nothing, and no claim comes of it.
    """

    id: str
    operation: str
    text: str
    promise: Promise
    pointer: str
    citations: tuple[str, ...] | None

    def build_claims(self, statements: Statements) -> Iterator[Claim]:
        """Yield the claim, if the documents promise anything."""
        if self.citations is not None:
            yield Claim(
                id=self.id,
                operation=self.operation,
                text=self.text,
                statements=tuple(citation.rstrip("?") for citation in self.citations),
                basis=statements.strongest_basis(self.citations),
                promise=self.promise,
                pointer=self.pointer,
            )
