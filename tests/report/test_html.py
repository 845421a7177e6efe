"""The report of a run as a page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from conformance.contract.json import Json
from conformance.report import html
from tests.report.sample import HOSTILE, claim, hostile, ran, result, small

MOST = 5_000_000  # bytes


class Reader(HTMLParser):
    """Collects elements, ids, links and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


RESULTS = [small(), hostile(), ran("losant"), ran("push-express"), result()]
NAMES = ["small", "hostile", "losant", "push-express", "empty"]


@pytest.mark.parametrize("result", RESULTS, ids=NAMES)
def test_the_page_needs_nothing_else(result: Json) -> None:
    """Every link leads to an id of the page, no id is given twice, and nothing is loaded."""
    read = Reader(html.render_result_page(result))
    assert len(read.ids) == len(set(read.ids))
    assert [link for link in read.links if link != "data:," and link[1:] not in read.ids] == []


@pytest.mark.parametrize("result", RESULTS, ids=NAMES)
def test_only_our_script_runs(result: Json) -> None:
    """There is one script and one style, both named in the policy by their hash, and no handler or
    inline style anywhere.
    """
    text = html.render_result_page(result)
    read = Reader(text)
    assert (read.elements.count("script"), read.elements.count("style")) == (1, 1)
    assert [name for name, _ in read.attributes if name.startswith("on") or name == "style"] == []
    assert re.search(r"default-src &#39;none&#39;|default-src 'none'", text)


def test_hostile_values_are_inert_and_few() -> None:
    """Of 2 MB bodies full of HTML, ANSI and bidi text a page of less than 5 MB is made, in which
    all of it is text.
    """
    text = html.render_result_page(hostile())
    assert len(text.encode()) < MOST
    assert [
        bad for bad in ("<img", "<script>alert", "\x1b", "\u202e", "\ud800") if bad in text
    ] == []
    assert "{{ 7*7 }}" in text
    assert "&lt;script&gt;alert(1)" in text
    assert "\\u202egpj.exe" in text


def test_a_thousand_findings_fit() -> None:
    """However much is broken, the page stays below 5 MB and lists every claim."""
    big = [
        {
            "message": HOSTILE * 50,
            "curl": HOSTILE * 200,
            "exchanges": hostile()["claims"][0]["findings"][0]["exchanges"] * 4,
        }
    ] * 3
    text = html.render_result_page(
        result(*(claim(f"listThings/{n}", "violated", findings=big) for n in range(1000)))
    )
    assert len(text.encode()) < MOST
    assert text.count('class="claim"') == 1000


def test_the_same_result_gives_the_same_page() -> None:
    """Nothing of the moment gets into a page."""
    assert html.render_result_page(small()) == html.render_result_page(small())


def test_the_finding_tells_promise_source_and_curl_line() -> None:
    """A finding shows what was promised, where it is written, what happened, and the curl line,
    before the list of claims.
    """
    head = html.render_result_page(small()).partition('id="findings"')[0]
    wanted = (
        "order=name lists the items by name.",
        "The page · Listing",
        "specs/things/openapi.yaml:12",
        "curl -sS",
    )
    assert [part for part in wanted if part not in head] == []
