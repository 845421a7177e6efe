"""A result as a badge: an SVG picture with the number of verified or violated claims."""

from __future__ import annotations

from html import escape

from conformance.report.conclusion import get_conclusion
from conformance.report.result import Result
from conformance.report.status import RunStatus
from conformance.suite.events import Verdict

CHARACTER_WIDTH = 6.6  # pixels of the font at 11 px, on average
PADDING = 10  # pixels beside each text
LABEL = "conformance"
# colors on which white text has a contrast of at least 4.5 (WCAG 2.2, 1.4.3)
COLORS = {Verdict.VERIFIED: "#2a7a3b", Verdict.VIOLATED: "#b3261e", Verdict.UNDECIDED: "#5f6368"}


def render_badge(result: Result) -> str:
    """Return the badge of a result.

    It counts violated claims if there are any that are not accepted, else the verified ones.
    """
    verdict, text = summarize_verdict(result)
    widths = [round(len(part) * CHARACTER_WIDTH) + 2 * PADDING for part in (LABEL, text)]
    label_width, total_width = widths[0], sum(widths)
    title = escape(f"{LABEL}: {text}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total_width}" height="20" role="img"'
        f' aria-label="{title}">\n'
        f" <title>{title}</title>\n"
        f' <rect width="{label_width}" height="20" fill="#3c4043"/>\n'
        f' <rect x="{label_width}" width="{widths[1]}" height="20" fill="{COLORS[verdict]}"/>\n'
        ' <g fill="#fff" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11"'
        ' text-anchor="middle">\n'
        f'  <text x="{label_width / 2}" y="14">{LABEL}</text>\n'
        f'  <text x="{label_width + widths[1] / 2}" y="14">{escape(text)}</text>\n'
        " </g>\n"
        "</svg>\n"
    )


def summarize_verdict(result: Result) -> tuple[Verdict, str]:
    """Return the verdict that a badge shows, and its text."""
    violated, verified = len(result.violated), result.summary[Verdict.VERIFIED]
    if violated:
        return Verdict.VIOLATED, f"{violated} violated"
    if get_conclusion(result).status in (RunStatus.UNDECIDED, RunStatus.INTERRUPTED):
        return Verdict.UNDECIDED, "undecided"
    accepted = f", {len(result.accepted)} accepted" if result.accepted else ""
    return Verdict.VERIFIED, f"{verified} verified{accepted}"
