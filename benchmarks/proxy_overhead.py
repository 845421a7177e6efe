"""Measure the latency that the proxy adds to a request on loopback: the same requests to the mock,
directly and through the proxy, in turns.

    python benchmarks/proxy_overhead.py [--requests 1500] [--groups 20]

The mock, the proxy and this client are separate processes; the client keeps one connection to
each. Prints median and 99th percentile, in milliseconds, of a list request and of a creation, and
the latency added by the proxy.
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


def find_free_port() -> int:
    """Return a port that no server listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def start_server(*arguments: str, port: int) -> subprocess.Popen[bytes]:
    """Start a command and wait until it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", *arguments, "--port", str(port)],
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return process
    raise SystemExit(f"{arguments[0]} does not listen")


def measure_request(
    connection: HTTPConnection, method: str, path: str, body: bytes | None
) -> float:
    """Return the milliseconds that one request takes."""
    started_at = time.perf_counter()
    connection.request(
        method, path, body, {"Authorization": "Bearer token", "Content-Type": "application/json"}
    )
    connection.getresponse().read()
    return (time.perf_counter() - started_at) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=1500)
    parser.add_argument("--groups", type=int, default=20)
    options = parser.parse_args()
    url = f"http://127.0.0.1:{find_free_port()}"
    processes = [
        start_server("mock", "losant", "--seeds", str(options.groups), port=urlsplit(url).port or 0)
    ]
    proxy_port = find_free_port()
    try:
        processes.append(start_server("proxy", "losant", "--upstream", url, port=proxy_port))
        direct, proxied = (
            HTTPConnection(url.removeprefix("http://")),
            HTTPConnection(f"127.0.0.1:{proxy_port}"),
        )
        list_request, create_request = (
            ("GET", f"{PATH}?perPage=20&sortField=name&sortDirection=asc", None),
            ("POST", PATH, b'{"name": "n"}'),
        )
        for name, request, pause in (
            ("list", list_request, 0.0),
            ("list, a client that pauses 2 ms", list_request, 0.002),
            ("create", create_request, 0.0),
        ):
            times_by_route: dict[str, list[float]] = {"direct": [], "through": []}
            for number in range(options.requests + 100):
                for route, connection in (("direct", direct), ("through", proxied)):
                    time.sleep(pause)
                    milliseconds = measure_request(connection, *request)
                    if number >= 100:
                        times_by_route[route].append(milliseconds)
            median = {route: statistics.median(times) for route, times in times_by_route.items()}
            p99 = {
                route: statistics.quantiles(times, n=100)[98]
                for route, times in times_by_route.items()
            }
            print(
                f"{name:<32} direct {median['direct']:.3f} ms (p99 {p99['direct']:.3f})  through"
                f" {median['through']:.3f} ms (p99 {p99['through']:.3f})  added"
                f" {median['through'] - median['direct']:.3f} ms",
                flush=True,
            )
    finally:
        for process in processes:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
