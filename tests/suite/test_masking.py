"""Masking: a secret is found in every common encoding, also when it was truncated.

Other text is not changed.
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
    """In every encoding the secret is replaced, and the text around it is not."""
    masked = mask_text(f"before {encode(SECRET)} after", {SECRET: "$TOKEN"})
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert "$TOKEN" in masked
    assert not any(
        part.lower() in masked.lower() for part in (encode(SECRET)[4:14], encode(SECRET)[-14:-6])
    )


@given(
    st.text(
        st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'\\`$"),
        min_size=8,
        max_size=60,
    )
)
def test_any_token(secret: str) -> None:
    """Any token is found as plain text, percent-encoded, in base64 and in hex."""
    for text in (
        secret,
        quote(secret, safe=""),
        base64.b64encode(secret.encode()).decode(),
        secret.encode().hex(),
    ):
        masked = SecretMasker({secret: "$T"}).mask_text(f"<{text}>")
        assert "$T" in masked
        assert secret[2:-2] not in masked.replace("$T", "")


@given(st.text(max_size=200))
def test_other_text_is_not_changed(text: str) -> None:
    """A text without the secret is not changed."""
    assert mask_text(text, {"5f0c9a7be1d24437": "$TOKEN"}) == text


@pytest.mark.parametrize("ellipsis", ["…", "..."])
@pytest.mark.parametrize("length", [4, 9, 20])
def test_truncated_secrets(ellipsis: str, length: int) -> None:
    """A part of a secret before or after an ellipsis is masked too."""
    assert mask_text(f"a {SECRET[:length]}{ellipsis} b", {SECRET: "$T"}) == f"a $T{ellipsis} b"
    assert mask_text(f"a {ellipsis}{SECRET[-length:]} b", {SECRET: "$T"}) == f"a {ellipsis}$T b"


def test_large_part_of_a_secret() -> None:
    """A secret that was truncated elsewhere is masked if most of it is left."""
    assert mask_text(f"a {SECRET[:20]} b", {SECRET: "$T"}) == "a $T b"


@pytest.mark.parametrize(
    ("text", "masked"), [("x abcd1 y", "x $S y"), ("xabcd1y", "xabcd1y"), ("a=abcd1&b", "a=$S&b")]
)
def test_short_secrets_are_masked_as_whole_words(text: str, masked: str) -> None:
    """A short secret is masked as a whole word only, not inside other words."""
    assert mask_text(text, {"abcd1": "$S"}) == masked


def test_longest_secret_first() -> None:
    """If one secret contains another, the longer one is masked."""
    secrets = {"mock-token": "$TOKEN", "mock-token-read": "$TOKEN_READ"}
    assert mask_text("mock-token-read mock-token", secrets) == "$TOKEN_READ $TOKEN"


def test_bytes_that_are_not_utf_8() -> None:
    """Bytes around a secret that are not valid UTF-8 are not changed."""
    assert (
        SecretMasker({SECRET: "$T"}).mask_bytes(b"\xff" + SECRET.encode() + b"\xfe")
        == b"\xff$T\xfe"
    )
