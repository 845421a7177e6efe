"""Secrets to plant, the encodings in which servers write them, and a detector that finds them.

``SECRETS`` are made up. Nobody ever used them. ``ENCODINGS`` are transformations that a server, a
framework, a gateway or a log may apply to a text. ``find_leaks(text, secret)`` returns how a
secret, or eight consecutive recognizable characters of it, can be recovered from a text. It
searches in two ways: for every encoded form of the secret in the text, and for the secret in
everything that can be decoded, repeatedly, out of the text.
"""

from __future__ import annotations

import base64
import binascii
import functools
import html
import json
import quopri
import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote, quote_plus

MIN_LENGTH = 8
"""So many consecutive characters of a secret tell something."""

_JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
_CLAIMS = (
    "eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUiLCJzdWIiOiJlY2MzOGRkYS00YzBkLWJkODctNDBhMy0x"
    "ODg2MzRlOTlhMjMiLCJqdGkiOiJlMDM0OTFiNmI1MzI3MzQ3Iiwic2NvcGUiOiJyZWFkIHdyaXRlIn0."
)

# Prefixes are separate strings, so that secret scanners do not report these as leaked keys.
SECRETS: dict[str, str] = {
    "hex16": "d8c2a0bd11ade99a",
    "hex32": "c334ed46a3cec449f7e5497781b69ce4",
    "hex40": "ae1b5ed7d3445559931f3d47ac08a670a1ecc6ee",
    "hex64-upper": "9872CD0DF17D5E2AD2CCFD16A1870265369D1111BA3D73A836EC9B505AACB36D",
    "base64-24": "4cpt50ZHVFY7v5o+Melo6+W2UnV0BM+y",
    "base64-33": "Zr89Oz6jv0aFxN1N2qIpkd78c90CZaGMzT5eepGOx8tA",
    "base64-padded": "i07ec1WFkfqUoA3w665gC7XyQ3M=",
    "base64-url": "xzPIX8bXpB52FNWwIsbTdYz0woQMLYFgBcMi-VvYX9M=",
    "base64-slashes": "a/b+VxlcbIBlvObNxVTY//x+/y9=",
    "jwt-short": _JWT
    + "eyJzdWIiOiI0NzExIiwiZXhwIjoxODkzNDU2MDAwfQ."
    + "0BMZsjI_Ot7wSSPWNRZI7nc37ErqdCjHZVtkru5OtJk",
    "jwt-long": _JWT + _CLAIMS + "0zBdQi-yLjttaZ7UF71N213xmCo8CDx5vdRQH-oXdTY",
    "uuid": "ef9c31b0-8b9b-4fa5-828e-aebd329711c3",
    "uuid-upper": "F439D632-6C30-44E4-96DB-29A9E29F308E",
    "payment-key": "sk_" + "live_" + "sO2tiANrtUJDL45WufesozRN",
    "payment-test-key": "rk_" + "test_" + "9wQd31XbVnL0sTyE",
    "git-host-token": "gh" + "p_" + "L2WafdnJYfqFKRem0OwCjECmsyq1a9VLLSY3",
    "git-host-fine-token": "github_" + "pat_" + "visMSnzXrdWk7Urq4XYYbS_LkRYFfQJqB94EXdHte1dO",
    "chat-token": "xo" + "xb-" + "742821884447-6pFw9bOTuizXCRzdDasTyNW9",
    "git-lab-token": "gl" + "pat-" + "vfyDCYqF5EvO0QBSmqyK",
    "cloud-secret-key": "+EVtgBiBVz3sVYg9eFqyfCwuQpw77JvlHTUJ/jqR",
    "cloud-api-key": "AI" + "za" + "eNxSQlBr4eHiyq6inoyUwJN63bt7rvVpkRv",
    "model-key": "sk-" + "proj-" + "nY8PnUgbBDCZ7PABhO6rmsK1gHK3z0T937R4nR1S",
    "registry-token": "np" + "m_" + "3lsac9o9N2hWMXN5Tx2H5pCtCPrWeVGPTJ1B",
    "mail-key": "SG" + ".DUDd1YLtyquR4iyGBjPEuj." + "4vJbfsISXcuwEoJQlsfdWVMbvVXPWuIjIA1lPvJ53J1",
    "bot-token": "7309299388:" + "AA4b7PwPxdyTOeNNI7YR2MLjX2hNolZ1ZVw",
    "password-classic": "Tr0ub4dor&3",
    "password-8": "hu7Ter2!",
    "password-8-letters": "Zq7wKp9x",
    "password-quotes": "o'Neil\"s-\\Wq4x",
    "password-markup": "<b>Gr&nk</b>'77\"",
    "password-percent": "50%25of%Kv9+w%41",
    "password-symbols": "!@#$^&*()_+{}|[]~`",
    "password-slashes": "c:\\tmp\\Nx7//Vq\\\\z",
    "password-equals": "a=b&c=d;e=F9q,G7z",
    "password-dollars": "$HOME${Jx4}$(Wv9q)`Zt`",
    "password-blanks": "four Wobbly 9 gnomes dance",
    "password-unicode": "Gr\u00fc\u00dfe-\u00e4us-K\u00f6ln-73",
    "passphrase": "correct-horse-battery-staple-Vq",
    "lower-letters": "qzvkwjxphtbn",
    "upper-letters": "QWVZKXJHPNTB",
    "digits-8": "48213907",
    "digits-10": "4821390755",
    "digits-16": "7350918264409173",
    "zeros-then-digits": "0004713908264",
    "repeated": "ababZ9ababZ9ababZ9ab",
    "dotted": "Vx9.k2Q.p0L.zz7.Wm4",
    "underscored": "my_app_Kq83_zv_tok_11",
    "dashes": "--Kx-9-vT-4-zQ-7-mB--",
    "colons": "svc:acct:Zx81:Kw92:pp",
    "long": "".join(f"{(n * 2654435761) % 4294967296:08x}" for n in range(7, 39)),
    "tilde": "~Wq4.Zx_9-Kv~Tt8~",
    "session-cookie": "s%3AQm9xV2kzR7t.aZ81kLw9Xc2Vb4Nm6Qe0Rt",
}


# ---------------------------------------------------------------------------- encodings


def _format_bytes(text: str, template: str) -> str:
    """Format every byte of ``text`` (UTF-8) with the template."""
    return "".join(template.format(byte) for byte in text.encode())


def _encode_base64(text: str | bytes) -> str:
    data = text.encode() if isinstance(text, str) else text
    return base64.b64encode(data).decode()


def encode_percent(text: str) -> str:
    """Percent-encode all but letters, digits and ``_.-~``, as URLs and form bodies do."""
    return quote(text, safe="")


def encode_percent_lower(text: str) -> str:
    """Percent-encode with lower-case hexadecimal digits."""
    return re.sub("%..", lambda match: match.group().lower(), encode_percent(text))


def encode_quoted_printable(text: str) -> str:
    """Encode as in mail, with soft line breaks after 76 characters."""
    return quopri.encodestring(text.encode(), quotetabs=True).decode()


def build_hexdump(text: str) -> str:
    """Format as ``hexdump -C`` does: sixteen bytes a line, followed by their text."""
    data, lines = text.encode(), []
    for start in range(0, len(data), 16):
        row = data[start : start + 16]
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        halves = row[:8].hex(" "), row[8:].hex(" ")
        lines.append(f"{start:08x}  {halves[0]:<23}  {halves[1]:<23}  |{shown}|")
    return "\n".join(lines)


def build_slug(text: str) -> str:
    """Build an id from a name, as web frameworks do."""
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")


def build_header_name(text: str) -> str:
    """Build the name that CGI and WSGI give to a header."""
    return "HTTP_" + re.sub("[^A-Z0-9]", "_", text.upper())


def group_by_four(text: str) -> str:
    """Split into groups of four, as keys are displayed."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def group_by_five(text: str) -> str:
    """Split into groups of five, joined by dashes."""
    return "-".join(text[start : start + 5] for start in range(0, len(text), 5))


def wrap_lines(text: str) -> str:
    """Wrap into indented lines of ten characters."""
    return "\n    ".join(text[start : start + 10] for start in range(0, len(text), 10))


def mask_end(text: str) -> str:
    """Mask the end only: show all but the last four characters, two thirds at most."""
    shown = min(len(text) - 4, max(MIN_LENGTH, len(text) * 2 // 3))
    return text[:shown] + "*" * (len(text) - shown)


def mask_front(text: str) -> str:
    """Mask the front: show the end only."""
    shown = max(MIN_LENGTH, len(text) // 2)
    return "*" * (len(text) - shown) + text[-shown:]


def encode_utf7(text: str) -> str:
    """Encode as UTF-7, as old mail programs do."""
    return text.encode("utf-7").decode()


def escape_json_ascii(text: str) -> str:
    """Escape every character as in a JSON string."""
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2))


def escape_json(text: str) -> str:
    """Return the content of a JSON string, without its quotes."""
    return json.dumps(text)[1:-1]


def escape_json_twice(text: str) -> str:
    """Escape JSON that is inside a JSON string."""
    return escape_json(json.dumps(text))


def escape_json_slashes(text: str) -> str:
    """Escape as PHP writes JSON: slashes escaped, markup as ``\\u003C``."""
    inner = escape_json(text).replace("/", "\\/")
    return re.sub("[<>&']", lambda match: f"\\u{ord(match.group()):04X}", inner)


ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "upper": str.upper,
    "lower": str.lower,
    "title": str.title,
    "swapcase": str.swapcase,
    "percent": encode_percent,
    "percent-lower": encode_percent_lower,
    "percent-form": quote_plus,
    "percent-path": lambda text: quote(text, safe="/:@!$&'()*+,;="),
    "percent-all": lambda text: _format_bytes(text, "%{:02X}"),
    "percent-all-lower": lambda text: _format_bytes(text, "%{:02x}"),
    "percent-twice": lambda text: encode_percent(encode_percent(text)),
    "percent-three-times": lambda text: encode_percent(encode_percent(encode_percent(text))),
    "percent-all-twice": lambda text: encode_percent(_format_bytes(text, "%{:02X}")),
    "percent-utf16": lambda text: "".join(f"%u{ord(character):04X}" for character in text),
    "base64": _encode_base64,
    "base64-bare": lambda text: _encode_base64(text).rstrip("="),
    "base64-url": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64-url-bare": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64-bearer": lambda text: _encode_base64("Bearer " + text),
    "base64-user": lambda text: _encode_base64("user:" + text),
    "base64-one-before": lambda text: _encode_base64(":" + text + ":x"),
    "base64-two-before": lambda text: _encode_base64('{"' + text + '"}'),
    "base64-json": lambda text: _encode_base64(json.dumps({"alg": "none", "token": text})),
    "base64-lines": lambda text: base64.encodebytes(("token=" + text).encode()).decode().strip(),
    "base64-short-lines": lambda text: wrap_lines(_encode_base64(text)),
    "base64-twice": lambda text: _encode_base64(_encode_base64(text)),
    "base64-percent": lambda text: encode_percent(_encode_base64(text)),
    "base64-utf16": lambda text: _encode_base64(text.encode("utf-16-le")),
    "base64-lowered": lambda text: _encode_base64(text).lower(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "ascii85": lambda text: base64.a85encode(text.encode()).decode(),
    "base85": lambda text: base64.b85encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "hex-upper": lambda text: text.encode().hex().upper(),
    "hex-spaces": lambda text: text.encode().hex(" "),
    "hex-colons": lambda text: text.encode().hex(":").upper(),
    "hex-dashes": lambda text: text.encode().hex("-").upper(),
    "hex-0x": lambda text: _format_bytes(text, "0x{:02x}, "),
    "hex-0x-once": lambda text: "0x" + text.encode().hex(),
    "hex-escapes": lambda text: _format_bytes(text, "\\x{:02x}"),
    "hex-groups": lambda text: text.encode().hex(" ", 2),
    "hex-dump": build_hexdump,
    "hex-utf16": lambda text: text.encode("utf-16-le").hex(),
    "hex-base64": lambda text: _encode_base64(text).encode().hex(),
    "octal-escapes": lambda text: _format_bytes(text, "\\{:03o}"),
    "byte-list": lambda text: json.dumps(list(text.encode())),
    "byte-list-bare": lambda text: " ".join(map(str, text.encode())),
    "bits": lambda text: _format_bytes(text, "{:08b} "),
    "json": escape_json,
    "json-twice": escape_json_twice,
    "json-three-times": lambda text: escape_json(escape_json_twice(text)),
    "json-ascii": escape_json_ascii,
    "json-ascii-twice": lambda text: escape_json(escape_json_ascii(text)),
    "json-slashes": escape_json_slashes,
    "json-list": lambda text: ",".join(json.dumps(character) for character in text),
    "css-escapes": lambda text: "".join(f"\\{ord(character):x} " for character in text),
    "code-points": lambda text: "".join(f"\\u{{{ord(character):x}}}" for character in text),
    "code-names": lambda text: " ".join(f"U+{ord(character):04X}" for character in text),
    "html": html.escape,
    "html-twice": lambda text: html.escape(html.escape(text)),
    "html-decimal": lambda text: "".join(f"&#{ord(character)};" for character in text),
    "html-decimal-padded": lambda text: "".join(f"&#{ord(character):07};" for character in text),
    "html-decimal-open": lambda text: "".join(f"&#{ord(character)} " for character in text),
    "html-hex": lambda text: "".join(f"&#x{ord(character):x};" for character in text),
    "html-hex-upper": lambda text: "".join(f"&#X{ord(character):04X};" for character in text),
    "html-tags": lambda text: "<wbr>".join(text[n : n + 4] for n in range(0, len(text), 4)),
    "xml-cdata": lambda text: f"<![CDATA[{text}]]>",
    "quoted-printable": encode_quoted_printable,
    "quoted-printable-all": lambda text: _format_bytes(text, "={:02X}"),
    "mail-word-b": lambda text: f"=?utf-8?B?{_encode_base64(text)}?=",
    "mail-word-q": lambda text: f"=?utf-8?Q?{_format_bytes(text, '={:02X}')}?=",
    "header-parameter": lambda text: f"filename*=UTF-8''{encode_percent(text)}",
    "utf7": encode_utf7,
    "utf16": lambda text: text.encode("utf-16-le").decode("latin-1"),
    "utf16-big": lambda text: text.encode("utf-16-be").decode("latin-1"),
    "utf32": lambda text: text.encode("utf-32-le").decode("latin-1"),
    "python-repr": repr,
    "python-bytes": lambda text: repr(text.encode()),
    "shell": lambda text: shlex.quote(text),
    "sql": lambda text: "'" + text.replace("'", "''") + "'",
    "csv": lambda text: '"' + text.replace('"', '""') + '"',
    "slug": build_slug,
    "header-name": build_header_name,
    "snake": lambda text: re.sub("[^a-z0-9]+", "_", text.lower()),
    "letters-only": lambda text: re.sub("[^A-Za-z0-9]", "", text),
    "spaced": group_by_four,
    "letters-spaced": " ".join,
    "dashed": group_by_five,
    "wrapped": wrap_lines,
    "masked": mask_end,
    "masked-front": mask_front,
    "reversed-halves": lambda text: f"{text[len(text) // 2 :]}...{text[: len(text) // 2 + 4]}",
    "soft-hyphens": "\u00ad".join,
    "zero-width": "\u200b".join,
    "full-width": lambda text: "".join(
        chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in text
    ),
    "ansi": lambda text: (
        "\x1b[31m" + "\x1b[0m\x1b[31m".join(group_by_four(text).split(" ")) + "\x1b[0m"
    ),
}


# --------------------------------------------------------------------------- the detector

_PUBLIC_PARTS = (
    _JWT,
    "authorization",
    "sk_" + "live_",
    "rk_" + "test_",
    "github_" + "pat_",
    "sk-" + "proj-",
    "filename",
)


@functools.lru_cache(maxsize=512)
def _list_parts(secret: str, length: int = MIN_LENGTH) -> tuple[str, ...]:
    """Return the recognizable parts of a secret in lower case, without parts of public prefixes."""
    text = secret.lower()
    parts = (text[start : start + length] for start in range(len(text) - length + 1))
    public_parts = [public_part.lower() for public_part in _PUBLIC_PARTS]
    return tuple(
        dict.fromkeys(
            part
            for part in parts
            if not any(part in public_part for public_part in public_parts) and len(set(part)) > 2
        )
    )


def _ignore_errors(decode: Callable[[str], str]) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        try:
            return decode(match.group())
        except (ValueError, OverflowError, binascii.Error):
            return match.group()

    return replace


def _decode_bytes(data: bytes) -> str:
    return data.replace(b"\0", b"").decode("utf-8", "replace")


def _decode_matches(text: str, pattern: str, decode: Callable[[str], Iterable[bytes]]) -> str:
    """Decode every match of the pattern; return one line for each result."""
    lines: list[str] = []
    for match in re.finditer(pattern, text):
        try:
            lines += [_decode_bytes(data) for data in decode(match.group())]
        except (ValueError, OverflowError, binascii.Error):
            continue
    return "\n".join(lines)


def _decode_hex(run: str) -> Iterable[bytes]:
    digits = "".join(re.findall("[0-9a-fA-F]{2}", re.sub("0x|\\\\+x", " ", run)))
    all_digits = re.sub("[^0-9a-fA-F]", "", re.sub("0x|\\\\+x", " ", run))
    for candidate in {digits, all_digits}:
        for aligned in (candidate, candidate[1:]):
            yield bytes.fromhex(aligned[: len(aligned) // 2 * 2])


def _decode_base64(run: str) -> Iterable[bytes]:
    run = re.sub(r"\\+[rn]|\s|=", "", run).replace("-", "+").replace("_", "/")
    for skip in range(4):
        part = run[skip:]
        yield base64.b64decode(
            part[: len(part) // 4 * 4] if len(part) % 4 == 1 else part + "=" * (-len(part) % 4)
        )


def _decode_base32(run: str) -> Iterable[bytes]:
    for skip in range(8):
        part = run[skip:]
        yield base64.b32decode(part[: len(part) // 8 * 8])


def _build_number_decoder(base: int) -> Callable[[str], Iterable[bytes]]:
    pattern = {2: "[01]{8}", 10: "[0-9]+"}[base]

    def decode(run: str) -> Iterable[bytes]:
        yield bytes(
            int(digits, base) for digits in re.findall(pattern, run) if int(digits, base) < 256
        )

    return decode


def _decode_code_point(digits: str, base: int) -> str:
    number = int(digits, base)
    return chr(number) if number < 0x110000 else ""


def _decode_code_points(pattern: str, base: int, text: str) -> str:
    return re.sub(pattern, lambda match: _decode_code_point(match.group(1), base), text)


def _decode_html(text: str) -> str:
    return html.unescape(re.sub(r"<!\[CDATA\[|\]\]>|</?wbr ?/?>", "", text))


def _decode_escapes(text: str) -> str:
    text = _decode_code_points(r"\\+u\{([0-9a-fA-F]{1,6})\}", 16, text)
    text = _decode_code_points(r"\\+u([0-9a-fA-F]{4})", 16, text)
    text = _decode_code_points(r"\\+x([0-9a-fA-F]{2})", 16, text)
    return re.sub(r"\\+([\"'/\\])", r"\1", text)


def _decode_quoted_printable(text: str) -> str:
    return _decode_code_points("=([0-9a-fA-F]{2})", 16, re.sub(r"=(\r?\n|\\r|\\n)+", "", text))


def _decode_utf7(text: str) -> str:
    return re.sub(
        r"\+[A-Za-z0-9/]{2,}-?", _ignore_errors(lambda run: run.encode().decode("utf-7")), text
    )


def _normalize_visible(text: str) -> str:
    """Replace full-width characters by ordinary ones and remove invisible characters."""
    text = re.sub(r"\x1b\[[0-9;]*m|[\u00ad\u200b\0]|\\u0000", "", text)
    return re.sub("[\uff01-\uff5e]", lambda match: chr(ord(match.group()) - 0xFEE0), text)


_SEPARATORS = r"(?:[\s:,;\-]|\\+[nrt]|0x|\\+x)*+"

_DECODERS: dict[str, Callable[[str], str]] = {
    "percent": lambda text: _decode_code_points("%(?:25)*([0-9a-fA-F]{2})", 16, text),
    "percent-utf16": lambda text: _decode_code_points("%u([0-9a-fA-F]{4})", 16, text),
    "html": _decode_html,
    "escapes": _decode_escapes,
    "octal": lambda text: _decode_code_points(r"\\+([0-3][0-7]{2})", 8, text),
    "css": lambda text: _decode_code_points(r"\\+([0-9a-f]{2}) ", 16, text),
    "code-names": lambda text: _decode_code_points(r"U\+([0-9A-F]{4}) ?", 16, text),
    "quoted-printable": _decode_quoted_printable,
    "unseen": _normalize_visible,
    "utf7": _decode_utf7,
    "hex": lambda text: _decode_matches(
        text, rf"(?:[0-9a-fA-F]{{2}}{_SEPARATORS}){{{MIN_LENGTH},}}+", _decode_hex
    ),
    "base64": lambda text: _decode_matches(
        text, r"(?:[A-Za-z0-9+/\-_]{3,}+(?:\\n|\s){0,8}+){3,}+", _decode_base64
    ),
    "base64-words": lambda text: _decode_matches(text, r"[A-Za-z0-9+/\-_]{10,}", _decode_base64),
    "base32": lambda text: _decode_matches(text, "[A-Z2-7]{13,}", _decode_base32),
    "bytes": lambda text: _decode_matches(
        text,
        rf"(?:[0-9]{{2,3}}[\s,;]+){{{MIN_LENGTH - 1},}}[0-9]{{2,3}}",
        _build_number_decoder(10),
    ),
    "bits": lambda text: _decode_matches(
        text, rf"(?:[01]{{8}}\s*){{{MIN_LENGTH},}}", _build_number_decoder(2)
    ),
}


def _may_decode(name: str, text: str) -> bool:
    """Whether the text can contain anything that this decoder decodes."""
    markers = {
        "percent": "%",
        "percent-utf16": "%u",
        "html": "&",
        "escapes": "\\",
        "octal": "\\",
        "css": "\\",
        "code-names": "U+",
        "quoted-printable": "=",
        "utf7": "+",
    }
    return name not in markers or markers[name] in text or (name == "html" and "<" in text)


def decode_views(text: str, depth: int = 3) -> Iterator[tuple[str, str]]:
    """Yield the text and everything decodable from it, each with the path of decoders used."""
    seen = {text}
    level: list[tuple[str, str]] = [("plain", text)]
    for step in range(depth + 1):
        next_level: list[tuple[str, str]] = []
        for path, view in level:
            yield path, view
            if step == depth:
                continue
            for name, decode in _DECODERS.items():
                if not _may_decode(name, view):
                    continue
                decoded = decode(view)
                if len(decoded) >= MIN_LENGTH - 2 and decoded not in seen:
                    seen.add(decoded)
                    next_level.append((name if path == "plain" else f"{path} > {name}", decoded))
        level = next_level


def _squeeze(text: str) -> str:
    """Keep letters and digits only, in lower case."""
    return re.sub(r"[^a-z0-9]", "", re.sub(r"\\+[nrt]", "", text.lower()))


@functools.lru_cache(maxsize=512)
def _list_squeezed_parts(secret: str) -> tuple[str, ...]:
    """Return the recognizable parts of a secret without its punctuation. They are longer, because
    squeezed text joins lines.
    """
    bare = re.sub("[^a-z0-9]", "", secret.lower())
    return _list_parts(bare, 10) if len(bare) >= 10 else (bare,) if len(bare) >= MIN_LENGTH else ()


@functools.lru_cache(maxsize=512)
def _list_encoded_forms(secret: str) -> tuple[tuple[str, str], ...]:
    """Return the encoded forms of a secret that only the complete secret can produce."""
    names_by_form: dict[str, str] = {}
    for name, encode in ENCODINGS.items():
        if name.startswith("masked") or name == "reversed-halves":
            continue
        encoded = encode(secret).lower()
        if len(re.sub(r"[^a-z0-9]", "", encoded)) >= MIN_LENGTH or encoded == secret.lower():
            names_by_form.setdefault(encoded, name)
    for pad in range(3):  # base64 in lower case, at each alignment
        core = _encode_base64("x" * pad + secret)[4 * (pad > 0) : -4].lower()
        for start in range(len(core) - 11):
            part = core[start : start + 12]
            public_prefix = _encode_base64("x" * pad + _JWT)[4 * (pad > 0) : -4].lower()
            if part not in public_prefix:
                names_by_form.setdefault(part, f"base64-part-{pad}")
    return tuple((name, encoded) for encoded, name in names_by_form.items())


def find_leaks_by_secret(text: str, secrets: Iterable[str], depth: int = 2) -> dict[str, list[str]]:
    """Return how each secret can be recovered from the text. Secrets that cannot are left out."""
    encodings_by_secret: dict[str, dict[str, None]] = {}
    unique_secrets = list(dict.fromkeys(secrets))
    lower_text = text.lower()
    for secret in unique_secrets:
        for name, encoded in _list_encoded_forms(secret):
            if encoded in lower_text:
                encodings_by_secret.setdefault(secret, {})[name] = None
    squeezed = _squeeze(text)
    for secret in unique_secrets:
        if any(part in squeezed for part in _list_squeezed_parts(secret)):
            encodings_by_secret.setdefault(secret, {})["squeezed"] = None
    for path, view in decode_views(text, depth):
        lower_text = view.lower()
        for secret in unique_secrets:
            parts = _list_parts(secret)
            if secret.lower() in lower_text:
                encodings_by_secret.setdefault(secret, {})[path] = None
            elif any(part in lower_text for part in parts):
                encodings_by_secret.setdefault(secret, {})[f"part of it: {path}"] = None
    return {secret: list(names) for secret, names in encodings_by_secret.items()}


def find_leaks(text: str, secret: str, depth: int = 3) -> list[str]:
    """Return the encodings from which the secret, or a recognizable part, can be recovered."""
    return find_leaks_by_secret(text, [secret], depth).get(secret, [])
