"""Measure how long a run takes on a distant server, compared with schemathesis on the same server
with the same document.

    python benchmarks/latency.py push-express --delay 0.05 --workers 1 4 16 --schemathesis

Serves the mock on loopback with that many seconds before each response, in a separate process, and
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
    scoped_token,
)
from conformance.mock.config import choose_two_ids_per_parent_parameter
from conformance.mock.mock import Mock


def build_mock_command(name: str, port: int, delay: float) -> list[str]:
    """Return the command line of a mock that responds after this many seconds."""
    command = [
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
        command += ["--scoped-token", f"{scope}={scoped_token(scope)}"]
    return command


def build_run_command(name: str, url: str, workers: int, result_file: str) -> list[str]:
    """Return the command line of a run."""
    contract = loader.load_contract(name)
    command = [
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
        result_file,
    ]
    for scope in contract.scopes:
        command += ["--scoped-token", f"{scope}={scoped_token(scope)}"]
    for field, ids in {
        **collect_example_reference_ids(contract),
        **choose_two_ids_per_parent_parameter(contract, {}),
    }.items():
        command += ["--fixture", f"{field}={','.join(map(str, ids))}"]
    return command


def build_schemathesis_command(name: str, url: str, folder: Path) -> list[str]:
    """Return the command line of schemathesis with the same document."""
    document = folder / "openapi.json"
    document.write_text(json.dumps(loader.load_contract(name).document))
    command = [
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
    return [*command, "-H", f"Authorization: Bearer {TOKEN}"]


def wait_until_reachable(port: int, seconds: float = 60.0) -> None:
    """Wait until a server listens on the port."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"nothing listens on port {port}")


def measure_time(command: list[str]) -> tuple[float, int]:
    """Return the seconds that a command takes, and its exit status."""
    started_at = time.perf_counter()
    process = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - started_at, process.returncode


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
    options = parser.parse_args()
    contract = loader.load_contract(options.contract)
    mock = Mock(contract, build_embedded_mock_config(contract))
    url = f"http://127.0.0.1:{options.port}{mock.base_path}"
    server = subprocess.Popen(
        build_mock_command(options.contract, options.port, options.delay), stdout=subprocess.DEVNULL
    )
    try:
        wait_until_reachable(options.port)
        with tempfile.TemporaryDirectory() as folder:
            for workers in options.workers:
                seconds, status = measure_time(
                    build_run_command(options.contract, url, workers, f"{folder}/result.json")
                )
                result = json.loads(Path(f"{folder}/result.json").read_text())
                details = f"{result['requests']} requests  {result['summary']}  exit {status}"
                print(
                    f"conformance   {options.contract} workers {workers:>2}: {seconds:6.1f} s "
                    f" {details}",
                    flush=True,
                )
            if options.schemathesis:
                peer_seconds, status = measure_time(
                    build_schemathesis_command(options.contract, url, Path(folder))
                )
                details = f"exit {status}; the last run took {seconds / peer_seconds:.2f} of that"
                print(
                    f"schemathesis  {options.contract} workers 16: {peer_seconds:6.1f} s "
                    f" {details}",
                    flush=True,
                )
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
