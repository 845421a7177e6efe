"""Marks: the tag in the name of everything that a run creates, by which it is known again.

A mark is 17 characters, all of them lower-case letters and digits, so that it fits most patterns:
`conf`, the time at which the run began (seconds since 1970, base 36), three random characters for
the run, three for the number of the session within the run, and a check character (ISO/IEC 7064,
MOD 37,36). It stands at the beginning of a text, and what follows it is no letter or digit. Where a
server is ours alone, it may also stand at the end.
"""

from __future__ import annotations

import re

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
PREFIX = "conf"
RUN = len(PREFIX) + 6 + 3  # characters that all marks of one run share
LENGTH = RUN + 3 + 1
NUMBERS = 36**3

_FORM = re.compile(rf"{PREFIX}([0-9a-z]{{6}})[0-9a-z]{{3}}[0-9a-z]{{3}}[0-9a-z]")
# Marks of version 0.1 had no check character. Their number hardly ever passed 1295, so it began
# with 0: no word
# that people write after `conformance-` and ten digits looks like that.
_EARLIER = re.compile(r"conformance-([0-9]{10})-[0-9a-z]{4}0[0-9a-z]{2}")
_SINCE = 1_577_836_800  # no mark is older than 2020


def written(value: int, width: int) -> str:
    """Return a number in base 36, in so many characters."""
    characters = ""
    for _ in range(width):
        value, digit = divmod(value, 36)
        characters = DIGITS[digit] + characters
    return characters


def check_character(text: str) -> str:
    """Return the check character of lower-case letters and digits (ISO/IEC 7064, MOD 37,36)."""
    product = 36
    for character in text:
        total = (product + DIGITS.index(character)) % 36 or 36
        product = total * 2 % 37
    return DIGITS[(37 - product) % 36]


def first_of_run(seconds: float, random: str) -> str:
    """Return mark number 0 of a run that began `seconds` after 1970; `random` is three base-36
    characters.
    """
    return numbered(PREFIX + written(int(seconds), 6) + random, 0)


def numbered(mark: str, number: int) -> str:
    """Return the mark number `number` (below 46 656) of the same run."""
    text = mark[:RUN] + written(number, 3)
    return text + check_character(text)


def run_of(mark: str) -> str:
    """Return what all marks of the same run begin with."""
    return mark[:-3] if _EARLIER.fullmatch(mark) else mark[:RUN]


def first(mark: str) -> str:
    """Return mark number 0 of the same run, by which its lock is named."""
    return mark[:-3] + "000" if _EARLIER.fullmatch(mark) else numbered(mark, 0)


def began(mark: str) -> float:
    """Return when the run of a mark began, in seconds since 1970; infinity for a text that is no
    mark.
    """
    if match := _FORM.fullmatch(mark):
        return float(int(match[1], 36))
    return float(match[1]) if (match := _EARLIER.fullmatch(mark)) else float("inf")


def find(text: str, at_end: bool = False) -> str | None:
    """Return the mark at the beginning of a text, or None. `at_end`: one at the end counts as well.

    A mark counts only with a correct check character and a boundary: no letter or digit stands next
    to it.
    """
    for form in (_FORM, _EARLIER):
        if (
            (match := form.match(text))
            and _valid(match)
            and not text[match.end() : match.end() + 1].isalnum()
        ):
            return match[0]
    if at_end and len(text) > LENGTH and not text[-LENGTH - 1].isalnum():
        match = _FORM.fullmatch(text[-LENGTH:])
        return match[0] if match and _valid(match) else None
    return None


def mentioned(text: str) -> bool:
    """Tell whether a mark stands anywhere in a text."""
    return any(_valid(match) for match in _FORM.finditer(text))


def carries(text: str, mark: str, at_end: bool = False) -> bool:
    """Tell whether a text begins (`at_end`: or ends) with this mark, set apart by a boundary.

    Letter case does not count: some servers change it.
    """
    text, mark = text.casefold(), mark.casefold()
    if text.startswith(mark) and not text[len(mark) : len(mark) + 1].isalnum():
        return True
    return at_end and text.endswith(mark) and not text[-len(mark) - 1 : -len(mark)].isalnum()


def _valid(match: re.Match[str]) -> bool:
    mark = match[0]
    if not mark.startswith("conformance-") and check_character(mark[:-1]) != mark[-1]:
        return False
    return began(mark) >= _SINCE


# stands in where texts are judged before there is a run
SAMPLE = first_of_run(1_800_000_000, "abc")
