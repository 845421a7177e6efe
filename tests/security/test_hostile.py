"""Hostile responses do not harm `run`, `replay`, `clean` and `proxy`: the commands end and use
little memory.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.hostile_cases import CASES

COMMAND_TIMEOUT = 100.0  # per command; far more than it needs, because the machine may be busy
MAX_MEMORY_MB = 300  # megabytes
PROGRAM = """
import atexit, re, sys
from pathlib import Path
file = sys.argv.pop(1)
def note():
    found = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
    Path(file).write_text(found[1])
atexit.register(note)
from conformance.cli import main
main()
"""
SAMPLE_SIZE = 24  # cases in CI


@contextlib.contextmanager
def serve_cases(names: list[str]) -> Iterator[str]:
    """Respond to every request with the next of the named cases; yield the URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    counter = iter(range(10**9))

    def respond(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(20)
            request = connection.recv(65536)
            if request:
                CASES[names[next(counter) % len(names)]](connection, request)

    def accept_connections() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=respond, args=(connection,), daemon=True).start()

    threading.Thread(target=accept_connections, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/b/v2"
    finally:
        listener.close()


def start_command(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a command that records its peak memory in a file."""
    environment = {**os.environ, "XDG_STATE_HOME": str(folder), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-c", PROGRAM, str(folder / "memory"), *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )


def finish_command(process: subprocess.Popen[str], folder: Path, statuses: tuple[int, ...]) -> str:
    """Wait for a command to end, check its exit status, time and memory, and return its output."""
    started_at = time.monotonic()
    output = process.communicate(timeout=COMMAND_TIMEOUT)[0]
    assert "Traceback" not in output, output[-3000:]
    assert process.returncode in statuses, output[-3000:]
    assert int((folder / "memory").read_text()) / 1024 < MAX_MEMORY_MB
    assert time.monotonic() - started_at < COMMAND_TIMEOUT
    return output


def group_cases(seeds: list[str]) -> list[list[str]]:
    """Return groups of case names. A server cycles through one group: a sample in CI, all cases in
    the soak.
    """
    names = sorted(CASES)
    if len(seeds) == 1:
        return [names[:: len(names) // SAMPLE_SIZE][:SAMPLE_SIZE]]
    return [names[start::12] for start in range(12)]


LIMIT_OPTIONS = ("--token", "token-of-hostile", "--timeout", "1", "--max-time", "8")


def test_minimum_number_of_cases() -> None:
    """There are at least eighty hostile responses."""
    assert len(CASES) >= 80


@pytest.mark.parametrize("contract", ["push-express", "losant"])
def test_run(contract: str, seeds: list[str], tmp_path: Path) -> None:
    """A run ends with a documented exit status and writes its report."""
    for names in group_cases(seeds):
        with serve_cases(names) as url:
            result_file = tmp_path / "r.json"
            arguments = ("run", contract, "--url", url, *LIMIT_OPTIONS, "--json", str(result_file))
            finish_command(start_command(tmp_path, *arguments), tmp_path, (0, 1, 3))


def test_clean(seeds: list[str], tmp_path: Path) -> None:
    """Cleaning up ends, and never reports that nothing is left."""
    for names in group_cases(seeds):
        with serve_cases(names) as url:
            arguments = (
                "clean",
                "push-express",
                "--url",
                url,
                *LIMIT_OPTIONS,
                "--older-than",
                "1h",
            )
            finish_command(start_command(tmp_path, *arguments), tmp_path, (0, 3))


def test_replay(seeds: list[str], tmp_path: Path) -> None:
    """Replaying a finding ends."""
    result_file = tmp_path / "r.json"
    run_command = [
        sys.executable,
        "-m",
        "conformance",
        "run",
        "push-express",
        "--only",
        "getAppGroup/*",
    ]
    subprocess.run([*run_command, "--json", str(result_file)], check=True, capture_output=True)
    result = json.loads(result_file.read_text())
    claim = next(claim for claim in result["claims"] if claim["verdict"] == "verified")
    finding = {"message": "x", "curl": "curl", "exchanges": [claim["evidence"]]}
    claim |= {"verdict": "violated", "findings": [finding]}
    result_file.write_text(json.dumps(result))
    for names in group_cases(seeds):
        with serve_cases(names) as url:
            arguments = ("replay", str(result_file), claim["id"], "--url", url, *LIMIT_OPTIONS)
            finish_command(start_command(tmp_path, *arguments), tmp_path, (0, 1, 3))


def test_proxy(seeds: list[str], tmp_path: Path) -> None:
    """The proxy forwards or rejects such responses, and ends on SIGTERM."""
    for names in group_cases(seeds):
        with serve_cases(names) as url:
            arguments = ("--upstream", url, "--port", "0", "--timeout", "1")
            proxy = start_command(tmp_path, "proxy", "push-express", *arguments)
            assert proxy.stdout is not None
            port = int(proxy.stdout.readline().partition("127.0.0.1:")[2].partition("/")[0])
            for _ in names:
                send_request(port)
            proxy.send_signal(signal.SIGTERM)
            finish_command(proxy, tmp_path, (0, 1, 3))


def send_request(port: int) -> None:
    """Send one request to the proxy, and read the response for a limited time."""
    deadline = time.monotonic() + 1.5
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection,
    ):
        connection.sendall(
            b"GET /api/b/v2/app/groups HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        while time.monotonic() < deadline and connection.recv(1 << 20):
            pass
