"""Hostile answers do no harm to `run`, `replay`, `clean` and `proxy`: they end, in little
memory.
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

SECONDS = 100.0  # for one command: far more than it should take, as the machine may be busy
MEMORY = 300  # megabytes
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
SAMPLE = 24  # cases in CI


@contextlib.contextmanager
def serving(names: list[str]) -> Iterator[str]:
    """Answer every request with the next of some cases; give the URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    turn = iter(range(10**9))

    def answer(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(20)
            request = connection.recv(65536)
            if request:
                CASES[names[next(turn) % len(names)]](connection, request)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/b/v2"
    finally:
        listener.close()


def started(folder: Path, *words: str) -> subprocess.Popen[str]:
    """Start a command that notes how much memory it had."""
    environment = {**os.environ, "XDG_STATE_HOME": str(folder), "PYTHONUNBUFFERED": "1"}
    line = [sys.executable, "-c", PROGRAM, str(folder / "memory"), *words]
    return subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )


def ended(process: subprocess.Popen[str], folder: Path, statuses: tuple[int, ...]) -> str:
    """Return what a command printed, once it has ended as it should."""
    began = time.monotonic()
    output = process.communicate(timeout=SECONDS)[0]
    assert "Traceback" not in output, output[-3000:]
    assert process.returncode in statuses, output[-3000:]
    assert int((folder / "memory").read_text()) / 1024 < MEMORY
    assert time.monotonic() - began < SECONDS
    return output


def groups(seeds: list[str]) -> list[list[str]]:
    """Return the cases in groups that are answered in turn: a few in CI, all of them in the
    soak.
    """
    names = sorted(CASES)
    if len(seeds) == 1:
        return [names[:: len(names) // SAMPLE][:SAMPLE]]
    return [names[start::12] for start in range(12)]


LIMITS = ("--token", "token-of-hostile", "--timeout", "1", "--max-time", "8")


def test_as_many_as_promised() -> None:
    """There are at least eighty hostile answers."""
    assert len(CASES) >= 80


@pytest.mark.parametrize("contract", ["push-express", "losant"])
def test_run(contract: str, seeds: list[str], tmp_path: Path) -> None:
    """A run ends with a documented status, and with its report."""
    for names in groups(seeds):
        with serving(names) as url:
            file = tmp_path / "r.json"
            words = ("run", contract, "--url", url, *LIMITS, "--json", str(file))
            ended(started(tmp_path, *words), tmp_path, (0, 1, 3))


def test_clean(seeds: list[str], tmp_path: Path) -> None:
    """Cleaning up ends, and never says that nothing is left."""
    for names in groups(seeds):
        with serving(names) as url:
            words = ("clean", "push-express", "--url", url, *LIMITS, "--older-than", "1h")
            ended(started(tmp_path, *words), tmp_path, (0, 3))


def test_replay(seeds: list[str], tmp_path: Path) -> None:
    """Replaying a finding ends."""
    result = tmp_path / "r.json"
    made = [sys.executable, "-m", "conformance", "run", "push-express", "--only", "getAppGroup/*"]
    subprocess.run([*made, "--json", str(result)], check=True, capture_output=True)
    found = json.loads(result.read_text())
    claim = next(one for one in found["claims"] if one["verdict"] == "verified")
    message = {"message": "x", "curl": "curl", "exchanges": [claim["evidence"]]}
    claim |= {"verdict": "violated", "findings": [message]}
    result.write_text(json.dumps(found))
    for names in groups(seeds):
        with serving(names) as url:
            words = ("replay", str(result), claim["id"], "--url", url, *LIMITS)
            ended(started(tmp_path, *words), tmp_path, (0, 1, 3))


def test_proxy(seeds: list[str], tmp_path: Path) -> None:
    """The proxy passes such answers on, or refuses them, and ends when it is asked to."""
    for names in groups(seeds):
        with serving(names) as url:
            words = ("--upstream", url, "--port", "0", "--timeout", "1")
            proxy = started(tmp_path, "proxy", "push-express", *words)
            assert proxy.stdout is not None
            port = int(proxy.stdout.readline().partition("127.0.0.1:")[2].partition("/")[0])
            for _ in names:
                ask(port)
            proxy.send_signal(signal.SIGTERM)
            ended(proxy, tmp_path, (0, 1, 3))


def ask(port: int) -> None:
    """Send one request to the proxy, and read for a while what comes back."""
    until = time.monotonic() + 1.5
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection,
    ):
        connection.sendall(
            b"GET /api/b/v2/app/groups HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        while time.monotonic() < until and connection.recv(1 << 20):
            pass
