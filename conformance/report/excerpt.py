"""Bodies as a page shows them: laid out, cut to what matters, and never more of all together than a
page may hold.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass

from conformance.report.mark import Marks, Segment, lines
from conformance.report.text import harmless

FIRST, AROUND, MOST = 24, 5, 120  # lines shown at the beginning, around a mark, and of one body
WIDEST = 600  # characters of one line
LAID = 400_000  # characters of a body that are looked at


@dataclass(slots=True)
class Budget:
    """How many characters of HTML a page may still spend on bodies."""

    left: int = 2_500_000

    @property
    def spent(self) -> bool:
        """Tell whether nothing more goes in."""
        return self.left < 0

    def take(self, text: Iterable[Segment]) -> bool:
        """Tell whether there is room for these segments, and take it."""
        return self.charge(*(part for part, _ in text))

    def charge(self, *texts: str) -> bool:
        """Tell whether there is room for these texts, and take it."""
        if not self.spent:
            self.left -= sum(len(html.escape(text)) + 14 for text in texts)
        return not self.spent


def excerpt(
    body: str | None, found: Marks, budget: Budget, length: int | None = None
) -> list[Segment]:
    """Return the segments of a body to show: its first lines and those around each mark, gaps told;
    `length` is what it measured before it was cut.
    """
    if not body:
        return []
    laid = lines(body[:LAID], found)
    keep = set(range(min(FIRST, len(laid))))
    for number, one in enumerate(laid):
        if any(marked for _, marked in one):
            keep |= set(range(max(0, number - AROUND), min(len(laid), number + AROUND + 1)))
    shown: list[Segment] = []
    before = -1
    for number in sorted(keep)[:MOST]:
        if number > before + 1:
            shown.append((f"  … {number - before - 1} lines …\n", False))
        shown += [*_narrow(laid[number]), ("\n", False)]
        before = number
    if before + 1 < len(laid):
        shown.append((f"  … {len(laid) - before - 1} more lines …\n", False))
    if length is not None or len(body) > LAID:
        shown.append((f"  … {length or len(body):,} characters in all".replace(",", " "), False))
    clean = [(harmless(text, "\n\t"), marked) for text, marked in shown if text]
    return (
        clean
        if budget.take(clean)
        else [("left out: the page is full, the JSON result has it", False)]
    )


def _narrow(segments: list[Segment]) -> list[Segment]:
    found: list[Segment] = []
    room = WIDEST
    for text, marked in segments:
        if room <= 0:
            break
        found.append((text if len(text) <= room else text[:room] + "…", marked))
        room -= len(text)
    return found
