"""The registers of the real editions: every sentence is traced, every citation leads somewhere."""

from __future__ import annotations

import re

import pytest

from conformance.contract.contract import Contract, citations
from conformance.contract.library import load

EDITIONS = {
    "losant": ("losant", None),
    "losant-2017": ("losant", "2017"),
    "push-express": ("push-express", None),
}


@pytest.fixture(params=EDITIONS)
def contract(request: pytest.FixtureRequest) -> Contract:
    """Return one edition."""
    return load(*EDITIONS[request.param])


def test_every_sentence_is_traced(contract: Contract) -> None:
    """A statement of the edition's documents is cited, or says why only a client, or nobody, can
    show it.
    """
    cited = {id for _, id in citations(contract.document)}
    mine = [
        one
        for one in contract.register.statements.values()
        if set(one.documents) & set(contract.documents)
    ]
    assert mine
    assert [
        one.id for one in mine if one.id not in cited and not one.client and not one.unobservable
    ] == []


def test_every_citation_exists(contract: Contract) -> None:
    """A citation names a statement."""
    assert (
        set()
        == {id for _, id in citations(contract.document)} - contract.register.statements.keys()
    )


def test_every_claim_cites(contract: Contract) -> None:
    """A claim stands on at least one statement, of this edition."""
    assert [claim.id for claim in contract.claims if not claim.statements] == []
    statements = contract.register.statements
    strangers = {
        id
        for claim in contract.claims
        for id in claim.statements
        if not set(statements[id].documents) & set(contract.documents)
    }
    assert set() == strangers


def test_documents_are_known(contract: Contract) -> None:
    """The documents of an edition are in the register."""
    assert set(contract.documents) <= contract.register.sources.keys()


@pytest.mark.parametrize(
    ("name", "letter", "last"), [("losant", "L", 84), ("push-express", "P", 85)]
)
def test_every_numbered_sentence_is_there(name: str, letter: str, last: int) -> None:
    """Each number of FACTS, section 5, has its statement, or several with letters."""
    found = [re.fullmatch(rf"{letter}(\d+)[a-z]?", id) for id in load(name).register.statements]
    assert set() == set(range(1, last + 1)) - {int(one[1]) for one in found if one}
    assert None not in found


@pytest.mark.parametrize("name", ["losant", "push-express"])
def test_statements_say_something_of_their_own(name: str) -> None:
    """No two statements are the same sentence, and each is one."""
    texts = [one.text for one in load(name).register.statements.values()]
    assert len(texts) == len(set(texts))
    assert [text for text in texts if not text.endswith((".", "!", "?"))] == []
