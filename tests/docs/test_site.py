"""The pages of a site: complete, with resolved links, and every statement with its verdict."""

from __future__ import annotations

import re
from html import escape

import pytest

from conformance.contract import loader
from conformance.contract.behavior_registry import load_behavior_kinds
from conformance.contract.contract import find_citations
from conformance.docs import site as sites
from conformance.docs.evidence import EvidenceStatus
from tests.docs.sample_sites import (
    CONTRACTS,
    as_of_server,
    build_hostile_site,
    build_pages,
    build_site_input,
    build_small_site,
    build_toy_result,
)
from tests.report.test_html import Reader

IDS = ["losant", "losant-2017", "push-express", "toy"]


@pytest.mark.parametrize(("name", "revision"), CONTRACTS, ids=IDS)
def test_every_internal_link_is_resolved(name: str, revision: str | None) -> None:
    """Each link leads to a page of the site and to an id on it, or to a document of the vendor.

    No id occurs twice on a page.
    """
    pages = {file: Reader(text) for file, text in build_pages(name, revision).items()}
    assert {file for file, page in pages.items() if len(page.ids) != len(set(page.ids))} == set()
    external = {
        vendor_document.url
        for vendor_document in loader.load_contract(name, revision).statements.documents.values()
        if vendor_document.url
    }
    dead_links = set()
    for file, page in pages.items():
        for link in page.links:
            target, _, fragment = link.partition("#")
            target = target or file
            if link in external or link == "data:,":
                continue
            if target not in pages or (fragment and fragment not in pages[target].ids):
                dead_links.add((file, link))
    assert dead_links == set()


@pytest.mark.parametrize(("name", "revision"), CONTRACTS, ids=IDS)
def test_every_statement_is_shown(name: str, revision: str | None) -> None:
    """Each statement is on its page once, with its text and an evidence status.

    An unobservable statement has its reason.
    """
    statements = loader.load_contract(name, revision).statements
    text = build_pages(name, revision)["statements.html"]
    articles = dict(
        re.findall(r'<article class="statement" id="([^"]+)"(.*?)</article>', text, re.S)
    )
    assert list(articles) == [
        sites.build_anchor(id) for id in _list_statement_ids_in_page_order(name, revision)
    ]
    for id, statement in statements.by_id.items():
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


def _list_statement_ids_in_page_order(name: str, revision: str | None) -> list[str]:
    contract = loader.load_contract(name, revision)
    first_documents = {
        id: next(
            (
                document_id
                for document_id in statement.document_ids
                if document_id in contract.document_ids
            ),
            statement.document_ids[0],
        )
        for id, statement in contract.statements.by_id.items()
    }
    document_order = list(contract.statements.documents)
    return sorted(first_documents, key=lambda id: document_order.index(first_documents[id]))


@pytest.mark.parametrize(("name", "revision"), CONTRACTS, ids=IDS)
def test_every_citation_links_to_its_statement(name: str, revision: str | None) -> None:
    """Each statement that an x-source cites has the anchor that citations link to."""
    contract = loader.load_contract(name, revision)
    ids = set(Reader(build_pages(name, revision)["statements.html"]).ids)
    assert {
        id for _, id in find_citations(contract.document) if sites.build_anchor(id) not in ids
    } == set()


@pytest.mark.parametrize(("name", "revision"), CONTRACTS, ids=IDS)
def test_every_claim_is_shown_once_with_evidence(name: str, revision: str | None) -> None:
    """The page of an operation shows each of its claims.

    Each has an anchor on the evidence page.
    """
    contract = loader.load_contract(name, revision)
    for id, operation_reference in (
        (id, sites.reference.build_operation_reference(contract, operation))
        for id, operation in contract.operations.items()
    ):
        assert sorted(claim.id for claim in operation_reference.claims) == sorted(
            claim.id for claim in contract.claims if claim.operation == id
        )
        anchors = Reader(build_pages(name, revision)[sites.get_evidence_file(id)]).ids
        assert [
            claim.id
            for claim in operation_reference.claims
            if sites.html.build_claim_anchor(claim.id) not in anchors
        ] == []


def test_every_operation_is_linked_from_every_page() -> None:
    """Every page links to every operation."""
    expected_links = {
        sites.get_page_file(id) for id in loader.load_contract("push-express").operations
    }
    assert all(
        expected_links <= set(Reader(text).links) for text in build_pages("push-express").values()
    )


def test_verdict_shows_date_and_target_and_links_to_its_evidence() -> None:
    """A verified statement shows date and target, and links to the evidence of its claim."""
    text = build_pages("losant")["statements.html"]
    article = re.search(r'<article class="statement" id="L20".*?</article>', text, re.S)
    assert article is not None
    assert 'data-standing="verified"' in article[0]
    assert re.search(r"<time datetime=.*on <code>http://127.0.0.1:9000</code>", article[0])
    assert (
        "evidence-listExperienceGroups.html"
        "#claim-listExperienceGroups-sortDirection-descends-by-name" in article[0]
    )


def test_newest_evidence_takes_precedence() -> None:
    """A statement that the newest run violated is violated, even if an older run verified it.

    Its finding is on the evidence page.
    """
    assert re.search(r'id="N3" data-standing="violated"', build_small_site()["statements.html"])
    assert "instead of being refused" in build_small_site()["evidence-listNotes.html"]


def test_the_mock_is_no_server() -> None:
    """A run of the embedded mock decides nothing, and hides nothing that a server did."""
    server = build_toy_result(started="2026-01-01T00:00:00+00:00")
    mock = build_toy_result(fault=False, started="2026-01-02T00:00:00+00:00")
    mock["target"] = {**mock["target"], "url": "mock:"}
    both = sites.build_site_pages(build_site_input("tests/toy", None, (server, mock)))
    assert re.search(r'id="N3" data-standing="violated"', both["statements.html"])
    assert "the embedded mock, which is no server" in both["evidence-listNotes.html"]
    alone = sites.build_site_pages(build_site_input("tests/toy", None, (mock,)))
    assert not re.search(r'data-standing="(verified|violated|partly)"', alone["statements.html"])
    assert re.search(r'id="N3" data-standing="mock"', alone["statements.html"])
    assert "no server: it shows that the checks work" in alone["index.html"]
    assert '<h2 id="trend">' not in alone["index.html"]


def test_what_one_server_breaks_is_broken() -> None:
    """Each target has its own newest run; a later run on another server hides no violation."""
    violating_result = build_toy_result(started="2026-01-01T00:00:00+00:00")
    faultless_result = as_of_server(
        build_toy_result(fault=False, started="2026-01-02T00:00:00+00:00"), "http://127.0.0.1:9001"
    )
    pages = sites.build_site_pages(
        build_site_input("tests/toy", None, (violating_result, faultless_result))
    )
    assert re.search(r'id="N3" data-standing="violated"', pages["statements.html"])
    for url in ("http://127.0.0.1:9000", "http://127.0.0.1:9001"):
        assert f"<code>{url}</code>" in pages["index.html"]


def test_evidence_of_another_contract_is_stale() -> None:
    """A result with another digest still counts, and is marked as stale wherever it is shown.

    Fresh evidence takes precedence.
    """
    stale_result, fresh_result = (
        build_toy_result(started="2030-01-01T00:00:00+00:00"),
        build_toy_result(claim_prefix="listNotes/pinned", started="2026-01-01T00:00:00+00:00"),
    )
    stale_result["contract"]["digest"] = "another"
    text = sites.build_site_pages(
        build_site_input("tests/toy", None, (stale_result, fresh_result))
    )["statements.html"]
    articles = dict(
        re.findall(r'<article class="statement" id="([^"]+)"(.*?)</article>', text, re.S)
    )
    assert 'class="badge stale"' in articles["N8"]
    assert 'class="badge stale"' not in articles["N4"]


def test_evidence_of_a_part_says_so() -> None:
    """A result of some of the claims is not shown as one of all."""
    part = {"number": 1, "of": 3, "plan": "p"}
    for fields, expected in (({}, 0), ({"part": part}, 1), ({"only": ["list*"]}, 1)):
        result = build_toy_result(**fields)
        pages = sites.build_site_pages(build_site_input("tests/toy", None, (result,)))
        assert pages["index.html"].count("a part of the claims") == expected


def test_nothing_is_verified_without_evidence() -> None:
    """A site without evidence shows every promise as untried."""
    text = "".join(build_pages("tests/toy", evidence=False).values())
    assert re.findall(r'data-standing="(?:verified|violated)"', text) == []
    assert 'data-standing="untried"' in text


def test_every_behavior_is_explained_once() -> None:
    """Every behavior that a contract can declare has one explanation."""
    text = build_pages("losant")["words.html"]
    counts = {name: text.count(f'id="{name}"') for name in load_behavior_kinds()}
    assert counts == dict.fromkeys(counts, 1)


def test_changes_between_editions_are_shown() -> None:
    """The page of changes shows what the newer edition added, and what breaks callers."""
    text = build_pages("losant")["changes.html"]
    assert "From 2017 to current" in text
    assert "default 1000 became 100" in text
    assert ">breaking<" in text


def test_ambiguities_show_the_followed_interpretation() -> None:
    """Each open ambiguity shows its interpretations, and which one the server followed."""
    text = build_pages("losant")["ambiguities.html"]
    assert text.count("--interpretation") == len(loader.list_open_interpretations("losant"))
    assert ">followed<" in text


def test_hostile_evidence_is_inert() -> None:
    """Attacks in evidence are shown as text: no element, no event handler, no control character, no
    second script.
    """
    for text in build_hostile_site().values():
        page = Reader(text)
        assert (page.elements.count("script"), page.elements.count("img")) == (1, 0)
        assert [
            name for name, _ in page.attributes if name.startswith("on") or name == "style"
        ] == []
        assert [character for character in ("\x1b", "\u202e", "\ud800") if character in text] == []


def test_site_is_deterministic() -> None:
    """No page depends on the time at which it is built."""
    assert sites.build_site_pages(
        build_site_input("tests/toy", None, (build_toy_result(),))
    ) == sites.build_site_pages(build_site_input("tests/toy", None, (build_toy_result(),)))
