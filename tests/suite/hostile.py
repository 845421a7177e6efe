"""Responses that are meant to harm whoever reads them, served one by one on a socket: `python -m
tests.suite.hostile` runs a plan against each and prints how it went.
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

Send = Callable[[socket.socket], None]
JSON = "application/json"
LIMIT = 30.0  # seconds for each case


def plainly(body: bytes, status: str = "200 OK", media: str = JSON, *more: str) -> bytes:
    """Return an HTTP response."""
    head = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {media}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *more,
    ]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


def raw(text: bytes) -> Send:
    """Return what sends bytes."""
    return lambda connection: connection.sendall(text)


def dripping(connection: socket.socket) -> None:
    """Send a body byte by byte, for ever."""
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
    )
    for _ in range(400):
        connection.sendall(b" ")
        time.sleep(0.1)


def endless(connection: socket.socket) -> None:
    """Send chunks without end."""
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"10000\r\n" + b"[" * 65536 + b"\r\n"
    for _ in range(100_000):
        connection.sendall(chunk)


def resetting(connection: socket.socket) -> None:
    """Reset the connection in the middle."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def items(count: int, item: str) -> bytes:
    """Return a list answer that holds the same item so many times."""
    return ('{"app_groups": [' + ",".join([item] * count) + "]}").encode()


def bomb(size: int) -> bytes:
    """Return so many megabytes of nothing, as gzip has them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(b" " * 1_000_000) for _ in range(size)) + packer.flush()


ITEM = '{"id": 1, "name": "x", "all_apps": true, "app_ids": [], "archived": false}'
CASES: dict[str, Send] = {
    "nothing": lambda connection: None,
    "silence": lambda connection: time.sleep(3),
    "dripping": dripping,
    "endless": endless,
    "reset": resetting,
    "garbage": raw(b"\x00\xff\xfe garbage \r\n\r\n"),
    "http 0.9": raw(b"hello"),
    "status 999": raw(plainly(b"{}", "999 What")),
    "status 099": raw(plainly(b"{}", "099 What")),
    "status text": raw(b"HTTP/1.1 abc OK\r\n\r\n"),
    "only 100 continue": raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 50),
    "switching": raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
    "too short": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}"),
    "too long": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{}{}{}{}"),
    "negative length": raw(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"),
    "two lengths": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}"),
    "bad chunks": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
    "huge header": raw(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 2_000_000 + b"\r\n\r\n{}"),
    "many headers": raw(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 20_000 + b"\r\n{}"),
    "header injection": raw(plainly(b"{}", "200 OK", JSON, "X-Evil: \x1b[31mred\x1b]0;title\x07")),
    "gzip bomb": raw(plainly(bomb(200), "200 OK", JSON, "Content-Encoding: gzip")),
    "gzip of gzip": raw(
        plainly(gzip.compress(bomb(50)), "200 OK", JSON, "Content-Encoding: gzip, gzip")
    ),
    "not gzip": raw(plainly(b"{}", "200 OK", JSON, "Content-Encoding: gzip")),
    "not deflate": raw(
        plainly(zlib.compress(b"{}")[:-3], "200 OK", JSON, "Content-Encoding: deflate")
    ),
    "redirect to itself": raw(plainly(b"", "302 Found", JSON, "Location: /")),
    "redirect elsewhere": raw(
        plainly(b"", "307 Temporary Redirect", JSON, "Location: http://192.0.2.1/")
    ),
    "redirect to a file": raw(plainly(b"", "301 Moved", JSON, "Location: file:///etc/passwd")),
    "retry in a year": raw(plainly(b"{}", "503 No", JSON, "Retry-After: 31536000")),
    "retry at no date": raw(plainly(b"{}", "429 No", JSON, "Retry-After: the day after tomorrow")),
    "deep json": raw(plainly(b"[" * 200_000 + b"]" * 200_000)),
    "deep objects": raw(plainly(b'{"a":' * 50_000 + b"1" + b"}" * 50_000)),
    "huge number": raw(
        plainly(
            items(
                1,
                '{"id": '
                + "9" * 100_000
                + ', "name": "x", "all_apps": true, "app_ids": [], "archived": false}',
            )
        )
    ),
    "huge exponent": raw(
        plainly(
            items(
                1, '{"id": 1e400, "name": "x", "all_apps": true, "app_ids": [], "archived": false}'
            )
        )
    ),
    "nan": raw(
        plainly(
            items(1, '{"id": NaN, "name": "x", "all_apps": true, "app_ids": [], "archived": false}')
        )
    ),
    "half a surrogate": raw(plainly(items(1, ITEM.replace('"x"', '"\\ud800"')))),
    "bidi and ansi": raw(
        plainly(
            items(
                1, ITEM.replace('"x"', '"\\u202e\\u001b[2J\\u0007<script>alert(1)</script>"')
            ).replace(b"x", b"y")
        )
    ),
    "doubled keys": raw(plainly(b'{"app_groups": [], "app_groups": {"id": 1}, "app_groups": 3}')),
    "not utf-8": raw(plainly(b'{"app_groups": ["\xff\xfe\xfd"]}')),
    "utf-16": raw(plainly('{"app_groups": []}'.encode("utf-16"))),
    "unknown charset": raw(
        plainly(b'{"app_groups": []}', "200 OK", "application/json; charset=no-such-thing")
    ),
    "many items": raw(plainly(items(40_000, ITEM))),
    "the same page for ever": raw(
        plainly(
            json.dumps(
                {
                    "app_groups": [json.loads(ITEM)] * 50,
                    "pagination": {"total_count": 10**12, "total_pages": 10**11},
                }
            ).encode()
        )
    ),
    "ids that are lists": raw(plainly(items(3, ITEM.replace('"id": 1', '"id": [1]')))),
    "null everywhere": raw(plainly(b'{"app_groups": null, "id": null}', "201 Created")),
    "everything is created": raw(plainly(ITEM.encode(), "201 Created")),
    "an html page": raw(
        plainly(b"<!doctype html><title>502</title>", "502 Bad Gateway", "text/html")
    ),
    "body after 204": raw(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"),
    "binary": raw(plainly(bytes(range(256)) * 1000, "200 OK", "image/png")),
}


def serve(send: Send) -> tuple[socket.socket, int]:
    """Answer every connection in one way; returns the listening socket and its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer(connection: socket.socket) -> None:
        try:
            connection.settimeout(10)
            connection.recv(65536)
            send(connection)
        except OSError:
            pass  # whoever asked has hung up, as it should
        finally:
            connection.close()

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener, listener.getsockname()[1]


def peak() -> int:
    """Return the most memory that this process has had, in megabytes; what getrusage says of a
    child begins with what its parent had.
    """
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    except OSError:
        found = None
    return (int(found[1]) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) // 1024


def main() -> None:
    """Run a plan against each case, and print verdicts, seconds and memory as JSON, one line a
    case.
    """
    contract = loader.load_contract("push-express")
    wanted = (
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
        [claim for claim in contract.claims if claim.id in wanted],
    )
    for name in sys.argv[1:] or CASES:
        listener, port = serve(CASES[name])
        began = time.monotonic()
        outcome = "ended"
        try:
            target = Target(
                url=f"http://127.0.0.1:{port}", token="token-of-hostile", timeout=0.5, max_time=15.0
            )
            events = list(run_plan(plan, target, workers=2))
            json.dumps(result_recorder.build_result_from_events(events))
        except Exception as error:
            outcome = f"{type(error).__module__}.{type(error).__name__}"
        listener.close()
        print(
            json.dumps(
                {
                    "case": name,
                    "outcome": outcome,
                    "seconds": round(time.monotonic() - began, 1),
                    "memory": peak(),
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
