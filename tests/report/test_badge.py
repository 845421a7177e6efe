"""The badge of a result."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from conformance.report.badge import COLORS, render_badge
from conformance.report.result import Result
from conformance.suite.events import Verdict
from tests.report import sample


def build_result(verified: int, violated: int, accepted: int) -> Result:
    acceptance = {"reason": "known", "until": None}
    return sample.result(
        *(sample.claim(f"listThings/{number}") for number in range(verified)),
        *(sample.claim(f"listThings/v{number}", "violated", "no") for number in range(violated)),
        *(
            sample.claim(f"listThings/a{number}", "violated", "no", accepted=acceptance)
            for number in range(accepted)
        ),
    )


@pytest.mark.parametrize(
    ("verified", "violated", "accepted", "text", "verdict"),
    [
        (110, 0, 0, "110 verified", Verdict.VERIFIED),
        (108, 2, 0, "2 violated", Verdict.VIOLATED),
        (108, 0, 2, "108 verified, 2 accepted", Verdict.VERIFIED),
        (0, 0, 0, "undecided", Verdict.UNDECIDED),
    ],
)
def test_text_and_color(
    verified: int, violated: int, accepted: int, text: str, verdict: Verdict
) -> None:
    """Violated claims come first; accepted ones are named; nothing decided is no success."""
    svg = ElementTree.fromstring(render_badge(build_result(verified, violated, accepted)))
    namespace = "{http://www.w3.org/2000/svg}"
    assert svg.findtext(f"{namespace}title") == f"conformance: {text}"
    assert [node.text for node in svg.iter(f"{namespace}text")] == ["conformance", text]
    assert [node.get("fill") for node in svg.iter(f"{namespace}rect")][1] == COLORS[verdict]


@pytest.mark.parametrize("color", [*COLORS.values(), "#3c4043"])
def test_white_text_can_be_read(color: str) -> None:
    """The contrast is at least 4.5 (WCAG 2.2, 1.4.3)."""

    def get_luminance(part: str) -> float:
        value = int(part, 16) / 255
        linear: float = value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        return linear

    red, green, blue = (get_luminance(color[start : start + 2]) for start in (1, 3, 5))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    assert 1.05 / (luminance + 0.05) >= 4.5
