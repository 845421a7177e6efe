"""What a run leaves, and where it could not see, stands in the reports that people read."""

from __future__ import annotations

from conformance.report import html, markdown
from tests.report import sample

LEFT = {"resource": "group", "id": 7, "name": "conf-x", "reason": "the server still has it"}
REASON = "group: GET /groups → 500"


def test_leftovers_and_what_was_not_seen() -> None:
    """Page and Markdown name each item that was left, and say that more may be left."""
    for report in (html.render_result_page, markdown.render_markdown_summary):
        plain = report(sample.result())
        assert "may be left" not in plain
        full = report({**sample.result(), "leftovers": [LEFT], "unread_lists": [REASON]})
        assert "conf-x" in full
        assert "more may be left" in full
        assert "GET /groups" in full
        unseen = report({**sample.result(), "unread_lists": [REASON]})
        assert "more may be left" in unseen
