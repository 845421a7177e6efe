"""Reports for people show the items that a run left, and the lists that it could not read."""

from __future__ import annotations

from conformance.report import html, markdown
from tests.report import sample

LEFTOVER = {"resource": "group", "id": 7, "name": "conf-x", "reason": "the server still has it"}
UNREAD_LIST = "group: GET /groups → 500"


def test_leftovers_and_unread_lists() -> None:
    """HTML page and Markdown name each leftover item, and say that more may be left."""
    for render in (html.render_result_page, markdown.render_markdown_summary):
        plain_report = render(sample.result())
        assert "may be left" not in plain_report
        full_report = render(sample.result(leftovers=[LEFTOVER], unread_lists=[UNREAD_LIST]))
        assert "conf-x" in full_report
        assert "more may be left" in full_report
        assert "GET /groups" in full_report
        unread_report = render(sample.result(unread_lists=[UNREAD_LIST]))
        assert "more may be left" in unread_report
