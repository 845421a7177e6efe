"""Tests of the bytes that pass through the proxy."""

from __future__ import annotations

import resource
import socket
import threading

import httpx
import pytest

from tests.proxy.monitored_proxy import run_recording_proxy, send_raw, serve_raw_responses

RESPONSE = (
    b"HTTP/1.1 200 Fine\r\nX-Spelled: As Is\r\nx-twice: a\r\nX-Twice: b\r\nContent-Length:"
    b" 5\r\n\r\n\x00\xffabc"
)
REQUEST = (
    b"GET /a%2Fb?c=%20d HTTP/1.1\r\nHost: front\r\nX-Spelled: As Is\r\nAuthorization: Bearer"
    b" abcdefgh\r\n\r\n"
)


def test_a_request_is_forwarded_unchanged() -> None:
    """Target, fields, their order and spelling, and credentials are forwarded unchanged. Only the
    Host field is replaced by the host of the upstream.
    """
    with serve_raw_responses(RESPONSE) as (url, received), run_recording_proxy(url) as (port, _):
        send_raw(port, REQUEST)
    assert received == [REQUEST.replace(b"front", url.removeprefix("http://").encode())]


def test_a_response_is_returned_unchanged() -> None:
    """Status line, fields and body are returned byte for byte."""
    with (
        serve_raw_responses(RESPONSE) as (url, _),
        run_recording_proxy(url) as (port, _),
        socket.create_connection(("127.0.0.1", port), timeout=5) as connection,
    ):
        connection.sendall(REQUEST)
        response = b""
        while len(response) < len(RESPONSE):
            response += connection.recv(65536)
    assert response == RESPONSE


def test_connection_fields_are_not_forwarded() -> None:
    """Fields that Connection names, and the fields listed in RFC 9110, 7.6.1, are not forwarded, in
    either direction.
    """
    response = (
        b"HTTP/1.1 200 OK\r\nConnection: x-mine, keep-alive\r\nX-Mine: 1\r\nKeep-Alive:"
        b" timeout=5\r\nContent-Length: 0\r\n\r\n"
    )
    request = (
        b"GET / HTTP/1.1\r\nHost: h\r\nConnection: X-Hop, content-length\r\nX-Hop: 1\r\nTE:"
        b" trailers\r\nProxy-Connection: close\r\nX-End: 1\r\n\r\n"
    )
    with serve_raw_responses(response) as (url, received), run_recording_proxy(url) as (port, _):
        received_response = send_raw(port, request)
    assert received[0].split(b"\r\n")[2:] == [b"X-End: 1", b"", b""]
    assert b"mine" not in received_response.lower()
    assert b"keep-alive" not in received_response.lower()


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding:"
                b" chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
            ),
            b"abcde",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\nabcde", b"abcde"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nabcde", b"abcde"),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
            b"abcde",
        ),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", b""),
    ],
    ids=["chunked", "until the end", "1.0", "interim", "204", "304"],
)
def test_every_framing_is_supported(response: bytes, expected: bytes) -> None:
    """A body is the same, whatever framing delimits it (RFC 9112, 6.3)."""
    with serve_raw_responses(response) as (url, _), run_recording_proxy(url) as (port, exchanges):
        assert send_raw(port, b"GET / HTTP/1.0\r\n\r\n").partition(b"\r\n\r\n")[2] == expected
    assert [
        (exchange.status // 100 in (2, 3), exchange.response_body, exchange.failure)
        for exchange in exchanges
    ] == [(True, expected, None)]


def test_a_response_to_head_has_no_body() -> None:
    """The Content-Length of an absent body is forwarded, and the proxy does not wait for a body."""
    with (
        serve_raw_responses(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n") as (url, _),
        run_recording_proxy(url) as (port, exchanges),
    ):
        response = send_raw(port, b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert b"Content-Length: 5" in response
    assert exchanges[0].failure is None


def test_a_chunked_body_is_forwarded_in_chunks() -> None:
    """A request of unknown length is chunked upstream too, and its trailers are dropped (RFC 9110,
    6.5.1).
    """
    pieces = (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"3\r\nabc\r\n",
        b"2\r\nde\r\n0\r\nX-Late: 1\r\n\r\n",
    )
    with (
        serve_raw_responses(RESPONSE) as (url, received),
        run_recording_proxy(url) as (port, exchanges),
    ):
        send_raw(port, b"".join(pieces))
    assert b"Transfer-Encoding: chunked\r\n\r\n" in received[0]
    assert b"abc" in received[0]
    assert received[0].endswith(b"0\r\n\r\n")
    assert exchanges[0].request_body == b"abcde"


def test_pipelined_requests_are_answered_in_order() -> None:
    """A client may send several requests before the first response (RFC 9112, 9.3.2)."""
    responses = [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n" + str(number).encode()
        for number in range(6)
    ]
    with serve_raw_responses(*responses) as (url, received), run_recording_proxy(url) as (port, _):
        response = send_raw(
            port, b"".join(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number for number in range(6))
        )
    assert [request.split()[1] for request in received] == [b"/%d" % number for number in range(6)]
    assert [part[-1:] for part in response.split(b"HTTP/1.1 ")[1:]] == [
        b"%d" % number for number in range(6)
    ]


def test_redirects_are_not_followed() -> None:
    """A redirect is forwarded and not followed."""
    with (
        serve_raw_responses(
            b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\nContent-Length:"
            b" 0\r\n\r\n"
        ) as (url, received),
        run_recording_proxy(url) as (port, _),
    ):
        assert b"Location: http://elsewhere.invalid/" in send_raw(
            port, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
        )
    assert len(received) == 1


def test_an_unreachable_server_is_a_502() -> None:
    """If no server listens, the client gets a 502 response, and the exchange records the
    failure.
    """
    with socket.create_server(("127.0.0.1", 0)) as free_socket:
        port = free_socket.getsockname()[1]
    with run_recording_proxy(f"http://127.0.0.1:{port}") as (proxy_port, exchanges):
        assert send_raw(proxy_port, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").startswith(
            b"HTTP/1.1 502 Bad Gateway\r\n"
        )
    assert exchanges[0].status == 0
    assert "cannot connect" in (exchanges[0].failure or "")


def test_a_silent_server_is_a_504() -> None:
    """If no response begins in time, the client gets a 504 response."""
    with (
        serve_raw_responses(b"", close=False) as (url, _),
        run_recording_proxy(url, timeout=0.2) as (port, exchanges),
    ):
        assert send_raw(port, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").startswith(
            b"HTTP/1.1 504 Gateway Timeout\r\n"
        )
    assert exchanges[0].failure == "504: no answer within 0.2 s"


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 101 Go\r\n\r\n",
    ],
)
def test_an_invalid_response_is_a_502(response: bytes) -> None:
    """A server that sends nothing, or something that a proxy cannot forward, has failed."""
    with serve_raw_responses(response) as (url, _), run_recording_proxy(url) as (port, exchanges):
        assert send_raw(
            port, b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"
        ).startswith(b"HTTP/1.1 502 ")
    assert (exchanges[0].failure or "").startswith("502: ")


def test_a_truncated_response_stays_truncated() -> None:
    """A partial response is forwarded as partial: the client must detect that the remainder is
    missing.
    """
    with (
        serve_raw_responses(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc") as (url, _),
        run_recording_proxy(url) as (port, exchanges),
        pytest.raises(httpx.RemoteProtocolError),
    ):
        httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
    assert (exchanges[0].status, exchanges[0].failure) == (0, "the server broke the answer off")


def test_invalid_http_is_refused() -> None:
    """A client that does not send HTTP gets 400, and nothing is forwarded."""
    with run_recording_proxy("http://127.0.0.1:9") as (port, exchanges):
        assert send_raw(port, b"hello\r\n\r\n").startswith(b"HTTP/1.1 400 ")
        assert send_raw(port, b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n").startswith(
            b"HTTP/1.1 501 "
        )
    assert [exchange.method for exchange in exchanges] == ["CONNECT"]


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "sized"])
def test_a_large_response_takes_little_memory(chunked: bool) -> None:
    """100 MB pass through while the process, client and server included, grows by at most a tenth
    of that. Such a body is not stored.
    """
    chunk, count = b"x" * 1_000_000, 100
    server_socket = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = server_socket.accept()
        with connection:
            connection.recv(65536)
            head = (
                b"Transfer-Encoding: chunked"
                if chunked
                else b"Content-Length: %d" % (len(chunk) * count)
            )
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n")
            for _ in range(count):
                connection.sendall(b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk)
            connection.sendall(b"0\r\n\r\n" if chunked else b"")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with (
        run_recording_proxy(f"http://127.0.0.1:{server_socket.getsockname()[1]}") as (
            port,
            exchanges,
        ),
        socket.create_connection(("127.0.0.1", port), timeout=20) as connection,
    ):
        initial_memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        size = sum(map(len, iter(lambda: connection.recv(1 << 20), b"")))
        growth = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - initial_memory
    thread.join()
    server_socket.close()
    assert size >= 100_000_000
    assert exchanges[0].response_body is None
    assert growth < 24_000, f"{growth} kB"  # kilobytes; 8 MB of it is the copy that was started
