"""Marking the offending part."""

from __future__ import annotations

import pytest

from conformance.contract.json import Json
from conformance.report import highlight
from conformance.report.excerpt import HtmlPageSizeBudget, excerpt_body_with_highlights
from conformance.report.highlight import Highlights, find_highlights
from tests.report.sample import HOSTILE


def hit(segments: list[tuple[str, bool]]) -> list[str]:
    return [text for text, marked in segments if marked]


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
def test_what_the_finding_names_is_marked(
    id: str, message: str, body: str, expected: list[str]
) -> None:
    """Quoted values, pointers and fields that a finding names are marked in the body, and nothing
    else is.
    """
    assert (
        hit(
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
def test_a_status_is_marked(message: str) -> None:
    """A finding about a status marks the status line."""
    assert find_highlights({"id": "list/answers"}, message).status


def test_a_media_type_is_marked() -> None:
    """A finding about a media type marks that header."""
    assert find_highlights(
        {"id": "list/responses/200/media"}, "a 200 answer is text/html instead of application/json"
    ).headers == {"content-type"}


def test_the_parameter_is_marked_in_the_request() -> None:
    """The parameter that a claim is about is marked in the query."""
    segments = highlight.highlight_url_parameters(
        "http://x/things?order=name&page=1",
        find_highlights({"id": "list/order/orders-by/name"}, ""),
    )
    assert (hit(segments), "".join(text for text, _ in segments)) == (
        ["order=name"],
        "/things?order=name&page=1",
    )


def test_far_marks_are_shown_with_a_gap_told() -> None:
    """Of a long body the beginning and the surroundings of each mark are shown, and how much is
    left out.
    """
    body = '{"items": [' + ",".join(f'"i{number}"' for number in range(500)) + "]}"
    shown = excerpt_body_with_highlights(
        body, Highlights(texts=frozenset({"i400"})), HtmlPageSizeBudget()
    )
    text = "".join(part for part, _ in shown)
    assert (hit(shown), "lines …" in text, len(text) < 2000) == (['"i400"'], True, True)


def test_the_budget_bounds_all_bodies_together() -> None:
    """When a page is full, further bodies are left out, and that is said."""
    budget = HtmlPageSizeBudget(remaining=3000)
    shown: list[Json] = [
        "".join(text for text, _ in excerpt_body_with_highlights("<" * 500, Highlights(), budget))
        for _ in range(3)
    ]
    assert [text.startswith("left out") for text in shown] == [False, True, True]


def test_hostile_text_is_laid_out_harmless() -> None:
    """Bodies come out without characters that anything would obey."""
    text = "".join(
        part
        for part, _ in excerpt_body_with_highlights(
            HOSTILE, find_highlights({"id": "x"}, HOSTILE), HtmlPageSizeBudget()
        )
    )
    assert [c for c in ("\x1b", "\u202e", "\ud800") if c in text] == []
