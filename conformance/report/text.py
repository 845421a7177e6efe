"""Makes text from servers safe to show."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

NOT_PRINTABLE_ASCII = re.compile(r"[^ -~]")


def sanitize_text(text: str, keep: str = "\n") -> str:
    """Return text without characters that terminals, XML parsers or readers could misinterpret.

    Control, bidirectional and zero-width characters, lone surrogates and noncharacters are shown as
    escapes, except for those in `keep`.
    """
    return NOT_PRINTABLE_ASCII.sub(
        lambda match: match[0] if match[0] in keep else _escape_character(match[0]), text
    )


@lru_cache(maxsize=4096)
def _escape_character(character: str) -> str:
    is_unsafe = (
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        or ord(character) & 0xFFFE == 0xFFFE
        or 0xFDD0 <= ord(character) <= 0xFDEF
    )
    return f"\\u{ord(character):04x}" if is_unsafe else character


def to_single_line(text: str, max_length: int = 300) -> str:
    """Return sanitized text on one line, truncated to `max_length` characters."""
    flat = " ".join(sanitize_text(text[: 8 * max_length]).split())
    return flat if len(flat) <= max_length else flat[: max_length - 1] + "…"


def format_count(count: int, singular: str, plural: str | None = None) -> str:
    """Return a count with its noun, such as `1 claim` or `2 claims`."""
    return (
        f"{count:,}".replace(",", " ")
        + " "
        + (singular if count == 1 else plural or singular + "s")
    )
