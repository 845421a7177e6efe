"""Secrets that a server puts into its responses appear in no report, whatever their encoding.

The planted secrets, and the detector that searches for them, do not depend on how secrets are
masked.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from conformance.contract import loader
from conformance.report import console, har, html, junit, markdown, result_recorder
from conformance.suite import plan as plans
from conformance.suite.masking import mask_text
from conformance.suite.run import run_plan
from conformance.suite.target import Target
from tests.security.planted import ENCODINGS, SECRETS, find_leaks_by_secret
from tests.servers import push_express_server

# Encodings that only a patient person can decode. SECURITY.md states that masking does not decode
# them.
UNCOMMON_ENCODINGS = {"hex-dump", "utf7", "code-names", "base64-lowered", "header-name", "masked"}
UNCOMMON_ENCODINGS |= {"masked-front", "reversed-halves", "html-tags", "json-slashes"}
HEADER_SAFE_SECRETS = {
    name: secret for name, secret in SECRETS.items() if secret.isascii()
}  # fit for a header
COMMON_ENCODINGS = {
    name: encode for name, encode in ENCODINGS.items() if name not in UNCOMMON_ENCODINGS
}


def test_minimum_number_of_secrets_and_encodings() -> None:
    """There are at least forty secrets and thirty common encodings."""
    assert len(HEADER_SAFE_SECRETS) >= 40
    assert len(COMMON_ENCODINGS) >= 30


@pytest.mark.parametrize("encoding", sorted(COMMON_ENCODINGS))
def test_no_secret_is_recoverable(encoding: str) -> None:
    """No recognizable part of any secret remains in masked text that holds it in this encoding."""
    leaking = {}
    for name, secret in HEADER_SAFE_SECRETS.items():
        text = mask_text(f"before {COMMON_ENCODINGS[encoding](secret)} after", {secret: "$TOKEN"})
        assert text.startswith("before ")
        if leaks := find_leaks_by_secret(text, [secret], 2).get(secret):
            leaking[name] = (text, leaks)
    assert leaking == {}


class LeakyServer:
    """An honest server that writes a secret into every response, in one encoding after another."""

    def __init__(self, secret: str) -> None:
        self.server, self.secret, self.response_count = push_express_server.Server(), secret, 0

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Respond with the secret in a header, in the name of a header, and in an undocumented
        field.
        """
        if request.headers.get("authorization") == f"Bearer {self.secret}":
            request.headers["authorization"] = "Bearer token"
        response = self.server.handle(request)
        self.response_count += 1
        encoded = list(COMMON_ENCODINGS.values())[self.response_count % len(COMMON_ENCODINGS)](
            self.secret
        )
        header_value = "".join(c if 32 <= ord(c) < 127 else "?" for c in encoded)
        headers = {
            **response.headers,
            "x-echo": header_value,
            f"x-{self.secret.encode().hex()}": "name",
        }
        headers.pop("content-length", None)
        if not response.content.startswith(b"{"):
            return httpx.Response(response.status_code, headers=headers, content=response.content)
        body = {**json.loads(response.content), "echo": encoded}
        if response.status_code >= 400:
            body["error"] = f"{'x' * (self.response_count % 400)}{encoded}"
        return httpx.Response(
            response.status_code, headers=headers, content=json.dumps(body).encode()
        )


@pytest.mark.parametrize("name", ["payment-key", "uuid", "jwt-short", "base64-padded", "hex32"])
def test_no_report_contains_a_secret(name: str, tmp_path: Path) -> None:
    """All report formats (JSON, HTML, JUnit, Markdown, HAR, terminal) of a run with findings are
    searched.
    """
    secret, contract = HEADER_SAFE_SECRETS[name], loader.load_contract("push-express")
    leaky_server = LeakyServer(secret)
    target = Target(
        url="http://127.0.0.1:8000/api/b/v2",
        token=secret,
        transport=httpx.MockTransport(leaky_server.handle),
    )
    plan = plans.generate_plan(contract, "1", plans.RunProfile.QUICK)
    with (tmp_path / "r.har").open("w") as har_file, har.HarRecorder(har_file, target) as recorder:
        result = result_recorder.build_result_from_events(
            run_plan(plan, target, (), recorder.record_exchange)
        )
    terminal = io.StringIO()
    console.print_run_result(Console(file=terminal, width=200), result, True)
    reports = {
        "json": json.dumps(result.to_json(), ensure_ascii=False),
        "html": html.render_result_page(result),
        "junit": junit.render_junit_xml(result),
        "markdown": markdown.render_markdown_summary(result),
        "har": (tmp_path / "r.har").read_text(),
        "terminal": terminal.getvalue(),
    }
    assert leaky_server.response_count > 100
    assert {
        report_format: leaks
        for report_format, text in reports.items()
        if (leaks := _find_leaks(text, secret))
    } == {}
    assert "$TOKEN" in reports["har"]


def _find_leaks(text: str, secret: str) -> list[str]:
    """Return the encodings in which a secret appears in a long text. The detector gets overlapping
    parts of the text.
    """
    leaks: list[str] = []
    for start in range(0, len(text), 20_000):
        leaks += find_leaks_by_secret(text[start : start + 22_000], [secret], 1).get(secret, [])
        if leaks:
            break
    return leaks
