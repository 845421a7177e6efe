"""Highlighting of the parts of an exchange that a finding names."""

from __future__ import annotations

import pytest

from conformance.contract.json import Json
from conformance.report import highlight
from conformance.report.excerpt import HtmlPageSizeBudget, excerpt_body_with_highlights
from conformance.report.highlight import HighlightedParts, find_highlights
from tests.report.sample import HOSTILE


def list_highlighted_texts(segments: list[tuple[str, bool]]) -> list[str]:
    return [text for text, highlighted in segments if highlighted]


@pytest.mark.parametrize(
    ("id", "message", "body", "expected"),
    [
        (
            "list/order/orders-by/name",
            "not in order: 'b' comes before 'a'",
            '{"items": [{"name": "b"}, {"name": "a"}, {"name": "c"}]}',
            ['"b"', '"a"'],
        ),
        (
            "list/responses/200/body",
            "the body of a 200 answer breaks its schema at /items/0/id: 3 is not text",
            '{"items": [{"id": 3}]}',
            ['"id": ', "3"],
        ),
        (
            "list/page/echo",
            "page was 2 and the answer says 3 at /page",
            '{"page": 3, "size": 2}',
            ['"page": ', "3"],
        ),
        (
            "create/body/name/stored",
            "name was sent as 'x' and reads back as 'y'",
            '{"name": "y", "id": "1"}',
            ['"name": ', '"y"'],
        ),
        (
            "list/answers",
            "the list says 'alpha-1' where it should not",
            "alpha-1 is no JSON",
            ["alpha-1"],
        ),
    ],
)
def test_what_the_finding_names_is_highlighted(
    id: str, message: str, body: str, expected: list[str]
) -> None:
    """Quoted values, pointers and fields that a finding names are highlighted in the body, and
    nothing else.
    """
    assert (
        list_highlighted_texts(
            excerpt_body_with_highlights(
                body, find_highlights({"id": id}, message), HtmlPageSizeBudget()
            )
        )
        == expected
    )


@pytest.mark.parametrize(
    "message",
    [
        "answered with 404; documented is 200",
        "418 is not a documented status",
        "a query is refused: GET http://x/y → 400",
    ],
)
def test_a_status_is_highlighted(message: str) -> None:
    """A finding about a status highlights the status line."""
    assert find_highlights({"id": "list/answers"}, message).status


def test_a_media_type_is_highlighted() -> None:
    """A finding about a media type highlights the content-type header."""
    assert find_highlights(
        {"id": "list/responses/200/media"}, "a 200 answer is text/html instead of application/json"
    ).headers == {"content-type"}


def test_the_parameter_is_highlighted_in_the_request() -> None:
    """The parameter that a claim is about is highlighted in the query."""
    segments = highlight.highlight_url_parameters(
        "http://x/things?order=name&page=1",
        find_highlights({"id": "list/order/orders-by/name"}, ""),
    )
    assert (list_highlighted_texts(segments), "".join(text for text, _ in segments)) == (
        ["order=name"],
        "/things?order=name&page=1",
    )


def test_distant_highlights_are_shown_with_a_gap() -> None:
    """For a long body, the beginning and the context of each highlight are shown, with the number
    of omitted lines.
    """
    body = '{"items": [' + ",".join(f'"i{number}"' for number in range(500)) + "]}"
    segments = excerpt_body_with_highlights(
        body, HighlightedParts(texts=frozenset({"i400"})), HtmlPageSizeBudget()
    )
    text = "".join(segment_text for segment_text, _ in segments)
    assert (list_highlighted_texts(segments), "lines …" in text, len(text) < 2000) == (
        ['"i400"'],
        True,
        True,
    )


def test_the_budget_limits_all_bodies_together() -> None:
    """When a page is full, further bodies are omitted, and the page says so."""
    budget = HtmlPageSizeBudget(remaining=3000)
    shown_texts: list[Json] = [
        "".join(
            text for text, _ in excerpt_body_with_highlights("<" * 500, HighlightedParts(), budget)
        )
        for _ in range(3)
    ]
    assert [text.startswith("left out") for text in shown_texts] == [False, True, True]


def test_hostile_text_is_shown_without_control_characters() -> None:
    """Bodies are shown without control characters and surrogates."""
    text = "".join(
        segment_text
        for segment_text, _ in excerpt_body_with_highlights(
            HOSTILE, find_highlights({"id": "x"}, HOSTILE), HtmlPageSizeBudget()
        )
    )
    assert [character for character in ("\x1b", "\u202e", "\ud800") if character in text] == []
