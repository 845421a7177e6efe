"""The command that sends the requests of a finding again."""

from __future__ import annotations

import re

from conformance.report import shell
from conformance.report.result import ClaimResult, Result
from conformance.report.shell import ShellVariable, ShellWord
from conformance.suite.target import EMBEDDED_URL_PREFIX


def format_replay_command(result: Result, claim: ClaimResult) -> str:
    """Return the command, with the file of the result, its target and the token that it needs.

    The file is `RESULT.json` where no report says which file holds the result.
    """
    words: list[ShellWord] = ["conformance", "replay", result.file or "RESULT.json", claim.id]
    if result.target.url != EMBEDDED_URL_PREFIX:
        words += ["--url", result.target.url]
        if _needs_token(claim):
            words += ["--token", ShellVariable("TOKEN")]
    return shell.format_shell_command(*words)


def _needs_token(claim: ClaimResult) -> bool:
    """Tell whether the finding was seen with the secret that `--token` names."""
    return any(
        re.search(r"\$TOKEN(?!\w)", value)
        for finding in claim.findings
        for exchange in finding.exchanges
        for value in (*exchange.request.headers.values(), exchange.request.url)
    )
