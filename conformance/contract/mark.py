"""Marks: the tag by which a run recognizes the items that it created.

A mark is part of an item's name. It consists of 17 lowercase letters and digits, so that it fits
most patterns: `conf`, the time at which the run began (seconds since 1970, base 36, six
characters), three random characters for the run, three for the number of the session within the
run, and a check character (ISO/IEC 7064, MOD 37,36). A mark is at the beginning of a text, and no
letter or digit follows it. If the run has the server to itself, a mark may also be at the end.
"""

from __future__ import annotations

import re

BASE36_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
MARK_PREFIX = "conf"
RUN_PREFIX_LENGTH = len(MARK_PREFIX) + 6 + 3  # characters that all marks of one run share
MARK_LENGTH = RUN_PREFIX_LENGTH + 3 + 1
MAX_MARKS_PER_RUN = 36**3

_MARK_PATTERN = re.compile(rf"{MARK_PREFIX}([0-9a-z]{{6}})[0-9a-z]{{3}}[0-9a-z]{{3}}[0-9a-z]")
# Marks of version 0.1 had no check character. Their number rarely exceeded 1295, so its first digit
# is 0. This excludes ordinary words after `conformance-` and ten digits.
_OLD_MARK_PATTERN = re.compile(r"conformance-([0-9]{10})-[0-9a-z]{4}0[0-9a-z]{2}")
_EARLIEST_START = 1_577_836_800  # no mark is older than 2020


def encode_base36(value: int, width: int) -> str:
    """Return a number in base 36 with exactly `width` digits."""
    characters = ""
    for _ in range(width):
        value, digit = divmod(value, 36)
        characters = BASE36_DIGITS[digit] + characters
    return characters


def compute_check_character(text: str) -> str:
    """Return the check character of lowercase letters and digits (ISO/IEC 7064, MOD 37,36)."""
    product = 36
    for character in text:
        total = (product + BASE36_DIGITS.index(character)) % 36 or 36
        product = total * 2 % 37
    return BASE36_DIGITS[(37 - product) % 36]


def create_first_mark(seconds: float, random: str) -> str:
    """Return mark number 0 of a run that began `seconds` after 1970.

    `random` holds three base-36 characters.
    """
    return derive_mark(MARK_PREFIX + encode_base36(int(seconds), 6) + random, 0)


def derive_mark(mark: str, number: int) -> str:
    """Return mark number `number` (0 to 46,655) of the same run."""
    text = mark[:RUN_PREFIX_LENGTH] + encode_base36(number, 3)
    return text + compute_check_character(text)


def get_run_prefix(mark: str) -> str:
    """Return the prefix that all marks of the same run share."""
    return mark[:-3] if _OLD_MARK_PATTERN.fullmatch(mark) else mark[:RUN_PREFIX_LENGTH]


def get_first_mark(mark: str) -> str:
    """Return mark number 0 of the same run, after which the run's lock is named."""
    return mark[:-3] + "000" if _OLD_MARK_PATTERN.fullmatch(mark) else derive_mark(mark, 0)


def get_run_start_time(mark: str) -> float:
    """Return the start time of a mark's run, in seconds since 1970.

    For a text that is not a mark, return infinity.
    """
    if match := _MARK_PATTERN.fullmatch(mark):
        return float(int(match[1], 36))
    return float(match[1]) if (match := _OLD_MARK_PATTERN.fullmatch(mark)) else float("inf")


def find_mark(text: str, at_end: bool = False) -> str | None:
    """Return the mark at the beginning of a text, or None.

    With `at_end`, a mark at the end counts as well. A mark needs a correct check character and a
    boundary: no letter or digit may be next to it.
    """
    for pattern in (_MARK_PATTERN, _OLD_MARK_PATTERN):
        if (
            (match := pattern.match(text))
            and _is_valid_mark(match)
            and not text[match.end() : match.end() + 1].isalnum()
        ):
            return match[0]
    if at_end and len(text) > MARK_LENGTH and not text[-MARK_LENGTH - 1].isalnum():
        match = _MARK_PATTERN.fullmatch(text[-MARK_LENGTH:])
        return match[0] if match and _is_valid_mark(match) else None
    return None


def contains_mark(text: str) -> bool:
    """Tell whether a text contains a mark anywhere."""
    return any(_is_valid_mark(match) for match in _MARK_PATTERN.finditer(text))


def text_carries_mark(text: str, mark: str, at_end: bool = False) -> bool:
    """Tell whether a text begins with this mark, followed by a boundary.

    With `at_end`, the mark may also be at the end. The comparison ignores case, since some servers
    change it.
    """
    text, mark = text.casefold(), mark.casefold()
    if text.startswith(mark) and not text[len(mark) : len(mark) + 1].isalnum():
        return True
    return at_end and text.endswith(mark) and not text[-len(mark) - 1 : -len(mark)].isalnum()


def _is_valid_mark(match: re.Match[str]) -> bool:
    mark = match[0]
    if not mark.startswith("conformance-") and compute_check_character(mark[:-1]) != mark[-1]:
        return False
    return get_run_start_time(mark) >= _EARLIEST_START


# used to validate texts before a run has its own mark
SAMPLE_MARK = create_first_mark(1_800_000_000, "abc")
