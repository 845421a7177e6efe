"""Heads of messages as bytes: which fields go on, and how a body is framed (RFC 9110, 7.6.1; RFC
9112, 6).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.proxy.stream import Stream

Fields = list[tuple[bytes, bytes]]
HOPS = frozenset(
    {b"connection", b"proxy-connection", b"keep-alive", b"te", b"transfer-encoding", b"upgrade"}
)
# whoever names these in Connection would take a message apart
KEPT = frozenset({b"content-length", b"host"})
BODILESS = (204, 304)


@dataclass(slots=True, kw_only=True)
class Asked:
    """A request that is coming in. `keep`: its connection can take another one afterwards."""

    method: bytes
    target: bytes
    version: str
    fields: Fields
    keep: bool
    body: Stream

    @property
    def modern(self) -> bool:
        """Tell whether the client knows HTTP/1.1: chunks and interim answers."""
        return self.version == "1.1"


@dataclass(slots=True, kw_only=True)
class Answered:
    """An answer that is coming in."""

    status: int
    reason: bytes
    fields: Fields
    body: Stream


def value(fields: Fields, name: bytes) -> bytes | None:
    """Return the first field of a name in lower case."""
    return next((text for key, text in fields if key.lower() == name), None)


def chunked(fields: Fields) -> bool:
    """Tell whether a body comes in chunks; raises ValueError for any other transfer coding, which
    is not known here.
    """
    coding = value(fields, b"transfer-encoding")
    if coding is not None and coding.strip().lower() != b"chunked":
        raise ValueError(f"transfer coding {coding.decode('latin-1')}")
    return coding is not None


def passed(fields: Fields) -> Fields:
    """Return the fields that are meant for the other end, in their order and spelling."""
    named = {
        one.strip().lower()
        for key, text in fields
        if key.lower() == b"connection"
        for one in text.split(b",")
    } - KEPT
    return [
        (key, text) for key, text in fields if key.lower() not in HOPS and key.lower() not in named
    ]


def request(asked: Asked, host: bytes) -> bytes:
    """Return the head of a request as it goes on: with the name of the host that it goes to."""
    fields = [(key, host if key.lower() == b"host" else text) for key, text in passed(asked.fields)]
    if value(fields, b"host") is None:
        fields.insert(0, (b"Host", host))
    if chunked(asked.fields):
        fields.append((b"Transfer-Encoding", b"chunked"))
    return _head(b"%b %b HTTP/1.1" % (asked.method, asked.target), fields)


def response(answered: Answered, asked: Asked, chunks: bool, keep: bool) -> bytes:
    """Return the head of an answer as it goes on."""
    fields = passed(answered.fields)
    if chunks:
        fields.append((b"Transfer-Encoding", b"chunked"))
    if not keep:
        fields.append((b"Connection", b"close"))
    elif not asked.modern:
        fields.append((b"Connection", b"keep-alive"))
    return _head(b"HTTP/1.1 %d %b" % (answered.status, answered.reason), fields)


def interim(status: int, reason: bytes, fields: Fields) -> bytes:
    """Return an answer that another one follows (RFC 9110, 15.2)."""
    return _head(b"HTTP/1.1 %d %b" % (status, reason), passed(fields))


def own(status: int, text: str, keep: bool) -> bytes:
    """Return an answer of the proxy's own."""
    phrase = {
        400: b"Bad Request",
        431: b"Request Header Fields Too Large",
        501: b"Not Implemented",
        502: b"Bad Gateway",
        504: b"Gateway Timeout",
    }[status]
    body = f"conformance proxy: {text}\n".encode()
    fields: Fields = [
        (b"Content-Type", b"text/plain; charset=utf-8"),
        (b"Content-Length", b"%d" % len(body)),
    ]
    return (
        _head(
            b"HTTP/1.1 %d %b" % (status, phrase),
            fields if keep else [*fields, (b"Connection", b"close")],
        )
        + body
    )


def bodiless(answered: Answered, asked: Asked) -> bool:
    """Tell whether an answer has no body whatever its fields say (RFC 9112, 6.3)."""
    return asked.method == b"HEAD" or answered.status in BODILESS


def chunk(part: bytes) -> bytes:
    """Return a part of a body as a chunk."""
    return b"%x\r\n%b\r\n" % (len(part), part)


END = b"0\r\n\r\n"


def _head(line: bytes, fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"\r\n".join([line, *[b"%b: %b" % field for field in fields], b"", b""])
