"""The site in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.contract import loader
from conformance.docs.site import get_page_file
from tests.browser import opened
from tests.docs.sample_sites import build_hostile_site, build_small_site

PAGES = {
    1280: [
        "index.html",
        "operation-listNotes.html",
        "evidence-pinNote.html",
        "ambiguities.html",
        "history.html",
        "words.html",
    ],
    390: [
        "index.html",
        "operation-createNote.html",
        "statements.html",
        "schemas.html",
        "changes.html",
    ],
}


def write_pages(folder: Path, pages: dict[str, str]) -> Path:
    for name, text in pages.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a site on disk."""
    return write_pages(tmp_path_factory.mktemp("site"), build_small_site())


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_pages_are_accessible_and_quiet(
    chromium: Any, folder: Path, width: int, scheme: str, seeds: list[str]
) -> None:
    """axe finds nothing serious, nothing is logged or loaded, and nothing overflows.

    This holds at both widths, in light and dark, for a page of each kind; in a soak run for all
    pages.
    """
    with opened(chromium, width, scheme) as page:
        for name in sorted(build_small_site()) if len(seeds) > 1 else PAGES[width]:
            page.open(folder / name)
            assert (name, page.serious(), page.overflows(), page.problems) == (name, [], False, [])


@pytest.mark.parametrize("width", [1280, 390])
def test_every_operation_is_reached_by_keyboard(chromium: Any, folder: Path, width: int) -> None:
    """From the first page, Tab reaches a link to each operation, and Enter opens it.

    On a phone, the menu is opened first.
    """
    expected_links = {get_page_file(id) for id in loader.load_contract("tests/toy").operations}
    focused_links: list[str] = []
    with opened(chromium, width) as page:
        page.open(folder / "index.html")
        for _ in range(60):
            page.page.keyboard.press("Tab")
            tag, link = page.page.evaluate(
                "[document.activeElement.tagName, document.activeElement.getAttribute('href')"
                " || '']"
            )
            if tag == "SUMMARY" and not page.page.locator("details.menu[open]").count():
                page.page.keyboard.press("Enter")
            focused_links.append(link)
            if expected_links <= set(focused_links):
                break
        assert expected_links <= set(focused_links)
        page.page.keyboard.press("Enter")
        page.page.wait_for_url(f"**/{focused_links[-1]}")
        assert page.page.locator("h1").count() == 1


def test_statements_are_filtered(chromium: Any, folder: Path) -> None:
    """Search and status filter the statements. A link to a hidden statement shows it again."""
    with opened(chromium) as page:
        page.open(folder / "statements.html")
        statement_count = page.page.locator(".statement:visible").count()
        page.page.select_option("#choice", "violated")
        assert page.page.locator(".statement:visible").count() < statement_count
        page.page.evaluate("location.hash = 'N8'")
        page.page.wait_for_function(
            "document.querySelectorAll('.statement:not([hidden])').length > 1"
        )
        assert page.page.locator(".statement:visible").count() == statement_count
        page.page.fill("#search", "pin")
        assert 0 < page.page.locator(".statement:visible").count() < 10


def test_verdict_links_to_its_evidence(chromium: Any, folder: Path) -> None:
    """One click on a parameter's violated promise opens the exchange that shows the violation."""
    with opened(chromium) as page:
        page.open(folder / "operation-listNotes.html")
        page.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        page.page.locator("#main a.badge.violated").first.click()
        page.page.wait_for_url("**/evidence-listNotes.html#claim-*")
        assert page.page.locator(".proof:target .exchange").count() >= 1


def test_hostile_evidence_runs_nothing(chromium: Any, tmp_path: Path) -> None:
    """Pages with attacks run no script, log nothing, and load nothing."""
    folder = write_pages(tmp_path, build_hostile_site())
    with opened(chromium) as page:
        for name in ("index.html", "evidence-listNotes.html", "statements.html", "history.html"):
            page.open(folder / name)
            assert (name, page.problems) == (name, [])
