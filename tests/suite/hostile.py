"""Hostile responses, each served on a socket of its own.

`python -m tests.suite.hostile` runs a plan against each of them and prints the outcomes.
"""

from __future__ import annotations

import gzip
import json
import re
import resource
import socket
import struct
import sys
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from conformance.contract import loader
from conformance.report import result_recorder
from conformance.suite import plan as plans
from conformance.suite.run import run_plan
from conformance.suite.target import Target

SendResponse = Callable[[socket.socket], None]
JSON = "application/json"
MAX_SECONDS = 30.0  # seconds for each case


def build_response(
    body: bytes, status: str = "200 OK", media_type: str = JSON, *extra_headers: str
) -> bytes:
    """Return an HTTP response with a correct Content-Length."""
    header_lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {media_type}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *extra_headers,
    ]
    return "\r\n".join(header_lines).encode("latin-1") + b"\r\n\r\n" + body


def build_sender(content: bytes) -> SendResponse:
    """Return a function that sends these bytes."""
    return lambda connection: connection.sendall(content)


def send_slowly(connection: socket.socket) -> None:
    """Send a body byte by byte, and never finish it."""
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
    )
    for _ in range(400):
        connection.sendall(b" ")
        time.sleep(0.1)


def send_endless_chunks(connection: socket.socket) -> None:
    """Send chunks without end."""
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"10000\r\n" + b"[" * 65536 + b"\r\n"
    for _ in range(100_000):
        connection.sendall(chunk)


def reset_connection(connection: socket.socket) -> None:
    """Reset the connection in the middle of a response."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def build_list_body(count: int, item: str) -> bytes:
    """Return the body of a list response with `count` copies of an item."""
    return ('{"app_groups": [' + ",".join([item] * count) + "]}").encode()


def build_gzip_bomb(megabytes: int) -> bytes:
    """Return that many megabytes of spaces, compressed with gzip."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    return (
        b"".join(compressor.compress(b" " * 1_000_000) for _ in range(megabytes))
        + compressor.flush()
    )


ITEM = '{"id": 1, "name": "x", "all_apps": true, "app_ids": [], "archived": false}'
CASES: dict[str, SendResponse] = {
    "nothing": lambda connection: None,
    "silence": lambda connection: time.sleep(3),
    "dripping": send_slowly,
    "endless": send_endless_chunks,
    "reset": reset_connection,
    "garbage": build_sender(b"\x00\xff\xfe garbage \r\n\r\n"),
    "http 0.9": build_sender(b"hello"),
    "status 999": build_sender(build_response(b"{}", "999 What")),
    "status 099": build_sender(build_response(b"{}", "099 What")),
    "status text": build_sender(b"HTTP/1.1 abc OK\r\n\r\n"),
    "only 100 continue": build_sender(b"HTTP/1.1 100 Continue\r\n\r\n" * 50),
    "switching": build_sender(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
    "too short": build_sender(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}"),
    "too long": build_sender(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{}{}{}{}"),
    "negative length": build_sender(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"),
    "two lengths": build_sender(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}"
    ),
    "bad chunks": build_sender(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"
    ),
    "huge header": build_sender(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 2_000_000 + b"\r\n\r\n{}"),
    "many headers": build_sender(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 20_000 + b"\r\n{}"),
    "header injection": build_sender(
        build_response(b"{}", "200 OK", JSON, "X-Evil: \x1b[31mred\x1b]0;title\x07")
    ),
    "gzip bomb": build_sender(
        build_response(build_gzip_bomb(200), "200 OK", JSON, "Content-Encoding: gzip")
    ),
    "gzip of gzip": build_sender(
        build_response(
            gzip.compress(build_gzip_bomb(50)), "200 OK", JSON, "Content-Encoding: gzip, gzip"
        )
    ),
    "not gzip": build_sender(build_response(b"{}", "200 OK", JSON, "Content-Encoding: gzip")),
    "not deflate": build_sender(
        build_response(zlib.compress(b"{}")[:-3], "200 OK", JSON, "Content-Encoding: deflate")
    ),
    "redirect to itself": build_sender(build_response(b"", "302 Found", JSON, "Location: /")),
    "redirect elsewhere": build_sender(
        build_response(b"", "307 Temporary Redirect", JSON, "Location: http://192.0.2.1/")
    ),
    "redirect to a file": build_sender(
        build_response(b"", "301 Moved", JSON, "Location: file:///etc/passwd")
    ),
    "retry in a year": build_sender(build_response(b"{}", "503 No", JSON, "Retry-After: 31536000")),
    "retry at no date": build_sender(
        build_response(b"{}", "429 No", JSON, "Retry-After: the day after tomorrow")
    ),
    "deep json": build_sender(build_response(b"[" * 200_000 + b"]" * 200_000)),
    "deep objects": build_sender(build_response(b'{"a":' * 50_000 + b"1" + b"}" * 50_000)),
    "huge number": build_sender(
        build_response(
            build_list_body(
                1,
                '{"id": '
                + "9" * 100_000
                + ', "name": "x", "all_apps": true, "app_ids": [], "archived": false}',
            )
        )
    ),
    "huge exponent": build_sender(
        build_response(
            build_list_body(
                1, '{"id": 1e400, "name": "x", "all_apps": true, "app_ids": [], "archived": false}'
            )
        )
    ),
    "nan": build_sender(
        build_response(
            build_list_body(
                1, '{"id": NaN, "name": "x", "all_apps": true, "app_ids": [], "archived": false}'
            )
        )
    ),
    "half a surrogate": build_sender(
        build_response(build_list_body(1, ITEM.replace('"x"', '"\\ud800"')))
    ),
    "bidi and ansi": build_sender(
        build_response(
            build_list_body(
                1, ITEM.replace('"x"', '"\\u202e\\u001b[2J\\u0007<script>alert(1)</script>"')
            ).replace(b"x", b"y")
        )
    ),
    "doubled keys": build_sender(
        build_response(b'{"app_groups": [], "app_groups": {"id": 1}, "app_groups": 3}')
    ),
    "not utf-8": build_sender(build_response(b'{"app_groups": ["\xff\xfe\xfd"]}')),
    "utf-16": build_sender(build_response('{"app_groups": []}'.encode("utf-16"))),
    "unknown charset": build_sender(
        build_response(b'{"app_groups": []}', "200 OK", "application/json; charset=no-such-thing")
    ),
    "many items": build_sender(build_response(build_list_body(40_000, ITEM))),
    "the same page for ever": build_sender(
        build_response(
            json.dumps(
                {
                    "app_groups": [json.loads(ITEM)] * 50,
                    "pagination": {"total_count": 10**12, "total_pages": 10**11},
                }
            ).encode()
        )
    ),
    "ids that are lists": build_sender(
        build_response(build_list_body(3, ITEM.replace('"id": 1', '"id": [1]')))
    ),
    "null everywhere": build_sender(
        build_response(b'{"app_groups": null, "id": null}', "201 Created")
    ),
    "everything is created": build_sender(build_response(ITEM.encode(), "201 Created")),
    "an html page": build_sender(
        build_response(b"<!doctype html><title>502</title>", "502 Bad Gateway", "text/html")
    ),
    "body after 204": build_sender(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"),
    "binary": build_sender(build_response(bytes(range(256)) * 1000, "200 OK", "image/png")),
}


def start_server(send_response: SendResponse) -> tuple[socket.socket, int]:
    """Send the same response on every connection; return the listening socket and its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def respond(connection: socket.socket) -> None:
        try:
            connection.settimeout(10)
            connection.recv(65536)
            send_response(connection)
        except OSError:
            pass  # the client has closed the connection, as it should
        finally:
            connection.close()

    def accept_connections() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=respond, args=(connection,), daemon=True).start()

    threading.Thread(target=accept_connections, daemon=True).start()
    return listener, listener.getsockname()[1]


def get_peak_memory() -> int:
    """Return the peak memory of this process in megabytes.

    getrusage is only a fallback: for a child process its value starts at that of the parent.
    """
    try:
        match = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    except OSError:
        match = None
    return (int(match[1]) if match else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) // 1024


def main() -> None:
    """Run a plan against each case.

    Prints outcome, seconds and memory as JSON, one line for each case.
    """
    contract = loader.load_contract("push-express")
    claim_ids = (
        "listAppGroups/answers",
        "listAppGroups/page/allPages",
        "createAppGroup/listed",
        "getAppGroup/as-listed",
        "archiveAppGroup/switches/archived",
    )
    plan = plans.generate_plan(
        contract,
        "1",
        plans.RunProfile.QUICK,
        [claim for claim in contract.claims if claim.id in claim_ids],
    )
    for name in sys.argv[1:] or CASES:
        listener, port = start_server(CASES[name])
        started_at = time.monotonic()
        outcome = "ended"
        try:
            target = Target(
                url=f"http://127.0.0.1:{port}", token="token-of-hostile", timeout=0.5, max_time=6.0
            )
            events = list(run_plan(plan, target, workers=2))
            json.dumps(result_recorder.build_result_from_events(events).to_json())
        except Exception as error:
            outcome = f"{type(error).__module__}.{type(error).__name__}"
        listener.close()
        print(
            json.dumps(
                {
                    "case": name,
                    "outcome": outcome,
                    "seconds": round(time.monotonic() - started_at, 1),
                    "memory": get_peak_memory(),
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
