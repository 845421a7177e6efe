"""Measure requests per second and memory of the mock, compared with Prism, Specmatic and Mockoon in
the same run.

Needs wrk and, for the comparison, npm packages, each given by the path of its executable
(Specmatic's is a jar, and needs Java):

npm install @stoplight/prism-cli@5.14.2 specmatic @mockoon/cli there=node_modules python
benchmarks/mock_throughput.py --prism $there/.bin/prism --specmatic $there/specmatic/specmatic.jar
--mockoon $there/.bin/mockoon-cli

Each server runs alone on core 0, wrk on core 1 with one thread and 16 connections. Every request is
validated by all servers but Mockoon, which validates nothing. List requests are for the first page
(100 groups if there are as many), with a sort field and a direction; creations send the documented
example. No server but the mock stores created groups. Absolute figures depend on the machine:
compare only within one run. The rates are requests per second of the server's own CPU time, which
other load on the machine affects less than wall-clock time; on an idle core both are nearly equal.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conformance.contract import loader

SPEC = Path(__file__).parent.parent / "specs" / "losant" / "openapi.yaml"
GROUPS = "/applications/575ec8687ae143cd83dc4a97/experience/groups"
LIST = f"{GROUPS}?sortField=name&sortDirection=asc"
FILTERED = f"{GROUPS}?sortField=name&filterField=name&filter=seed*&page=3&perPage=50"
BODY = {
    "name": "My Group",
    "experienceUserIds": ["575ed70c7ae143cd83dc4aa9"],
    "deviceTags": [{"key": "floor", "value": "8"}],
    "parentId": None,
}


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A measurement of wrk."""

    per_second: float
    per_cpu_second: float
    p99: str
    errors: int


def main() -> None:
    """Print a table of all measurements."""
    options = parse_arguments()
    peer_commands = build_peer_commands(options)
    print(
        "| case | mock | p99 |"
        f" {''.join(f'{name} | ratio | p99 | ' for name in peer_commands)}"
        f"\n|{'---|' * (3 + 3 * len(peer_commands))}"
    )
    for stored in options.stored:
        for name, target, body in (
            ("list", LIST, None),
            ("list, filtered, page 3", FILTERED, None),
            ("create", GROUPS, BODY),
        ):
            mock = measure_server(build_mock_command(stored), target, body, options.seconds)
            cells = [
                f"{name}, {stored:,} stored",
                f"{mock.per_cpu_second:,.0f}{format_errors(mock)}",
                mock.p99,
            ]
            for command in peer_commands.values():
                if stored > 1000:
                    cells += ["–"] * 3
                    continue
                peer = measure_server(command, target, body, options.seconds)
                cells += [
                    f"{peer.per_cpu_second:,.0f}{format_errors(peer)}",
                    f"{mock.per_cpu_second / peer.per_cpu_second:.1f}",
                    peer.p99,
                ]
            print(f"| {' | '.join(cells)} |", flush=True)
    if options.memory:
        print_memory(options.memory)


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prism", metavar="PATH", help="Prism's executable")
    parser.add_argument("--specmatic", metavar="PATH", help="Specmatic's jar")
    parser.add_argument("--mockoon", metavar="PATH", help="Mockoon's executable")
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument(
        "--stored",
        type=int,
        nargs="*",
        default=[0, 1000, 100_000],
        help="how many groups exist at the start",
    )
    parser.add_argument(
        "--memory",
        type=int,
        default=0,
        metavar="N",
        help="also show the memory while N lists are asked for",
    )
    options = parser.parse_args()
    for tool in ("wrk", "taskset"):
        if shutil.which(tool) is None:
            parser.error(f"{tool} is not installed")
    return options


def build_mock_command(stored: int) -> list[str]:
    """Return the command that serves the mock at port {port}."""
    return [
        sys.executable,
        "-m",
        "conformance",
        "mock",
        str(SPEC.parent),
        "--port",
        "{port}",
        "--seeds",
        str(stored),
    ]


def build_peer_commands(options: argparse.Namespace) -> dict[str, list[str]]:
    """Return the commands that serve other mocks at port {port}."""
    commands = {}
    if options.prism:
        commands["Prism"] = [options.prism, "mock", "--port", "{port}", str(SPEC)]
    if options.specmatic:
        commands["Specmatic"] = [
            "java",
            "-jar",
            options.specmatic,
            "mock",
            "--noConsoleLog",
            "--port",
            "{port}",
            str(write_specmatic_document()),
        ]
    if options.mockoon:
        # logging to files would slow it down
        commands["Mockoon"] = [
            options.mockoon,
            "start",
            "--data",
            str(SPEC),
            "--port",
            "{port}",
            "--disable-log-to-file",
            "--max-transaction-logs",
            "1",
        ]
    return commands


def write_specmatic_document() -> Path:
    """Return the document in a form that Specmatic accepts: as JSON, without the only parameter
    that has `content`, which Specmatic rejects.
    """
    document = loader.load_contract("losant").document
    for path in document["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "parameters" in operation:
                operation["parameters"] = [
                    parameter for parameter in operation["parameters"] if "content" not in parameter
                ]
    file = Path(tempfile.mkdtemp()) / "openapi.json"
    file.write_text(json.dumps(document))
    return file


def format_errors(measurement: Measurement) -> str:
    """Format the number of failed requests."""
    return f" ({measurement.errors:,} refused or failed)" if measurement.errors else ""


def measure_server(command: list[str], target: str, body: object, seconds: int) -> Measurement:
    """Start a server and return the measurement of wrk on it."""
    with run_server(command) as (port, pid):
        return run_wrk(f"http://127.0.0.1:{port}{target}", body, seconds, pid)


def run_wrk(url: str, body: object, seconds: int, pid: int) -> Measurement:
    """Return the measurement of wrk after a warm-up of six seconds for JIT compilers."""
    script = 'wrk.headers["Authorization"] = "Bearer any"\n'
    if body is not None:
        script += (
            "wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body ="
            f" [==[{json.dumps(body)}]==]\n"
        )
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = ["taskset", "-c", "1", "wrk", "--latency", "-t1", "-c16", "-s", file.name]
        subprocess.run([*command, "-d6s", url], check=True, capture_output=True)
        cpu_before = get_cpu_seconds(pid)
        output = subprocess.run(
            [*command, f"-d{seconds}s", url], check=True, capture_output=True, text=True
        ).stdout
        cpu_seconds = get_cpu_seconds(pid) - cpu_before
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    rate, p99 = (
        re.search(r"Requests/sec:\s+([\d.]+)", output),
        re.search(r"^\s+99%\s+(\S+)$", output, re.M),
    )
    requests = re.search(r"(\d+) requests in", output)
    assert rate, output
    assert requests, output
    return Measurement(
        per_second=float(rate[1]),
        per_cpu_second=int(requests[1]) / cpu_seconds,
        p99=p99[1] if p99 else "?",
        errors=int(errors[1]) if errors else 0,
    )


@contextmanager
def run_server(command: list[str]) -> Iterator[tuple[int, int]]:
    """Run a server on core 0, and yield its port and process id as soon as it responds."""
    with socket.socket() as probe_socket:
        probe_socket.bind(("127.0.0.1", 0))
        port = probe_socket.getsockname()[1]
    process = subprocess.Popen(
        ["taskset", "-c", "0", *(part.format(port=port) for part in command)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_responding(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def wait_until_responding(port: int) -> None:
    """Wait until a server responds to HTTP on the port, for at most one minute."""
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/nothing", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nothing answers at port {port}")


def print_memory(requests: int) -> None:
    """Print the resident memory before, during and after a number of list requests, with 1000
    stored groups.
    """
    with run_server(build_mock_command(1000)) as (port, pid):
        sent, seconds = 0, 5
        print(f"\n| lists so far | MiB |\n|---|---|\n| 0 | {get_resident_memory(pid):.1f} |")
        while sent < requests:
            sent += int(
                run_wrk(f"http://127.0.0.1:{port}{LIST}&perPage=1", None, seconds, pid).per_second
                * (seconds + 1)
            )
            print(f"| {sent:,} | {get_resident_memory(pid):.1f} |", flush=True)


def get_cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process and all its threads, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def get_resident_memory(pid: int) -> float:
    """Return the resident memory of a process in MiB."""
    match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert match
    return int(match[1]) / 1024


if __name__ == "__main__":
    main()
