"""Highlighting of the parts of an exchange that a finding names."""

from __future__ import annotations

import pytest

from conformance.contract.json import Json
from conformance.report import highlight
from conformance.report.excerpt import HtmlPageSizeBudget, excerpt_body_with_highlights
from conformance.report.highlight import HighlightedParts, find_highlights
from conformance.report.record import record_from_json
from conformance.report.result import FoundFailure
from tests.report.sample import HOSTILE, claim_result


def list_highlighted_texts(segments: list[tuple[str, bool]]) -> list[str]:
    return [text for text, highlighted in segments if highlighted]


def build_finding(fields: Json) -> FoundFailure:
    """Return a finding with some of its fields."""
    node = {"message": "", "curl": "", "exchanges": [], **fields}
    return record_from_json(FoundFailure, node)


def find_parts(id: str, fields: Json) -> HighlightedParts:
    """Return what a finding about a claim highlights."""
    return find_highlights(claim_result(id), build_finding(fields))


@pytest.mark.parametrize(
    ("id", "finding", "body", "expected"),
    [
        (
            "list/order/orders-by/name",
            {"pointer": "", "actual": ["b", "a"]},
            '{"items": [{"name": "b"}, {"name": "a"}, {"name": "c"}]}',
            ['"b"', '"a"'],
        ),
        (
            "list/responses/200/body",
            {"pointer": "/items/0/id"},
            '{"items": [{"id": 3}, {"id": "4"}]}',
            ['"id": ', "3"],
        ),
        (
            "list/page/echo",
            {"pointer": "/page", "expected": 2, "actual": 3},
            '{"page": 3, "size": 2}',
            ['"page": ', "3"],
        ),
        (
            "create/body/name/stored",
            {"pointer": "/name", "expected": "x", "actual": "y"},
            '{"name": "y", "id": "1"}',
            ['"name": ', '"y"'],
        ),
        (
            "list/archived",
            {"pointer": "/archived", "expected": True, "actual": False},
            '{"items": [{"archived": false, "id": "1"}]}',
            ['"archived": ', "false"],
        ),
        ("list/answers", {"actual": "alpha-1"}, "alpha-1 is no JSON", ["alpha-1"]),
    ],
)
def test_what_the_finding_names_is_highlighted(
    id: str, finding: Json, body: str, expected: list[str]
) -> None:
    """Values and places that a finding names are highlighted in the body, and nothing else."""
    assert (
        list_highlighted_texts(
            excerpt_body_with_highlights(body, find_parts(id, finding), HtmlPageSizeBudget())
        )
        == expected
    )


def test_a_status_is_highlighted() -> None:
    """A finding about a status highlights the status line, another one does not."""
    assert find_parts("list/answers", {"status": 404}).status
    assert not find_parts("list/answers", {"pointer": "/a"}).status


def test_a_media_type_is_highlighted() -> None:
    """A finding about a header highlights it."""
    finding = {"header": "Content-Type", "actual": "text/html"}
    assert find_parts("list/responses/200/media", finding).headers == {"content-type"}


def test_values_in_the_message_are_highlighted() -> None:
    """The values that a message names stand out, and the text stays as it is."""
    finding = {"message": 'name was "x" and is "y"', "expected": "x", "actual": "y"}
    segments = highlight.highlight_message(build_finding(finding))
    assert list_highlighted_texts(segments) == ['"x"', '"y"']
    assert "".join(text for text, _ in segments) == finding["message"]


def test_the_parameter_is_highlighted_in_the_request() -> None:
    """The parameter that a claim is about is highlighted in the query."""
    segments = highlight.highlight_url_parameters(
        "http://x/things?order=name&page=1", find_parts("list/order/orders-by/name", {})
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
            HOSTILE,
            find_parts("x", {"pointer": "/" + HOSTILE, "actual": HOSTILE}),
            HtmlPageSizeBudget(),
        )
    )
    assert [character for character in ("\x1b", "\u202e", "\ud800") if character in text] == []
