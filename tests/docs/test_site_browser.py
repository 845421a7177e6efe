"""The site in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.contract import loader
from conformance.docs.site import get_page_file
from tests.browser import opened
from tests.docs.made import attacked, small

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


def written(folder: Path, pages: dict[str, str]) -> Path:
    for name, text in pages.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a site as it lies on a disk."""
    return written(tmp_path_factory.mktemp("site"), small())


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_pages_are_accessible_and_quiet(
    chromium: Any, folder: Path, width: int, scheme: str, seeds: list[str]
) -> None:
    """At both widths, in light and in dark, axe finds nothing serious, nothing is logged or loaded,
    and nothing overflows: a page of each kind; all in a soak.
    """
    with opened(chromium, width, scheme) as page:
        for name in sorted(small()) if len(seeds) > 1 else PAGES[width]:
            page.open(folder / name)
            assert (name, page.serious(), page.overflows(), page.wrong) == (name, [], False, [])


@pytest.mark.parametrize("width", [1280, 390])
def test_every_operation_is_reached_by_keyboard(chromium: Any, folder: Path, width: int) -> None:
    """From the first page Tab reaches a link to each operation, and Enter opens it; on a phone the
    menu is opened first.
    """
    wanted = {get_page_file(id) for id in loader.load_contract("tests/toy").operations}
    reached: list[str] = []
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
            reached.append(link)
            if wanted <= set(reached):
                break
        assert wanted <= set(reached)
        page.page.keyboard.press("Enter")
        page.page.wait_for_url(f"**/{reached[-1]}")
        assert page.page.locator("h1").count() == 1


def test_statements_are_filtered(chromium: Any, folder: Path) -> None:
    """Search and standing narrow the register; a link to a statement that is filtered away shows it
    again.
    """
    with opened(chromium) as page:
        page.open(folder / "statements.html")
        everything = page.page.locator(".statement:visible").count()
        page.page.select_option("#choice", "violated")
        assert page.page.locator(".statement:visible").count() < everything
        page.page.evaluate("location.hash = 'N8'")
        page.page.wait_for_function(
            "document.querySelectorAll('.statement:not([hidden])').length > 1"
        )
        assert page.page.locator(".statement:visible").count() == everything
        page.page.fill("#search", "pin")
        assert 0 < page.page.locator(".statement:visible").count() < 10


def test_a_verdict_leads_to_its_evidence(chromium: Any, folder: Path) -> None:
    """From a parameter's broken promise one click leads to the exchange that shows it."""
    with opened(chromium) as page:
        page.open(folder / "operation-listNotes.html")
        page.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        page.page.locator("#main a.badge.violated").first.click()
        page.page.wait_for_url("**/evidence-listNotes.html#claim-*")
        assert page.page.locator(".proof:target .exchange").count() >= 1


def test_hostile_evidence_runs_nothing(chromium: Any, tmp_path: Path) -> None:
    """Pages made of attacks run none, log nothing, load nothing."""
    folder = written(tmp_path, attacked())
    with opened(chromium) as page:
        for name in ("index.html", "evidence-listNotes.html", "statements.html", "history.html"):
            page.open(folder / name)
            assert (name, page.wrong) == (name, [])
