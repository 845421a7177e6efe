"""A second honest server, in an environment and a process of its own.

It shares no code with this project: it is made from the same document by openapi-core and Starlette
(`second/`), which need other versions than ours. Its environment is made once for each list of
versions and kept in the system's folder for temporary files.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.contract.json import Json

FOLDER = Path(__file__).parent / "second"
CONSTRAINTS = FOLDER / "constraints.txt"
REQUIREMENTS = ("starlette", "uvicorn", "openapi-core", "jsonschema[format]", "regress", "pyyaml")


@dataclass(frozen=True, slots=True)
class SecondServer:
    """The server, and the addresses of the documents that it serves."""

    url: str

    def serve(self, document: Path, token: str) -> str:
        """Return the URL below which a document is served, with no items."""
        answer = self._ask("POST", "/.control", {"document": str(document), "token": token})
        return self.url + str(answer["base"])

    def get_log(self, base: str) -> list[dict[str, Json]]:
        """Return the requests below a URL as openapi-core reads them, with their answers."""
        entries: list[dict[str, Json]] = self._ask("GET", f"/.control/{_number(base)}/log")
        return entries

    def take_log(self, base: str) -> list[dict[str, Json]]:
        """Return the log, and begin a new one."""
        entries = self.get_log(base)
        self._ask("DELETE", f"/.control/{_number(base)}/log")
        return entries

    def drop(self, base: str) -> None:
        """Forget a document."""
        self._ask("DELETE", f"/.control/{_number(base)}")

    def _ask(self, method: str, path: str, body: Json = None) -> Json:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None


def _number(base: str) -> str:
    return base.rpartition("/")[2]


def ensure_environment() -> Path:
    """Return the Python of the second server's environment, which is made if need be."""
    digest = hashlib.sha256(CONSTRAINTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"conformance-second-{digest}"
    python = folder / "bin" / "python"
    if not python.exists():
        building = Path(tempfile.mkdtemp(prefix="conformance-second-"))
        subprocess.run([sys.executable, "-m", "venv", str(building)], check=True)
        pip = [str(building / "bin" / "python"), "-m", "pip", "install", "-q"]
        done = subprocess.run(
            [*pip, "-c", str(CONSTRAINTS), *REQUIREMENTS], capture_output=True, text=True
        )
        if done.returncode:
            shutil.rmtree(building)
            if os.environ.get("CI"):
                raise RuntimeError(done.stderr[-2000:])
            pytest.skip("the second server's packages cannot be installed: no package index")
        try:
            building.rename(folder)
        except OSError:  # another worker was first
            shutil.rmtree(building)
    return python


@contextmanager
def started_second_server() -> Iterator[SecondServer]:
    """Yield the server while it runs."""
    line = [
        str(ensure_environment()),
        "-u",
        str(FOLDER / "server.py"),
        "--many",
        tempfile.mkdtemp(),
    ]
    with subprocess.Popen([*line, "--port", "0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            assert url.startswith("http://127.0.0.1:"), url
            yield SecondServer(url)
        finally:
            process.terminate()
