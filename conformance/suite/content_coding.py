"""Content codings: a body as it was before it was compressed (RFC 9110, 8.4), never larger than is
allowed.
"""

from __future__ import annotations

import zlib

# gzip members that one body may have (RFC 1952, 2.2): each further one costs a copy of the rest
MEMBERS = 16


class CodingError(Exception):
    """A body that cannot be decoded, or becomes too large; the text says which."""


def decoded(body: bytes, coding: str, most: int) -> bytes:
    """Return a body without its content coding, at most `most` bytes. Raises CodingError.

    gzip and deflate are known, one of them at a time.
    """
    codings = [
        name.strip().lower()
        for name in coding.split(",")
        if name.strip().lower() not in ("", "identity")
    ]
    if not codings or not body:
        return body
    if len(codings) > 1:
        raise CodingError(f"{len(codings)} content codings, of which one is understood")
    match codings[0]:
        case "gzip" | "x-gzip":
            return _inflated(body, (31,), most)
        case "deflate":
            # it comes with and without the wrapping of zlib
            return _inflated(body, (15, -15), most)
        case _:
            raise CodingError("its content coding is not known here")


def _inflated(body: bytes, windows: tuple[int, ...], most: int) -> bytes:
    for window in windows:
        try:
            return _members(body, window, most)
        except zlib.error as error:
            reason = str(error)
    raise CodingError(f"the content coding is broken: {reason}")


def _members(body: bytes, window: int, most: int) -> bytes:
    plain = b""
    for _ in range(MEMBERS):
        inflater = zlib.decompressobj(window)
        plain += inflater.decompress(body, most + 1 - len(plain))
        if len(plain) > most:
            raise CodingError(f"decoded, it is larger than {most} bytes")
        if not inflater.eof:
            raise CodingError("the compressed body ends too early")
        body = inflater.unused_data
        if not body or window != 31:
            return plain
    raise CodingError(f"it has more than {MEMBERS} gzip members")
