"""Decodes compressed bodies (RFC 9110, 8.4) up to a size limit."""

from __future__ import annotations

import zlib

# gzip members in one body (RFC 1952, 2.2), limited because each member costs a copy of the rest
MAX_GZIP_MEMBERS = 16


class ContentDecodingError(Exception):
    """Raised if a body cannot be decoded or becomes too large; the text says which."""


def decompress_body(body: bytes, coding: str, max_bytes: int) -> bytes:
    """Return a body without its content coding, at most `max_bytes` long.

    Supports gzip and deflate, one at a time. Raises CodingError if the coding is unknown or broken,
    or the decoded body is too large.
    """
    codings = [
        name.strip().lower()
        for name in coding.split(",")
        if name.strip().lower() not in ("", "identity")
    ]
    if not codings or not body:
        return body
    if len(codings) > 1:
        raise ContentDecodingError(f"{len(codings)} content codings, of which one is understood")
    match codings[0]:
        case "gzip" | "x-gzip":
            return _inflate(body, (31,), max_bytes)
        case "deflate":
            # servers send deflate with and without the zlib wrapper
            return _inflate(body, (15, -15), max_bytes)
        case _:
            raise ContentDecodingError("its content coding is not known here")


def _inflate(body: bytes, windows: tuple[int, ...], max_bytes: int) -> bytes:
    for window in windows:
        try:
            return _inflate_members(body, window, max_bytes)
        except zlib.error as error:
            reason = str(error)
    raise ContentDecodingError(f"the content coding is broken: {reason}")


def _inflate_members(body: bytes, window: int, max_bytes: int) -> bytes:
    inflated = b""
    for _ in range(MAX_GZIP_MEMBERS):
        decompressor = zlib.decompressobj(window)
        inflated += decompressor.decompress(body, max_bytes + 1 - len(inflated))
        if len(inflated) > max_bytes:
            raise ContentDecodingError(f"decoded, it is larger than {max_bytes} bytes")
        if not decompressor.eof:
            raise ContentDecodingError("the compressed body ends too early")
        body = decompressor.unused_data
        if not body or window != 31:
            return inflated
    raise ContentDecodingError(f"it has more than {MAX_GZIP_MEMBERS} gzip members")
