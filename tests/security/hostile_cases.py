"""Hostile HTTP answers: one callable for each way in which a server can harm its client.

Each entry of CASES takes a connected socket and the request that was read from it, and sends one
hostile answer. A callable stops by itself within 20 seconds, keeps less than 100 MB in memory and
swallows the errors of a peer that has gone away. It leaves the connection open where the answer
has an end of its own, and closes it where only the end of the connection ends the answer.

The bodies hold the members of several APIs at once (``id``, ``items``, ``app_groups``,
``pagination``, ``totalCount``), so that a client of any of them finds what it looks for.
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

SECONDS = 18.0
"""How long a case may go on."""

BYTES = 1 << 30
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

GOOD = json.dumps(BODY).encode()
CASES: dict[str, Case] = {}


# --- sending -------------------------------------------------------------------------------------


def send(connection: socket.socket, data: bytes) -> bool:
    """Send the data; tell whether the peer still takes any."""
    try:
        connection.settimeout(SECONDS)
        connection.sendall(data)
    except OSError:
        return False
    return True


def end(connection: socket.socket) -> None:
    """Close the connection in order."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def reset(connection: socket.socket) -> None:
    """Close the connection with a reset."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    except OSError:
        pass


def hold(connection: socket.socket, seconds: float = SECONDS) -> None:
    """Keep the connection open until the peer leaves it or the time is over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if select.select([connection], [], [], 0.2)[0] and not connection.recv(4096):
                return
        except (OSError, ValueError):
            return


def stream(connection: socket.socket, pieces: Iterable[bytes], pause: float = 0.0) -> None:
    """Send piece after piece until the peer leaves, or time or amount is used up."""
    until = time.monotonic() + SECONDS
    left = BYTES
    for piece in pieces:
        try:
            connection.settimeout(max(0.1, until - time.monotonic()))
            connection.sendall(piece)
        except OSError:
            break
        left -= len(piece)
        if left < 0 or time.monotonic() >= until:
            break
        if pause:
            time.sleep(min(pause, max(0.0, until - time.monotonic())))
    end(connection)


def endless(piece: bytes) -> Iterator[bytes]:
    """The same piece for ever."""
    while True:
        yield piece


def after(first: bytes, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A beginning, and then the pieces."""
    yield first
    yield from pieces


def letters(data: bytes) -> Iterator[bytes]:
    """Byte after byte."""
    for index in range(len(data)):
        yield data[index : index + 1]


# --- answers -------------------------------------------------------------------------------------


def status_of(request: bytes) -> int:
    """The status that a client hopes for: 201 for a creation, 204 for a change, else 200."""
    method, _, rest = request.partition(b" ")
    path = rest.split(b" ", 1)[0].split(b"?", 1)[0]
    if method == b"POST":
        return 204 if path.endswith((b"archive", b"unarchive")) else 201
    return 204 if method in (b"PUT", b"DELETE") else 200


def head(status: int | bytes = 200, *lines: str | bytes) -> bytes:
    """A head: the status, the content type, and the lines."""
    code = status if isinstance(status, bytes) else str(status).encode()
    rows = [b"HTTP/1.1 " + code + b" OK", b"Content-Type: application/json"]
    rows += [line.encode() if isinstance(line, str) else line for line in lines]
    return b"\r\n".join(rows) + b"\r\n\r\n"


def sized(body: bytes, status: int = 200, *lines: str | bytes) -> bytes:
    """A whole answer with its length."""
    return head(status, *lines, f"Content-Length: {len(body)}") + body


def fixed(name: str, answer: Callable[[bytes], bytes], text: str, *, close: bool = False) -> None:
    """Enter a case that sends one answer, made of the request."""

    def case(connection: socket.socket, request: bytes) -> None:
        send(connection, answer(request))
        if close:
            end(connection)

    case.__doc__ = text
    case.__name__ = name.replace("-", "_")
    CASES[name] = case


def raw(name: str, data: bytes, text: str, *, close: bool = True) -> None:
    """Enter a case that sends these bytes, whatever was asked."""
    fixed(name, lambda request: data, text, close=close)


def body(name: str, data: bytes, text: str, *, status: int | None = None) -> None:
    """Enter a case that sends this body in an impeccable answer."""
    fixed(name, lambda request: sized(data, status or plain(request)), text)


def plain(request: bytes) -> int:
    """The status that a client hopes for, where there is a body."""
    return 201 if status_of(request) == 201 else 200


def streamed(
    name: str, pieces: Callable[[bytes], Iterable[bytes]], text: str, pause: float = 0.0
) -> None:
    """Enter a case that sends pieces until the peer leaves."""

    def case(connection: socket.socket, request: bytes) -> None:
        stream(connection, pieces(request), pause)

    case.__doc__ = text
    case.__name__ = name.replace("-", "_")
    CASES[name] = case


def acts(name: str, act: Case, text: str) -> None:
    """Enter a case that does something of its own."""
    act.__doc__ = text
    CASES[name] = act


CHUNKED = "Transfer-Encoding: chunked"


# --- silence and slowness ------------------------------------------------------------------------


acts("silence", lambda connection, request: hold(connection), "Nothing is ever answered.")
acts(
    "silence-then-reset",
    lambda connection, request: (time.sleep(0.7), reset(connection))[0],
    "A reset, after a moment of silence.",
)
acts("reset-at-once", lambda connection, request: reset(connection), "A reset in place of a head.")
acts("close-at-once", lambda connection, request: end(connection), "An orderly end, no answer.")
streamed(
    "drip-status-line",
    lambda request: letters(head(200) * 9),
    "The status line comes a letter at a time.",
    0.3,
)
streamed(
    "drip-head-lines",
    lambda request: after(b"HTTP/1.1 200 OK\r\n", endless(b"X-Slow: 1\r\n")),
    "A head without end, a line every half second: each read succeeds in time.",
    0.5,
)
streamed(
    "drip-one-header-value",
    lambda request: after(b"HTTP/1.1 200 OK\r\nX-Slow: ", endless(b"a")),
    "One header whose value never ends, slowly.",
    0.3,
)
streamed(
    "drip-body-sized",
    lambda request: after(head(plain(request), "Content-Length: 4096"), letters(b" " * 4096)),
    "A body of known length, a blank at a time.",
    0.3,
)
streamed(
    "drip-body-chunked",
    lambda request: after(head(plain(request), CHUNKED), endless(b"1\r\n \r\n")),
    "A body in chunks of one blank, for ever.",
    0.3,
)
streamed(
    "drip-body-until-close",
    lambda request: after(head(plain(request), "Connection: close"), endless(b" ")),
    "A body that the end of the connection would end.",
    0.3,
)
streamed(
    "drip-chunk-size",
    lambda request: after(head(plain(request), CHUNKED), endless(b"0")),
    "The size of a chunk, noughts without end.",
    0.3,
)
streamed(
    "drip-chunk-extension",
    lambda request: after(head(plain(request), CHUNKED) + b"1;x=", endless(b"y")),
    "The extension of a chunk, without end.",
    0.3,
)
streamed(
    "drip-trailers",
    lambda request: after(
        head(plain(request), CHUNKED) + b"%x\r\n%s\r\n0\r\n" % (len(GOOD), GOOD),
        endless(b"X-Trailer: 1\r\n"),
    ),
    "The body is whole, the trailers never end.",
    0.3,
)
streamed(
    "drip-informational",
    lambda request: endless(b"HTTP/1.1 102 Processing\r\n\r\n"),
    "Processing, processing, processing: an answer of the kind 1xx every moment.",
    0.3,
)
streamed(
    "drip-gzip",
    lambda request: after(
        head(plain(request), "Content-Encoding: gzip"), letters(gzipped(b" " * 20 + GOOD))
    ),
    "A compressed body, a byte at a time.",
    0.25,
)
acts(
    "head-then-silence",
    lambda connection, request: (
        send(connection, head(plain(request), "Content-Length: 10")),
        hold(connection),
    )[1],
    "A head, and then no body.",
)
acts(
    "body-cut-then-silence",
    lambda connection, request: (
        send(connection, sized(GOOD, plain(request))[:-3]),
        hold(connection),
    )[1],
    "All but the last three bytes.",
)
acts(
    "late-by-a-hair",
    lambda connection, request: (time.sleep(0.9), send(connection, sized(GOOD, plain(request))))[0],
    "Each answer comes after nine tenths of a second.",
)


# --- floods --------------------------------------------------------------------------------------


FLOOD = b"a" * 65536
streamed(
    "flood-status-line",
    lambda request: after(b"HTTP/1.1 200 ", endless(FLOOD)),
    "A reason without end.",
)
streamed(
    "flood-head-lines",
    lambda request: after(b"HTTP/1.1 200 OK\r\n", endless(b"X-A: b\r\n" * 8192)),
    "Header lines without end.",
)
streamed(
    "flood-one-header",
    lambda request: after(b"HTTP/1.1 200 OK\r\nX-A: ", endless(FLOOD)),
    "One header without end.",
)
streamed(
    "flood-informational",
    lambda request: endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 2000),
    "Answers of the kind 1xx without end, as fast as they go.",
)
streamed(
    "flood-informational-early-hints",
    lambda request: endless(b"HTTP/1.1 103 Early Hints\r\nLink: <" + b"a" * 8000 + b">\r\n\r\n"),
    "Early hints without end, each with a head of 8 kB.",
)
streamed(
    "flood-body-until-close",
    lambda request: after(head(plain(request), "Connection: close"), endless(FLOOD)),
    "A body without end.",
)
streamed(
    "flood-body-sized",
    lambda request: after(head(plain(request), "Content-Length: 9999999999999"), endless(FLOOD)),
    "A body of ten terabytes, and it begins to come.",
)
streamed(
    "flood-body-chunked",
    lambda request: after(head(plain(request), CHUNKED), endless(b"10000\r\n" + FLOOD + b"\r\n")),
    "Chunks without end.",
)
streamed(
    "flood-tiny-chunks",
    lambda request: after(head(plain(request), CHUNKED), endless(b"1\r\n \r\n" * 8192)),
    "Chunks of one byte without end.",
)
streamed(
    "flood-chunk-size",
    lambda request: after(head(plain(request), CHUNKED), endless(b"0" * 65536)),
    "A chunk size of noughts without end.",
)
streamed(
    "flood-chunk-extension",
    lambda request: after(head(plain(request), CHUNKED) + b"1;", endless(FLOOD)),
    "A chunk extension without end.",
)
streamed(
    "flood-trailers",
    lambda request: after(
        head(plain(request), CHUNKED) + b"%x\r\n%s\r\n0\r\n" % (len(GOOD), GOOD),
        endless(b"X-T: 1\r\n" * 8192),
    ),
    "Trailers without end.",
)
streamed(
    "flood-after-answer",
    lambda request: after(sized(GOOD, plain(request)), endless(FLOOD)),
    "A good answer, and then more bytes than anyone asked for.",
)
streamed(
    "flood-json-string",
    lambda request: after(head(plain(request), "Connection: close") + b'{"id": "', endless(FLOOD)),
    "JSON text whose first string never ends.",
)
streamed(
    "flood-blank-lines-before-head",
    lambda request: endless(b"\r\n" * 32768),
    "Empty lines in place of a status line.",
)
body("large-body-50-megabytes", b'{"id": "' + b"a" * 1000 + b'"}', "Replaced below.")


def fifty_megabytes(connection: socket.socket, request: bytes) -> None:
    """A valid object of fifty megabytes, with its true length."""
    count = 800
    start, finish = b'{"id": 1, "name": "', b'"}'
    size = len(start) + count * len(FLOOD) + len(finish)
    if send(connection, head(plain(request), f"Content-Length: {size}") + start):
        for _ in range(count):
            if not send(connection, FLOOD):
                return
        send(connection, finish)


acts("large-body-50-megabytes", fifty_megabytes, fifty_megabytes.__doc__ or "")


# --- framing -------------------------------------------------------------------------------------


fixed(
    "length-too-long",
    lambda request: head(200, f"Content-Length: {len(GOOD) + 7}") + GOOD,
    "The body is shorter than its length says.",
    close=True,
)
fixed(
    "length-too-short",
    lambda request: head(plain(request), f"Content-Length: {len(GOOD) - 7}") + GOOD,
    "The body is longer than its length says.",
)
raw("length-negative", head(200, "Content-Length: -1") + GOOD, "A length below nothing.")
raw("length-not-a-number", head(200, "Content-Length: ten") + GOOD, "A length in letters.")
raw(
    "length-huge-number",
    head(200, "Content-Length: " + "9" * 400) + GOOD,
    "A length of four hundred digits.",
)
raw(
    "length-six-thousand-digits",
    head(200, "Content-Length: " + "9" * 6000) + GOOD,
    "A length with more digits than some languages convert.",
)
raw(
    "length-twice",
    head(200, "Content-Length: 2", f"Content-Length: {len(GOOD)}") + GOOD,
    "Two lengths that differ.",
)
raw("length-list", head(200, f"Content-Length: {len(GOOD)}, 5") + GOOD, "Two lengths in one line.")
raw("length-signed", head(200, f"Content-Length: +{len(GOOD)}") + GOOD, "A length with a sign.")
raw("length-other-digits", head(200, "Content-Length: ٣".encode()) + GOOD, "Arabic digits.")
raw(
    "length-and-chunked",
    head(200, CHUNKED, "Content-Length: 5") + b"%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD), GOOD),
    "A length and chunks at once.",
)
raw("chunked-twice", head(200, CHUNKED, CHUNKED) + b"0\r\n\r\n", "Chunked, and chunked again.")
raw("chunked-unknown-coding", head(200, "Transfer-Encoding: xyzzy") + GOOD, "An unknown coding.")
raw("chunk-size-negative", head(200, CHUNKED) + b"-5\r\nhello\r\n0\r\n\r\n", "A negative chunk.")
raw("chunk-size-huge", head(200, CHUNKED) + b"F" * 16 + b"\r\n" + GOOD, "A chunk of 16 exabytes.")
raw(
    "chunk-size-too-many-digits",
    head(200, CHUNKED) + b"F" * 5000 + b"\r\n" + GOOD,
    "A chunk size of five thousand digits.",
)
raw("chunk-size-not-hexadecimal", head(200, CHUNKED) + b"zz\r\n" + GOOD, "A size in letters.")
raw(
    "chunk-without-end-of-line",
    head(200, CHUNKED) + b"5\r\nhelloXX0\r\n\r\n",
    "A chunk that goes on where it should end.",
)
raw("chunks-cut", head(200, CHUNKED) + b"ff\r\n{", "The connection ends within a chunk.")
fixed(
    "trailers-that-change-the-answer",
    lambda request: (
        head(plain(request), CHUNKED, "Trailer: Content-Type")
        + b"%x\r\n%s\r\n0\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\n"
        % (len(GOOD), GOOD)
    ),
    "Trailers that contradict the head.",
)
fixed(
    "body-with-204",
    lambda request: head(204, f"Content-Length: {len(GOOD)}") + GOOD,
    "A 204 that has a body.",
)
fixed(
    "body-with-304",
    lambda request: head(304, f"Content-Length: {len(GOOD)}") + GOOD,
    "A 304 that has a body.",
)
fixed(
    "two-answers",
    lambda request: sized(GOOD, plain(request)) + sized(b'{"id": 7}', 201),
    "A second answer that nobody asked for: is it taken for that of the next request?",
)


def late_second_answer(connection: socket.socket, request: bytes) -> None:
    """A second answer, sent when the connection rests."""
    if send(connection, sized(GOOD, plain(request))):
        time.sleep(0.05)
        send(connection, sized(b'{"id": 7, "name": "not yours"}', 200))


acts("two-answers-late", late_second_answer, late_second_answer.__doc__ or "")


# --- heads ---------------------------------------------------------------------------------------


raw("head-binary", bytes(range(256)) * 8, "Bytes of every value.")
raw("head-http-0.9", GOOD, "A body without a head.")
raw("head-http-2-preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "The beginning of HTTP/2.")
raw("head-http-9.9", b"HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\n{}", "A version to come.")
raw("head-tls-alert", b"\x15\x03\x01\x00\x02\x02\x28", "A TLS alert in plain HTTP.")
raw("head-status-0", head(b"000") + GOOD, "Status 0.")
raw("head-status-99", head(b"099") + GOOD, "Status 99.")
raw("head-status-999", sized(GOOD, 999), "Status 999.")
raw("head-status-4-digits", head(b"2000") + GOOD, "A status of four digits.")
raw("head-status-words", head(b"abc") + GOOD, "A status in letters.")
raw(
    "head-switching-protocols",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + GOOD,
    "The protocol is switched, unasked.",
)
raw("head-no-reason", b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}", "No reason, no blank.")
raw("head-line-feeds-only", b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}", "Line feeds only.")
raw("head-nul", head(200, b"X-A: a\x00b", "Content-Length: 2") + b"{}", "A NUL in a header.")
raw("head-carriage-return", head(200, b"X-A: a\rb", "Content-Length: 2") + b"{}", "A lone CR.")
raw("head-no-colon", head(200, "no colon here", "Content-Length: 2") + b"{}", "A line without :.")
raw("head-empty-name", head(200, ": value", "Content-Length: 2") + b"{}", "A nameless header.")
raw("head-blank-before-colon", head(200, "Content-Length : 2") + b"{}", "A blank before the :.")
raw("head-folded", head(200, "X-A: a\r\n b\r\n\tc", "Content-Length: 2") + b"{}", "Folded lines.")
fixed(
    "head-not-utf8",
    lambda request: sized(GOOD, plain(request), b"X-A: \xff\xfe\x80\xc3", b"X-\x41: \xe9"),
    "Header values in no known encoding.",
)
fixed(
    "head-terminal-escapes",
    lambda request: sized(GOOD, plain(request), b"X-Request-Id: \x1b]0;owned\x07\x1b[2J\x9b2J"),
    "A header that would clear the screen.",
)
fixed(
    "head-ten-thousand-headers",
    lambda request: sized(GOOD, plain(request), *[f"X-{n}: {n}" for n in range(10_000)]),
    "Ten thousand headers.",
)
fixed(
    "head-ten-thousand-cookies",
    lambda request: sized(
        GOOD, plain(request), *[f"Set-Cookie: c{n}={'x' * 50}; Path=/" for n in range(900)]
    ),
    "Many cookies: does the next request carry them?",
)
fixed(
    "head-connection-close-kept-open",
    lambda request: sized(GOOD, plain(request), "Connection: close"),
    "The end is announced and does not come.",
)
fixed(
    "head-content-type-odd",
    lambda request: (
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json; charset="\x01;;;\r\n'
        b"Content-Length: %d\r\n\r\n%s" % (len(GOOD), GOOD)
    ),
    "A content type that no grammar knows.",
)
for charset in ("utf-7", "rot13", "zlib_codec", "idna", "punycode", "undefined", "x" * 5000):
    fixed(
        "charset-" + (charset if len(charset) < 50 else "of-5000-letters"),
        lambda request, charset=charset: (
            (
                b"HTTP/1.1 %d OK\r\nContent-Type: text/html; charset=%s\r\n"
                b"Content-Length: %d\r\n\r\n" % (plain(request), charset.encode(), len(GOOD))
            )
            + GOOD
        ),
        f"A charset that is not one for text on the web: {charset[:20]}.",
    )


# --- content codings -----------------------------------------------------------------------------


def gzipped(data: bytes, wbits: int = 31) -> bytes:
    """The data, compressed: 31 for gzip, 15 for zlib, -15 for bare deflate."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    return packer.compress(data) + packer.flush()


def bomb(wbits: int) -> Iterator[bytes]:
    """Blanks without end: ten megabytes in each ten kilobytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    yield packer.compress(b" " * 100) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * 10_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    yield from endless(block)


streamed(
    "gzip-bomb",
    lambda request: after(head(plain(request), "Content-Encoding: gzip"), bomb(31)),
    "Blanks without end, gzip.",
)
streamed(
    "deflate-bomb",
    lambda request: after(head(plain(request), "Content-Encoding: deflate"), bomb(15)),
    "Blanks without end, deflate.",
)


def small_bomb(request: bytes) -> bytes:
    """A whole object of 200 megabytes in 200 kilobytes, twice compressed where asked."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(b'{"id": 1, "name": "')]
    parts += [packer.compress(b"a" * 1_000_000) for _ in range(200)]
    parts += [packer.compress(b'"}'), packer.flush()]
    return b"".join(parts)


_BOMB: list[bytes] = []


def packed(request: bytes) -> bytes:
    """The small bomb, made once."""
    if not _BOMB:
        _BOMB.append(small_bomb(request))
    return _BOMB[0]


fixed(
    "gzip-bomb-whole",
    lambda request: sized(packed(request), plain(request), "Content-Encoding: gzip"),
    "A valid object of 200 megabytes in 200 kilobytes.",
)
fixed(
    "gzip-bomb-twice",
    lambda request: sized(gzipped(packed(request)), plain(request), "Content-Encoding: gzip, gzip"),
    "The same, compressed once more.",
)
fixed(
    "gzip-forty-times-named",
    lambda request: sized(
        gzipped(GOOD), plain(request), "Content-Encoding: " + ", ".join(["gzip"] * 4000)
    ),
    "Four thousand codings in one header.",
)
fixed(
    "gzip-not-gzip",
    lambda request: sized(GOOD, plain(request), "Content-Encoding: gzip"),
    "It says gzip and is not.",
)
fixed(
    "gzip-cut",
    lambda request: sized(gzipped(GOOD)[:-9], plain(request), "Content-Encoding: gzip"),
    "Cut within the stream.",
)
fixed(
    "gzip-wrong-checksum",
    lambda request: sized(gzipped(GOOD)[:-8] + b"\0" * 8, plain(request), "Content-Encoding: gzip"),
    "A wrong checksum.",
)
fixed(
    "gzip-two-members",
    lambda request: sized(gzipped(GOOD) + gzipped(GOOD), plain(request), "Content-Encoding: gzip"),
    "Two members.",
)
streamed(
    "gzip-empty-blocks",
    lambda request: after(
        head(plain(request), "Content-Encoding: gzip")
        + b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
        endless(b"\x00\x00\x00\xff\xff" * 8192),
    ),
    "Empty blocks without end: input that never gives any output.",
)
streamed(
    "gzip-endless-file-name",
    lambda request: after(
        head(plain(request), "Content-Encoding: gzip")
        + b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x03",
        endless(FLOOD),
    ),
    "A gzip head whose file name never ends.",
)
fixed(
    "brotli-not-brotli",
    lambda request: sized(GOOD, plain(request), "Content-Encoding: br"),
    "It says brotli and is not.",
)
fixed(
    "zstd-not-zstd",
    lambda request: sized(GOOD, plain(request), "Content-Encoding: zstd"),
    "It says zstd and is not.",
)
fixed(
    "zstd-huge-window",
    lambda request: sized(
        b"\x28\xb5\x2f\xfd\xe0" + b"\xff" * 8 + b"\x00" * 8,
        plain(request),
        "Content-Encoding: zstd",
    ),
    "A zstd frame that claims sixteen exabytes.",
)


# --- JSON and text -------------------------------------------------------------------------------


body("json-empty", b"", "No body at all.")
body("json-deep-arrays", b"[" * 100_000, "A hundred thousand brackets, none closed.")
body("json-deep-arrays-closed", b"[" * 90_000 + b"]" * 90_000, "Nested ninety thousand deep.")
body("json-deep-objects", b'{"app_groups":' * 50_000 + b"1" + b"}" * 50_000, "Nested objects.")
body("json-depth-900", b'{"id":' * 900 + b"1" + b"}" * 900, "Deep, and within most limits.")
body("json-long-integer", b'{"id": ' + b"9" * 5000 + b"}", "An integer of five thousand digits.")
body("json-very-long-integer", b'{"id": ' + b"9" * 1_000_000 + b"}", "A million digits.")
body("json-huge-exponent", b'{"id": 1e999999, "totalCount": 1e400}', "Too large for a float.")
body("json-nan", b'{"id": NaN, "app_groups": [NaN, Infinity, -Infinity]}', "No numbers.")
body(
    "json-lone-surrogate",
    b'{"id": "\\ud800", "name": "\\udfff", "error": "\\ud83d"}',
    "Half a character.",
)
body("json-nul", b'{"id": "a\\u0000b", "error": "\\u0000"}', "NUL in texts.")
body("json-not-utf8", b'{"id": "\xff\xfe", "error": "\x80"}', "No UTF-8.")
body("json-utf16", json.dumps(BODY).encode("utf-16"), "UTF-16.")
body("json-utf32", json.dumps(BODY).encode("utf-32"), "UTF-32.")
body("json-byte-order-mark", b"\xef\xbb\xbf" + GOOD, "A byte order mark.")
body("json-two-values", GOOD + GOOD, "Two values.")
body(
    "json-repeated-names",
    b'{"id": 1, "id": 2, "id": "../x", "app_groups": 1, "app_groups": []}',
    "The same name several times.",
)
body(
    "json-hundred-thousand-names",
    json.dumps({f"k{n}": n for n in range(100_000)}).encode(),
    "Many members.",
)
body(
    "json-million-items",
    b'{"id": 1, "app_groups": [' + b"0," * 1_000_000 + b"0]}",
    "A list of a million noughts.",
)
body(
    "json-million-empty-objects",
    b'{"id": 1, "app_groups": [' + b"{}," * 999_999 + b"{}]}",
    "Small on the wire, large in memory.",
)
body("json-scalar", b"17", "A number in place of an object.")
body("json-null", b"null", "null in place of an object.")
body("json-string", b'"text"', "A text in place of an object.")
body(
    "json-wrong-types",
    b'{"id": {"a": [1]}, "app_groups": {"0": 1}, "items": "x", "pagination": [], "count": "1",'
    b' "totalCount": null, "error": 1, "req_id": {}}',
    "Each member of another type.",
)
body(
    "json-items-of-odd-types",
    b'{"id": true, "app_groups": [null, 1, "x", [], {}, {"id": null}, {"id": {}}, {"id": [1]}],'
    b' "items": [null, 1, "x", [], {}], "pagination": {"page": "x", "total_count": -1}}',
    "A list of anything.",
)
body("json-id-negative", b'{"id": -1}', "A negative id.")
body("json-id-zero", b'{"id": 0}', "Id nought.")
body("json-id-float", b'{"id": 1.5}', "A broken id.")
body("json-id-true", b'{"id": true}', "A truth for an id.")
body("json-id-huge", b'{"id": 18446744073709551616}', "An id beyond 64 bits.")
for word, value in {
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
    body("json-id-" + word, json.dumps({**BODY, "id": value}).encode(), f"Id {value[:30]!r}.")
body("text-html", b"<html><script>alert(1)</script></html>", "HTML in place of JSON.")
body(
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
body(
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
body(
    "text-raw-control-bytes",
    b"\x1b[2J\x1b]0;owned\x07\x00\x08\x7f\x9b",
    "Control bytes.",
    status=500,
)
body(
    "text-workflow-commands",
    b"\n::set-env name=A::b\n::error::owned\n##vso[task.setvariable variable=a]b\n",
    "Lines that CI systems take for commands.",
    status=500,
)
body(
    "text-markdown",
    json.dumps(
        {"error": "|\n\n# owned\n[x](javascript:alert(1)) ``` <b>|", "req_id": "`"}
    ).encode(),
    "Text that would break out of a table of Markdown.",
    status=400,
)


# --- retries and redirections --------------------------------------------------------------------


for word, line in {
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
    fixed(
        "retry-after-" + word,
        lambda request, line=line: sized(
            b'{"error": "busy", "req_id": "r"}', 503, f"Retry-After: {line}"
        ),
        f"503, come again after {line[:30]}.",
    )
fixed(
    "retry-429-for-ever",
    lambda request: sized(
        b'{"error": "busy", "req_id": "r"}',
        429,
        "Retry-After: 1",
        "X-RateLimit-Reset: 99999999999",
        "RateLimit-Reset: 99999999",
    ),
    "Too many requests, for ever.",
)
fixed(
    "retry-408-for-ever",
    lambda request: sized(b"{}", 408, "Connection: close"),
    "The request took too long, for ever.",
    close=True,
)


def target(request: bytes) -> str:
    """The path that was asked for."""
    return request.split(b" ", 2)[1].decode("latin-1") if request.count(b" ") > 1 else "/"


fixed(
    "redirect-to-itself",
    lambda request: sized(b"", 307, f"Location: {target(request)}"),
    "A circle of one.",
)
fixed(
    "redirect-growing",
    lambda request: sized(b"", 307, f"Location: {target(request)[:60_000]}/x"),
    "Ever longer.",
)
fixed(
    "redirect-to-file",
    lambda request: sized(b"", 302, "Location: file:///etc/passwd"),
    "To a file.",
)
fixed(
    "redirect-other-port",
    lambda request: sized(b"", 307, "Location: http://127.0.0.1:9/stolen"),
    "To another server: does the credential go along?",
)
fixed(
    "redirect-broken-location",
    lambda request: sized(b"", 302, b"Location: http://[::1/\xff"),
    "A location that is no URL.",
)
fixed(
    "challenge-401",
    lambda request: sized(
        b"{}", 401, 'WWW-Authenticate: Digest realm="x", nonce="' + "a" * 9000 + '"'
    ),
    "A challenge of nine kilobytes.",
)


# --- paging --------------------------------------------------------------------------------------


def page_of(request: bytes) -> tuple[int, int]:
    """The page and the size that the request asks for."""
    page = re.search(rb"[?&]page=(\d{1,9})", request)
    size = re.search(rb"[?&](?:per_page|perPage|size)=(\d{1,9})", request)
    return int(page[1]) if page else 1, min(int(size[1]) if size else 50, 500)


def listing(request: bytes, total: object, pages: object, items: list[object]) -> bytes:
    """A list in the shape of several APIs."""
    page, size = page_of(request)
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


def fresh(request: bytes, name: str = "other") -> list[object]:
    """The items of a page, never the same."""
    page, size = page_of(request)
    first = (page - 1) * size + 1
    return [{**ITEM, "id": first + n, "name": f"{name} {first + n}"} for n in range(size)]


def paged(
    name: str, total: object, pages: object, make: Callable[[bytes], list[object]], text: str
) -> None:
    """Enter a case about pages."""
    fixed(
        name,
        lambda request: sized(listing(request, total, pages, make(request)), plain(request)),
        text,
    )


paged("pages-endless", 10**12, 10**10, fresh, "Each page is full and new.")
paged("pages-endless-without-total", None, None, fresh, "The same, and nobody says how many.")
paged("pages-endless-small-total", 1, 1, fresh, "One, it says, and each page is full.")
paged("pages-huge-total-empty", 10**18, 10**16, lambda request: [], "So many, and none is shown.")
paged("pages-total-of-5000-digits", 10**4000, 10**4000, fresh, "A total of four thousand digits.")
paged("pages-negative-total", -5, -1, fresh, "Fewer than none.")
paged("pages-total-float", 1e308, 1e308, fresh, "A total with an exponent.")
paged("pages-total-text", "many", "more", fresh, "A total in words.")
paged(
    "pages-same-for-ever",
    10**6,
    10**5,
    lambda request: [dict(ITEM)] * 50,
    "Each page is the same item fifty times.",
)
paged(
    "pages-marked-for-ever",
    10**9,
    10**8,
    lambda request: fresh(request, "conformance-00000000000-zzzzzz"),
    "Each page is full of things that look like left-overs.",
)
fixed(
    "pages-next-link-for-ever",
    lambda request: sized(
        listing(request, 10**9, 10**8, fresh(request)),
        plain(request),
        f'Link: <{target(request).split("?")[0]}?page={page_of(request)[0] + 1}>; rel="next"',
    ),
    "There is always a next page.",
)
