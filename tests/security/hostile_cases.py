"""Hostile HTTP responses: one callable for each way in which a server can harm its client.

Each entry of CASES takes a connected socket and the request that was read from it, and sends one
hostile response. A callable stops by itself within 20 seconds, keeps less than 100 MB in memory and
ignores the errors of a peer that has disconnected. It leaves the connection open if the response
has an end of its own, and closes it if only the end of the connection ends the response.

The bodies hold the members of several APIs at once (``id``, ``items``, ``app_groups``,
``pagination``, ``totalCount``), so that a client of any of them finds the members it reads.
"""

from __future__ import annotations

import contextlib
import json
import re
import select
import socket
import struct
import time
import zlib
from collections.abc import Callable, Iterable, Iterator

Case = Callable[[socket.socket, bytes], None]

MAX_SECONDS = 18.0
"""How long a case may go on."""

MAX_BYTES = 1 << 30
"""How much a case that floods may send."""

ITEM = {
    "id": 424242,
    "name": "someone else's",
    "app_ids": [1],
    "all_apps": False,
    "archived": False,
}
"""An item that the client has not made."""

BODY: dict[str, object] = {
    "id": 424242,
    "name": "someone else's",
    "app_ids": [1],
    "all_apps": False,
    "archived": False,
    "error": "no",
    "req_id": "r",
    "app_groups": [ITEM],
    "items": [ITEM],
    "count": 1,
    "totalCount": 1,
    "total": 1,
    "pagination": {"page": 1, "per_page": 50, "total_pages": 1, "total_count": 1},
}
"""An object that is a creation, an item, a list and an error at once."""

VALID_BODY = json.dumps(BODY).encode()
CASES: dict[str, Case] = {}


# --- sending -------------------------------------------------------------------------------------


def send(connection: socket.socket, data: bytes) -> bool:
    """Send the data; return whether the peer still accepts data."""
    try:
        connection.settimeout(MAX_SECONDS)
        connection.sendall(data)
    except OSError:
        return False
    return True


def close_connection(connection: socket.socket) -> None:
    """Close the connection in an orderly way."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def reset_connection(connection: socket.socket) -> None:
    """Close the connection with a reset."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    except OSError:
        pass


def hold_open(connection: socket.socket, seconds: float = MAX_SECONDS) -> None:
    """Keep the connection open until the peer closes it or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if select.select([connection], [], [], 0.2)[0] and not connection.recv(4096):
                return
        except (OSError, ValueError):
            return


def send_pieces(connection: socket.socket, pieces: Iterable[bytes], pause: float = 0.0) -> None:
    """Send pieces until the peer disconnects, or the time or byte limit is reached."""
    deadline = time.monotonic() + MAX_SECONDS
    remaining = MAX_BYTES
    for piece in pieces:
        try:
            connection.settimeout(max(0.1, deadline - time.monotonic()))
            connection.sendall(piece)
        except OSError:
            break
        remaining -= len(piece)
        if remaining < 0 or time.monotonic() >= deadline:
            break
        if pause:
            time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
    close_connection(connection)


def repeat_forever(piece: bytes) -> Iterator[bytes]:
    """Yield the same piece forever."""
    while True:
        yield piece


def prepend(first: bytes, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the first piece, and then the others."""
    yield first
    yield from pieces


def split_bytes(data: bytes) -> Iterator[bytes]:
    """Yield the data byte by byte."""
    for index in range(len(data)):
        yield data[index : index + 1]


# --- responses -----------------------------------------------------------------------------------


def get_expected_status(request: bytes) -> int:
    """Return the status that a client expects: 201 for a creation, 204 for a change, else 200."""
    method, _, remainder = request.partition(b" ")
    path = remainder.split(b" ", 1)[0].split(b"?", 1)[0]
    if method == b"POST":
        return 204 if path.endswith((b"archive", b"unarchive")) else 201
    return 204 if method in (b"PUT", b"DELETE") else 200


def build_head(status: int | bytes = 200, *header_lines: str | bytes) -> bytes:
    """Build a response head: the status, the content type, and the header lines."""
    code = status if isinstance(status, bytes) else str(status).encode()
    encoded_lines = [b"HTTP/1.1 " + code + b" OK", b"Content-Type: application/json"]
    encoded_lines += [line.encode() if isinstance(line, str) else line for line in header_lines]
    return b"\r\n".join(encoded_lines) + b"\r\n\r\n"


def build_response(body: bytes, status: int = 200, *header_lines: str | bytes) -> bytes:
    """Build a complete response with its length."""
    return build_head(status, *header_lines, f"Content-Length: {len(body)}") + body


def add_fixed_case(
    name: str, build: Callable[[bytes], bytes], text: str, *, close: bool = False
) -> None:
    """Register a case that sends one response, built from the request."""

    def case(connection: socket.socket, request: bytes) -> None:
        send(connection, build(request))
        if close:
            close_connection(connection)

    case.__doc__ = text
    case.__name__ = name.replace("-", "_")
    CASES[name] = case


def add_raw_case(name: str, data: bytes, text: str, *, close: bool = True) -> None:
    """Register a case that sends these bytes, whatever the request."""
    add_fixed_case(name, lambda request: data, text, close=close)


def add_body_case(name: str, data: bytes, text: str, *, status: int | None = None) -> None:
    """Register a case that sends this body in an otherwise valid response."""
    add_fixed_case(
        name, lambda request: build_response(data, status or get_body_status(request)), text
    )


def get_body_status(request: bytes) -> int:
    """Return the status that a client expects of a response with a body."""
    return 201 if get_expected_status(request) == 201 else 200


def add_streamed_case(
    name: str, pieces: Callable[[bytes], Iterable[bytes]], text: str, pause: float = 0.0
) -> None:
    """Register a case that sends pieces until the peer disconnects."""

    def case(connection: socket.socket, request: bytes) -> None:
        send_pieces(connection, pieces(request), pause)

    case.__doc__ = text
    case.__name__ = name.replace("-", "_")
    CASES[name] = case


def add_action_case(name: str, act: Case, text: str) -> None:
    """Register a case with its own implementation."""
    act.__doc__ = text
    CASES[name] = act


CHUNKED = "Transfer-Encoding: chunked"


# --- silence and slowness ------------------------------------------------------------------------


add_action_case(
    "silence", lambda connection, request: hold_open(connection), "Nothing is ever answered."
)
add_action_case(
    "silence-then-reset",
    lambda connection, request: (time.sleep(0.7), reset_connection(connection))[0],
    "A reset, after a moment of silence.",
)
add_action_case(
    "reset-at-once",
    lambda connection, request: reset_connection(connection),
    "A reset in place of a head.",
)
add_action_case(
    "close-at-once",
    lambda connection, request: close_connection(connection),
    "An orderly end, no answer.",
)
add_streamed_case(
    "drip-status-line",
    lambda request: split_bytes(build_head(200) * 9),
    "The status line comes a letter at a time.",
    0.3,
)
add_streamed_case(
    "drip-head-lines",
    lambda request: prepend(b"HTTP/1.1 200 OK\r\n", repeat_forever(b"X-Slow: 1\r\n")),
    "A head without end, a line every half second: each read succeeds in time.",
    0.5,
)
add_streamed_case(
    "drip-one-header-value",
    lambda request: prepend(b"HTTP/1.1 200 OK\r\nX-Slow: ", repeat_forever(b"a")),
    "One header whose value never ends, slowly.",
    0.3,
)
add_streamed_case(
    "drip-body-sized",
    lambda request: prepend(
        build_head(get_body_status(request), "Content-Length: 4096"), split_bytes(b" " * 4096)
    ),
    "A body of known length, a blank at a time.",
    0.3,
)
add_streamed_case(
    "drip-body-chunked",
    lambda request: prepend(
        build_head(get_body_status(request), CHUNKED), repeat_forever(b"1\r\n \r\n")
    ),
    "A body in chunks of one blank, for ever.",
    0.3,
)
add_streamed_case(
    "drip-body-until-close",
    lambda request: prepend(
        build_head(get_body_status(request), "Connection: close"), repeat_forever(b" ")
    ),
    "A body that the end of the connection would end.",
    0.3,
)
add_streamed_case(
    "drip-chunk-size",
    lambda request: prepend(build_head(get_body_status(request), CHUNKED), repeat_forever(b"0")),
    "The size of a chunk, noughts without end.",
    0.3,
)
add_streamed_case(
    "drip-chunk-extension",
    lambda request: prepend(
        build_head(get_body_status(request), CHUNKED) + b"1;x=", repeat_forever(b"y")
    ),
    "The extension of a chunk, without end.",
    0.3,
)
add_streamed_case(
    "drip-trailers",
    lambda request: prepend(
        build_head(get_body_status(request), CHUNKED)
        + b"%x\r\n%s\r\n0\r\n" % (len(VALID_BODY), VALID_BODY),
        repeat_forever(b"X-Trailer: 1\r\n"),
    ),
    "The body is whole, the trailers never end.",
    0.3,
)
add_streamed_case(
    "drip-informational",
    lambda request: repeat_forever(b"HTTP/1.1 102 Processing\r\n\r\n"),
    "Processing, processing, processing: an answer of the kind 1xx every moment.",
    0.3,
)
add_streamed_case(
    "drip-gzip",
    lambda request: prepend(
        build_head(get_body_status(request), "Content-Encoding: gzip"),
        split_bytes(compress(b" " * 20 + VALID_BODY)),
    ),
    "A compressed body, a byte at a time.",
    0.25,
)
add_action_case(
    "head-then-silence",
    lambda connection, request: (
        send(connection, build_head(get_body_status(request), "Content-Length: 10")),
        hold_open(connection),
    )[1],
    "A head, and then no body.",
)
add_action_case(
    "body-cut-then-silence",
    lambda connection, request: (
        send(connection, build_response(VALID_BODY, get_body_status(request))[:-3]),
        hold_open(connection),
    )[1],
    "All but the last three bytes.",
)
add_action_case(
    "late-by-a-hair",
    lambda connection, request: (
        time.sleep(0.9),
        send(connection, build_response(VALID_BODY, get_body_status(request))),
    )[0],
    "Each answer comes after nine tenths of a second.",
)


# --- floods --------------------------------------------------------------------------------------


FLOOD = b"a" * 65536
add_streamed_case(
    "flood-status-line",
    lambda request: prepend(b"HTTP/1.1 200 ", repeat_forever(FLOOD)),
    "A reason without end.",
)
add_streamed_case(
    "flood-head-lines",
    lambda request: prepend(b"HTTP/1.1 200 OK\r\n", repeat_forever(b"X-A: b\r\n" * 8192)),
    "Header lines without end.",
)
add_streamed_case(
    "flood-one-header",
    lambda request: prepend(b"HTTP/1.1 200 OK\r\nX-A: ", repeat_forever(FLOOD)),
    "One header without end.",
)
add_streamed_case(
    "flood-informational",
    lambda request: repeat_forever(b"HTTP/1.1 100 Continue\r\n\r\n" * 2000),
    "Answers of the kind 1xx without end, as fast as they go.",
)
add_streamed_case(
    "flood-informational-early-hints",
    lambda request: repeat_forever(
        b"HTTP/1.1 103 Early Hints\r\nLink: <" + b"a" * 8000 + b">\r\n\r\n"
    ),
    "Early hints without end, each with a head of 8 kB.",
)
add_streamed_case(
    "flood-body-until-close",
    lambda request: prepend(
        build_head(get_body_status(request), "Connection: close"), repeat_forever(FLOOD)
    ),
    "A body without end.",
)
add_streamed_case(
    "flood-body-sized",
    lambda request: prepend(
        build_head(get_body_status(request), "Content-Length: 9999999999999"), repeat_forever(FLOOD)
    ),
    "A body of ten terabytes, and it begins to come.",
)
add_streamed_case(
    "flood-body-chunked",
    lambda request: prepend(
        build_head(get_body_status(request), CHUNKED),
        repeat_forever(b"10000\r\n" + FLOOD + b"\r\n"),
    ),
    "Chunks without end.",
)
add_streamed_case(
    "flood-tiny-chunks",
    lambda request: prepend(
        build_head(get_body_status(request), CHUNKED), repeat_forever(b"1\r\n \r\n" * 8192)
    ),
    "Chunks of one byte without end.",
)
add_streamed_case(
    "flood-chunk-size",
    lambda request: prepend(
        build_head(get_body_status(request), CHUNKED), repeat_forever(b"0" * 65536)
    ),
    "A chunk size of noughts without end.",
)
add_streamed_case(
    "flood-chunk-extension",
    lambda request: prepend(
        build_head(get_body_status(request), CHUNKED) + b"1;", repeat_forever(FLOOD)
    ),
    "A chunk extension without end.",
)
add_streamed_case(
    "flood-trailers",
    lambda request: prepend(
        build_head(get_body_status(request), CHUNKED)
        + b"%x\r\n%s\r\n0\r\n" % (len(VALID_BODY), VALID_BODY),
        repeat_forever(b"X-T: 1\r\n" * 8192),
    ),
    "Trailers without end.",
)
add_streamed_case(
    "flood-after-answer",
    lambda request: prepend(
        build_response(VALID_BODY, get_body_status(request)), repeat_forever(FLOOD)
    ),
    "A good answer, and then more bytes than anyone asked for.",
)
add_streamed_case(
    "flood-json-string",
    lambda request: prepend(
        build_head(get_body_status(request), "Connection: close") + b'{"id": "',
        repeat_forever(FLOOD),
    ),
    "JSON text whose first string never ends.",
)
add_streamed_case(
    "flood-blank-lines-before-head",
    lambda request: repeat_forever(b"\r\n" * 32768),
    "Empty lines in place of a status line.",
)
add_body_case("large-body-50-megabytes", b'{"id": "' + b"a" * 1000 + b'"}', "Replaced below.")


def send_fifty_megabytes(connection: socket.socket, request: bytes) -> None:
    """A valid object of fifty megabytes, with its true length."""
    count = 800
    start, finish = b'{"id": 1, "name": "', b'"}'
    size = len(start) + count * len(FLOOD) + len(finish)
    if send(connection, build_head(get_body_status(request), f"Content-Length: {size}") + start):
        for _ in range(count):
            if not send(connection, FLOOD):
                return
        send(connection, finish)


add_action_case("large-body-50-megabytes", send_fifty_megabytes, send_fifty_megabytes.__doc__ or "")


# --- framing -------------------------------------------------------------------------------------


add_fixed_case(
    "length-too-long",
    lambda request: build_head(200, f"Content-Length: {len(VALID_BODY) + 7}") + VALID_BODY,
    "The body is shorter than its length says.",
    close=True,
)
add_fixed_case(
    "length-too-short",
    lambda request: (
        build_head(get_body_status(request), f"Content-Length: {len(VALID_BODY) - 7}") + VALID_BODY
    ),
    "The body is longer than its length says.",
)
add_raw_case(
    "length-negative", build_head(200, "Content-Length: -1") + VALID_BODY, "A length below nothing."
)
add_raw_case(
    "length-not-a-number",
    build_head(200, "Content-Length: ten") + VALID_BODY,
    "A length in letters.",
)
add_raw_case(
    "length-huge-number",
    build_head(200, "Content-Length: " + "9" * 400) + VALID_BODY,
    "A length of four hundred digits.",
)
add_raw_case(
    "length-six-thousand-digits",
    build_head(200, "Content-Length: " + "9" * 6000) + VALID_BODY,
    "A length with more digits than some languages convert.",
)
add_raw_case(
    "length-twice",
    build_head(200, "Content-Length: 2", f"Content-Length: {len(VALID_BODY)}") + VALID_BODY,
    "Two lengths that differ.",
)
add_raw_case(
    "length-list",
    build_head(200, f"Content-Length: {len(VALID_BODY)}, 5") + VALID_BODY,
    "Two lengths in one line.",
)
add_raw_case(
    "length-signed",
    build_head(200, f"Content-Length: +{len(VALID_BODY)}") + VALID_BODY,
    "A length with a sign.",
)
add_raw_case(
    "length-other-digits",
    build_head(200, "Content-Length: ٣".encode()) + VALID_BODY,
    "Arabic digits.",
)
add_raw_case(
    "length-and-chunked",
    build_head(200, CHUNKED, "Content-Length: 5")
    + b"%x\r\n%s\r\n0\r\n\r\n" % (len(VALID_BODY), VALID_BODY),
    "A length and chunks at once.",
)
add_raw_case(
    "chunked-twice", build_head(200, CHUNKED, CHUNKED) + b"0\r\n\r\n", "Chunked, and chunked again."
)
add_raw_case(
    "chunked-unknown-coding",
    build_head(200, "Transfer-Encoding: xyzzy") + VALID_BODY,
    "An unknown coding.",
)
add_raw_case(
    "chunk-size-negative",
    build_head(200, CHUNKED) + b"-5\r\nhello\r\n0\r\n\r\n",
    "A negative chunk.",
)
add_raw_case(
    "chunk-size-huge",
    build_head(200, CHUNKED) + b"F" * 16 + b"\r\n" + VALID_BODY,
    "A chunk of 16 exabytes.",
)
add_raw_case(
    "chunk-size-too-many-digits",
    build_head(200, CHUNKED) + b"F" * 5000 + b"\r\n" + VALID_BODY,
    "A chunk size of five thousand digits.",
)
add_raw_case(
    "chunk-size-not-hexadecimal",
    build_head(200, CHUNKED) + b"zz\r\n" + VALID_BODY,
    "A size in letters.",
)
add_raw_case(
    "chunk-without-end-of-line",
    build_head(200, CHUNKED) + b"5\r\nhelloXX0\r\n\r\n",
    "A chunk that goes on where it should end.",
)
add_raw_case(
    "chunks-cut", build_head(200, CHUNKED) + b"ff\r\n{", "The connection ends within a chunk."
)
add_fixed_case(
    "trailers-that-change-the-answer",
    lambda request: (
        build_head(get_body_status(request), CHUNKED, "Trailer: Content-Type")
        + b"%x\r\n%s\r\n0\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\n"
        % (len(VALID_BODY), VALID_BODY)
    ),
    "Trailers that contradict the head.",
)
add_fixed_case(
    "body-with-204",
    lambda request: build_head(204, f"Content-Length: {len(VALID_BODY)}") + VALID_BODY,
    "A 204 that has a body.",
)
add_fixed_case(
    "body-with-304",
    lambda request: build_head(304, f"Content-Length: {len(VALID_BODY)}") + VALID_BODY,
    "A 304 that has a body.",
)
add_fixed_case(
    "two-answers",
    lambda request: (
        build_response(VALID_BODY, get_body_status(request)) + build_response(b'{"id": 7}', 201)
    ),
    "A second answer that nobody asked for: is it taken for that of the next request?",
)


def send_late_second_response(connection: socket.socket, request: bytes) -> None:
    """A second response, sent while the connection is idle."""
    if send(connection, build_response(VALID_BODY, get_body_status(request))):
        time.sleep(0.05)
        send(connection, build_response(b'{"id": 7, "name": "not yours"}', 200))


add_action_case(
    "two-answers-late", send_late_second_response, send_late_second_response.__doc__ or ""
)


# --- heads ---------------------------------------------------------------------------------------


add_raw_case("head-binary", bytes(range(256)) * 8, "Bytes of every value.")
add_raw_case("head-http-0.9", VALID_BODY, "A body without a head.")
add_raw_case("head-http-2-preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "The beginning of HTTP/2.")
add_raw_case(
    "head-http-9.9", b"HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\n{}", "A version to come."
)
add_raw_case("head-tls-alert", b"\x15\x03\x01\x00\x02\x02\x28", "A TLS alert in plain HTTP.")
add_raw_case("head-status-0", build_head(b"000") + VALID_BODY, "Status 0.")
add_raw_case("head-status-99", build_head(b"099") + VALID_BODY, "Status 99.")
add_raw_case("head-status-999", build_response(VALID_BODY, 999), "Status 999.")
add_raw_case("head-status-4-digits", build_head(b"2000") + VALID_BODY, "A status of four digits.")
add_raw_case("head-status-words", build_head(b"abc") + VALID_BODY, "A status in letters.")
add_raw_case(
    "head-switching-protocols",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + VALID_BODY,
    "The protocol is switched, unasked.",
)
add_raw_case(
    "head-no-reason", b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}", "No reason, no blank."
)
add_raw_case(
    "head-line-feeds-only", b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}", "Line feeds only."
)
add_raw_case(
    "head-nul", build_head(200, b"X-A: a\x00b", "Content-Length: 2") + b"{}", "A NUL in a header."
)
add_raw_case(
    "head-carriage-return", build_head(200, b"X-A: a\rb", "Content-Length: 2") + b"{}", "A lone CR."
)
add_raw_case(
    "head-no-colon",
    build_head(200, "no colon here", "Content-Length: 2") + b"{}",
    "A line without :.",
)
add_raw_case(
    "head-empty-name", build_head(200, ": value", "Content-Length: 2") + b"{}", "A nameless header."
)
add_raw_case(
    "head-blank-before-colon",
    build_head(200, "Content-Length : 2") + b"{}",
    "A blank before the :.",
)
add_raw_case(
    "head-folded",
    build_head(200, "X-A: a\r\n b\r\n\tc", "Content-Length: 2") + b"{}",
    "Folded lines.",
)
add_fixed_case(
    "head-not-utf8",
    lambda request: build_response(
        VALID_BODY, get_body_status(request), b"X-A: \xff\xfe\x80\xc3", b"X-\x41: \xe9"
    ),
    "Header values in no known encoding.",
)
add_fixed_case(
    "head-terminal-escapes",
    lambda request: build_response(
        VALID_BODY, get_body_status(request), b"X-Request-Id: \x1b]0;owned\x07\x1b[2J\x9b2J"
    ),
    "A header that would clear the screen.",
)
add_fixed_case(
    "head-ten-thousand-headers",
    lambda request: build_response(
        VALID_BODY, get_body_status(request), *[f"X-{n}: {n}" for n in range(10_000)]
    ),
    "Ten thousand headers.",
)
add_fixed_case(
    "head-ten-thousand-cookies",
    lambda request: build_response(
        VALID_BODY,
        get_body_status(request),
        *[f"Set-Cookie: c{n}={'x' * 50}; Path=/" for n in range(900)],
    ),
    "Many cookies: does the next request carry them?",
)
add_fixed_case(
    "head-connection-close-kept-open",
    lambda request: build_response(VALID_BODY, get_body_status(request), "Connection: close"),
    "The end is announced and does not come.",
)
add_fixed_case(
    "head-content-type-odd",
    lambda request: (
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json; charset="\x01;;;\r\n'
        b"Content-Length: %d\r\n\r\n%s" % (len(VALID_BODY), VALID_BODY)
    ),
    "A content type that no grammar knows.",
)
for charset in ("utf-7", "rot13", "zlib_codec", "idna", "punycode", "undefined", "x" * 5000):
    add_fixed_case(
        "charset-" + (charset if len(charset) < 50 else "of-5000-letters"),
        lambda request, charset=charset: (
            (
                b"HTTP/1.1 %d OK\r\nContent-Type: text/html; charset=%s\r\n"
                b"Content-Length: %d\r\n\r\n"
                % (get_body_status(request), charset.encode(), len(VALID_BODY))
            )
            + VALID_BODY
        ),
        f"A charset that is not one for text on the web: {charset[:20]}.",
    )


# --- content codings -----------------------------------------------------------------------------


def compress(data: bytes, wbits: int = 31) -> bytes:
    """Compress the data. `wbits` is 31 for gzip, 15 for zlib, -15 for raw deflate."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    return packer.compress(data) + packer.flush()


def generate_bomb(wbits: int) -> Iterator[bytes]:
    """Yield compressed blanks forever: ten megabytes in each ten kilobytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    yield packer.compress(b" " * 100) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * 10_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    yield from repeat_forever(block)


add_streamed_case(
    "gzip-bomb",
    lambda request: prepend(
        build_head(get_body_status(request), "Content-Encoding: gzip"), generate_bomb(31)
    ),
    "Blanks without end, gzip.",
)
add_streamed_case(
    "deflate-bomb",
    lambda request: prepend(
        build_head(get_body_status(request), "Content-Encoding: deflate"), generate_bomb(15)
    ),
    "Blanks without end, deflate.",
)


def build_small_bomb(request: bytes) -> bytes:
    """Build a complete object of 200 megabytes, compressed to 200 kilobytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(b'{"id": 1, "name": "')]
    parts += [packer.compress(b"a" * 1_000_000) for _ in range(200)]
    parts += [packer.compress(b'"}'), packer.flush()]
    return b"".join(parts)


_BOMB: list[bytes] = []


def get_small_bomb(request: bytes) -> bytes:
    """Return the small bomb, which is built only once."""
    if not _BOMB:
        _BOMB.append(build_small_bomb(request))
    return _BOMB[0]


add_fixed_case(
    "gzip-bomb-whole",
    lambda request: build_response(
        get_small_bomb(request), get_body_status(request), "Content-Encoding: gzip"
    ),
    "A valid object of 200 megabytes in 200 kilobytes.",
)
add_fixed_case(
    "gzip-bomb-twice",
    lambda request: build_response(
        compress(get_small_bomb(request)), get_body_status(request), "Content-Encoding: gzip, gzip"
    ),
    "The same, compressed once more.",
)
add_fixed_case(
    "gzip-forty-times-named",
    lambda request: build_response(
        compress(VALID_BODY),
        get_body_status(request),
        "Content-Encoding: " + ", ".join(["gzip"] * 4000),
    ),
    "Four thousand codings in one header.",
)
add_fixed_case(
    "gzip-not-gzip",
    lambda request: build_response(VALID_BODY, get_body_status(request), "Content-Encoding: gzip"),
    "It says gzip and is not.",
)
add_fixed_case(
    "gzip-cut",
    lambda request: build_response(
        compress(VALID_BODY)[:-9], get_body_status(request), "Content-Encoding: gzip"
    ),
    "Cut within the stream.",
)
add_fixed_case(
    "gzip-wrong-checksum",
    lambda request: build_response(
        compress(VALID_BODY)[:-8] + b"\0" * 8, get_body_status(request), "Content-Encoding: gzip"
    ),
    "A wrong checksum.",
)
add_fixed_case(
    "gzip-two-members",
    lambda request: build_response(
        compress(VALID_BODY) + compress(VALID_BODY),
        get_body_status(request),
        "Content-Encoding: gzip",
    ),
    "Two members.",
)
add_streamed_case(
    "gzip-empty-blocks",
    lambda request: prepend(
        build_head(get_body_status(request), "Content-Encoding: gzip")
        + b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
        repeat_forever(b"\x00\x00\x00\xff\xff" * 8192),
    ),
    "Empty blocks without end: input that never gives any output.",
)
add_streamed_case(
    "gzip-endless-file-name",
    lambda request: prepend(
        build_head(get_body_status(request), "Content-Encoding: gzip")
        + b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x03",
        repeat_forever(FLOOD),
    ),
    "A gzip head whose file name never ends.",
)
add_fixed_case(
    "brotli-not-brotli",
    lambda request: build_response(VALID_BODY, get_body_status(request), "Content-Encoding: br"),
    "It says brotli and is not.",
)
add_fixed_case(
    "zstd-not-zstd",
    lambda request: build_response(VALID_BODY, get_body_status(request), "Content-Encoding: zstd"),
    "It says zstd and is not.",
)
add_fixed_case(
    "zstd-huge-window",
    lambda request: build_response(
        b"\x28\xb5\x2f\xfd\xe0" + b"\xff" * 8 + b"\x00" * 8,
        get_body_status(request),
        "Content-Encoding: zstd",
    ),
    "A zstd frame that claims sixteen exabytes.",
)


# --- JSON and text -------------------------------------------------------------------------------


add_body_case("json-empty", b"", "No body at all.")
add_body_case("json-deep-arrays", b"[" * 100_000, "A hundred thousand brackets, none closed.")
add_body_case(
    "json-deep-arrays-closed", b"[" * 90_000 + b"]" * 90_000, "Nested ninety thousand deep."
)
add_body_case(
    "json-deep-objects", b'{"app_groups":' * 50_000 + b"1" + b"}" * 50_000, "Nested objects."
)
add_body_case(
    "json-depth-900", b'{"id":' * 900 + b"1" + b"}" * 900, "Deep, and within most limits."
)
add_body_case(
    "json-long-integer", b'{"id": ' + b"9" * 5000 + b"}", "An integer of five thousand digits."
)
add_body_case("json-very-long-integer", b'{"id": ' + b"9" * 1_000_000 + b"}", "A million digits.")
add_body_case(
    "json-huge-exponent", b'{"id": 1e999999, "totalCount": 1e400}', "Too large for a float."
)
add_body_case("json-nan", b'{"id": NaN, "app_groups": [NaN, Infinity, -Infinity]}', "No numbers.")
add_body_case(
    "json-lone-surrogate",
    b'{"id": "\\ud800", "name": "\\udfff", "error": "\\ud83d"}',
    "Half a character.",
)
add_body_case("json-nul", b'{"id": "a\\u0000b", "error": "\\u0000"}', "NUL in texts.")
add_body_case("json-not-utf8", b'{"id": "\xff\xfe", "error": "\x80"}', "No UTF-8.")
add_body_case("json-utf16", json.dumps(BODY).encode("utf-16"), "UTF-16.")
add_body_case("json-utf32", json.dumps(BODY).encode("utf-32"), "UTF-32.")
add_body_case("json-byte-order-mark", b"\xef\xbb\xbf" + VALID_BODY, "A byte order mark.")
add_body_case("json-two-values", VALID_BODY + VALID_BODY, "Two values.")
add_body_case(
    "json-repeated-names",
    b'{"id": 1, "id": 2, "id": "../x", "app_groups": 1, "app_groups": []}',
    "The same name several times.",
)
add_body_case(
    "json-hundred-thousand-names",
    json.dumps({f"k{n}": n for n in range(100_000)}).encode(),
    "Many members.",
)
add_body_case(
    "json-million-items",
    b'{"id": 1, "app_groups": [' + b"0," * 1_000_000 + b"0]}",
    "A list of a million noughts.",
)
add_body_case(
    "json-million-empty-objects",
    b'{"id": 1, "app_groups": [' + b"{}," * 999_999 + b"{}]}",
    "Small on the wire, large in memory.",
)
add_body_case("json-scalar", b"17", "A number in place of an object.")
add_body_case("json-null", b"null", "null in place of an object.")
add_body_case("json-string", b'"text"', "A text in place of an object.")
add_body_case(
    "json-wrong-types",
    b'{"id": {"a": [1]}, "app_groups": {"0": 1}, "items": "x", "pagination": [], "count": "1",'
    b' "totalCount": null, "error": 1, "req_id": {}}',
    "Each member of another type.",
)
add_body_case(
    "json-items-of-odd-types",
    b'{"id": true, "app_groups": [null, 1, "x", [], {}, {"id": null}, {"id": {}}, {"id": [1]}],'
    b' "items": [null, 1, "x", [], {}], "pagination": {"page": "x", "total_count": -1}}',
    "A list of anything.",
)
add_body_case("json-id-negative", b'{"id": -1}', "A negative id.")
add_body_case("json-id-zero", b'{"id": 0}', "Id nought.")
add_body_case("json-id-float", b'{"id": 1.5}', "A broken id.")
add_body_case("json-id-true", b'{"id": true}', "A truth for an id.")
add_body_case("json-id-huge", b'{"id": 18446744073709551616}', "An id beyond 64 bits.")
for label, value in {
    "dots": "..",
    "dot": ".",
    "empty": "",
    "blank": " ",
    "encoded-dots": "%2e%2e",
    "path": "../../x",
    "slash": "/",
    "query": "1?all=true",
    "fragment": "1#",
    "batch": "batch",
    "absolute-url": "http://127.0.0.1:1/x",
    "crlf": "1\r\nX-Injected: 1",
    "star": "*",
    "shell": "1'; touch owned; '",
    "shell-substitution": "$(touch owned)`touch owned`",
    "escape": "\x1b]0;owned\x07\x1b[31m",
    "bidi": "\u202e1\u2066",
    "long": "a" * 100_000,
    "template": "{app_group_id}",
    "format": "%s%n{0.__class__}",
    "percent": "%",
    "backslash": "\\",
}.items():
    add_body_case(
        "json-id-" + label, json.dumps({**BODY, "id": value}).encode(), f"Id {value[:30]!r}."
    )
add_body_case("text-html", b"<html><script>alert(1)</script></html>", "HTML in place of JSON.")
add_body_case(
    "text-script-in-error",
    json.dumps(
        {
            "error": "</script><script>document.title='owned'</script><img src=x onerror=a()><!--",
            "req_id": "]]>&#0;",
        }
    ).encode(),
    "Text that would be code in a page.",
    status=400,
)
add_body_case(
    "text-terminal-escapes-in-error",
    json.dumps(
        {
            "error": "\x1b[2J\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\x9b31m\r\b\x85\u2028",
            "req_id": "\x1b[8m",
        }
    ).encode(),
    "Text that would be orders for a terminal.",
    status=400,
)
add_body_case(
    "text-raw-control-bytes",
    b"\x1b[2J\x1b]0;owned\x07\x00\x08\x7f\x9b",
    "Control bytes.",
    status=500,
)
add_body_case(
    "text-workflow-commands",
    b"\n::set-env name=A::b\n::error::owned\n##vso[task.setvariable variable=a]b\n",
    "Lines that CI systems take for commands.",
    status=500,
)
add_body_case(
    "text-markdown",
    json.dumps(
        {"error": "|\n\n# owned\n[x](javascript:alert(1)) ``` <b>|", "req_id": "`"}
    ).encode(),
    "Text that would break out of a table of Markdown.",
    status=400,
)


# --- retries and redirections --------------------------------------------------------------------


for label, retry_after in {
    "year": "31536000",
    "huge": "9" * 400,
    "very-long": "9" * 6000,
    "negative": "-1",
    "float": "1e308",
    "nan": "nan",
    "infinity": "inf",
    "zero": "0",
    "date-9999": "Fri, 31 Dec 9999 23:59:59 GMT",
    "date-broken": "Fri, 99 Foo 99999 99:99:99 GMT",
    "date-past": "Thu, 01 Jan 1970 00:00:00 GMT",
    "date-far-zone": "1 Jan 2099 00:00:00 +9999",
}.items():
    add_fixed_case(
        "retry-after-" + label,
        lambda request, retry_after=retry_after: build_response(
            b'{"error": "busy", "req_id": "r"}', 503, f"Retry-After: {retry_after}"
        ),
        f"503, come again after {retry_after[:30]}.",
    )
add_fixed_case(
    "retry-429-for-ever",
    lambda request: build_response(
        b'{"error": "busy", "req_id": "r"}',
        429,
        "Retry-After: 1",
        "X-RateLimit-Reset: 99999999999",
        "RateLimit-Reset: 99999999",
    ),
    "Too many requests, for ever.",
)
add_fixed_case(
    "retry-408-for-ever",
    lambda request: build_response(b"{}", 408, "Connection: close"),
    "The request took too long, for ever.",
    close=True,
)


def get_target(request: bytes) -> str:
    """Return the target of the request."""
    return request.split(b" ", 2)[1].decode("latin-1") if request.count(b" ") > 1 else "/"


add_fixed_case(
    "redirect-to-itself",
    lambda request: build_response(b"", 307, f"Location: {get_target(request)}"),
    "A circle of one.",
)
add_fixed_case(
    "redirect-growing",
    lambda request: build_response(b"", 307, f"Location: {get_target(request)[:60_000]}/x"),
    "Ever longer.",
)
add_fixed_case(
    "redirect-to-file",
    lambda request: build_response(b"", 302, "Location: file:///etc/passwd"),
    "To a file.",
)
add_fixed_case(
    "redirect-other-port",
    lambda request: build_response(b"", 307, "Location: http://127.0.0.1:9/stolen"),
    "To another server: does the credential go along?",
)
add_fixed_case(
    "redirect-broken-location",
    lambda request: build_response(b"", 302, b"Location: http://[::1/\xff"),
    "A location that is no URL.",
)
add_fixed_case(
    "challenge-401",
    lambda request: build_response(
        b"{}", 401, 'WWW-Authenticate: Digest realm="x", nonce="' + "a" * 9000 + '"'
    ),
    "A challenge of nine kilobytes.",
)


# --- paging --------------------------------------------------------------------------------------


def read_page(request: bytes) -> tuple[int, int]:
    """Return the page number and the page size of the request."""
    page = re.search(rb"[?&]page=(\d{1,9})", request)
    size = re.search(rb"[?&](?:per_page|perPage|size)=(\d{1,9})", request)
    return int(page[1]) if page else 1, min(int(size[1]) if size else 50, 500)


def build_list_body(request: bytes, total: object, pages: object, items: list[object]) -> bytes:
    """Build a list body with the members of several APIs."""
    page, size = read_page(request)
    return json.dumps(
        {
            **BODY,
            "app_groups": items,
            "items": items,
            "count": len(items),
            "totalCount": total,
            "total": total,
            "page": page,
            "perPage": size,
            "pagination": {
                "page": page,
                "per_page": size,
                "total_pages": pages,
                "total_count": total,
            },
        }
    ).encode()


def build_new_items(request: bytes, name: str = "other") -> list[object]:
    """Build the items of a page; no item is on two pages."""
    page, size = read_page(request)
    first = (page - 1) * size + 1
    return [
        {**ITEM, "id": first + index, "name": f"{name} {first + index}"} for index in range(size)
    ]


def add_paging_case(
    name: str, total: object, pages: object, build_items: Callable[[bytes], list[object]], text: str
) -> None:
    """Register a case about paging."""
    add_fixed_case(
        name,
        lambda request: build_response(
            build_list_body(request, total, pages, build_items(request)), get_body_status(request)
        ),
        text,
    )


add_paging_case("pages-endless", 10**12, 10**10, build_new_items, "Each page is full and new.")
add_paging_case(
    "pages-endless-without-total",
    None,
    None,
    build_new_items,
    "The same, and nobody says how many.",
)
add_paging_case(
    "pages-endless-small-total", 1, 1, build_new_items, "One, it says, and each page is full."
)
add_paging_case(
    "pages-huge-total-empty", 10**18, 10**16, lambda request: [], "So many, and none is shown."
)
add_paging_case(
    "pages-total-of-5000-digits",
    10**4000,
    10**4000,
    build_new_items,
    "A total of four thousand digits.",
)
add_paging_case("pages-negative-total", -5, -1, build_new_items, "Fewer than none.")
add_paging_case("pages-total-float", 1e308, 1e308, build_new_items, "A total with an exponent.")
add_paging_case("pages-total-text", "many", "more", build_new_items, "A total in words.")
add_paging_case(
    "pages-same-for-ever",
    10**6,
    10**5,
    lambda request: [dict(ITEM)] * 50,
    "Each page is the same item fifty times.",
)
add_paging_case(
    "pages-marked-for-ever",
    10**9,
    10**8,
    lambda request: build_new_items(request, "conformance-00000000000-zzzzzz"),
    "Each page is full of things that look like left-overs.",
)
add_fixed_case(
    "pages-next-link-for-ever",
    lambda request: build_response(
        build_list_body(request, 10**9, 10**8, build_new_items(request)),
        get_body_status(request),
        f'Link: <{get_target(request).split("?")[0]}?page={read_page(request)[0] + 1}>; rel="next"',
    ),
    "There is always a next page.",
)
