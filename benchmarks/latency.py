"""How long a run takes on a server that is far away, beside schemathesis on the same server with
the same document.

    python benchmarks/latency.py push-express --delay 0.05 --workers 1 4 16 --schemathesis

Serves the mock on loopback with that many seconds before each answer, in a process of its own, and
prints one line a run.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from conformance.contract import loader
from conformance.embedded import (
    TOKEN,
    build_embedded_mock_config,
    collect_example_reference_ids,
    list_parent_ids,
    scoped_token,
)
from conformance.mock.mock import Mock


def serving(name: str, port: int, delay: float) -> list[str]:
    """Return the command line of a mock that answers so many seconds later."""
    line = [
        sys.executable,
        "-m",
        "conformance",
        "mock",
        name,
        "--port",
        str(port),
        "--latency",
        f"{1000 * delay:g}",
        "--log",
        "none",
        "--token",
        TOKEN,
    ]
    for scope in loader.load_contract(name).scopes:
        line += ["--scoped-token", f"{scope}={scoped_token(scope)}"]
    return line


def command(name: str, url: str, workers: int, result: str) -> list[str]:
    """Return the command line of a run."""
    contract = loader.load_contract(name)
    line = [
        sys.executable,
        "-m",
        "conformance",
        "run",
        name,
        "--url",
        url,
        "--token",
        TOKEN,
        "--workers",
        str(workers),
        "--exclusive",
        "--json",
        result,
    ]
    for scope in contract.scopes:
        line += ["--scoped-token", f"{scope}={scoped_token(scope)}"]
    for field, ids in {
        **collect_example_reference_ids(contract),
        **list_parent_ids(contract, {}),
    }.items():
        line += ["--fixture", f"{field}={','.join(map(str, ids))}"]
    return line


def schemathesis(name: str, url: str, folder: Path) -> list[str]:
    """Return the command line of the peer, with the same document."""
    document = folder / "openapi.json"
    document.write_text(json.dumps(loader.load_contract(name).document))
    line = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        str(document),
        "--url",
        url,
        "--workers",
        "16",
        "--max-examples",
        "100",
    ]
    return [*line, "-H", f"Authorization: Bearer {TOKEN}"]


def reachable(port: int, seconds: float = 60.0) -> None:
    """Wait until something listens on a port."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"nothing listens on port {port}")


def timed(line: list[str]) -> tuple[float, int]:
    """Return the seconds that a command takes, and its exit status."""
    began = time.perf_counter()
    done = subprocess.run(line, stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - began, done.returncode


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("contract")
    parser.add_argument("--delay", type=float, default=0.05)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--port", type=int, default=9071)
    parser.add_argument("--schemathesis", action="store_true")
    given = parser.parse_args()
    contract = loader.load_contract(given.contract)
    mock = Mock(contract, build_embedded_mock_config(contract))
    url = f"http://127.0.0.1:{given.port}{mock.base_path}"
    server = subprocess.Popen(
        serving(given.contract, given.port, given.delay), stdout=subprocess.DEVNULL
    )
    try:
        reachable(given.port)
        with tempfile.TemporaryDirectory() as folder:
            for workers in given.workers:
                seconds, status = timed(
                    command(given.contract, url, workers, f"{folder}/result.json")
                )
                result = json.loads(Path(f"{folder}/result.json").read_text())
                told = f"{result['requests']} requests  {result['summary']}  exit {status}"
                print(
                    f"conformance   {given.contract} workers {workers:>2}: {seconds:6.1f} s "
                    f" {told}",
                    flush=True,
                )
            if given.schemathesis:
                theirs, status = timed(schemathesis(given.contract, url, Path(folder)))
                told = f"exit {status}; the last run took {seconds / theirs:.2f} of that"
                print(
                    f"schemathesis  {given.contract} workers 16: {theirs:6.1f} s  {told}",
                    flush=True,
                )
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
