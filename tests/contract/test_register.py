"""The registers of the real editions: every sentence is traced, every citation leads somewhere."""

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
    """Return one edition."""
    return load_contract(*EDITIONS[request.param])


def test_every_sentence_is_traced(contract: Contract) -> None:
    """A statement of the edition's documents is cited, or says why only a client, or nobody, can
    show it.
    """
    cited = {id for _, id in find_citations(contract.document)}
    mine = [
        one
        for one in contract.statements.by_id.values()
        if set(one.document_ids) & set(contract.document_ids)
    ]
    assert mine
    assert [
        one.id
        for one in mine
        if one.id not in cited and not one.client_duty and not one.unobservable
    ] == []


def test_every_citation_exists(contract: Contract) -> None:
    """A citation names a statement."""
    assert (
        set()
        == {id for _, id in find_citations(contract.document)} - contract.statements.by_id.keys()
    )


def test_every_claim_cites(contract: Contract) -> None:
    """A claim stands on at least one statement, of this edition."""
    assert [claim.id for claim in contract.claims if not claim.statements] == []
    statements = contract.statements.by_id
    strangers = {
        id
        for claim in contract.claims
        for id in claim.statements
        if not set(statements[id].document_ids) & set(contract.document_ids)
    }
    assert set() == strangers


def test_documents_are_known(contract: Contract) -> None:
    """The documents of an edition are in the register."""
    assert set(contract.document_ids) <= contract.statements.documents.keys()


@pytest.mark.parametrize(
    ("name", "letter", "last"), [("losant", "L", 84), ("push-express", "P", 85)]
)
def test_every_numbered_sentence_is_there(name: str, letter: str, last: int) -> None:
    """The numbers of the statements have no gap; a letter tells parts of one sentence apart."""
    found = [
        re.fullmatch(rf"{letter}(\d+)[a-z]?", id) for id in load_contract(name).statements.by_id
    ]
    assert set() == set(range(1, last + 1)) - {int(one[1]) for one in found if one}
    assert None not in found


@pytest.mark.parametrize("name", ["losant", "push-express"])
def test_statements_say_something_of_their_own(name: str) -> None:
    """No two statements are the same sentence, and each is one."""
    texts = [one.text for one in load_contract(name).statements.by_id.values()]
    assert len(texts) == len(set(texts))
    assert [text for text in texts if not text.endswith((".", "!", "?"))] == []
