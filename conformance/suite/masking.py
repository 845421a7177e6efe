"""Masks secrets in all text that is shown or stored, in any common encoding.

A text is searched in several views: as it is, with its escapes decoded, and without characters that
do not matter. Each view records where its characters come from, so that a secret found in a view is
masked in the original text.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

# All lengths are in characters.
# A shorter secret is masked only as a separate word: it could be part of ordinary words.
MIN_SUBSTRING_LENGTH = 6
# A shorter secret is not searched for; it is masked only by the name beside it.
MIN_SECRET_LENGTH = 4
PREFIX_LENGTH = 12  # of a long secret that are masked although its end is missing
MIN_PART_LENGTH = 8  # of the start or end of a secret that are masked alone, if unlike any word
MIN_TRUNCATED_LENGTH = 4  # of a secret that are masked next to an ellipsis

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
_QUOTED_PRINTABLE = re.compile(
    r"=(?:\r?\n|(?P<printable>[0-9a-f]{2}))", re.IGNORECASE
)  # RFC 2045, 6.7
_INVISIBLE = re.compile(
    "[\x00\u00ad\u200b-\u200f\u2060\ufeff]+|\\\\[rn]|\r?\n[ \t]*|\x1b\\[[0-9;]*m"
)
_TAGS = re.compile(r"<[^<>]{1,40}>")
_NON_ALPHANUMERIC = re.compile(r"[^0-9A-Za-z]+")
_BLANKS_AND_BRACKETS = re.compile(r"[\s\x00\"'\[\]{}()<>]+")
_ELLIPSIS = re.compile(r"…|\.\.\.")
_NON_BASE64 = re.compile(r"0x|\\x|\\[rn]|[^0-9A-Za-z+/=_]+")
_FULL_WIDTH = {0xFEE0 + code: chr(code).lower() for code in range(33, 127)}  # full-width forms
_LOWERCASE: dict[int, str] = {**{code: chr(code + 32) for code in range(65, 91)}, **_FULL_WIDTH}
# A text is searched only if it contains the first GRAM_LENGTH characters of some search text.
GRAM_LENGTH = 4
MAX_SEARCHED_GRAMS = 180  # beyond, it is faster to look up each part of the text
MAX_REMEMBERED_LENGTH = 120  # of a text of which the masked one is remembered
MAX_REMEMBERED_TEXTS = 4096


@dataclass(frozen=True, slots=True)
class _OffsetMappedText:
    """A text with some parts replaced, mapped to the original text.

    Character `i` comes from `starts[i]` to `ends[i]` of the original; None means unchanged
    positions.
    """

    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None

    def get_original_span(self, start: int, end: int) -> tuple[int, int]:
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]

    def substitute(
        self, pattern: re.Pattern[str], replace_match: Callable[[re.Match[str]], str]
    ) -> _OffsetMappedText:
        """Return the text with each match replaced, still mapped to the original."""
        parts: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        position = 0
        for match in pattern.finditer(self.text):
            self._copy_slice(position, match.start(), parts, starts, ends)
            character = replace_match(match)
            if character and match.end() > match.start():
                start, end = self.get_original_span(match.start(), match.end())
                parts.append(character)
                starts.extend([start] * len(character))
                ends.extend([end] * len(character))
            position = match.end()
        if not parts and position == 0:
            return self
        self._copy_slice(position, len(self.text), parts, starts, ends)
        return _OffsetMappedText("".join(parts), starts, ends)

    def _copy_slice(
        self, start: int, end: int, parts: list[str], starts: list[int], ends: list[int]
    ) -> None:
        if start < end:
            parts.append(self.text[start:end])
            starts.extend(range(start, end) if self.starts is None else self.starts[start:end])
            ends.extend(range(start + 1, end + 1) if self.ends is None else self.ends[start:end])


def _decode_escape_match(match: re.Match[str]) -> str:
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


def _decode_quoted_printable(match: re.Match[str]) -> str:
    return chr(int(match["printable"], 16)) if match["printable"] else ""


def _remove(match: re.Match[str]) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class _Substitution:
    """One step on the way to a view: what is replaced in the text, and by what.

    Without a match of `hint`, a pattern that is much faster, there is nothing to replace.
    `removable`, if any, are the ASCII characters of a pattern that only removes single ones.
    """

    pattern: re.Pattern[str]
    replace_match: Callable[[re.Match[str]], str]
    hint: re.Pattern[str] | None = None
    removable: bytes | None = None

    def apply(self, text: str) -> str:
        """Return the text after this step."""
        if self.hint is not None and self.hint.search(text) is None:
            return text
        if self.removable is not None and text.isascii():
            return text.encode("ascii").translate(None, self.removable).decode("ascii")
        return self.pattern.sub(self.replace_match, text)


def _find_matching_ascii_characters(pattern: str) -> bytes:
    return bytes(code for code in range(128) if re.fullmatch(pattern, chr(code)))


_UNESCAPE = _Substitution(
    _ESCAPES, _decode_escape_match, hint=re.compile(r"[%\\&]|U\+", re.IGNORECASE)
)
_UNESCAPE_STEPS = (
    _UNESCAPE,
    _Substitution(
        _INVISIBLE, _remove, hint=re.compile("[\x00\u00ad\u200b-\u200f\u2060\ufeff\\\\\n\x1b]")
    ),
)
_VIEW_STEPS: tuple[tuple[_Substitution, ...], ...] = (
    (),
    _UNESCAPE_STEPS,
    (*_UNESCAPE_STEPS, _UNESCAPE),
    (_Substitution(_QUOTED_PRINTABLE, _decode_quoted_printable, hint=re.compile("=")),),
    (
        *_UNESCAPE_STEPS,
        _Substitution(
            _BLANKS_AND_BRACKETS,
            _remove,
            removable=_find_matching_ascii_characters(_BLANKS_AND_BRACKETS.pattern),
        ),
    ),
    (*_UNESCAPE_STEPS, _Substitution(_TAGS, _remove, hint=re.compile("<"))),
    (
        _Substitution(
            _NON_ALPHANUMERIC,
            _remove,
            removable=_find_matching_ascii_characters(_NON_ALPHANUMERIC.pattern),
        ),
    ),
    (_Substitution(_NON_BASE64, _remove),),
)


def _find_decoded_views_with_secrets(
    text: str, contains_secret: Callable[[str], bool]
) -> Iterator[_OffsetMappedText]:
    """Yield the views of a text that contain a secret.

    Only these views are mapped to the original text, because the mapping is expensive.
    """
    seen_texts = set[str]()
    for steps in _VIEW_STEPS:
        view_text = text
        for step in steps:
            view_text = step.apply(view_text)
        if view_text in seen_texts:
            continue
        seen_texts.add(view_text)
        if not contains_secret(view_text):
            continue
        view = _OffsetMappedText(text)
        for step in steps:
            view = view.substitute(step.pattern, step.replace_match)
        yield view


@dataclass(frozen=True, slots=True)
class _SearchableSecret:
    """A secret with its search texts, and the placeholder that replaces it.

    `lowercase_text` is the secret itself in lower case. `lowercase_texts` are searched ignoring
    case, `exact_texts` with case; both by the lower case of their first GRAM_LENGTH characters.
    """

    placeholder: str
    standalone_only: bool
    lowercase_text: str
    lowercase_texts: Mapping[str, Sequence[str]]
    exact_texts: Mapping[str, Sequence[str]]


class SecretMasker:
    """Replaces secrets by their placeholders.

    >>> Masker({"s3cr3t-t0ken": "$TOKEN"}).mask_text("a czNjcjN0LXQwa2Vu b s3cr3t%2Dt0ken")
    'a $TOKEN b $TOKEN'
    """

    def __init__(self, secrets: Mapping[str, str]) -> None:
        ordered = sorted(secrets.items(), key=lambda pair: -len(pair[0]))
        self._secrets = [
            _build_searchable_secret(secret, name)
            for secret, name in ordered
            if len(secret) >= MIN_SECRET_LENGTH
        ]
        self._grams = frozenset(
            gram
            for prepared in self._secrets
            for gram in (*prepared.lowercase_texts, *prepared.exact_texts)
        )
        # Headers and the like are masked again and again.
        self._remembered: dict[str, str] = {}

    def mask_text(self, value: str) -> str:
        """Return a text with every secret replaced by its placeholder."""
        if not self._secrets or not value:
            return value
        if len(value) > MAX_REMEMBERED_LENGTH:
            return self._mask_unknown_text(value)
        masked = self._remembered.get(value)
        if masked is None:
            masked = self._mask_unknown_text(value)
            if len(self._remembered) < MAX_REMEMBERED_TEXTS:
                self._remembered[value] = masked
        return masked

    def _mask_unknown_text(self, value: str) -> str:
        spans: list[tuple[int, int, str]] = []
        for view in _find_decoded_views_with_secrets(value, self._contains_secret):
            for start, end, placeholder in self._find_spans(view.text):
                spans.append((*view.get_original_span(start, end), placeholder))
        return _replace_spans(value, spans) if spans else value

    def _contains_secret(self, text: str) -> bool:
        return next(self._find_spans(text), None) is not None

    def _find_spans(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield start, end and placeholder of each secret in a text."""
        lowercase_text = _to_lowercase(text)
        present_grams = self._find_present_grams(lowercase_text)
        is_truncated = _ELLIPSIS.search(lowercase_text) is not None
        if not present_grams and not is_truncated:
            return
        for secret in self._secrets:
            for start, end in _find_secret_spans(secret, text, lowercase_text, present_grams):
                yield start, end, secret.placeholder
            if is_truncated and not secret.standalone_only:
                for start, end in _find_truncated_secret_spans(
                    secret.lowercase_text, lowercase_text
                ):
                    yield start, end, secret.placeholder

    def _find_present_grams(self, lowercase_text: str) -> Collection[str]:
        """Return which starts of search texts a text contains, in the faster of two ways."""
        if len(self._grams) <= MAX_SEARCHED_GRAMS:
            return [gram for gram in self._grams if gram in lowercase_text]
        return self._grams.intersection(
            lowercase_text[start : start + GRAM_LENGTH]
            for start in range(len(lowercase_text) - GRAM_LENGTH + 1)
        )

    def mask_bytes(self, value: bytes) -> bytes:
        """Return bytes, decoded as UTF-8, with every secret replaced by its placeholder."""
        text = value.decode("utf-8", "surrogateescape")
        masked = self.mask_text(text)
        return value if masked is text else masked.encode("utf-8", "surrogateescape")


@lru_cache(maxsize=256)
def _build_secret_masker(secrets: tuple[tuple[str, str], ...]) -> SecretMasker:
    return SecretMasker(dict(secrets))


def get_secret_masker(secrets: Mapping[str, str]) -> SecretMasker:
    """Return what masks these secrets; building it is expensive, so the last ones are kept."""
    return _build_secret_masker(tuple(secrets.items()))


def mask_text(value: str, secrets: Mapping[str, str]) -> str:
    """Return a text with every secret replaced by its placeholder, in any common encoding."""
    return get_secret_masker(secrets).mask_text(value)


def _to_lowercase(text: str) -> str:
    """Return a text in lower case with the same length.

    Of a text that is not ASCII, only ASCII and full-width letters are changed.
    """
    return text.lower() if text.isascii() else text.translate(_LOWERCASE)


def _build_searchable_secret(secret: str, placeholder: str) -> _SearchableSecret:
    raw = secret.encode("utf-8", "surrogatepass")
    if len(secret) < MIN_SUBSTRING_LENGTH:
        lowercase_text = _to_lowercase(secret)
        return _SearchableSecret(
            placeholder, True, lowercase_text, _group_by_gram([lowercase_text]), {}
        )
    exact_texts: list[str] = []
    for text in _list_escaped_forms_of_secret(secret):
        encoded = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        exact_texts += _encode_at_all_alignments(encoded, 3, base64.b64encode)
    exact_texts += _encode_at_all_alignments(base64.b64encode(raw), 3, base64.b64encode)
    exact_texts += [text.replace("+", "-").replace("/", "_") for text in exact_texts]
    lowercase_texts = [
        text for text in exact_texts if len(text) >= PREFIX_LENGTH
    ]  # a whole text may have been converted to lower case
    exact_texts += [base64.a85encode(raw).decode(), base64.b85encode(raw).decode()]
    lowercase_texts += [
        text for text in _list_escaped_forms_of_secret(secret) if isinstance(text, str)
    ]
    lowercase_texts += [secret[::-1], raw.hex(), base64.b64encode(raw).hex()]
    lowercase_texts += [
        secret.encode(encoding, "surrogatepass").hex() for encoding in ("utf-16-le", "utf-16-be")
    ]
    lowercase_texts += _encode_at_all_alignments(raw, 5, base64.b32encode)
    numbers = [str(byte) for byte in raw]
    lowercase_texts += [",".join(numbers), "".join(numbers), "".join(f"{byte:08b}" for byte in raw)]
    for separators in (r"[^0-9A-Za-z+/=_]+", r"[^0-9A-Za-z]+"):
        letters = re.sub(separators, "", secret)
        if len(letters) >= 2 * MIN_SECRET_LENGTH:
            lowercase_texts.append(letters)
    lowercase_texts += _find_distinctive_secret_parts(secret)
    return _SearchableSecret(
        placeholder,
        False,
        _to_lowercase(secret),
        _group_by_gram(_to_lowercase(text) for text in (secret, *lowercase_texts)),
        _group_by_gram(exact_texts),
    )


def _group_by_gram(texts: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """Return the texts without duplicates by the lower case of their first characters."""
    texts_by_gram: dict[str, list[str]] = {}
    for text in dict.fromkeys(texts):
        texts_by_gram.setdefault(_to_lowercase(text[:GRAM_LENGTH]), []).append(text)
    return texts_by_gram


def _list_escaped_forms_of_secret(secret: str) -> Iterator[str | bytes]:
    """Yield the forms of a secret that may have been encoded once more."""
    unescaped = _OffsetMappedText(secret).substitute(_ESCAPES, _decode_escape_match).text
    quoted = quote(secret, safe="", errors="replace")
    in_json = json.dumps(secret)[1:-1]
    in_javascript = re.sub(r"[<>&'+\"]", lambda match: f"\\u{ord(match[0]):04x}", secret)
    texts = (
        secret,
        unescaped,
        quoted,
        quote(quoted, safe=""),
        in_json,
        in_javascript,
        html.escape(secret),
    )
    yield from (text for text in dict.fromkeys(texts) if len(text) >= MIN_SUBSTRING_LENGTH)
    yield secret.encode("utf-16-le", "surrogatepass")
    yield secret.encode("utf-16-be", "surrogatepass")


def _find_distinctive_secret_parts(secret: str) -> Iterator[str]:
    """Yield the shortest start and end of a secret that are unlike any ordinary word.

    Of a long secret, its first three quarters are yielded too.
    """
    if len(secret) > PREFIX_LENGTH:
        yield secret[: max(PREFIX_LENGTH, len(secret) * 3 // 4)]
    for text in (secret, secret[::-1]):
        for length in range(MIN_PART_LENGTH, len(secret)):
            prefix = text[:length]
            if sum(character.isdigit() for character in prefix) >= 2 and any(
                character.isalpha() for character in prefix
            ):
                yield prefix if text == secret else prefix[::-1]
                break


def _encode_at_all_alignments(
    raw: bytes, group: int, encode: Callable[[bytes], bytes]
) -> list[str]:
    """Return what a base-N encoding of any text containing these bytes must contain.

    There is one result for each alignment of the bytes within the groups of the encoding.
    """
    cores = []
    bits = 6 if group == 3 else 5
    for offset in range(group):
        text = encode(b"\0" * offset + raw).decode().rstrip("=")
        first = -(-offset * 8 // bits)  # skips characters that depend on preceding bytes
        last = (offset + len(raw)) * 8 // bits  # excludes characters that depend on later bytes
        if last - first >= MIN_SUBSTRING_LENGTH:
            cores.append(text[first:last])
    return cores


def _find_secret_spans(
    secret: _SearchableSecret, text: str, lowercase_text: str, present_grams: Collection[str]
) -> Iterator[tuple[int, int]]:
    for gram in present_grams:
        for needle in secret.lowercase_texts.get(gram, ()):
            start = lowercase_text.find(needle)
            while start >= 0:
                end = start + len(needle)
                if not secret.standalone_only or not (
                    lowercase_text[start - 1 : start].isalnum()
                    or lowercase_text[end : end + 1].isalnum()
                ):
                    yield _extend_secret_span(secret, lowercase_text, start, end)
                start = lowercase_text.find(needle, start + 1)
        for needle in secret.exact_texts.get(gram, ()):
            start = text.find(needle)
            while start >= 0:
                yield start, start + len(needle)
                start = text.find(needle, start + 1)


def _extend_secret_span(
    secret: _SearchableSecret, lowercase_text: str, start: int, end: int
) -> tuple[int, int]:
    """Return the span of a part of a secret, extended as far as the text matches the secret."""
    secret_text = secret.lowercase_text
    length = end - start
    if lowercase_text[start:end] == secret_text[:length]:
        while (
            length < len(secret_text)
            and lowercase_text[start + length : start + length + 1] == secret_text[length]
        ):
            length += 1
        return start, start + length
    if lowercase_text[start:end] == secret_text[-length:]:
        while (
            length < len(secret_text)
            and start
            and lowercase_text[start - 1] == secret_text[-length - 1]
        ):
            start, length = start - 1, length + 1
    return start, end


def _find_truncated_secret_spans(
    secret_text: str, lowercase_text: str
) -> Iterator[tuple[int, int]]:
    """Yield the spans of a secret's parts next to an ellipsis."""
    for match in _ELLIPSIS.finditer(lowercase_text):
        cut_position = match.start()
        for length in range(min(len(secret_text) - 1, cut_position), MIN_TRUNCATED_LENGTH - 1, -1):
            if lowercase_text.startswith(secret_text[:length], cut_position - length):
                yield cut_position - length, cut_position
                break
        for length in range(len(secret_text) - 1, MIN_TRUNCATED_LENGTH - 1, -1):
            if lowercase_text.startswith(secret_text[-length:], match.end()):
                yield match.end(), match.end() + length
                break


def _replace_spans(text: str, spans: list[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    position = 0
    for start, end, placeholder in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= position:
            parts += [text[position:start], placeholder]
        position = max(position, end)
    return "".join([*parts, text[position:]])
