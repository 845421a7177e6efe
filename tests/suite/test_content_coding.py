"""Content codings: bodies are decoded correctly, and never to more than the allowed size."""

from __future__ import annotations

import gzip
import time
import zlib

import pytest

from conformance.suite.content_coding import ContentDecodingError, decompress_body

PLAIN = b'{"a": 1}' * 100
DEFLATE_COMPRESSOR = zlib.compressobj(wbits=-15)
RAW_DEFLATE = DEFLATE_COMPRESSOR.compress(PLAIN) + DEFLATE_COMPRESSOR.flush()


def compress_gzip(data: bytes) -> bytes:
    """Return data compressed with gzip, without a modification time.

    The bytes are part of the test ids, which must be the same in every worker.
    """
    return gzip.compress(data, mtime=0)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("", PLAIN),
        ("identity", PLAIN),
        ("gzip", compress_gzip(PLAIN)),
        ("x-gzip", compress_gzip(PLAIN)),
        ("GZIP , identity", compress_gzip(PLAIN)),
        ("gzip", compress_gzip(PLAIN[:300]) + compress_gzip(PLAIN[300:])),
        ("deflate", zlib.compress(PLAIN)),
        ("deflate", RAW_DEFLATE),
    ],
)
def test_body_is_decoded(coding: str, body: bytes) -> None:
    """Decoding returns the original body."""
    assert decompress_body(body, coding, len(PLAIN)) == PLAIN


@pytest.mark.parametrize(
    ("coding", "body", "reason"),
    [
        ("gzip, gzip", compress_gzip(compress_gzip(PLAIN)), "2 content codings"),
        ("br", b"x", "is not known here"),
        ("gzip", PLAIN, "is broken"),
        ("gzip", compress_gzip(PLAIN)[:-9], "ends too early"),
        ("gzip", compress_gzip(b" " * 100_000_000), "larger than 1000 bytes"),
        ("gzip", compress_gzip(b"") * 10_000, "gzip members"),
    ],
)
def test_bad_body_is_refused(coding: str, body: bytes, reason: str) -> None:
    """A body that is corrupt, of an unknown coding, coded twice or too large is refused soon."""
    started_at = time.monotonic()
    with pytest.raises(ContentDecodingError, match=reason):
        decompress_body(body, coding, 1000)
    assert time.monotonic() - started_at < 5
