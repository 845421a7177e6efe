"""Small documents, and contracts made of them."""

from __future__ import annotations

from collections.abc import Callable

from conformance.contract import contract as contracts
from conformance.contract import document as documents
from conformance.contract import operation as operations
from conformance.contract.claim import ClaimDraft
from conformance.contract.contract import Contract
from conformance.contract.document import Document
from conformance.contract.operation import Operation
from conformance.contract.statements import Statement, StatementBasis, Statements
from conformance.errors import ContractError, Problem

TEXT = """\
openapi: 3.1.0
info: {title: Toys, version: '1'}
paths:
  /toys:
    get:
      operationId: listToys
      x-source: {answers: A}
      responses:
        '200': {description: Toys.}
"""


def read(text: str, file: str = "toy.yaml") -> Document:
    """Return a document."""
    return documents.parse_yaml_document(text, file)


def statement(
    id: str, basis: StatementBasis = StatementBasis.PAGE, text: str = "It says so."
) -> Statement:
    """Return a statement of the toy page."""
    return Statement(id=id, document_ids=("page",), section="All", basis=basis, text=text)


def register(*ids: str, kept: bool = True) -> Statements:
    """Return a register of statements; C is of basis client, I inferred."""
    bases = {"C": StatementBasis.CLIENT, "I": StatementBasis.INFERRED, "L": StatementBasis.LINKED}
    return Statements(
        by_id={
            id: statement(id, bases.get(id, StatementBasis.PAGE))
            for id in ids or ("A", "B", "C", "I", "L")
        },
        has_statements_file=kept,
    )


def built(text: str = TEXT, kept: Statements | None = None) -> Contract:
    """Return the contract that a text makes."""
    return contracts.build_contract("toy", read(text), kept or register())


def operation(
    node: str = "{responses: {'200': {description: Fine.}}}",
    method: str = "get",
    path: str = "/toys",
    rest: str = "{}",
) -> Operation:
    """Return the operation that a node describes."""
    document = read(f"paths: {{'{path}': {{{method}: {node}}}}}\n").value | (read(rest).value or {})
    return operations.parse_operations(document)[0]


def problems(act: Callable[[], object]) -> tuple[Problem, ...]:
    """Return the problems that an act is refused for."""
    try:
        act()
    except ContractError as error:
        return error.problems
    raise AssertionError("it was not refused")


def told(drafts: list[ClaimDraft]) -> dict[str, tuple[str, ...] | None]:
    """Return the ids of drafts with what they cite; every one has a sentence and a pointer."""
    for draft in drafts:
        assert draft.text
        assert draft.text.strip().endswith(".")
        assert draft.pointer
    return {draft.id: draft.citations for draft in drafts}
