"""A real browser for the HTML pages: Debian's Chromium or the browser that Playwright finds.

Without a browser, the tests that need one are skipped with the reason.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

WIDTHS = (1280, 390)
REASON = (
    "no browser: install chromium, or name one in CONFORMANCE_BROWSER, and pip install -e"
    " '.[browser]'"
)


def find_chromium_path() -> str | None:
    """Return the path of a Chromium, or None if there is none."""
    configured_path = os.environ.get("CONFORMANCE_BROWSER")
    return configured_path or next(
        (
            path
            for name in ("chromium", "chromium-browser", "google-chrome", "chrome")
            if (path := shutil.which(name))
        ),
        None,
    )


@dataclass
class RecordedPage:
    """A page with a record of its console messages, errors, dialogs and requests to other hosts."""

    page: Any
    problems: list[str] = field(default_factory=list)

    def open(self, file: Path, fragment: str = "") -> None:
        self.page.goto(file.resolve().as_uri() + fragment)

    def serious(self) -> list[str]:
        """Return the serious and critical findings of axe-core."""
        from axe_playwright_python.sync_playwright import Axe

        violations = Axe().run(self.page).response["violations"]
        return [
            f"{violation['id']}: {violation['nodes'][0]['target']}"
            f" {violation['nodes'][0].get('failureSummary', '')}"
            for violation in violations
            if violation["impact"] in ("serious", "critical")
        ]

    def overflows(self) -> bool:
        """Return whether the page is wider than the window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@contextmanager
def browser() -> Iterator[Any]:
    """Yield a browser. Without one, skip the test with the reason."""
    sync_api = pytest.importorskip("playwright.sync_api", reason=REASON)
    pytest.importorskip("axe_playwright_python.sync_playwright", reason=REASON)
    with sync_api.sync_playwright() as playwright:
        path = find_chromium_path() or playwright.chromium.executable_path
        if not Path(path).exists():
            pytest.skip(REASON)
        chromium = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else [],
        )
        yield chromium
        chromium.close()


@contextmanager
def opened(
    browser: Any, width: int = 1280, scheme: str = "light", height: int = 860
) -> Iterator[RecordedPage]:
    """Yield an empty page of that width, which records everything that goes wrong."""
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    context.set_default_timeout(5000)
    recorded_page = RecordedPage(page=context.new_page())
    recorded_page.page.on(
        "console", lambda message: recorded_page.problems.append(f"{message.type}: {message.text}")
    )
    recorded_page.page.on("pageerror", lambda error: recorded_page.problems.append(str(error)))
    recorded_page.page.on(
        "dialog",
        lambda dialog: (
            recorded_page.problems.append(f"dialog: {dialog.message}"),
            dialog.dismiss(),
        ),
    )
    recorded_page.page.on(
        "request",
        lambda request: (
            recorded_page.problems.append(request.url)
            if not request.url.startswith(("file:", "data:"))
            else None
        ),
    )
    yield recorded_page
    context.close()
