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


def compressed(data: bytes) -> bytes:
    """Return data in gzip, without the time of day: tests are named after it in every worker."""
    return gzip.compress(data, mtime=0)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("", PLAIN),
        ("identity", PLAIN),
        ("gzip", compressed(PLAIN)),
        ("x-gzip", compressed(PLAIN)),
        ("GZIP , identity", compressed(PLAIN)),
        ("gzip", compressed(PLAIN[:300]) + compressed(PLAIN[300:])),
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
        ("gzip, gzip", compressed(compressed(PLAIN)), "2 content codings"),
        ("br", b"x", "is not known here"),
        ("gzip", PLAIN, "is broken"),
        ("gzip", compressed(PLAIN)[:-9], "ends too early"),
        ("gzip", compressed(b" " * 100_000_000), "larger than 1000 bytes"),
        ("gzip", compressed(b"") * 10_000, "gzip members"),
    ],
)
def test_refused(coding: str, body: bytes, reason: str) -> None:
    """What is broken, unknown, coded twice or too large is refused, soon."""
    began = time.monotonic()
    with pytest.raises(ContentDecodingError, match=reason):
        decompress_body(body, coding, 1000)
    assert time.monotonic() - began < 5
