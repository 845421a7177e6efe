"""`conformance clean`: remove what crashed runs left on a target."""

from __future__ import annotations

import re
import sys
from typing import Any

import click
from rich.text import Text

from conformance import options
from conformance.commands.outcome import HOLDS, UNREACHED
from conformance.errors import Problem, UsageError
from conformance.report.console import Terminal
from conformance.report.text import harmless
from conformance.suite.cleaning import clean as cleaned
from conformance.suite.line import Line
from conformance.suite.session import Session

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@click.command(short_help="Remove what crashed runs left on a target.")
@options.contract_options
@options.target_options
@click.option("--older-than", default="1h", show_default=True, metavar="TIME", help="How old a mark must be that no ledger here names: 30m, 2h, 1d.")
def clean(contract: str, revision: str | None, readings: tuple[str, ...], **line: Any) -> None:
    """Remove what crashed runs left on a target, and only that.

    First what the ledger names (the runs of this machine), then what the target lists under a mark (conformance-TIME-ID) older than --older-than.
    What runs that still go on have made is left alone. Exit status 0 when nothing is left, 3 when something could not be removed.
    """
    loaded = options.load(contract, revision, readings)
    given = options.settled(loaded, {**line, "contract_given": contract})
    if given["url"] is None:
        raise UsageError(Problem(message="there is nothing to clean without --url", hint="give the server that the runs were against"))
    target = options.target(loaded, given)
    console, left, gone = Terminal(), 0, 0
    channel = Line(loaded, target, ledger=options.ledger(given, target.url))
    try:
        with Session(loaded, target, line=channel) as session:
            for one in cleaned(session, _seconds(given["older_than"])):
                left, gone = left + (not one.removed), gone + one.removed
                word = ("removed ", "green") if one.removed else ("kept ", "yellow")
                reason = f": {one.reason}" if one.reason else ""
                console.print(Text.assemble(word, harmless(f"{one.resource} {one.identity} {one.name or ''}{reason}")), soft_wrap=True)
    finally:
        channel.close()
        channel.ledger.close()
    if channel.pace.down:
        console.print(Text(harmless(channel.pace.down), style="bold yellow"))
    console.print(Text(f"{gone} removed, {left} left"))
    sys.exit(UNREACHED if left or channel.pace.down else HOLDS)


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text.strip())
    if not found:
        raise UsageError(Problem(message=f"--older-than {text}: it is written like 30m, 2h or 1d"))
    return float(found[1]) * UNITS[found[2]]
