"""Small OpenAPI documents, and contracts built from them."""

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

TOY_YAML = """\
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


def parse_document(text: str, file: str = "toy.yaml") -> Document:
    """Parse YAML text into a document."""
    return documents.parse_yaml_document(text, file)


def build_statement(
    id: str, basis: StatementBasis = StatementBasis.PAGE, text: str = "It says so."
) -> Statement:
    """Build a statement of the toy page."""
    return Statement(id=id, document_ids=("page",), section="All", basis=basis, text=text)


def build_statements(*ids: str, has_statements_file: bool = True) -> Statements:
    """Build statements with the given ids.

    C has the basis client, I inferred, L linked; every other id has the basis page.
    """
    bases = {"C": StatementBasis.CLIENT, "I": StatementBasis.INFERRED, "L": StatementBasis.LINKED}
    return Statements(
        by_id={
            id: build_statement(id, bases.get(id, StatementBasis.PAGE))
            for id in ids or ("A", "B", "C", "I", "L")
        },
        has_statements_file=has_statements_file,
    )


def build_toy_contract(text: str = TOY_YAML, statements: Statements | None = None) -> Contract:
    """Build the contract that a YAML text describes."""
    return contracts.build_contract("toy", parse_document(text), statements or build_statements())


def build_operation(
    node: str = "{responses: {'200': {description: Fine.}}}",
    method: str = "get",
    path: str = "/toys",
    document_yaml: str = "{}",
) -> Operation:
    """Build the operation that a node describes. `document_yaml` adds fields to the document."""
    document = parse_document(f"paths: {{'{path}': {{{method}: {node}}}}}\n").value | (
        parse_document(document_yaml).value or {}
    )
    return operations.parse_operations(document)[0]


def get_problems(action: Callable[[], object]) -> tuple[Problem, ...]:
    """Return the problems of the ContractError that an action raises."""
    try:
        action()
    except ContractError as error:
        return error.problems
    raise AssertionError("it was not refused")


def get_citations_by_id(drafts: list[ClaimDraft]) -> dict[str, tuple[str, ...] | None]:
    """Return the citations of each draft by id.

    Check that each draft has a sentence and a pointer.
    """
    for draft in drafts:
        assert draft.text
        assert draft.text.strip().endswith(".")
        assert draft.pointer
    return {draft.id: draft.citations for draft in drafts}
