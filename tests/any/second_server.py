"""A second honest server that runs in its own environment and process.

It shares no code with this project. openapi-core and Starlette build it from the same document
(`second/`), and they need other versions than this project. The environment is created once for
each list of versions and is kept in the system's folder for temporary files.
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

SERVER_FOLDER = Path(__file__).parent / "second"
CONSTRAINTS = SERVER_FOLDER / "constraints.txt"
REQUIREMENTS = ("starlette", "uvicorn", "openapi-core", "jsonschema[format]", "regress", "pyyaml")


@dataclass(frozen=True, slots=True)
class SecondServer:
    """The running server: it adds and drops documents and returns their request logs."""

    url: str

    def serve(self, document: Path, token: str) -> str:
        """Add a document without items and return its base URL."""
        response = self._send_request(
            "POST", "/.control", {"document": str(document), "token": token}
        )
        return self.url + str(response["base"])

    def get_log(self, base: str) -> list[dict[str, Json]]:
        """Return the requests below a base URL as openapi-core interprets them, with responses."""
        entries: list[dict[str, Json]] = self._send_request(
            "GET", f"/.control/{_get_document_number(base)}/log"
        )
        return entries

    def take_log(self, base: str) -> list[dict[str, Json]]:
        """Return the log and clear it."""
        entries = self.get_log(base)
        self._send_request("DELETE", f"/.control/{_get_document_number(base)}/log")
        return entries

    def drop(self, base: str) -> None:
        """Remove a document from the server."""
        self._send_request("DELETE", f"/.control/{_get_document_number(base)}")

    def _send_request(self, method: str, path: str, body: Json = None) -> Json:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            text = response.read()
        return json.loads(text) if text else None


def _get_document_number(base: str) -> str:
    return base.rpartition("/")[2]


def ensure_environment() -> Path:
    """Return the Python of the second server's environment; create the environment if needed."""
    digest = hashlib.sha256(CONSTRAINTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"conformance-second-{digest}"
    python = folder / "bin" / "python"
    if not python.exists():
        build_folder = Path(tempfile.mkdtemp(prefix="conformance-second-"))
        subprocess.run([sys.executable, "-m", "venv", str(build_folder)], check=True)
        pip = [str(build_folder / "bin" / "python"), "-m", "pip", "install", "-q"]
        completed = subprocess.run(
            [*pip, "-c", str(CONSTRAINTS), *REQUIREMENTS], capture_output=True, text=True
        )
        if completed.returncode:
            shutil.rmtree(build_folder)
            if os.environ.get("CI"):
                raise RuntimeError(completed.stderr[-2000:])
            pytest.skip("the second server's packages cannot be installed: no package index")
        try:
            build_folder.rename(folder)
        except OSError:  # another worker created it first
            shutil.rmtree(build_folder)
    return python


@contextmanager
def start_second_server() -> Iterator[SecondServer]:
    """Start the server and yield it; stop it at the end."""
    command = [
        str(ensure_environment()),
        "-u",
        str(SERVER_FOLDER / "server.py"),
        "--many",
        tempfile.mkdtemp(),
    ]
    with subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            assert url.startswith("http://127.0.0.1:"), url
            yield SecondServer(url)
        finally:
            process.terminate()
