"""The HTML report of a run."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from conformance.contract.json import Json
from conformance.report import html
from conformance.report.record import record_to_json
from tests.report.sample import HOSTILE, claim, hostile, ran, result, small

MAX_PAGE_BYTES = 5_000_000


class Reader(HTMLParser):
    """Parses a page and collects its elements, ids, links and attributes."""

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
def test_the_page_is_self_contained(result: Json) -> None:
    """Every link leads to an id of the page, no id is used twice, and nothing is loaded."""
    reader = Reader(html.render_result_page(result))
    assert len(reader.ids) == len(set(reader.ids))
    assert [link for link in reader.links if link != "data:," and link[1:] not in reader.ids] == []


@pytest.mark.parametrize("result", RESULTS, ids=NAMES)
def test_the_page_contains_only_its_own_script_and_style(result: Json) -> None:
    """There is one script and one style, both named in the content security policy by their hash,
    and no event handler or inline style anywhere.
    """
    text = html.render_result_page(result)
    reader = Reader(text)
    assert (reader.elements.count("script"), reader.elements.count("style")) == (1, 1)
    assert [name for name, _ in reader.attributes if name.startswith("on") or name == "style"] == []
    assert re.search(r"default-src &#39;none&#39;|default-src 'none'", text)


def test_hostile_values_are_inert_and_limited() -> None:
    """For 2 MB bodies full of HTML, ANSI and bidi text, the page is smaller than 5 MB, and all of
    the content is text.
    """
    text = html.render_result_page(hostile())
    assert len(text.encode()) < MAX_PAGE_BYTES
    assert [
        payload
        for payload in ("<img", "<script>alert", "\x1b", "\u202e", "\ud800")
        if payload in text
    ] == []
    assert "{{ 7*7 }}" in text
    assert "&lt;script&gt;alert(1)" in text
    assert "\\u202egpj.exe" in text


def test_a_thousand_findings_fit() -> None:
    """Whatever the number of violations, the page stays below 5 MB and lists every claim."""
    large_findings = [
        {
            "message": HOSTILE * 50,
            "curl": HOSTILE * 200,
            "exchanges": record_to_json(hostile().claims[0].findings[0].exchanges) * 4,
        }
    ] * 3
    text = html.render_result_page(
        result(
            *(
                claim(f"listThings/{number}", "violated", findings=large_findings)
                for number in range(1000)
            )
        )
    )
    assert len(text.encode()) < MAX_PAGE_BYTES
    assert text.count('class="claim"') == 1000


def test_the_same_result_gives_the_same_page() -> None:
    """A page contains nothing that depends on the current time."""
    assert html.render_result_page(small()) == html.render_result_page(small())


def test_the_finding_shows_promise_source_and_curl_command() -> None:
    """A finding shows what was promised, its source, what happened, and the curl command, before
    the list of claims.
    """
    head = html.render_result_page(small()).partition('id="findings"')[0]
    expected_texts = (
        "order=name lists the items by name.",
        "The page · Listing",
        "specs/things/openapi.yaml:12",
        "curl -sS",
    )
    assert [text for text in expected_texts if text not in head] == []
