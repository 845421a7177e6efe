"""HTTPS on loopback, with certificates of an authority that only these tests trust: the mock serves
HTTPS; runs and the proxy connect to it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import trustme

PATH = "/applications/575ec8687ae143cd83dc4a97/experience/groups"


@contextmanager
def serve_command(*arguments: str) -> Iterator[str]:
    """Yield the URL that a command prints, and terminate the command afterwards."""
    command = [sys.executable, "-u", "-m", "conformance", *arguments, "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if match := re.search(r"on (https?://[\d.:]+)", line):
                    break
            else:
                raise AssertionError("it ended without saying where it listens")
            yield match[1]
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Return the file with a server's certificate and key, and the file of the authority to
    trust.
    """
    folder, authority = tmp_path_factory.mktemp("tls"), trustme.CA()
    certificate, ca_file = folder / "server.pem", folder / "ca.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    authority.cert_pem.write_to_path(ca_file)
    return str(certificate), str(ca_file)


@pytest.fixture(scope="module")
def upstream(authority: tuple[str, str]) -> Iterator[str]:
    """Yield the URL of a mock that serves HTTPS."""
    with serve_command("mock", "losant", "--certificate", authority[0]) as url:
        yield url


def run_conformance(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance", "run", "losant", "--token", "any", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_run_over_tls(upstream: str, authority: tuple[str, str], tmp_path: Path) -> None:
    """A run trusts the authority that --ca names."""
    process = run_conformance(
        "--url",
        upstream,
        "--ca",
        authority[1],
        "--only",
        "listExperienceGroups/answers",
        "--ledger",
        str(tmp_path / "ledger"),
    )
    assert (process.returncode, "1 verified" in process.stdout) == (0, True), (
        process.stdout + process.stderr
    )


def test_a_certificate_that_is_not_trusted(upstream: str, tmp_path: Path) -> None:
    """Without --ca nothing is sent: exit status 3, and the reason."""
    process = run_conformance(
        "--url",
        upstream,
        "--only",
        "listExperienceGroups/answers",
        "--ledger",
        str(tmp_path / "ledger"),
    )
    assert process.returncode == 3
    assert "certificate" in (process.stdout + process.stderr).lower()
    assert "Traceback" not in process.stderr


def test_a_proxy_to_tls(upstream: str, authority: tuple[str, str]) -> None:
    """The proxy connects upstream with HTTPS, trusts the authority that --ca names, and serves
    plain HTTP.
    """
    with serve_command("proxy", "losant", "--upstream", upstream, "--ca", authority[1]) as url:
        assert url.startswith("http://")
        response = httpx.get(url + PATH, headers={"Authorization": "Bearer any"}, trust_env=False)
        assert (response.status_code, response.json()["count"]) == (200, 0)
    with serve_command("proxy", "losant", "--upstream", upstream) as url:
        assert (
            httpx.get(
                url + PATH, headers={"Authorization": "Bearer any"}, trust_env=False
            ).status_code
            == 502
        )
