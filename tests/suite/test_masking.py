"""Masking: a secret is found in whatever common encoding it stands, also where it was cut, and
nothing else is touched.
"""

from __future__ import annotations

import base64
import html
import json
import quopri
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.suite.masking import SecretMasker, mask_text

SECRET = "s3cr3t-T0ken/abc+DEF=.~_99"
ENCODINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "upper case": str.upper,
    "lower case": str.lower,
    "percent": lambda s: quote(s, safe=""),
    "percent, all": lambda s: "".join(f"%{byte:02x}" for byte in s.encode()),
    "percent, twice": lambda s: quote(quote(s, safe=""), safe=""),
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64, URL": lambda s: base64.urlsafe_b64encode(s.encode()).decode().rstrip("="),
    "base64, basic": lambda s: base64.b64encode(f"me:{s}".encode()).decode(),
    "base64, within": lambda s: base64.b64encode(f"xy{s}zzz".encode()).decode(),
    "base64, in lines": lambda s: base64.encodebytes(s.encode() * 4).decode(),
    "base64, twice": lambda s: base64.b64encode(base64.b64encode(s.encode())).decode(),
    "base32": lambda s: base64.b32encode(s.encode()).decode(),
    "base85": lambda s: base64.b85encode(s.encode()).decode(),
    "hex": lambda s: s.encode().hex(),
    "hex, upper case": lambda s: s.encode().hex().upper(),
    "hex, apart": lambda s: s.encode().hex(" "),
    "hex, colons": lambda s: s.encode().hex(":"),
    "JSON": lambda s: json.dumps(s).replace("/", "\\/"),
    "JSON, code points": lambda s: "".join(f"\\u{ord(c):04x}" for c in s),
    "JSON, twice": lambda s: json.dumps(json.dumps({"a": s})),
    "HTML": html.escape,
    "HTML, decimal": lambda s: "".join(f"&#{ord(c)};" for c in s),
    "HTML, hex": lambda s: "".join(f"&#x{ord(c):X};" for c in s),
    "quoted-printable": lambda s: quopri.encodestring(s.encode()).decode(),
    "octal": lambda s: "".join(f"\\{byte:03o}" for byte in s.encode()),
    "C": lambda s: "".join(f"\\x{byte:02x}" for byte in s.encode()),
    "UTF-16": lambda s: s.encode("utf-16-le").decode("utf-8", "replace"),
    "full width": lambda s: "".join(chr(0xFEE0 + ord(c)) for c in s),
    "bytes": lambda s: str(list(s.encode())),
    "folded": lambda s: f"{s[:10]}\r\n {s[10:]}",
    "zero width": lambda s: "\u200b".join(s),
    "reversed": lambda s: s[::-1],
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
def test_encodings(encode: Callable[[str], str]) -> None:
    """In every encoding the secret is replaced, and what stands around it is not."""
    found = mask_text(f"before {encode(SECRET)} after", {SECRET: "$TOKEN"})
    assert found.startswith("before ")
    assert found.endswith(" after")
    assert "$TOKEN" in found
    assert not any(
        part.lower() in found.lower() for part in (encode(SECRET)[4:14], encode(SECRET)[-14:-6])
    )


@given(
    st.text(
        st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'\\`$"),
        min_size=8,
        max_size=60,
    )
)
def test_any_token(secret: str) -> None:
    """Any token is found as it is, percent-encoded, in base64 and in hex."""
    for text in (
        secret,
        quote(secret, safe=""),
        base64.b64encode(secret.encode()).decode(),
        secret.encode().hex(),
    ):
        found = SecretMasker({secret: "$T"}).mask_text(f"<{text}>")
        assert "$T" in found
        assert secret[2:-2] not in found.replace("$T", "")


@given(st.text(max_size=200))
def test_other_texts_stay(text: str) -> None:
    """A text without the secret is not changed."""
    assert mask_text(text, {"5f0c9a7be1d24437": "$TOKEN"}) == text


@pytest.mark.parametrize("sign", ["…", "..."])
@pytest.mark.parametrize("length", [4, 9, 20])
def test_what_was_cut(sign: str, length: int) -> None:
    """Half a secret in front of a cut, or behind it, is masked as well."""
    assert mask_text(f"a {SECRET[:length]}{sign} b", {SECRET: "$T"}) == f"a $T{sign} b"
    assert mask_text(f"a {sign}{SECRET[-length:]} b", {SECRET: "$T"}) == f"a {sign}$T b"


def test_most_of_a_long_secret() -> None:
    """A secret that somebody else has cut is masked when most of it is left."""
    assert mask_text(f"a {SECRET[:20]} b", {SECRET: "$T"}) == "a $T b"


@pytest.mark.parametrize(
    ("text", "found"), [("x abcd1 y", "x $S y"), ("xabcd1y", "xabcd1y"), ("a=abcd1&b", "a=$S&b")]
)
def test_short_secrets_stand_alone(text: str, found: str) -> None:
    """A short secret is masked where it stands alone: as a part of other words it is none."""
    assert mask_text(text, {"abcd1": "$S"}) == found


def test_the_longest_first() -> None:
    """Where one secret holds another, the longer one is named."""
    secrets = {"mock-token": "$TOKEN", "mock-token-read": "$TOKEN_READ"}
    assert mask_text("mock-token-read mock-token", secrets) == "$TOKEN_READ $TOKEN"


def test_bytes_that_are_no_text() -> None:
    """Bytes that are no UTF-8 stay as they are around a secret."""
    assert (
        SecretMasker({SECRET: "$T"}).mask_bytes(b"\xff" + SECRET.encode() + b"\xfe")
        == b"\xff$T\xfe"
    )
