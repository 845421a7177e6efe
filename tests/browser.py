"""A real browser for our pages: Debian's Chromium or whatever Playwright finds; tests that need one
are skipped by name where there is none.
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


def executable() -> str | None:
    """Return the path of a Chromium, None when there is none."""
    named = os.environ.get("CONFORMANCE_BROWSER")
    return named or next(
        (
            found
            for name in ("chromium", "chromium-browser", "google-chrome", "chrome")
            if (found := shutil.which(name))
        ),
        None,
    )


@dataclass
class Opened:
    """A page and what went wrong on it: console messages, errors, and requests that left it."""

    page: Any
    wrong: list[str] = field(default_factory=list)

    def open(self, file: Path, fragment: str = "") -> None:
        self.page.goto(file.resolve().as_uri() + fragment)

    def serious(self) -> list[str]:
        """Return what axe-core finds that is serious or critical."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0].get('failureSummary', '')}"
            for one in found
            if one["impact"] in ("serious", "critical")
        ]

    def overflows(self) -> bool:
        """Tell whether the page is wider than the window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@contextmanager
def browser() -> Iterator[Any]:
    """Yield a browser; skips the test, with the reason, where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason=REASON)
    pytest.importorskip("axe_playwright_python.sync_playwright", reason=REASON)
    with sync_api.sync_playwright() as playwright:
        path = executable() or playwright.chromium.executable_path
        if not Path(path).exists():
            pytest.skip(REASON)
        opened = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else [],
        )
        yield opened
        opened.close()


@contextmanager
def opened(
    browser: Any, width: int = 1280, scheme: str = "light", height: int = 860
) -> Iterator[Opened]:
    """Yield an empty page of that width, which records everything that goes wrong."""
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    context.set_default_timeout(5000)
    one = Opened(page=context.new_page())
    one.page.on("console", lambda message: one.wrong.append(f"{message.type}: {message.text}"))
    one.page.on("pageerror", lambda error: one.wrong.append(str(error)))
    one.page.on(
        "dialog", lambda dialog: (one.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss())
    )
    one.page.on(
        "request",
        lambda request: (
            one.wrong.append(request.url)
            if not request.url.startswith(("file:", "data:"))
            else None
        ),
    )
    yield one
    context.close()
