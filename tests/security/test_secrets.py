"""Secrets that a server plants in its answers are in no report, whatever it writes them as.

What is planted, and the judge that looks for it, knows nothing of how secrets are masked.
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
from tests.security.planted import ENCODINGS, SECRETS, leaks_of
from tests.servers import push_express_server

# Encodings that nothing undoes but a person with patience; SECURITY.md says that they are not
# undone.
UNCOMMON = {"hex-dump", "utf7", "code-names", "base64-lowered", "header-name", "masked"}
UNCOMMON |= {"masked-front", "reversed-halves", "html-tags", "json-slashes"}
CARRIED = {name: secret for name, secret in SECRETS.items() if secret.isascii()}  # by a header
COMMON = {name: encode for name, encode in ENCODINGS.items() if name not in UNCOMMON}


def test_as_many_as_promised() -> None:
    """There are at least forty secrets and thirty common encodings."""
    assert len(CARRIED) >= 40
    assert len(COMMON) >= 30


@pytest.mark.parametrize("encoding", sorted(COMMON))
def test_no_secret_can_be_got_back(encoding: str) -> None:
    """Of every secret, written in this way, nothing that tells something is left."""
    leaking = {}
    for name, secret in CARRIED.items():
        text = mask_text(f"before {COMMON[encoding](secret)} after", {secret: "$TOKEN"})
        assert text.startswith("before ")
        if found := leaks_of(text, [secret], 2).get(secret):
            leaking[name] = (text, found)
    assert leaking == {}


class Planting:
    """An honest server that writes a secret into every answer, in one way after another."""

    def __init__(self, secret: str) -> None:
        self.server, self.secret, self.number = push_express_server.Server(), secret, 0

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer, with the secret in a header, in the name of one, and in a field that is not
        known.
        """
        if request.headers.get("authorization") == f"Bearer {self.secret}":
            request.headers["authorization"] = "Bearer token"
        answer = self.server.handle(request)
        self.number += 1
        text = list(COMMON.values())[self.number % len(COMMON)](self.secret)
        plain = "".join(c if 32 <= ord(c) < 127 else "?" for c in text)
        headers = {**answer.headers, "x-echo": plain, f"x-{self.secret.encode().hex()}": "name"}
        headers.pop("content-length", None)
        if not answer.content.startswith(b"{"):
            return httpx.Response(answer.status_code, headers=headers, content=answer.content)
        body = {**json.loads(answer.content), "echo": text}
        if answer.status_code >= 400:
            body["error"] = f"{'x' * (self.number % 400)}{text}"
        return httpx.Response(
            answer.status_code, headers=headers, content=json.dumps(body).encode()
        )


@pytest.mark.parametrize("name", ["payment-key", "uuid", "jwt-short", "base64-padded", "hex32"])
def test_no_report_of_a_run_holds_a_secret(name: str, tmp_path: Path) -> None:
    """JSON, HTML, JUnit, Markdown and the archive of a run are searched, findings among them."""
    secret, contract = CARRIED[name], loader.load_contract("push-express")
    planting = Planting(secret)
    target = Target(
        url="http://127.0.0.1:8000/api/b/v2",
        token=secret,
        transport=httpx.MockTransport(planting.handle),
    )
    plan = plans.generate_plan(contract, "1", plans.RunProfile.QUICK)
    with (tmp_path / "r.har").open("w") as file, har.HarRecorder(file, target) as recorder:
        result = result_recorder.build_result_from_events(
            run_plan(plan, target, (), recorder.record_exchange)
        )
    terminal = io.StringIO()
    console.print_run_result(Console(file=terminal, width=200), result, True)
    pages = {
        "json": json.dumps(result, ensure_ascii=False),
        "html": html.render_result_page(result),
        "junit": junit.render_junit_xml(result),
        "markdown": markdown.render_markdown_summary(result),
        "har": (tmp_path / "r.har").read_text(),
        "terminal": terminal.getvalue(),
    }
    assert planting.number > 100
    assert {page: found for page, text in pages.items() if (found := _leaks(text, secret))} == {}
    assert "$TOKEN" in pages["har"]


def _leaks(text: str, secret: str) -> list[str]:
    """Return in which ways a secret stands in a long text: the judge is given parts that
    overlap.
    """
    found: list[str] = []
    for start in range(0, len(text), 20_000):
        found += leaks_of(text[start : start + 22_000], [secret], 1).get(secret, [])
        if found:
            break
    return found
