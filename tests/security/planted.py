"""Secrets to plant, the ways in which servers write them, and a judge that finds them again.

``SECRETS`` are made up. Nobody ever used them. ``ENCODINGS`` are what a server, a framework,
a gateway or a log may make of a text. ``leaks(text, secret)`` tells how a secret, or eight
consecutive characters of it that tell something, can be got back from a text. It goes both
ways: it looks for what the encodings make of the secret, and it decodes whatever in the text
looks encoded, over and over, and looks there.
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

LEAST = 8
"""So many consecutive characters of a secret tell something."""

_JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
_CLAIMS = (
    "eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUiLCJzdWIiOiJlY2MzOGRkYS00YzBkLWJkODctNDBhMy0x"
    "ODg2MzRlOTlhMjMiLCJqdGkiOiJlMDM0OTFiNmI1MzI3MzQ3Iiwic2NvcGUiOiJyZWFkIHdyaXRlIn0."
)

# Prefixes stand apart, so that no scanner takes these for keys that somebody lost.
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


def _each(text: str, form: str) -> str:
    """Every byte of ``text`` (UTF-8) in the form given."""
    return "".join(form.format(byte) for byte in text.encode())


def _b64(text: str | bytes) -> str:
    data = text.encode() if isinstance(text, str) else text
    return base64.b64encode(data).decode()


def percent(text: str) -> str:
    """What URLs and form bodies do with all but letters, digits and ``_.-~``."""
    return quote(text, safe="")


def percent_lower(text: str) -> str:
    """The same with small hexadecimal digits."""
    return re.sub("%..", lambda found: found.group().lower(), percent(text))


def quoted_printable(text: str) -> str:
    """As mails have it, with soft line ends after 76 characters."""
    return quopri.encodestring(text.encode(), quotetabs=True).decode()


def hexdump(text: str) -> str:
    """As ``hexdump -C`` prints it: sixteen bytes a line, with the text beside them."""
    data, lines = text.encode(), []
    for start in range(0, len(data), 16):
        row = data[start : start + 16]
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        halves = row[:8].hex(" "), row[8:].hex(" ")
        lines.append(f"{start:08x}  {halves[0]:<23}  {halves[1]:<23}  |{shown}|")
    return "\n".join(lines)


def slug(text: str) -> str:
    """As frameworks make ids of names."""
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")


def header_name(text: str) -> str:
    """As CGI and WSGI name headers."""
    return "HTTP_" + re.sub("[^A-Z0-9]", "_", text.upper())


def spaced(text: str) -> str:
    """In groups of four, as keys are shown to people."""
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def dashed(text: str) -> str:
    """In groups of five, with dashes between them."""
    return "-".join(text[at : at + 5] for at in range(0, len(text), 5))


def wrapped(text: str) -> str:
    """Broken into lines of ten characters, indented."""
    return "\n    ".join(text[at : at + 10] for at in range(0, len(text), 10))


def masked(text: str) -> str:
    """All but the last four characters, and two thirds at most, as careless masks show it."""
    shown = min(len(text) - 4, max(LEAST, len(text) * 2 // 3))
    return text[:shown] + "*" * (len(text) - shown)


def masked_front(text: str) -> str:
    """The end of it only."""
    shown = max(LEAST, len(text) // 2)
    return "*" * (len(text) - shown) + text[-shown:]


def utf7(text: str) -> str:
    """UTF-7, as old mail programs write it."""
    return text.encode("utf-7").decode()


def json_ascii(text: str) -> str:
    """A JSON string in which every character is escaped."""
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2))


def json_inner(text: str) -> str:
    """The inside of a JSON string."""
    return json.dumps(text)[1:-1]


def json_twice(text: str) -> str:
    """JSON within a string of JSON."""
    return json_inner(json.dumps(text))


def json_slashes(text: str) -> str:
    """JSON as PHP writes it: slashes escaped, markup as ``\\u003C``."""
    inner = json_inner(text).replace("/", "\\/")
    return re.sub("[<>&']", lambda found: f"\\u{ord(found.group()):04X}", inner)


ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "upper": str.upper,
    "lower": str.lower,
    "title": str.title,
    "swapcase": str.swapcase,
    "percent": percent,
    "percent-lower": percent_lower,
    "percent-form": quote_plus,
    "percent-path": lambda text: quote(text, safe="/:@!$&'()*+,;="),
    "percent-all": lambda text: _each(text, "%{:02X}"),
    "percent-all-lower": lambda text: _each(text, "%{:02x}"),
    "percent-twice": lambda text: percent(percent(text)),
    "percent-three-times": lambda text: percent(percent(percent(text))),
    "percent-all-twice": lambda text: percent(_each(text, "%{:02X}")),
    "percent-utf16": lambda text: "".join(f"%u{ord(one):04X}" for one in text),
    "base64": _b64,
    "base64-bare": lambda text: _b64(text).rstrip("="),
    "base64-url": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64-url-bare": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64-bearer": lambda text: _b64("Bearer " + text),
    "base64-user": lambda text: _b64("user:" + text),
    "base64-one-before": lambda text: _b64(":" + text + ":x"),
    "base64-two-before": lambda text: _b64('{"' + text + '"}'),
    "base64-json": lambda text: _b64(json.dumps({"alg": "none", "token": text})),
    "base64-lines": lambda text: base64.encodebytes(("token=" + text).encode()).decode().strip(),
    "base64-short-lines": lambda text: wrapped(_b64(text)),
    "base64-twice": lambda text: _b64(_b64(text)),
    "base64-percent": lambda text: percent(_b64(text)),
    "base64-utf16": lambda text: _b64(text.encode("utf-16-le")),
    "base64-lowered": lambda text: _b64(text).lower(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "ascii85": lambda text: base64.a85encode(text.encode()).decode(),
    "base85": lambda text: base64.b85encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "hex-upper": lambda text: text.encode().hex().upper(),
    "hex-spaces": lambda text: text.encode().hex(" "),
    "hex-colons": lambda text: text.encode().hex(":").upper(),
    "hex-dashes": lambda text: text.encode().hex("-").upper(),
    "hex-0x": lambda text: _each(text, "0x{:02x}, "),
    "hex-0x-once": lambda text: "0x" + text.encode().hex(),
    "hex-escapes": lambda text: _each(text, "\\x{:02x}"),
    "hex-groups": lambda text: text.encode().hex(" ", 2),
    "hex-dump": hexdump,
    "hex-utf16": lambda text: text.encode("utf-16-le").hex(),
    "hex-base64": lambda text: _b64(text).encode().hex(),
    "octal-escapes": lambda text: _each(text, "\\{:03o}"),
    "byte-list": lambda text: json.dumps(list(text.encode())),
    "byte-list-bare": lambda text: " ".join(map(str, text.encode())),
    "bits": lambda text: _each(text, "{:08b} "),
    "json": json_inner,
    "json-twice": json_twice,
    "json-three-times": lambda text: json_inner(json_twice(text)),
    "json-ascii": json_ascii,
    "json-ascii-twice": lambda text: json_inner(json_ascii(text)),
    "json-slashes": json_slashes,
    "json-list": lambda text: ",".join(json.dumps(one) for one in text),
    "css-escapes": lambda text: "".join(f"\\{ord(one):x} " for one in text),
    "code-points": lambda text: "".join(f"\\u{{{ord(one):x}}}" for one in text),
    "code-names": lambda text: " ".join(f"U+{ord(one):04X}" for one in text),
    "html": html.escape,
    "html-twice": lambda text: html.escape(html.escape(text)),
    "html-decimal": lambda text: "".join(f"&#{ord(one)};" for one in text),
    "html-decimal-padded": lambda text: "".join(f"&#{ord(one):07};" for one in text),
    "html-decimal-open": lambda text: "".join(f"&#{ord(one)} " for one in text),
    "html-hex": lambda text: "".join(f"&#x{ord(one):x};" for one in text),
    "html-hex-upper": lambda text: "".join(f"&#X{ord(one):04X};" for one in text),
    "html-tags": lambda text: "<wbr>".join(text[n : n + 4] for n in range(0, len(text), 4)),
    "xml-cdata": lambda text: f"<![CDATA[{text}]]>",
    "quoted-printable": quoted_printable,
    "quoted-printable-all": lambda text: _each(text, "={:02X}"),
    "mail-word-b": lambda text: f"=?utf-8?B?{_b64(text)}?=",
    "mail-word-q": lambda text: f"=?utf-8?Q?{_each(text, '={:02X}')}?=",
    "header-parameter": lambda text: f"filename*=UTF-8''{percent(text)}",
    "utf7": utf7,
    "utf16": lambda text: text.encode("utf-16-le").decode("latin-1"),
    "utf16-big": lambda text: text.encode("utf-16-be").decode("latin-1"),
    "utf32": lambda text: text.encode("utf-32-le").decode("latin-1"),
    "python-repr": repr,
    "python-bytes": lambda text: repr(text.encode()),
    "shell": lambda text: shlex.quote(text),
    "sql": lambda text: "'" + text.replace("'", "''") + "'",
    "csv": lambda text: '"' + text.replace('"', '""') + '"',
    "slug": slug,
    "header-name": header_name,
    "snake": lambda text: re.sub("[^a-z0-9]+", "_", text.lower()),
    "letters-only": lambda text: re.sub("[^A-Za-z0-9]", "", text),
    "spaced": spaced,
    "letters-spaced": " ".join,
    "dashed": dashed,
    "wrapped": wrapped,
    "masked": masked,
    "masked-front": masked_front,
    "reversed-halves": lambda text: f"{text[len(text) // 2 :]}...{text[: len(text) // 2 + 4]}",
    "soft-hyphens": "\u00ad".join,
    "zero-width": "\u200b".join,
    "full-width": lambda text: "".join(
        chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text
    ),
    "ansi": lambda text: "\x1b[31m" + "\x1b[0m\x1b[31m".join(spaced(text).split(" ")) + "\x1b[0m",
}


# ------------------------------------------------------------------------------ the judge

_PUBLIC = (
    _JWT,
    "authorization",
    "sk_" + "live_",
    "rk_" + "test_",
    "github_" + "pat_",
    "sk-" + "proj-",
    "filename",
)


@functools.lru_cache(maxsize=512)
def _windows(secret: str, least: int = LEAST) -> tuple[str, ...]:
    """The parts of a secret that tell something, in small letters; none of a public prefix."""
    text = secret.lower()
    parts = (text[at : at + least] for at in range(len(text) - least + 1))
    public = [one.lower() for one in _PUBLIC]
    return tuple(
        dict.fromkeys(
            part for part in parts if not any(part in one for one in public) and len(set(part)) > 2
        )
    )


def _safe(decode: Callable[[str], str]) -> Callable[[re.Match[str]], str]:
    def replace(found: re.Match[str]) -> str:
        try:
            return decode(found.group())
        except (ValueError, OverflowError, binascii.Error):
            return found.group()

    return replace


def _bytes_text(data: bytes) -> str:
    return data.replace(b"\0", b"").decode("utf-8", "replace")


def _runs(text: str, pattern: str, decode: Callable[[str], Iterable[bytes]]) -> str:
    """What ``decode`` makes of everything that the pattern finds, one line for each."""
    lines: list[str] = []
    for found in re.finditer(pattern, text):
        try:
            lines += [_bytes_text(data) for data in decode(found.group())]
        except (ValueError, OverflowError, binascii.Error):
            continue
    return "\n".join(lines)


def _from_hex(run: str) -> Iterable[bytes]:
    digits = "".join(re.findall("[0-9a-fA-F]{2}", re.sub("0x|\\\\+x", " ", run)))
    glued = re.sub("[^0-9a-fA-F]", "", re.sub("0x|\\\\+x", " ", run))
    for one in {digits, glued}:
        for cut in (one, one[1:]):
            yield bytes.fromhex(cut[: len(cut) // 2 * 2])


def _from_base64(run: str) -> Iterable[bytes]:
    run = re.sub(r"\\+[rn]|\s|=", "", run).replace("-", "+").replace("_", "/")
    for skip in range(4):
        part = run[skip:]
        yield base64.b64decode(
            part[: len(part) // 4 * 4] if len(part) % 4 == 1 else part + "=" * (-len(part) % 4)
        )


def _from_base32(run: str) -> Iterable[bytes]:
    for skip in range(8):
        part = run[skip:]
        yield base64.b32decode(part[: len(part) // 8 * 8])


def _numbers(base: int) -> Callable[[str], Iterable[bytes]]:
    digits = {2: "[01]{8}", 10: "[0-9]+"}[base]

    def decode(run: str) -> Iterable[bytes]:
        yield bytes(int(one, base) for one in re.findall(digits, run) if int(one, base) < 256)

    return decode


def _point(digits: str, base: int) -> str:
    number = int(digits, base)
    return chr(number) if number < 0x110000 else ""


def _sub(pattern: str, base: int, text: str) -> str:
    return re.sub(pattern, lambda found: _point(found.group(1), base), text)


def _unhtml(text: str) -> str:
    return html.unescape(re.sub(r"<!\[CDATA\[|\]\]>|</?wbr ?/?>", "", text))


def _unescape(text: str) -> str:
    text = _sub(r"\\+u\{([0-9a-fA-F]{1,6})\}", 16, text)
    text = _sub(r"\\+u([0-9a-fA-F]{4})", 16, text)
    text = _sub(r"\\+x([0-9a-fA-F]{2})", 16, text)
    return re.sub(r"\\+([\"'/\\])", r"\1", text)


def _unquoted(text: str) -> str:
    return _sub("=([0-9a-fA-F]{2})", 16, re.sub(r"=(\r?\n|\\r|\\n)+", "", text))


def _utf7(text: str) -> str:
    return re.sub(r"\+[A-Za-z0-9/]{2,}-?", _safe(lambda run: run.encode().decode("utf-7")), text)


def _narrow(text: str) -> str:
    """Full width to ordinary letters; nothing that cannot be seen."""
    text = re.sub(r"\x1b\[[0-9;]*m|[\u00ad\u200b\0]|\\u0000", "", text)
    return re.sub("[\uff01-\uff5e]", lambda found: chr(ord(found.group()) - 0xFEE0), text)


_SEP = r"(?:[\s:,;\-]|\\+[nrt]|0x|\\+x)*+"

_DECODERS: dict[str, Callable[[str], str]] = {
    "percent": lambda text: _sub("%(?:25)*([0-9a-fA-F]{2})", 16, text),
    "percent-utf16": lambda text: _sub("%u([0-9a-fA-F]{4})", 16, text),
    "html": _unhtml,
    "escapes": _unescape,
    "octal": lambda text: _sub(r"\\+([0-3][0-7]{2})", 8, text),
    "css": lambda text: _sub(r"\\+([0-9a-f]{2}) ", 16, text),
    "code-names": lambda text: _sub(r"U\+([0-9A-F]{4}) ?", 16, text),
    "quoted-printable": _unquoted,
    "unseen": _narrow,
    "utf7": _utf7,
    "hex": lambda text: _runs(text, rf"(?:[0-9a-fA-F]{{2}}{_SEP}){{{LEAST},}}+", _from_hex),
    "base64": lambda text: _runs(
        text, r"(?:[A-Za-z0-9+/\-_]{3,}+(?:\\n|\s){0,8}+){3,}+", _from_base64
    ),
    "base64-words": lambda text: _runs(text, r"[A-Za-z0-9+/\-_]{10,}", _from_base64),
    "base32": lambda text: _runs(text, "[A-Z2-7]{13,}", _from_base32),
    "bytes": lambda text: _runs(
        text, rf"(?:[0-9]{{2,3}}[\s,;]+){{{LEAST - 1},}}[0-9]{{2,3}}", _numbers(10)
    ),
    "bits": lambda text: _runs(text, rf"(?:[01]{{8}}\s*){{{LEAST},}}", _numbers(2)),
}


def _cheap(name: str, text: str) -> bool:
    """Whether there is anything for this decoder in the text."""
    marks = {
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
    return name not in marks or marks[name] in text or (name == "html" and "<" in text)


def views(text: str, depth: int = 3) -> Iterator[tuple[str, str]]:
    """The text, and what can be decoded out of it, each with the way that leads there."""
    seen = {text}
    level: list[tuple[str, str]] = [("plain", text)]
    for step in range(depth + 1):
        following: list[tuple[str, str]] = []
        for way, one in level:
            yield way, one
            if step == depth:
                continue
            for name, decode in _DECODERS.items():
                if not _cheap(name, one):
                    continue
                made = decode(one)
                if len(made) >= LEAST - 2 and made not in seen:
                    seen.add(made)
                    following.append((name if way == "plain" else f"{way} > {name}", made))
        level = following


def _squeezed(text: str) -> str:
    """Letters and digits only, in small letters."""
    return re.sub(r"[^a-z0-9]", "", re.sub(r"\\+[nrt]", "", text.lower()))


@functools.lru_cache(maxsize=512)
def _bare(secret: str) -> tuple[str, ...]:
    """The telling parts of a secret without its punctuation; longer, as lines run together."""
    bare = re.sub("[^a-z0-9]", "", secret.lower())
    return _windows(bare, 10) if len(bare) >= 10 else (bare,) if len(bare) >= LEAST else ()


@functools.lru_cache(maxsize=512)
def _made(secret: str) -> tuple[tuple[str, str], ...]:
    """What the encodings make of a secret that only the whole of it can show."""
    found: dict[str, str] = {}
    for name, encode in ENCODINGS.items():
        if name.startswith("masked") or name == "reversed-halves":
            continue
        made = encode(secret).lower()
        if len(re.sub(r"[^a-z0-9]", "", made)) >= LEAST or made == secret.lower():
            found.setdefault(made, name)
    for pad in range(3):  # base64 whose letters lost their case, at each place where it may begin
        core = _b64("x" * pad + secret)[4 * (pad > 0) : -4].lower()
        for at in range(len(core) - 11):
            part = core[at : at + 12]
            public = _b64("x" * pad + _JWT)[4 * (pad > 0) : -4].lower()
            if part not in public:
                found.setdefault(part, f"base64-part-{pad}")
    return tuple((name, made) for made, name in found.items())


def leaks_of(text: str, secrets: Iterable[str], depth: int = 2) -> dict[str, list[str]]:
    """For each secret that can be got back from the text, how. Others are not in the answer."""
    answer: dict[str, dict[str, None]] = {}
    wanted = list(dict.fromkeys(secrets))
    low = text.lower()
    for secret in wanted:
        for name, made in _made(secret):
            if made in low:
                answer.setdefault(secret, {})[name] = None
    squeezed = _squeezed(text)
    for secret in wanted:
        if any(part in squeezed for part in _bare(secret)):
            answer.setdefault(secret, {})["squeezed"] = None
    for way, view in views(text, depth):
        low = view.lower()
        for secret in wanted:
            parts = _windows(secret)
            if secret.lower() in low:
                answer.setdefault(secret, {})[way] = None
            elif any(part in low for part in parts):
                answer.setdefault(secret, {})[f"part of it: {way}"] = None
    return {secret: list(names) for secret, names in answer.items()}


def leaks(text: str, secret: str, depth: int = 3) -> list[str]:
    """In which encodings the secret, or a telling part of it, can be got back from the text."""
    return leaks_of(text, [secret], depth).get(secret, [])
