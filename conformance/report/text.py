"""Text of a server's, made safe to show anywhere."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

SUSPECT = re.compile(r"[^ -~]")


def harmless(text: str, keep: str = "\n") -> str:
    """Return text without anything that a terminal, an XML parser or a reader's eye would obey.

    Control, bidirectional and zero-width characters, lone surrogates and noncharacters are shown as
    escapes; those in `keep` stay.
    """
    return SUSPECT.sub(lambda match: match[0] if match[0] in keep else _shown(match[0]), text)


@lru_cache(maxsize=4096)
def _shown(c: str) -> str:
    obeyed = (
        unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        or ord(c) & 0xFFFE == 0xFFFE
        or 0xFDD0 <= ord(c) <= 0xFDEF
    )
    return f"\\u{ord(c):04x}" if obeyed else c


def line(text: str, most: int = 300) -> str:
    """Return text harmless and on one line, cut to `most` characters."""
    flat = " ".join(harmless(text[: 8 * most]).split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def number(count: int, one: str, more: str | None = None) -> str:
    """Return a count with its noun, such as `1 claim`, `2 claims`."""
    return f"{count:,}".replace(",", " ") + " " + (one if count == 1 else more or one + "s")
