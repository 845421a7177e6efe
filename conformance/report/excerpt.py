"""Excerpts of bodies for HTML pages, formatted and limited in size."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass

from conformance.report.highlight import HighlightedParts, Segment, highlight_body
from conformance.report.text import sanitize_text

FIRST_LINES, CONTEXT_LINES, MAX_LINES = (
    24,
    5,
    120,
)  # lines shown at the beginning, before and after a highlight, and of one body
MAX_LINE_LENGTH = 600  # characters of one line
MAX_PARSED_LENGTH = 400_000  # characters of a body that are parsed


@dataclass(slots=True)
class HtmlPageSizeBudget:
    """The number of characters of HTML that a page may still use for bodies."""

    remaining: int = 2_500_000

    @property
    def exhausted(self) -> bool:
        """Return whether the budget is used up."""
        return self.remaining < 0

    def charge_segments(self, segments: Iterable[Segment]) -> bool:
        """Charge the segments to the budget and return whether they fit."""
        return self.charge(*(part for part, _ in segments))

    def charge(self, *texts: str) -> bool:
        """Charge the texts to the budget and return whether they fit."""
        if not self.exhausted:
            self.remaining -= sum(len(html.escape(text)) + 14 for text in texts)
        return not self.exhausted


def excerpt_body_with_highlights(
    body: str | None,
    highlights: HighlightedParts,
    budget: HtmlPageSizeBudget,
    length: int | None = None,
) -> list[Segment]:
    """Return the segments of a body to show: its first lines and those around each highlight.

    Omitted lines are replaced by their count. `length` is the length of the whole body, in
    characters, if `body` was truncated before. If the budget is used up, the only segment says so.
    """
    if not body:
        return []
    lines = highlight_body(body[:MAX_PARSED_LENGTH], highlights)
    kept_numbers = set(range(min(FIRST_LINES, len(lines))))
    for number, line in enumerate(lines):
        if any(highlighted for _, highlighted in line):
            kept_numbers |= set(
                range(max(0, number - CONTEXT_LINES), min(len(lines), number + CONTEXT_LINES + 1))
            )
    segments: list[Segment] = []
    previous = -1
    for number in sorted(kept_numbers)[:MAX_LINES]:
        if number > previous + 1:
            segments.append((f"  … {number - previous - 1} lines …\n", False))
        segments += [*_truncate_segment_line(lines[number]), ("\n", False)]
        previous = number
    if previous + 1 < len(lines):
        segments.append((f"  … {len(lines) - previous - 1} more lines …\n", False))
    if length is not None or len(body) > MAX_PARSED_LENGTH:
        segments.append((f"  … {length or len(body):,} characters in all".replace(",", " "), False))
    sanitized = [
        (sanitize_text(text, "\n\t"), highlighted) for text, highlighted in segments if text
    ]
    return (
        sanitized
        if budget.charge_segments(sanitized)
        else [("left out: the page is full, the JSON result has it", False)]
    )


def _truncate_segment_line(segments: list[Segment]) -> list[Segment]:
    truncated: list[Segment] = []
    remaining = MAX_LINE_LENGTH
    for text, highlighted in segments:
        if remaining <= 0:
            break
        truncated.append((text if len(text) <= remaining else text[:remaining] + "…", highlighted))
        remaining -= len(text)
    return truncated
