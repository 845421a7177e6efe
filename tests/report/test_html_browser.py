"""The HTML report of a run in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.report import html
from tests.browser import WIDTHS, opened
from tests.report.sample import hostile, ran, small

VIOLATED_RESULT = ran(
    "losant",
    "listExperienceGroups/sortDirection/refuses/enum!passed-over",
    "listExperienceGroups/sort",
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of the page for a run against a server with one fault."""
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(html.render_result_page(VIOLATED_RESULT), "utf-8")
    return file


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_it_is_accessible_and_logs_nothing(
    chromium: Any, report: Path, width: int, scheme: str
) -> None:
    """At both widths, in light and in dark, axe reports nothing serious, nothing is logged or
    loaded, and nothing overflows.
    """
    with opened(chromium, width, scheme) as page:
        page.open(report)
        assert (page.serious(), page.overflows(), page.problems) == ([], False, [])


@pytest.mark.parametrize("width", WIDTHS)
def test_the_first_screen_shows_promise_source_and_curl_command(
    chromium: Any, report: Path, width: int
) -> None:
    """Without scrolling, the promise, its source and the curl command of the one fault are
    visible.
    """
    with opened(chromium, width) as page:
        page.open(report)
        for text in ("is refused", "L21", "curl -sS"):
            box = page.page.locator(".lead").get_by_text(text).first.bounding_box()
            assert box is not None
            assert box["y"] + 20 < 860


def test_filters_work(chromium: Any, report: Path) -> None:
    """Search, verdicts, operation and the numbers of the matrix filter the claims, and reset shows
    all claims again.
    """
    with opened(chromium) as page:
        page.open(report)
        shown_count = page.page.locator("#shown")
        full_count = shown_count.inner_text()
        page.page.fill("#search", "sortfield descends-by")
        page.page.wait_for_function(
            "n => document.getElementById('shown').textContent !== n", arg=full_count
        )
        assert page.page.locator("details.claim:visible").count() == 4
        page.page.click("#reset")
        page.page.uncheck("input[name=verdict][value=verified]")
        assert page.page.locator("details.claim:visible").count() == 1
        page.page.click("a[data-filter=verified][data-operation=listExperienceGroups]")
        assert page.page.locator("details.claim:visible").count() == len(VIOLATED_RESULT.claims) - 1
        page.page.click("#reset")
        assert shown_count.inner_text() == full_count


def test_all_controls_are_reachable_by_keyboard(chromium: Any, report: Path) -> None:
    """The first tab stop is the link to the findings. Tab reaches the matrix, the copy button and
    the filters; Enter opens a claim.
    """
    with opened(chromium) as page:
        page.open(report)
        stops = []
        for _ in range(30):
            page.page.keyboard.press("Tab")
            stops.append(
                page.page.evaluate(
                    "[document.activeElement.className, document.activeElement.id,"
                    " document.activeElement.textContent].join('|')"
                )
            )
        assert stops[0].startswith("skip")
        assert all(
            any(expected in stop for stop in stops)
            for expected in ("Copy", "search", "verified: 21", "Reset")
        )
        page.page.locator("details.claim > summary").first.focus()
        page.page.keyboard.press("Enter")
        assert page.page.locator("details.claim[open]").count() == 1


def test_one_click_copies_the_curl_command(chromium: Any, report: Path) -> None:
    """The button copies the command to the clipboard in a form that can be run."""
    with opened(chromium) as page:
        page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.open(report)
        page.page.click("button[data-copy=curl-lead]")
        page.page.get_by_text("Copied").wait_for()
        assert page.page.evaluate("navigator.clipboard.readText()") == next(
            claim.findings[0].curl for claim in VIOLATED_RESULT.claims if claim.findings
        )


def test_a_link_opens_its_claim(chromium: Any, report: Path) -> None:
    """An external link to a claim opens the claim, and a link to a finding shows the finding."""
    with opened(chromium) as page:
        page.open(report, "#" + html.build_claim_anchor("listExperienceGroups/sortField/optional"))
        assert page.page.locator("details.claim[open]").count() == 1


@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_values_are_inert(chromium: Any, tmp_path: Path, width: int) -> None:
    """A page full of attacks and 2 MB bodies executes none of them, logs nothing and loads
    nothing.
    """
    file = tmp_path / "report.html"
    file.write_text(html.render_result_page(hostile()), "utf-8")
    with opened(chromium, width) as page:
        page.open(file)
        page.page.wait_for_timeout(200)
        assert (page.problems, page.overflows(), page.page.locator("img").count()) == ([], False, 0)


def test_it_is_readable_without_scripts(chromium: Any, tmp_path: Path) -> None:
    """With scripts off, every claim is shown, and no control that needs a script."""
    file = tmp_path / "report.html"
    file.write_text(html.render_result_page(small()), "utf-8")
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert (page.locator("details.claim").count(), page.locator("button:visible").count()) == (4, 0)
    context.close()
