"""Behaviors: entries of `x-behaviors`, and what the engine knows of each kind of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from conformance.contract.claim import ClaimDraft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statements import Statements
from conformance.contract.word import Word

VERSION = 1  # of this interface: it grows when a behavior written for it would no longer work


class Behavior(Protocol):
    """A behavior of an operation, as one value.

    `pointer` leads to its entry in the document, `source` is the `x-source` of the entry.
    """

    @property
    def pointer(self) -> str:
        """Return the pointer of the entry."""

    @property
    def source(self) -> Json:
        """Return the citations of the entry."""


def _list_no_parameters(node: Json) -> Iterable[str]:
    return ()


def _derive_no_claims(
    operation: Operation, behavior: Any, statements: Statements
) -> Iterator[ClaimDraft]:
    yield from ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BehaviorKind:
    """A kind of behavior: its word, its value, its claims, and where its other parts are.

    `values` are the types of its values. `parse` gets the node of an entry and its pointer, and
    returns the value; it may raise KeyError, TypeError, AttributeError or ValueError for a node
    that makes no sense, although its form is that of the word's schema. `derive_claims` yields the
    drafts of claims for an operation.
    `list_parameters` names the parameters that the operation must have. `list_item_pointers` leads
    to fields of items that should differ in test data, so that a check can tell items apart.

    The other parts are modules that are imported when they are needed: `checks` has CHECKS (a
    `conformance.checks.check.Check` for each kind of promise), `mock` has PART (a
    `conformance.mock.part.MockPart`), and `faults` has FAULTS (a generator of faults for each kind
    of promise). None of them is needed by a behavior that makes no claim about servers.

    `version` is the version of this interface that the behavior was written for.
    """

    word: Word
    values: tuple[type, ...]
    parse: Callable[[Json, str], Behavior]
    derive_claims: Callable[[Operation, Any, Statements], Iterator[ClaimDraft]] = _derive_no_claims
    list_parameters: Callable[[Json], Iterable[str]] = _list_no_parameters
    list_item_pointers: Callable[[Any], Iterable[str]] = _list_no_parameters
    checks: str | None = None
    mock: str | None = None
    faults: str | None = None
    version: int = VERSION

    @property
    def name(self) -> str:
        """Return the word by which contracts name the behavior."""
        return self.word.name
