"""Statements of the real editions: every statement is traced, and every citation exists."""

from __future__ import annotations

import re

import pytest

from conformance.contract.contract import Contract, find_citations
from conformance.contract.loader import load_contract

EDITIONS = {
    "losant": ("losant", None),
    "losant-2017": ("losant", "2017"),
    "push-express": ("push-express", None),
}


@pytest.fixture(params=EDITIONS)
def contract(request: pytest.FixtureRequest) -> Contract:
    """Return the contract of one edition."""
    return load_contract(*EDITIONS[request.param])


def test_every_statement_is_traced(contract: Contract) -> None:
    """Each statement of the edition's documents is cited, is a client duty, or is unobservable."""
    cited_ids = {id for _, id in find_citations(contract.document)}
    edition_statements = [
        statement
        for statement in contract.statements.by_id.values()
        if set(statement.document_ids) & set(contract.document_ids)
    ]
    assert edition_statements
    assert [
        statement.id
        for statement in edition_statements
        if statement.id not in cited_ids
        and not statement.client_duty
        and not statement.unobservable
    ] == []


def test_every_citation_exists(contract: Contract) -> None:
    """Each citation names an existing statement."""
    assert (
        set()
        == {id for _, id in find_citations(contract.document)} - contract.statements.by_id.keys()
    )


def test_every_claim_cites_statements(contract: Contract) -> None:
    """Each claim cites at least one statement, and only statements of its edition."""
    assert [claim.id for claim in contract.claims if not claim.statements] == []
    statements = contract.statements.by_id
    foreign_ids = {
        id
        for claim in contract.claims
        for id in claim.statements
        if not set(statements[id].document_ids) & set(contract.document_ids)
    }
    assert set() == foreign_ids


def test_documents_are_known(contract: Contract) -> None:
    """The statements file lists all documents of an edition."""
    assert set(contract.document_ids) <= contract.statements.documents.keys()


@pytest.mark.parametrize(
    ("name", "letter", "last_number"), [("losant", "L", 84), ("push-express", "P", 85)]
)
def test_statement_numbers_have_no_gaps(name: str, letter: str, last_number: int) -> None:
    """Statement numbers have no gap. A letter suffix separates the parts of one sentence."""
    matches = [
        re.fullmatch(rf"{letter}(\d+)[a-z]?", id) for id in load_contract(name).statements.by_id
    ]
    assert set() == set(range(1, last_number + 1)) - {int(match[1]) for match in matches if match}
    assert None not in matches


@pytest.mark.parametrize("name", ["losant", "push-express"])
def test_statement_texts_are_distinct_sentences(name: str) -> None:
    """No two statements have the same text, and each is a sentence."""
    texts = [statement.text for statement in load_contract(name).statements.by_id.values()]
    assert len(texts) == len(set(texts))
    assert [text for text in texts if not text.endswith((".", "!", "?"))] == []
