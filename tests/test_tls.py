"""HTTPS on loopback, with certificates of an authority that only these tests trust: the mock serves
it, runs and the proxy speak it.
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
def served(*words: str) -> Iterator[str]:
    """Yield the URL that a command prints, and end it afterwards."""
    line = [sys.executable, "-u", "-m", "conformance", *words, "--port", "0"]
    with subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            for told in process.stdout:
                if found := re.search(r"on (https?://[\d.:]+)", told):
                    break
            else:
                raise AssertionError("it ended without saying where it listens")
            yield found[1]
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Return the files of a server's certificate with its key, and of the authority to trust."""
    folder, authority = tmp_path_factory.mktemp("tls"), trustme.CA()
    certificate, trusted = folder / "server.pem", folder / "ca.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    authority.cert_pem.write_to_path(trusted)
    return str(certificate), str(trusted)


@pytest.fixture(scope="module")
def upstream(authority: tuple[str, str]) -> Iterator[str]:
    """Yield the URL of a mock that speaks HTTPS."""
    with served("mock", "losant", "--certificate", authority[0]) as url:
        yield url


def ran(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance", "run", "losant", "--token", "any", *words],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_run_over_tls(upstream: str, authority: tuple[str, str], tmp_path: Path) -> None:
    """A run trusts what --ca names."""
    done = ran(
        "--url",
        upstream,
        "--ca",
        authority[1],
        "--only",
        "listExperienceGroups/answers",
        "--ledger",
        str(tmp_path / "ledger"),
    )
    assert (done.returncode, "1 verified" in done.stdout) == (0, True), done.stdout + done.stderr


def test_a_certificate_that_is_not_trusted(upstream: str, tmp_path: Path) -> None:
    """Without --ca nothing is sent: exit 3, and the reason."""
    done = ran(
        "--url",
        upstream,
        "--only",
        "listExperienceGroups/answers",
        "--ledger",
        str(tmp_path / "ledger"),
    )
    assert done.returncode == 3
    assert "certificate" in (done.stdout + done.stderr).lower()
    assert "Traceback" not in done.stderr


def test_a_proxy_to_tls(upstream: str, authority: tuple[str, str]) -> None:
    """The proxy speaks HTTPS upstream, trusting what --ca names, and plain HTTP to those who ask
    it.
    """
    with served("proxy", "losant", "--upstream", upstream, "--ca", authority[1]) as url:
        assert url.startswith("http://")
        answer = httpx.get(url + PATH, headers={"Authorization": "Bearer any"}, trust_env=False)
        assert (answer.status_code, answer.json()["count"]) == (200, 0)
    with served("proxy", "losant", "--upstream", upstream) as url:
        assert (
            httpx.get(
                url + PATH, headers={"Authorization": "Bearer any"}, trust_env=False
            ).status_code
            == 502
        )
