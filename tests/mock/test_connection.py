"""HTTP/1.1 at the level of bytes."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from conformance.mock.connection import encode_http_response
from conformance.mock.message import MockRequest, MockResponse
from conformance.mock.mock import Mock
from conformance.mock.server import serve_in_thread

from .contracts import load

HOST = b"host: x\r\n"


def echo(request: MockRequest) -> MockResponse:
    """Return what the server parsed from the request; a numeric path sets the status."""
    status = int(request.path[1:]) if request.path[1:].isdecimal() else 200
    text = (
        f"{request.method} {request.path} {request.query} {request.headers.get('x', '')}"
        f" {request.body.decode()}"
    )
    return MockResponse(
        status=status, headers=(("x-said", "yes"),), body=b"" if status == 204 else text.encode()
    )


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Yield the port of a server that echoes the parsed request."""
    with serve_in_thread(Mock(load("toy")), respond=echo) as url:
        yield urlsplit(url).port or 0


def exchange_bytes(port: int, *pieces: bytes) -> bytes:
    """Send pieces, shut down the sending side, and return all bytes of the response."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_pipelined_requests_are_answered_in_order(port: int) -> None:
    """Several requests in one packet get their responses one after the other."""
    received = exchange_bytes(
        port, b"".join(b"GET /%d HTTP/1.1\r\n%s\r\n" % (status, HOST) for status in (201, 204, 404))
    )
    assert re.findall(rb"HTTP/1\.1 (\d+)", received) == [b"201", b"204", b"404"]


def test_a_request_may_arrive_in_pieces(port: int) -> None:
    """Target, headers and body may be split anywhere. The body is chunked."""
    request = (
        b"POST /path?a=b+c HTTP/1.1\r\n"
        + HOST
        + b"X: one\r\nx: two\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    received = exchange_bytes(
        port, *(request[start : start + 3] for start in range(0, len(request), 3))
    )
    assert received.endswith(b"POST /path (('a', 'b c'),) one, two abcde")


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
def test_unusual_requests_are_answered(
    port: int, sent: bytes, status: bytes, ending: bytes
) -> None:
    """A response to HEAD has no body.

    A target may be absolute. HTTP/1.0 is understood. An upgrade to another protocol is ignored. A
    malformed request gets 400.
    """
    received = exchange_bytes(port, sent)
    assert received.split()[1] == status
    assert received.endswith(ending)


def test_expect_100_continue(port: int) -> None:
    """The server sends 100 before it receives the body."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(
            b"POST /a HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        )
        assert connection.recv(1024).startswith(b"HTTP/1.1 100")
        connection.sendall(b"ab")
        assert connection.recv(1024).endswith(b"ab")


def test_an_error_of_the_mock_is_a_logged_500(caplog: pytest.LogCaptureFixture) -> None:
    """What breaks the mock is a 500, which the log explains; the connection goes on."""

    def respond(request: MockRequest) -> MockResponse:
        if request.path == "/broken":
            raise KeyError("nothing here")
        return echo(request)

    with serve_in_thread(Mock(load("toy")), respond=respond) as url:
        received = exchange_bytes(
            urlsplit(url).port or 0,
            b"GET /broken HTTP/1.1\r\n" + HOST + b"\r\nGET /201 HTTP/1.1\r\n" + HOST + b"\r\n",
        )
    assert re.findall(rb"HTTP/1\.1 (\d+)", received) == [b"500", b"201"]
    assert "GET /broken" in caplog.text
    assert "nothing here" in caplog.text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a\r\nx-injected: b", b"x-a: a x-injected: b\r\n"),
        ("\N{EURO SIGN}", b"x-a: \xe2\x82\xac\r\n"),
        ("\xfc", b"x-a: \xfc\r\n"),
    ],
)
def test_unusual_header_values(value: str, expected: bytes) -> None:
    """A header value of a document cannot end its line, and any text can be sent."""
    response = MockResponse(status=200, headers=(("x-a", value), ("x-b", "c")), body=b"")
    assert expected + b"x-b: c\r\n" in encode_http_response(response, "GET", True)
