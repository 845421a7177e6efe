"""Masks secrets in anything that is shown or kept, in whatever common encoding they stand there.

A text is looked at in several views: as it is, with its escapes decoded, and without what does not
count. Each view knows where its characters come from, so that what is found in it is masked in the
text itself.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

# characters: a shorter secret is masked only where it stands alone, else it would be found in
# ordinary words
SHORT = 6
SHORTEST = 4  # characters: a secret below that is masked by its place only
BEGINNING = 12  # characters of a long secret that are masked although its end is missing
# characters of a secret that are masked in front of, or behind, a sign that something was cut there
PART = 8  # characters of a secret that are masked alone, if they look like no word
CUT = 4

_ESCAPES = re.compile(
    r"%(?:25)*u(?P<script>[0-9a-f]{4})"
    r"|%(?:25)*(?P<percent>[0-9a-f]{2})"
    r"|\\+u\{0*(?P<braced>[0-9a-f]{1,6})\}"
    r"|\\+u(?P<unicode>[0-9a-f]{4})"
    r"|U\+(?P<name>[0-9a-f]{4,6})"
    r"|\\+x(?P<hex>[0-9a-f]{2})"
    r"|\\+(?P<octal>[0-3][0-7]{2})"
    r"|&(?:amp;)*\#0*(?P<decimal>[0-9]{1,7})(?:;|\b)"
    r"|&(?:amp;)*\#x0*(?P<entity>[0-9a-f]{1,6})(?:;|\b)"
    r"|&(?:amp;)*(?P<named>[a-z]{2,8});"
    r"|\\+(?P<plain>[^0-9a-z\\])",
    re.IGNORECASE,
)
_PRINTABLE = re.compile(r"=(?:\r?\n|(?P<printable>[0-9a-f]{2}))", re.IGNORECASE)  # RFC 2045, 6.7
_NOTHING = re.compile("[\x00\u00ad\u200b-\u200f\u2060\ufeff]+|\\\\[rn]|\r?\n[ \t]*|\x1b\\[[0-9;]*m")
_TAGS = re.compile(r"<[^<>]{1,40}>")
_SIGNS = re.compile(r"[^0-9A-Za-z]+")
_BLANKS = re.compile(r"[\s\x00\"'\[\]{}()<>]+")
_DOTS = re.compile(r"…|\.\.\.")
_BESIDES = re.compile(r"0x|\\x|\\[rn]|[^0-9A-Za-z+/=_]+")
_WIDE = {0xFEE0 + code: chr(code).lower() for code in range(33, 127)}  # full-width forms
_PLAIN: dict[int, str] = {**{code: chr(code + 32) for code in range(65, 91)}, **_WIDE}
GRAM = (
    4  # characters by which a text is searched for the beginnings of all that is looked for at once
)


@dataclass(frozen=True, slots=True)
class _View:
    """A text with some of its parts replaced; `starts[i]` to `ends[i]` is where character i comes
    from.
    """

    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]

    def replaced(self, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str]) -> _View:
        """Return the view in which each match has become another text."""
        parts: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for match in pattern.finditer(self.text):
            self._copy(at, match.start(), parts, starts, ends)
            character = new(match)
            if character and match.end() > match.start():
                start, end = self.span(match.start(), match.end())
                parts.append(character)
                starts.extend([start] * len(character))
                ends.extend([end] * len(character))
            at = match.end()
        if not parts and at == 0:
            return self
        self._copy(at, len(self.text), parts, starts, ends)
        return _View("".join(parts), starts, ends)

    def _copy(
        self, start: int, end: int, parts: list[str], starts: list[int], ends: list[int]
    ) -> None:
        if start < end:
            parts.append(self.text[start:end])
            starts.extend(range(start, end) if self.starts is None else self.starts[start:end])
            ends.extend(range(start + 1, end + 1) if self.ends is None else self.ends[start:end])


def _unescaped(match: re.Match[str]) -> str:
    kind = match.lastgroup or ""
    value: str = match[kind]
    match kind:
        case "script" | "percent" | "braced" | "unicode" | "name" | "hex" | "entity":
            code = int(value, 16)
        case "octal":
            code = int(value, 8)
        case "decimal":
            code = int(value)
        case "named":
            character = html.unescape(f"&{value.lower()};")
            return character if len(character) == 1 else ""
        case _:
            return value
    return chr(code) if code < 0x110000 else ""


def _printable(match: re.Match[str]) -> str:
    return chr(int(match["printable"], 16)) if match["printable"] else ""


def _removed(match: re.Match[str]) -> str:
    return ""


_Step = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]
_DECODED: tuple[_Step, ...] = ((_ESCAPES, _unescaped), (_NOTHING, _removed))
_VIEWS: tuple[tuple[_Step, ...], ...] = (
    (),
    _DECODED,
    (*_DECODED, (_ESCAPES, _unescaped)),
    ((_PRINTABLE, _printable),),
    (*_DECODED, (_BLANKS, _removed)),
    (*_DECODED, (_TAGS, _removed)),
    ((_SIGNS, _removed),),
    ((_BESIDES, _removed),),
)


def _views(text: str, holds: Callable[[str], bool]) -> Iterator[_View]:
    """Yield the views of a text that hold a secret; only those are worth the work of knowing where
    they come from.
    """
    seen = set[str]()
    for steps in _VIEWS:
        shown = text
        for pattern, new in steps:
            shown = pattern.sub(new, shown)
        if shown in seen:
            continue
        seen.add(shown)
        if not holds(shown):
            continue
        view = _View(text)
        for pattern, new in steps:
            view = view.replaced(pattern, new)
        yield view


@dataclass(frozen=True, slots=True)
class _Secret:
    """A secret: texts that are looked for in any letter case, texts of which the case counts, and
    what stands for it.
    """

    name: str
    secret: str
    alone: bool
    folded: tuple[str, ...]
    exact: tuple[str, ...]


class Masker:
    """Replaces secrets by their names.

    >>> Masker({"s3cr3t-t0ken": "$TOKEN"}).text("a czNjcjN0LXQwa2Vu b s3cr3t%2Dt0ken")
    'a $TOKEN b $TOKEN'
    """

    def __init__(self, secrets: Mapping[str, str]) -> None:
        ordered = sorted(secrets.items(), key=lambda pair: -len(pair[0]))
        self._secrets = [
            _prepared(secret, name) for secret, name in ordered if len(secret) >= SHORTEST
        ]
        wanted = [_folded(text) for one in self._secrets for text in (*one.folded, *one.exact)]
        self._beginnings, self._count = frozenset(text[:GRAM] for text in wanted), len(wanted)

    def text(self, value: str) -> str:
        """Return a text with every secret in it replaced by its name."""
        if not self._secrets or not value:
            return value
        found: list[tuple[int, int, str]] = []
        for view in _views(value, self._holds):
            folded = _folded(view.text)
            for secret in self._secrets:
                for start, end in _found(secret, view.text, folded):
                    found.append((*view.span(start, end), secret.name))
        return _replaced(value, found) if found else value

    def _holds(self, text: str) -> bool:
        folded = _folded(text)
        if len(text) < 20 * self._count and _DOTS.search(folded) is None:
            grams = {folded[at : at + GRAM] for at in range(len(folded) - GRAM + 1)}
            if self._beginnings.isdisjoint(grams):
                return False
        return any(next(_found(secret, text, folded), None) is not None for secret in self._secrets)

    def bytes(self, value: bytes) -> bytes:
        """Return bytes, taken for UTF-8, with every secret in them replaced by its name."""
        text = value.decode("utf-8", "surrogateescape")
        masked = self.text(text)
        return value if masked is text else masked.encode("utf-8", "surrogateescape")


@lru_cache(maxsize=256)
def _masker(secrets: tuple[tuple[str, str], ...]) -> Masker:
    return Masker(dict(secrets))


def masked(value: str, secrets: Mapping[str, str]) -> str:
    """Return a text with every secret in it replaced by its name, in whatever common encoding it
    stands there.
    """
    return _masker(tuple(secrets.items())).text(value)


def masked_bytes(value: bytes, secrets: Mapping[str, str]) -> bytes:
    """Return bytes with every secret in them replaced by its name."""
    return _masker(tuple(secrets.items())).bytes(value)


def _folded(text: str) -> str:
    """Return a text in lower case; only of characters of which the case is one character each."""
    return text.lower() if text.isascii() else text.translate(_PLAIN)


def _prepared(secret: str, name: str) -> _Secret:
    raw = secret.encode("utf-8", "surrogatepass")
    if len(secret) < SHORT:
        return _Secret(name, secret, True, (_folded(secret),), ())
    exact: list[str] = []
    for text in _written(secret):
        coded = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        exact += _cores(coded, 3, base64.b64encode)
    exact += _cores(base64.b64encode(raw), 3, base64.b64encode)
    exact += [text.replace("+", "-").replace("/", "_") for text in exact]
    folded = [text for text in exact if len(text) >= BEGINNING]  # what was put in lower case
    exact += [base64.a85encode(raw).decode(), base64.b85encode(raw).decode()]
    folded += [text for text in _written(secret) if isinstance(text, str)]
    folded += [secret[::-1], raw.hex(), base64.b64encode(raw).hex()]
    folded += [
        secret.encode(coding, "surrogatepass").hex() for coding in ("utf-16-le", "utf-16-be")
    ]
    folded += _cores(raw, 5, base64.b32encode)
    numbers = [str(byte) for byte in raw]
    folded += [",".join(numbers), "".join(numbers), "".join(f"{byte:08b}" for byte in raw)]
    for kept in (r"[^0-9A-Za-z+/=_]+", r"[^0-9A-Za-z]+"):
        letters = re.sub(kept, "", secret)
        if len(letters) >= 2 * SHORTEST:
            folded.append(letters)
    folded += _telling(secret)
    prepared = dict.fromkeys(_folded(text) for text in (secret, *folded))
    return _Secret(name, secret, False, tuple(prepared), tuple(dict.fromkeys(exact)))


def _written(secret: str) -> Iterator[str | bytes]:
    """Yield a secret as it may have been written before it was encoded once more."""
    view = _View(secret).replaced(_ESCAPES, _unescaped).text
    quoted = quote(secret, safe="", errors="replace")
    in_json = json.dumps(secret)[1:-1]
    in_script = re.sub(r"[<>&'+\"]", lambda match: f"\\u{ord(match[0]):04x}", secret)
    texts = (secret, view, quoted, quote(quoted, safe=""), in_json, in_script, html.escape(secret))
    yield from (text for text in dict.fromkeys(texts) if len(text) >= SHORT)
    yield secret.encode("utf-16-le", "surrogatepass")
    yield secret.encode("utf-16-be", "surrogatepass")


def _telling(secret: str) -> Iterator[str]:
    """Yield the beginning and the end of a secret, as long as they are like no ordinary word."""
    if len(secret) > BEGINNING:
        yield secret[: max(BEGINNING, len(secret) * 3 // 4)]
    for part in (secret, secret[::-1]):
        for length in range(PART, len(secret)):
            some = part[:length]
            if sum(c.isdigit() for c in some) >= 2 and any(c.isalpha() for c in some):
                yield some if part == secret else some[::-1]
                break


def _cores(raw: bytes, group: int, encode: Callable[[bytes], bytes]) -> list[str]:
    """Return what a base-N encoding of any text that holds these bytes holds for certain, at each
    alignment.
    """
    found = []
    bits = 6 if group == 3 else 5
    for before in range(group):
        text = encode(b"\0" * before + raw).decode().rstrip("=")
        first = -(-before * 8 // bits)  # characters that depend on what stands before
        last = (before + len(raw)) * 8 // bits  # characters that do not depend on what follows
        if last - first >= SHORT:
            found.append(text[first:last])
    return found


def _found(secret: _Secret, text: str, folded: str) -> Iterator[tuple[int, int]]:
    for wanted in secret.folded:
        start = folded.find(wanted)
        while start >= 0:
            end = start + len(wanted)
            if not secret.alone or not (
                folded[start - 1 : start].isalnum() or folded[end : end + 1].isalnum()
            ):
                yield _further(secret, folded, start, end)
            start = folded.find(wanted, start + 1)
    for wanted in secret.exact:
        start = text.find(wanted)
        while start >= 0:
            yield start, start + len(wanted)
            start = text.find(wanted, start + 1)
    if not secret.alone:
        yield from _cut(secret.folded[0], folded)


def _further(secret: _Secret, folded: str, start: int, end: int) -> tuple[int, int]:
    """Return where a part of the secret begins and ends, as far as it is there."""
    whole = secret.folded[0]
    length = end - start
    if folded[start:end] == whole[:length]:
        while length < len(whole) and folded[start + length : start + length + 1] == whole[length]:
            length += 1
        return start, start + length
    if folded[start:end] == whole[-length:]:
        while length < len(whole) and start and folded[start - 1] == whole[-length - 1]:
            start, length = start - 1, length + 1
    return start, end


def _cut(whole: str, folded: str) -> Iterator[tuple[int, int]]:
    """Yield what is left of a secret where a text was cut."""
    for match in _DOTS.finditer(folded):
        at = match.start()
        for length in range(min(len(whole) - 1, at), CUT - 1, -1):
            if folded.startswith(whole[:length], at - length):
                yield at - length, at
                break
        for length in range(len(whole) - 1, CUT - 1, -1):
            if folded.startswith(whole[-length:], match.end()):
                yield match.end(), match.end() + length
                break


def _replaced(text: str, found: list[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    at = 0
    for start, end, name in sorted(found, key=lambda one: (one[0], -one[1])):
        if start >= at:
            parts += [text[at:start], name]
        at = max(at, end)
    return "".join([*parts, text[at:]])
