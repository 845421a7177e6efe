"""HTTP/1.1 as bytes."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from conformance.mock.message import MockRequest, MockResponse
from conformance.mock.mock import Mock
from conformance.mock.server import serve_in_thread

from .contracts import load

HOST = b"host: x\r\n"


def echo(request: MockRequest) -> MockResponse:
    """Tell what was understood; some paths ask for a status."""
    status = int(request.path[1:]) if request.path[1:].isdecimal() else 200
    said = (
        f"{request.method} {request.path} {request.query} {request.headers.get('x', '')}"
        f" {request.body.decode()}"
    )
    return MockResponse(
        status=status, headers=(("x-said", "yes"),), body=b"" if status == 204 else said.encode()
    )


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Give the port of a server that tells what it understood."""
    with serve_in_thread(Mock(load("toy")), respond=echo) as url:
        yield urlsplit(url).port or 0


def said(port: int, *pieces: bytes) -> bytes:
    """Send pieces, then say that no more comes, and return all that is answered."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        for piece in pieces:
            line.sendall(piece)
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65536), b""))


def test_requests_in_one_packet_are_answered_in_order(port: int) -> None:
    """Pipelined requests get their answers one after the other."""
    found = said(
        port, b"".join(b"GET /%d HTTP/1.1\r\n%s\r\n" % (status, HOST) for status in (201, 204, 404))
    )
    assert re.findall(rb"HTTP/1\.1 (\d+)", found) == [b"201", b"204", b"404"]


def test_a_request_in_pieces_is_one(port: int) -> None:
    """Target, header and body may come in any pieces, the body in chunks."""
    whole = (
        b"POST /path?a=b+c HTTP/1.1\r\n"
        + HOST
        + b"X: one\r\nx: two\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    found = said(port, *(whole[at : at + 3] for at in range(0, len(whole), 3)))
    assert found.endswith(b"POST /path (('a', 'b c'),) one, two abcde")


@pytest.mark.parametrize(
    ("sent", "status", "ending"),
    [
        (b"HEAD /a HTTP/1.1\r\n" + HOST + b"\r\n", b"200", b"\r\n\r\n"),
        (b"GET http://x/a?b=c HTTP/1.1\r\n" + HOST + b"\r\n", b"200", b"GET /a (('b', 'c'),)  "),
        (b"GET /a HTTP/1.0\r\n\r\n", b"200", b"GET /a ()  "),
        (
            b"GET /a HTTP/1.1\r\n"
            + HOST
            + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n",
            b"200",
            b"GET /a ()  ",
        ),
        (b"nonsense\r\n\r\n", b"400", b""),
        (b"GET /a b HTTP/1.1\r\n\r\n", b"400", b""),
    ],
)
def test_what_is_odd_is_answered_too(port: int, sent: bytes, status: bytes, ending: bytes) -> None:
    """HEAD has no body, a target may be absolute, HTTP/1.0 is understood, no other protocol is
    taken up, nonsense is refused.
    """
    found = said(port, sent)
    assert found.split()[1] == status
    assert found.endswith(ending)


def test_a_client_that_waits_is_asked_for_the_body(port: int) -> None:
    """Expect: 100-continue is answered before the body comes."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(
            b"POST /a HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        )
        assert line.recv(1024).startswith(b"HTTP/1.1 100")
        line.sendall(b"ab")
        assert line.recv(1024).endswith(b"ab")
