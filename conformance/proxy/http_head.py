"""Message heads as bytes: fields to forward, and framing of bodies.

See RFC 9110, 7.6.1, and RFC 9112, 6.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.protocol import BODILESS_STATUSES
from conformance.proxy.stream import BodyStream

HeaderFields = list[tuple[bytes, bytes]]
HOP_BY_HOP = frozenset(
    {b"connection", b"proxy-connection", b"keep-alive", b"te", b"transfer-encoding", b"upgrade"}
)
# kept even if the Connection field names them: without these, the message would be broken
NEVER_DROPPED = frozenset({b"content-length", b"host"})


@dataclass(slots=True, kw_only=True)
class ClientRequest:
    """A request from a client, whose body may still be arriving.

    `keep_alive` is True if the connection can take another request afterwards.
    """

    method: bytes
    target: bytes
    version: str
    fields: HeaderFields
    keep_alive: bool
    body: BodyStream

    @property
    def is_http11(self) -> bool:
        """Return whether the client understands HTTP/1.1: chunks and interim responses."""
        return self.version == "1.1"


@dataclass(slots=True, kw_only=True)
class UpstreamResponse:
    """A response from the server, whose body may still be arriving."""

    status: int
    reason: bytes
    fields: HeaderFields
    body: BodyStream


def find_field(fields: HeaderFields, name: bytes) -> bytes | None:
    """Return the value of the first field with a name in lower case, or None."""
    return next((text for key, text in fields if key.lower() == name), None)


def is_chunked(fields: HeaderFields) -> bool:
    """Return whether a body is sent in chunks.

    Raises ValueError for any other transfer coding; none is supported.
    """
    coding = find_field(fields, b"transfer-encoding")
    if coding is not None and coding.strip().lower() != b"chunked":
        raise ValueError(f"transfer coding {coding.decode('latin-1')}")
    return coding is not None


def drop_hop_by_hop_fields(fields: HeaderFields) -> HeaderFields:
    """Return the end-to-end fields, in their order and spelling."""
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
    """Return the head of a forwarded request, with the server's name in Host."""
    fields = [
        (key, host if key.lower() == b"host" else text)
        for key, text in drop_hop_by_hop_fields(request.fields)
    ]
    if find_field(fields, b"host") is None:
        fields.insert(0, (b"Host", host))
    if is_chunked(request.fields):
        fields.append((b"Transfer-Encoding", b"chunked"))
    return _encode_head(b"%b %b HTTP/1.1" % (request.method, request.target), fields)


def encode_response_head(
    response: UpstreamResponse, request: ClientRequest, use_chunks: bool, keep_alive: bool
) -> bytes:
    """Return the head of a forwarded response."""
    fields = drop_hop_by_hop_fields(response.fields)
    if use_chunks:
        fields.append((b"Transfer-Encoding", b"chunked"))
    if not keep_alive:
        fields.append((b"Connection", b"close"))
    elif not request.is_http11:
        fields.append((b"Connection", b"keep-alive"))
    return _encode_head(b"HTTP/1.1 %d %b" % (response.status, response.reason), fields)


def encode_interim_response(status: int, reason: bytes, fields: HeaderFields) -> bytes:
    """Return an interim response, which another response follows (RFC 9110, 15.2)."""
    return _encode_head(b"HTTP/1.1 %d %b" % (status, reason), drop_hop_by_hop_fields(fields))


def encode_proxy_response(status: int, text: str, keep_alive: bool) -> bytes:
    """Return a response of the proxy itself."""
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
    """Return whether a response has no body, whatever its fields say (RFC 9112, 6.3)."""
    return request.method == b"HEAD" or response.status in BODILESS_STATUSES


def encode_chunk(part: bytes) -> bytes:
    """Return a part of a body as a chunk."""
    return b"%x\r\n%b\r\n" % (len(part), part)


LAST_CHUNK = b"0\r\n\r\n"


def _encode_head(start_line: bytes, fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"\r\n".join([start_line, *[b"%b: %b" % field for field in fields], b"", b""])
