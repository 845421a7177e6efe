"""Measure requests per second and memory of the mock, beside Prism, Specmatic and Mockoon in the
same run.

Needs wrk and, for the comparison, npm packages, each named by the path of what starts it
(Specmatic's is a jar, and needs Java):

npm install @stoplight/prism-cli@5.14.2 specmatic @mockoon/cli there=node_modules python
benchmarks/mock_throughput.py --prism $there/.bin/prism --specmatic $there/specmatic/specmatic.jar
--mockoon $there/.bin/mockoon-cli

Each server runs alone on core 0, wrk on core 1 with one thread and 16 connections. Every request is
validated by both; lists are of the first page (100 groups where there are as many), asked for with
a sort field and a direction; creations send the documented example. None of the others keeps what
is created; Mockoon validates nothing. Absolute figures depend on the machine: compare only within
one run. The rates are requests by second of the server's own processor time, which other work on
the machine disturbs less than the clock; on an idle core both are nearly the same.
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
class Figure:
    """What wrk measured."""

    per_second: float
    per_cpu_second: float
    p99: str
    errors: int


def main() -> None:
    """Print a table of all measurements."""
    options = arguments()
    others = peers(options)
    print(
        "| case | mock | p99 |"
        f" {''.join(f'{name} | ratio | p99 | ' for name in others)}"
        f"\n|{'---|' * (3 + 3 * len(others))}"
    )
    for stored in options.stored:
        for name, target, body in (
            ("list", LIST, None),
            ("list, filtered, page 3", FILTERED, None),
            ("create", GROUPS, BODY),
        ):
            mock = measured(mock_command(stored), target, body, options.seconds)
            cells = [
                f"{name}, {stored:,} stored",
                f"{mock.per_cpu_second:,.0f}{told(mock)}",
                mock.p99,
            ]
            for command in others.values():
                if stored > 1000:
                    cells += ["–"] * 3
                    continue
                other = measured(command, target, body, options.seconds)
                cells += [
                    f"{other.per_cpu_second:,.0f}{told(other)}",
                    f"{mock.per_cpu_second / other.per_cpu_second:.1f}",
                    other.p99,
                ]
            print(f"| {' | '.join(cells)} |", flush=True)
    if options.memory:
        memory(options.memory)


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
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
    found = parser.parse_args()
    for tool in ("wrk", "taskset"):
        if shutil.which(tool) is None:
            parser.error(f"{tool} is not installed")
    return found


def mock_command(stored: int) -> list[str]:
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


def peers(options: argparse.Namespace) -> dict[str, list[str]]:
    """Return the commands that serve other mocks at port {port}."""
    found = {}
    if options.prism:
        found["Prism"] = [options.prism, "mock", "--port", "{port}", str(SPEC)]
    if options.specmatic:
        found["Specmatic"] = [
            "java",
            "-jar",
            options.specmatic,
            "mock",
            "--noConsoleLog",
            "--port",
            "{port}",
            str(plain()),
        ]
    if options.mockoon:
        # what it logs to files would weigh on it
        found["Mockoon"] = [
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
    return found


def plain() -> Path:
    """Return the document as Specmatic takes it: as JSON, without the one parameter that is
    described by its content, which it refuses.
    """
    document = loader.load_contract("losant").document
    for path in document["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "parameters" in operation:
                operation["parameters"] = [
                    one for one in operation["parameters"] if "content" not in one
                ]
    file = Path(tempfile.mkdtemp()) / "openapi.json"
    file.write_text(json.dumps(document))
    return file


def told(figure: Figure) -> str:
    """Return what is to be said of failed requests."""
    return f" ({figure.errors:,} refused or failed)" if figure.errors else ""


def measured(command: list[str], target: str, body: object, seconds: int) -> Figure:
    """Return what wrk measures on a server that is started for it."""
    with running(command) as (port, pid):
        return load(f"http://127.0.0.1:{port}{target}", body, seconds, pid)


def load(url: str, body: object, seconds: int, pid: int) -> Figure:
    """Return what wrk measures after six seconds, in which compilers warm up."""
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
        before = processor(pid)
        said = subprocess.run(
            [*command, f"-d{seconds}s", url], check=True, capture_output=True, text=True
        ).stdout
        used = processor(pid) - before
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    rate, p99 = (
        re.search(r"Requests/sec:\s+([\d.]+)", said),
        re.search(r"^\s+99%\s+(\S+)$", said, re.M),
    )
    requests = re.search(r"(\d+) requests in", said)
    assert rate, said
    assert requests, said
    return Figure(
        per_second=float(rate[1]),
        per_cpu_second=int(requests[1]) / used,
        p99=p99[1] if p99 else "?",
        errors=int(errors[1]) if errors else 0,
    )


@contextmanager
def running(command: list[str]) -> Iterator[tuple[int, int]]:
    """Run a server on core 0, and give its port and process id as soon as it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        ["taskset", "-c", "0", *(part.format(port=port) for part in command)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await_answer(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def await_answer(port: int) -> None:
    """Wait until something answers HTTP at a port, a minute at most."""
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/nothing", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nothing answers at port {port}")


def memory(requests: int) -> None:
    """Print the resident memory before, during and after a number of lists, with 1000 stored
    groups.
    """
    with running(mock_command(1000)) as (port, pid):
        done, seconds = 0, 5
        print(f"\n| lists so far | MiB |\n|---|---|\n| 0 | {resident(pid):.1f} |")
        while done < requests:
            done += int(
                load(f"http://127.0.0.1:{port}{LIST}&perPage=1", None, seconds, pid).per_second
                * (seconds + 1)
            )
            print(f"| {done:,} | {resident(pid):.1f} |", flush=True)


def processor(pid: int) -> float:
    """Return the seconds of processor time that a process has used, with all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> float:
    """Return the resident memory of a process in MiB."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1024


if __name__ == "__main__":
    main()
