"""The pages of a site: nothing missing, every link resolved, every statement with its verdict."""

from __future__ import annotations

import re
from html import escape

import pytest

from conformance.contract import loader
from conformance.contract.contract import BEHAVIOR_PARSERS, find_citations
from conformance.docs import site as sites
from conformance.docs import vocabulary
from conformance.docs.evidence import EvidenceStatus
from tests.docs.made import CONTRACTS, attacked, given, site, small, toy
from tests.report.test_html import Reader

IDS = ["losant", "losant-2017", "push-express", "toy"]


@pytest.mark.parametrize(("name", "revision"), CONTRACTS, ids=IDS)
def test_every_internal_link_is_resolved(name: str, revision: str | None) -> None:
    """Each link leads to a page of the site and to an id on it; no id is given twice; all else is a
    document of the vendor's.
    """
    pages = {file: Reader(text) for file, text in site(name, revision).items()}
    assert {file for file, read in pages.items() if len(read.ids) != len(set(read.ids))} == set()
    external = {
        source.url
        for source in loader.load_contract(name, revision).statements.documents.values()
        if source.url
    }
    dead = set()
    for file, read in pages.items():
        for link in read.links:
            target, _, fragment = link.partition("#")
            target = target or file
            if link in external or link == "data:,":
                continue
            if target not in pages or (fragment and fragment not in pages[target].ids):
                dead.add((file, link))
    assert dead == set()


@pytest.mark.parametrize(("name", "revision"), CONTRACTS, ids=IDS)
def test_every_statement_of_the_register_is_there(name: str, revision: str | None) -> None:
    """Each statement stands on its page once, with its text and a standing; those that nobody can
    verify say why.
    """
    register = loader.load_contract(name, revision).statements
    text = site(name, revision)["statements.html"]
    articles = dict(
        re.findall(r'<article class="statement" id="([^"]+)"(.*?)</article>', text, re.S)
    )
    assert list(articles) == [sites.build_anchor(id) for id in _in_page_order(name, revision)]
    for id, statement in register.by_id.items():
        article = articles[sites.build_anchor(id)]
        assert (
            escape(statement.text, quote=False).replace("'", "&#39;").replace('"', "&#34;")
            in article
        )
        assert re.search(r'data-standing="(' + "|".join(EvidenceStatus) + ')"', article)
        if statement.unobservable and 'data-standing="unobservable"' in article:
            assert (
                escape(statement.unobservable).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
                in article
            )


def _in_page_order(name: str, revision: str | None) -> list[str]:
    contract = loader.load_contract(name, revision)
    first = {
        id: next((one for one in s.document_ids if one in contract.document_ids), s.document_ids[0])
        for id, s in contract.statements.by_id.items()
    }
    order = list(contract.statements.documents)
    return sorted(first, key=lambda id: order.index(first[id]))


@pytest.mark.parametrize(("name", "revision"), CONTRACTS, ids=IDS)
def test_every_citation_of_the_contract_leads_to_its_statement(
    name: str, revision: str | None
) -> None:
    """Each statement that an x-source names is on the register's page under the anchor that
    citations link to.
    """
    contract = loader.load_contract(name, revision)
    ids = set(Reader(site(name, revision)["statements.html"]).ids)
    assert {
        id for _, id in find_citations(contract.document) if sites.build_anchor(id) not in ids
    } == set()


@pytest.mark.parametrize(("name", "revision"), CONTRACTS, ids=IDS)
def test_every_claim_stands_on_its_operation_once_and_has_evidence(
    name: str, revision: str | None
) -> None:
    """The page of an operation shows each of its claims, and each has an anchor on the page with
    the evidence.
    """
    contract = loader.load_contract(name, revision)
    for id, entry in (
        (id, sites.reference.build_operation_reference(contract, operation))
        for id, operation in contract.operations.items()
    ):
        assert sorted(claim.id for claim in entry.claims) == sorted(
            claim.id for claim in contract.claims if claim.operation == id
        )
        anchors = Reader(site(name, revision)[sites.get_evidence_file(id)]).ids
        assert [
            claim.id
            for claim in entry.claims
            if sites.html.build_claim_anchor(claim.id) not in anchors
        ] == []


def test_every_operation_is_linked_from_every_page() -> None:
    """From any page each operation is one link away."""
    wanted = {sites.get_page_file(id) for id in loader.load_contract("push-express").operations}
    assert all(wanted <= set(Reader(text).links) for text in site("push-express").values())


def test_a_verdict_tells_date_and_target_and_leads_to_its_evidence() -> None:
    """A verified statement shows when and where, and links to the claim's evidence."""
    text = site("losant")["statements.html"]
    article = re.search(r'<article class="statement" id="L20".*?</article>', text, re.S)
    assert article is not None
    assert 'data-standing="verified"' in article[0]
    assert re.search(r"<time datetime=.*on <code>mock:</code>", article[0])
    assert (
        "evidence-listExperienceGroups.html"
        "#claim-listExperienceGroups-sortDirection-descends-by-name" in article[0]
    )


def test_the_newest_evidence_decides() -> None:
    """A statement that the newest run saw broken is violated, though an older one saw it kept; its
    finding is on the evidence page.
    """
    assert re.search(r'id="N3" data-standing="violated"', small()["statements.html"])
    assert "instead of being refused" in small()["evidence-listNotes.html"]


def test_evidence_of_another_contract_is_stale() -> None:
    """A result with another digest still counts, and is marked stale wherever it is shown; fresh
    evidence goes before it.
    """
    old, new = (
        toy(started="2030-01-01T00:00:00+00:00"),
        toy(only="listNotes/pinned", started="2026-01-01T00:00:00+00:00"),
    )
    old["contract"]["digest"] = "another"
    text = sites.build_site_pages(given("tests/toy", None, (old, new)))["statements.html"]
    articles = dict(
        re.findall(r'<article class="statement" id="([^"]+)"(.*?)</article>', text, re.S)
    )
    assert 'class="badge stale"' in articles["N8"]
    assert 'class="badge stale"' not in articles["N4"]


def test_without_evidence_nothing_is_called_verified() -> None:
    """A site without evidence shows every promise as untried."""
    text = "".join(site("tests/toy", evidence=False).values())
    assert re.findall(r'data-standing="(?:verified|violated)"', text) == []
    assert 'data-standing="untried"' in text


def test_the_words_of_the_language_are_explained_once() -> None:
    """Every behavior that a contract can name has its explanation."""
    assert set(vocabulary.BEHAVIORS) == set(BEHAVIOR_PARSERS)
    text = site("losant")["words.html"]
    assert all(text.count(f'id="{word}"') == 1 for word in vocabulary.BEHAVIORS)


def test_changes_between_editions_are_told() -> None:
    """The page of changes names what the newer edition added, and what breaks callers."""
    text = site("losant")["changes.html"]
    assert "From 2017 to current" in text
    assert "default 1000 became 100" in text
    assert ">breaking<" in text


def test_ambiguities_tell_the_reading_seen() -> None:
    """Each open passage shows its readings, and which one the server followed."""
    text = site("losant")["ambiguities.html"]
    assert text.count("--interpretation") == len(loader.list_open_interpretations("losant"))
    assert ">followed<" in text


def test_hostile_evidence_is_inert() -> None:
    """Attacks in evidence come out as text: no element, no handler, no control character, no second
    script.
    """
    for text in attacked().values():
        read = Reader(text)
        assert (read.elements.count("script"), read.elements.count("img")) == (1, 0)
        assert [
            name for name, _ in read.attributes if name.startswith("on") or name == "style"
        ] == []
        assert [bad for bad in ("\x1b", "\u202e", "\ud800") if bad in text] == []


def test_a_site_is_the_same_each_time() -> None:
    """Nothing of the moment gets into a page."""
    assert sites.build_site_pages(given("tests/toy", None, (toy(),))) == sites.build_site_pages(
        given("tests/toy", None, (toy(),))
    )
