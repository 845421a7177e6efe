"""What goes through the proxy, as bytes."""

from __future__ import annotations

import resource
import socket
import threading

import httpx
import pytest

from tests.proxy.rig import passing, said, wired

PLAIN = (
    b"HTTP/1.1 200 Fine\r\nX-Spelled: As Is\r\nx-twice: a\r\nX-Twice: b\r\nContent-Length:"
    b" 5\r\n\r\n\x00\xffabc"
)
ASK = (
    b"GET /a%2Fb?c=%20d HTTP/1.1\r\nHost: front\r\nX-Spelled: As Is\r\nAuthorization: Bearer"
    b" abcdefgh\r\n\r\n"
)


def test_a_request_goes_on_as_it_is() -> None:
    """Target, fields, their order and spelling, and credentials go on; only the name of the host is
    the upstream's.
    """
    with wired(PLAIN) as (url, heard), passing(url) as (port, _):
        said(port, ASK)
    assert heard == [ASK.replace(b"front", url.removeprefix("http://").encode())]


def test_an_answer_comes_back_as_it_is() -> None:
    """Status line, fields and body come back byte for byte."""
    with (
        wired(PLAIN) as (url, _),
        passing(url) as (port, _),
        socket.create_connection(("127.0.0.1", port), timeout=5) as line,
    ):
        line.sendall(ASK)
        answer = b""
        while len(answer) < len(PLAIN):
            answer += line.recv(65536)
    assert answer == PLAIN


def test_fields_of_one_connection_stay_there() -> None:
    """What Connection names, and what RFC 9110, 7.6.1, lists, goes no further, in either
    direction.
    """
    back = (
        b"HTTP/1.1 200 OK\r\nConnection: x-mine, keep-alive\r\nX-Mine: 1\r\nKeep-Alive:"
        b" timeout=5\r\nContent-Length: 0\r\n\r\n"
    )
    there = (
        b"GET / HTTP/1.1\r\nHost: h\r\nConnection: X-Hop, content-length\r\nX-Hop: 1\r\nTE:"
        b" trailers\r\nProxy-Connection: close\r\nX-End: 1\r\n\r\n"
    )
    with wired(back) as (url, heard), passing(url) as (port, _):
        answer = said(port, there)
    assert heard[0].split(b"\r\n")[2:] == [b"X-End: 1", b"", b""]
    assert b"mine" not in answer.lower()
    assert b"keep-alive" not in answer.lower()


@pytest.mark.parametrize(
    ("answer", "expected"),
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
def test_every_framing_is_understood(answer: bytes, expected: bytes) -> None:
    """A body is the same however its end is told (RFC 9112, 6.3)."""
    with wired(answer) as (url, _), passing(url) as (port, heard):
        assert said(port, b"GET / HTTP/1.0\r\n\r\n").partition(b"\r\n\r\n")[2] == expected
    assert [(one.status // 100 in (2, 3), one.response_body, one.failure) for one in heard] == [
        (True, expected, None)
    ]


def test_an_answer_to_head_has_no_body() -> None:
    """The length of a body that does not come is passed on, and nothing is waited for."""
    with (
        wired(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n") as (url, _),
        passing(url) as (port, heard),
    ):
        answer = said(port, b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert b"Content-Length: 5" in answer
    assert heard[0].failure is None


def test_a_body_in_chunks_goes_on_in_chunks() -> None:
    """A request of unknown length is one upstream too, and its trailers are dropped (RFC 9110,
    6.5.1).
    """
    pieces = (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"3\r\nabc\r\n",
        b"2\r\nde\r\n0\r\nX-Late: 1\r\n\r\n",
    )
    with wired(PLAIN) as (url, heard), passing(url) as (port, passed):
        said(port, b"".join(pieces))
    assert b"Transfer-Encoding: chunked\r\n\r\n" in heard[0]
    assert b"abc" in heard[0]
    assert heard[0].endswith(b"0\r\n\r\n")
    assert passed[0].request_body == b"abcde"


def test_requests_in_line_are_answered_in_order() -> None:
    """A client may send several requests before the first answer (RFC 9112, 9.3.2)."""
    answers = [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n" + str(number).encode()
        for number in range(6)
    ]
    with wired(*answers) as (url, heard), passing(url) as (port, _):
        answer = said(
            port, b"".join(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number for number in range(6))
        )
    assert [one.split()[1] for one in heard] == [b"/%d" % number for number in range(6)]
    assert [part[-1:] for part in answer.split(b"HTTP/1.1 ")[1:]] == [
        b"%d" % number for number in range(6)
    ]


def test_redirects_are_the_clients_business() -> None:
    """A redirect is passed on and not followed."""
    with (
        wired(
            b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\nContent-Length:"
            b" 0\r\n\r\n"
        ) as (url, heard),
        passing(url) as (port, _),
    ):
        assert b"Location: http://elsewhere.invalid/" in said(
            port, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
        )
    assert len(heard) == 1


def test_no_server_is_a_502() -> None:
    """Where nobody listens, the client is told so, and so is the report."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with passing(f"http://127.0.0.1:{port}") as (front, heard):
        assert said(front, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").startswith(
            b"HTTP/1.1 502 Bad Gateway\r\n"
        )
    assert heard[0].status == 0
    assert "cannot connect" in (heard[0].failure or "")


def test_a_silent_server_is_a_504() -> None:
    """Where no answer begins in time, the client is told so."""
    with wired(b"", close=False) as (url, _), passing(url, timeout=0.2) as (port, heard):
        assert said(port, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").startswith(
            b"HTTP/1.1 504 Gateway Timeout\r\n"
        )
    assert heard[0].failure == "504: no answer within 0.2 s"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 101 Go\r\n\r\n",
    ],
)
def test_what_is_no_answer_is_a_502(answer: bytes) -> None:
    """A server that says nothing, or what a proxy cannot pass on, has failed."""
    with wired(answer) as (url, _), passing(url) as (port, heard):
        assert said(port, b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n").startswith(
            b"HTTP/1.1 502 "
        )
    assert (heard[0].failure or "").startswith("502: ")


def test_an_answer_that_breaks_off_breaks_off() -> None:
    """A part of an answer is passed on as a part: the client must see that the rest is missing."""
    with (
        wired(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc") as (url, _),
        passing(url) as (port, heard),
        pytest.raises(httpx.RemoteProtocolError),
    ):
        httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
    assert (heard[0].status, heard[0].failure) == (0, "the server broke the answer off")


def test_what_is_no_http_is_refused() -> None:
    """A client that speaks something else gets 400, and nothing goes on."""
    with passing("http://127.0.0.1:9") as (port, heard):
        assert said(port, b"hello\r\n\r\n").startswith(b"HTTP/1.1 400 ")
        assert said(port, b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n").startswith(b"HTTP/1.1 501 ")
    assert [one.method for one in heard] == ["CONNECT"]


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "sized"])
def test_a_large_answer_takes_no_memory(chunked: bool) -> None:
    """100 MB pass while the process, client and server included, grows by a tenth of that at most;
    such a body is not kept.
    """
    part, count = b"x" * 1_000_000, 100
    listener = socket.create_server(("127.0.0.1", 0))

    def main() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            head = (
                b"Transfer-Encoding: chunked"
                if chunked
                else b"Content-Length: %d" % (len(part) * count)
            )
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n")
            for _ in range(count):
                connection.sendall(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
            connection.sendall(b"0\r\n\r\n" if chunked else b"")

    thread = threading.Thread(target=main, daemon=True)
    thread.start()
    with (
        passing(f"http://127.0.0.1:{listener.getsockname()[1]}") as (port, heard),
        socket.create_connection(("127.0.0.1", port), timeout=20) as line,
    ):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        line.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        size = sum(map(len, iter(lambda: line.recv(1 << 20), b"")))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    thread.join()
    listener.close()
    assert size >= 100_000_000
    assert heard[0].response_body is None
    assert grown < 24_000, f"{grown} kB"  # kilobytes; 8 MB of it is the copy that was begun
