"""What the proxy adds to a request on loopback: the same requests to the mock, directly and through
the proxy, in turns.

    python benchmarks/proxy_overhead.py [--requests 1500] [--groups 20]

The mock, the proxy and this client are processes of their own; the client keeps one connection to
each. Prints median and 99th percentile, in milliseconds, of a list answer and of a creation, and
what the proxy adds.
"""

from __future__ import annotations

import argparse
import socket
import statistics
import subprocess
import sys
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

PATH = "/applications/575ec8687ae143cd83dc4a97/experience/groups"


def free() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def started(*arguments: str, port: int) -> subprocess.Popen[bytes]:
    """Start a command and wait until it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", *arguments, "--port", str(port)],
        stdout=subprocess.DEVNULL,
    )
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return process
    raise SystemExit(f"{arguments[0]} does not listen")


def timed(line: HTTPConnection, method: str, path: str, body: bytes | None) -> float:
    """Return the milliseconds that one request takes."""
    began = time.perf_counter()
    line.request(
        method, path, body, {"Authorization": "Bearer token", "Content-Type": "application/json"}
    )
    line.getresponse().read()
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=1500)
    parser.add_argument("--groups", type=int, default=20)
    given = parser.parse_args()
    url = f"http://127.0.0.1:{free()}"
    processes = [
        started("mock", "losant", "--seeds", str(given.groups), port=urlsplit(url).port or 0)
    ]
    front = free()
    try:
        processes.append(started("proxy", "losant", "--upstream", url, port=front))
        direct, through = (
            HTTPConnection(url.removeprefix("http://")),
            HTTPConnection(f"127.0.0.1:{front}"),
        )
        list_, create = (
            ("GET", f"{PATH}?perPage=20&sortField=name&sortDirection=asc", None),
            ("POST", PATH, b'{"name": "n"}'),
        )
        for name, request, pause in (
            ("list", list_, 0.0),
            ("list, a client that pauses 2 ms", list_, 0.002),
            ("create", create, 0.0),
        ):
            found: dict[str, list[float]] = {"direct": [], "through": []}
            for number in range(given.requests + 100):
                for way, line in (("direct", direct), ("through", through)):
                    time.sleep(pause)
                    took = timed(line, *request)
                    if number >= 100:
                        found[way].append(took)
            median = {way: statistics.median(times) for way, times in found.items()}
            last = {way: statistics.quantiles(times, n=100)[98] for way, times in found.items()}
            print(
                f"{name:<32} direct {median['direct']:.3f} ms (p99 {last['direct']:.3f})  through"
                f" {median['through']:.3f} ms (p99 {last['through']:.3f})  added"
                f" {median['through'] - median['direct']:.3f} ms",
                flush=True,
            )
    finally:
        for process in processes:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
