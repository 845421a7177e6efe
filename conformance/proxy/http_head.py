"""Heads of messages as bytes: which fields go on, and how a body is framed (RFC 9110, 7.6.1; RFC
9112, 6).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.proxy.stream import BodyStream

HeaderFields = list[tuple[bytes, bytes]]
HOP_BY_HOP = frozenset(
    {b"connection", b"proxy-connection", b"keep-alive", b"te", b"transfer-encoding", b"upgrade"}
)
# whoever names these in Connection would take a message apart
NEVER_DROPPED = frozenset({b"content-length", b"host"})
BODILESS_STATUSES = (204, 304)


@dataclass(slots=True, kw_only=True)
class ClientRequest:
    """A request that is coming in. `keep`: its connection can take another one afterwards."""

    method: bytes
    target: bytes
    version: str
    fields: HeaderFields
    keep_alive: bool
    body: BodyStream

    @property
    def is_http11(self) -> bool:
        """Tell whether the client knows HTTP/1.1: chunks and interim answers."""
        return self.version == "1.1"


@dataclass(slots=True, kw_only=True)
class UpstreamResponse:
    """An answer that is coming in."""

    status: int
    reason: bytes
    fields: HeaderFields
    body: BodyStream


def find_field(fields: HeaderFields, name: bytes) -> bytes | None:
    """Return the first field of a name in lower case."""
    return next((text for key, text in fields if key.lower() == name), None)


def is_chunked(fields: HeaderFields) -> bool:
    """Tell whether a body comes in chunks; raises ValueError for any other transfer coding, which
    is not known here.
    """
    coding = find_field(fields, b"transfer-encoding")
    if coding is not None and coding.strip().lower() != b"chunked":
        raise ValueError(f"transfer coding {coding.decode('latin-1')}")
    return coding is not None


def drop_hop_by_hop(fields: HeaderFields) -> HeaderFields:
    """Return the fields that are meant for the other end, in their order and spelling."""
    connection_options = {
        option.strip().lower()
        for key, text in fields
        if key.lower() == b"connection"
        for option in text.split(b",")
    } - NEVER_DROPPED
    return [
        (key, text)
        for key, text in fields
        if key.lower() not in HOP_BY_HOP and key.lower() not in connection_options
    ]


def encode_request_head(request: ClientRequest, host: bytes) -> bytes:
    """Return the head of a request as it goes on: with the name of the host that it goes to."""
    fields = [
        (key, host if key.lower() == b"host" else text)
        for key, text in drop_hop_by_hop(request.fields)
    ]
    if find_field(fields, b"host") is None:
        fields.insert(0, (b"Host", host))
    if is_chunked(request.fields):
        fields.append((b"Transfer-Encoding", b"chunked"))
    return _encode_head(b"%b %b HTTP/1.1" % (request.method, request.target), fields)


def encode_response_head(
    response: UpstreamResponse, request: ClientRequest, use_chunks: bool, keep_alive: bool
) -> bytes:
    """Return the head of an answer as it goes on."""
    fields = drop_hop_by_hop(response.fields)
    if use_chunks:
        fields.append((b"Transfer-Encoding", b"chunked"))
    if not keep_alive:
        fields.append((b"Connection", b"close"))
    elif not request.is_http11:
        fields.append((b"Connection", b"keep-alive"))
    return _encode_head(b"HTTP/1.1 %d %b" % (response.status, response.reason), fields)


def encode_interim_response(status: int, reason: bytes, fields: HeaderFields) -> bytes:
    """Return an answer that another one follows (RFC 9110, 15.2)."""
    return _encode_head(b"HTTP/1.1 %d %b" % (status, reason), drop_hop_by_hop(fields))


def encode_proxy_response(status: int, text: str, keep_alive: bool) -> bytes:
    """Return an answer of the proxy's own."""
    phrase = {
        400: b"Bad Request",
        431: b"Request Header Fields Too Large",
        501: b"Not Implemented",
        502: b"Bad Gateway",
        504: b"Gateway Timeout",
    }[status]
    body = f"conformance proxy: {text}\n".encode()
    fields: HeaderFields = [
        (b"Content-Type", b"text/plain; charset=utf-8"),
        (b"Content-Length", b"%d" % len(body)),
    ]
    return (
        _encode_head(
            b"HTTP/1.1 %d %b" % (status, phrase),
            fields if keep_alive else [*fields, (b"Connection", b"close")],
        )
        + body
    )


def has_no_body(response: UpstreamResponse, request: ClientRequest) -> bool:
    """Tell whether an answer has no body whatever its fields say (RFC 9112, 6.3)."""
    return request.method == b"HEAD" or response.status in BODILESS_STATUSES


def encode_chunk(part: bytes) -> bytes:
    """Return a part of a body as a chunk."""
    return b"%x\r\n%b\r\n" % (len(part), part)


LAST_CHUNK = b"0\r\n\r\n"


def _encode_head(start_line: bytes, fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"\r\n".join([start_line, *[b"%b: %b" % field for field in fields], b"", b""])
