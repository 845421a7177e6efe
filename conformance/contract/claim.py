"""A claim: one testable consequence of what the documents say, at one place of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol

from conformance.contract.statements import StatementBasis, Statements


class Promise(Protocol):
    """What a claim is about, as a value.

    Its `kind`, in the form `module.name` (`sorting.order`), names the check that tests the promise
    and the faults that break it.
    """

    kind: ClassVar[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A testable sentence about an operation, with the statements that support it.

    `id` is stable and readable. `statements` holds the ids of the cited statements, `promise` the
    meaning of `text` as a value, and `pointer` the place in the contract. Only a claim whose
    `basis` is binding can be violated; other claims yield notes. `unobservable` gives the reason if
    no client can observe whether the claim holds.
    """

    id: str
    operation: str
    text: str
    statements: tuple[str, ...]
    basis: StatementBasis
    promise: Promise
    pointer: str
    unobservable: str | None = None

    @property
    def kind(self) -> str:
        """Return the kind of the promise."""
        return self.promise.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDraft:
    """A claim whose statements have not been looked up yet.

    `citations` is None if the documents promise nothing: such a draft yields no claim. An id that
    ends in `?` marks a consequence that is only inferred from the statement. `is_guess` is true
    where the draft rests on something that `init` has guessed: its claim is never binding.
    """

    id: str
    operation: str
    text: str
    promise: Promise
    pointer: str
    citations: tuple[str, ...] | None
    is_guess: bool = False

    def build_claims(self, statements: Statements) -> Iterator[Claim]:
        """Yield the claim, or nothing if the documents promise nothing."""
        if self.citations is not None:
            basis = statements.strongest_basis(self.citations)
            yield Claim(
                id=self.id,
                operation=self.operation,
                text=self.text,
                statements=tuple(citation.rstrip("?") for citation in self.citations),
                basis=StatementBasis.INFERRED if self.is_guess and basis.is_binding else basis,
                promise=self.promise,
                pointer=self.pointer,
            )
