"""Finds the part of an exchange to highlight from the data of a finding.

The highlights only help readers; no verdict depends on them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from conformance.checks.observation import describe_value
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING, iterate_values, join, tokens
from conformance.report.result import ClaimResult, FoundFailure

_NUMBER_TOKEN = re.compile(r"/\d+(?=/|$)")  # without one, the place may be one of each item
MAX_TEXTS = 40  # of the expected and the actual value that are searched for
MIN_TEXT_LENGTH = 3  # characters of a quoted value that is searched for inside other text

Segment = tuple[str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class HighlightedParts:
    """What to highlight in an exchange.

    `texts` are highlighted wherever a value equals one. `pointers` and `fields` (keys at any depth)
    refer to bodies, `inputs` to parameters, `headers` to response headers, `status` to the status
    line.
    """

    texts: frozenset[str] = frozenset()
    pointers: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    inputs: frozenset[str] = frozenset()
    headers: frozenset[str] = frozenset()
    status: bool = False


def find_highlights(claim: ClaimResult, finding: FoundFailure) -> HighlightedParts:
    """Return what a finding and the id of its claim refer to."""
    pointer = finding.pointer
    values = [value for value in (finding.expected, finding.actual) if value is not MISSING]
    texts = [
        value for _, value in iterate_values(values) if isinstance(value, str) and value.strip()
    ]
    id_parts = claim.id.split("/")[1:]
    return HighlightedParts(
        texts=frozenset(texts[:MAX_TEXTS]),
        pointers=frozenset({pointer} if pointer else ()),
        fields=frozenset(() if _NUMBER_TOKEN.search(pointer) else tokens(pointer)[-1:]),
        inputs=frozenset(id_parts[1:2] if id_parts[:1] == ["body"] else id_parts[:1]),
        headers=frozenset({finding.header.lower()} if finding.header else ()),
        status=finding.status is not None,
    )


def highlight_message(finding: FoundFailure) -> list[Segment]:
    """Return the message of a finding as segments, the values in it highlighted."""
    values = [value for value in (finding.expected, finding.actual) if value is not MISSING]
    texts = {describe_value(value) for value in values}
    message = finding.message[:1200]
    if not texts:
        return [(message, False)]
    longest_first = sorted(texts, key=len, reverse=True)
    parts = re.split("(" + "|".join(map(re.escape, longest_first)) + ")", message)
    return [(part, number % 2 == 1) for number, part in enumerate(parts) if part]


def highlight_url_parameters(url: str, highlights: HighlightedParts) -> list[Segment]:
    """Return the path and query of a URL as segments, with the relevant parameters highlighted."""
    url_parts = urlsplit(url)
    segments: list[Segment] = [(url_parts.path or "/", False)]
    for number, part in enumerate(url_parts.query.split("&") if url_parts.query else ()):
        name = next(iter(parse_qsl(part, keep_blank_values=True)), ("", ""))[0]
        segments += [("&" if number else "?", False), (part, name in highlights.inputs)]
    return segments


def highlight_body(body: str, highlights: HighlightedParts) -> list[list[Segment]]:
    """Return the lines of a body as segments, JSON indented and relevant parts highlighted."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return [_highlight_plain_text(line, highlights) for line in body.splitlines()]
    segments_by_line: list[list[Segment]] = [[]]
    try:
        for text, highlighted in _highlight_json_value(value, "", "", highlights):
            if text == "\n":
                segments_by_line.append([])
            else:
                segments_by_line[-1].append((text, highlighted))
    except RecursionError:
        return [_highlight_plain_text(body, highlights)]
    return segments_by_line


def _highlight_json_value(
    value: Json, pointer: str, indent: str, highlights: HighlightedParts, inside: bool = False
) -> Iterator[Segment]:
    inside = inside or pointer in highlights.pointers
    if isinstance(value, dict | list) and value:
        opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
        yield opening, inside
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for number, (key, child) in enumerate(pairs):
            yield ("," if number else ""), False
            yield "\n", False
            child_pointer = join(pointer, key)
            highlighted = inside or child_pointer in highlights.pointers or key in highlights.fields
            yield indent + "  ", False
            if isinstance(value, dict):
                yield json.dumps(key, ensure_ascii=False) + ": ", highlighted
            yield from _highlight_json_value(
                child, child_pointer, indent + "  ", highlights, highlighted
            )
        yield "\n", False
        yield indent + closing, inside
    else:
        text = json.dumps(value, ensure_ascii=False)
        yield text, inside or (isinstance(value, str) and value in highlights.texts)


def _highlight_plain_text(text: str, highlights: HighlightedParts) -> list[Segment]:
    texts = sorted(
        (candidate for candidate in highlights.texts if len(candidate) >= MIN_TEXT_LENGTH),
        key=len,
        reverse=True,
    )
    if not texts:
        return [(text, False)]
    parts = re.split("(" + "|".join(map(re.escape, texts)) + ")", text)
    return [(part, number % 2 == 1) for number, part in enumerate(parts) if part]
