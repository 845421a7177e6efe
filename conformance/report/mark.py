"""Which part of an exchange is the offending one, taken from what a finding says: for eyes, no
verdict rests on it.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from conformance.contract.json import Json
from conformance.contract.pointer import join

QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
POINTER = re.compile(r"(?:\bat |^)(/[^\s:;,']+)")
STATUS = re.compile(r"(?:answered with|→|refused with|\ban?|^) (?=\d{3}\b)|^(?=\d{3} is not)")
FIELD = re.compile(
    r"(?:^|whose |afterwards |the same )([\w.-]+) (?:was sent|was updated|was|is|reads|\{)"
)
SHORTEST = 3  # characters of a quoted value that is looked for inside other text

Segment = tuple[str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What to mark: `texts` wherever a value is one, `pointers` and `fields` (keys at any depth) in
    bodies, headers, parameters, the status line.
    """

    texts: frozenset[str] = frozenset()
    pointers: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    sent: frozenset[str] = frozenset()
    headers: frozenset[str] = frozenset()
    status: bool = False


def marks(claim: Json, message: str) -> Marks:
    """Return what a finding's message, and the id of its claim, point at."""
    texts = {
        text
        for quoted in QUOTED.findall(message[:4000])
        if isinstance(text := _unquoted(quoted), str)
    }
    plain = QUOTED.sub("''", message[:4000])
    words = claim["id"].split("/")[1:]
    return Marks(
        texts=frozenset(text for text in texts if text),
        pointers=frozenset(POINTER.findall(plain)),
        fields=frozenset(FIELD.findall(plain)) - {"it", "what"},
        sent=frozenset(words[1:2] if words[:1] == ["body"] else words[:1]),
        headers=frozenset({"content-type"} if re.search(r"answer is .* instead of", plain) else ()),
        status=bool(STATUS.search(plain)),
    )


def _unquoted(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text[1:-1]


def target(url: str, found: Marks) -> list[Segment]:
    """Return the path and query of a URL in segments, the parameters that matter marked."""
    split = urlsplit(url)
    segments: list[Segment] = [(split.path or "/", False)]
    for number, part in enumerate(split.query.split("&") if split.query else ()):
        name = next(iter(parse_qsl(part, keep_blank_values=True)), ("", ""))[0]
        segments += [("&" if number else "?", False), (part, name in found.sent)]
    return segments


def lines(body: str, found: Marks) -> list[list[Segment]]:
    """Return a body line by line in segments, JSON laid out, the parts that matter marked."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return [_raw(one, found) for one in body.splitlines()]
    laid: list[list[Segment]] = [[]]
    try:
        for text, marked in _laid(value, "", "", found):
            if text == "\n":
                laid.append([])
            else:
                laid[-1].append((text, marked))
    except RecursionError:
        return [_raw(body, found)]
    return laid


def _laid(
    value: Json, at: str, indent: str, found: Marks, inside: bool = False
) -> Iterator[Segment]:
    inside = inside or at in found.pointers
    if isinstance(value, dict | list) and value:
        opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
        yield opening, inside
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for number, (key, child) in enumerate(pairs):
            yield ("," if number else ""), False
            yield "\n", False
            below = join(at, key)
            marked = inside or below in found.pointers or key in found.fields
            yield indent + "  ", False
            if isinstance(value, dict):
                yield json.dumps(key, ensure_ascii=False) + ": ", marked
            yield from _laid(child, below, indent + "  ", found, marked)
        yield "\n", False
        yield indent + closing, inside
    else:
        text = json.dumps(value, ensure_ascii=False)
        yield text, inside or (isinstance(value, str) and value in found.texts)


def _raw(text: str, found: Marks) -> list[Segment]:
    wanted = sorted((one for one in found.texts if len(one) >= SHORTEST), key=len, reverse=True)
    if not wanted:
        return [(text, False)]
    parts = re.split("(" + "|".join(map(re.escape, wanted)) + ")", text)
    return [(part, number % 2 == 1) for number, part in enumerate(parts) if part]
