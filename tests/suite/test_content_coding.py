"""Content codings: decoded as they should be, and never into more than is allowed."""

from __future__ import annotations

import gzip
import time
import zlib

import pytest

from conformance.suite.content_coding import ContentDecodingError, decompress_body

PLAIN = b'{"a": 1}' * 100
RAW = zlib.compressobj(wbits=-15)
DEFLATED = RAW.compress(PLAIN) + RAW.flush()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("", PLAIN),
        ("identity", PLAIN),
        ("gzip", gzip.compress(PLAIN)),
        ("x-gzip", gzip.compress(PLAIN)),
        ("GZIP , identity", gzip.compress(PLAIN)),
        ("gzip", gzip.compress(PLAIN[:300]) + gzip.compress(PLAIN[300:])),
        ("deflate", zlib.compress(PLAIN)),
        ("deflate", DEFLATED),
    ],
)
def test_decoded(coding: str, body: bytes) -> None:
    """A body comes out as it went in."""
    assert decompress_body(body, coding, len(PLAIN)) == PLAIN


@pytest.mark.parametrize(
    ("coding", "body", "reason"),
    [
        ("gzip, gzip", gzip.compress(gzip.compress(PLAIN)), "2 content codings"),
        ("br", b"x", "is not known here"),
        ("gzip", PLAIN, "is broken"),
        ("gzip", gzip.compress(PLAIN)[:-9], "ends too early"),
        ("gzip", gzip.compress(b" " * 100_000_000), "larger than 1000 bytes"),
        ("gzip", gzip.compress(b"") * 10_000, "gzip members"),
    ],
)
def test_refused(coding: str, body: bytes, reason: str) -> None:
    """What is broken, unknown, coded twice or too large is refused, soon."""
    began = time.monotonic()
    with pytest.raises(ContentDecodingError, match=reason):
        decompress_body(body, coding, 1000)
    assert time.monotonic() - began < 5
