"""`conformance clean`: delete what crashed runs left on a target."""

from __future__ import annotations

import re
import sys
from collections import Counter
from typing import Any

import click
from rich.text import Text

from conformance import options
from conformance.commands.outcome import HOLDS, UNREACHED
from conformance.errors import Problem, UsageError
from conformance.report.console import Terminal
from conformance.report.text import harmless, number
from conformance.suite.cleaning import Cleaned
from conformance.suite.cleaning import clean as cleaned
from conformance.suite.line import Line
from conformance.suite.masking import masked
from conformance.suite.session import Session
from conformance.suite.target import Target

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@click.command(short_help="Delete what crashed runs left on a target.")
@options.contract_options
@options.target_options
@click.option(
    "--older-than",
    metavar="TIME",
    help=(
        "Also delete what carries a mark older than this (30m, 2h, 1d), of runs that are not in"
        " this ledger."
    ),
)
@click.option("--dry-run", is_flag=True, help="Only show what would be deleted.")
def clean(contract: str, revision: str | None, readings: tuple[str, ...], **line: Any) -> None:
    """Delete what crashed runs left on a target, and only that.

    The ledger of this machine names what its runs created. Before anything is deleted, it is read
    once more and must carry the mark of its run. Runs that still go on are left alone. Where the
    ledger is lost, as on a CI machine, --older-than 1h goes by the marks alone.

    Exit status 0 when nothing is left; 3 when something could not be deleted, or not everything
    could be seen.
    """
    loaded = options.load(contract, revision, readings)
    given = options.settled(loaded, {**line, "contract_given": contract})
    if given["url"] is None:
        hint = "give the server that the runs were against"
        raise UsageError(Problem(message="there is nothing to clean without --url", hint=hint))
    older = None if given.get("older_than") is None else _seconds(given["older_than"])
    dry_run = bool(given.get("dry_run"))
    target = options.target(loaded, given)
    console, counts = Terminal(), Counter[str]()
    channel = Line(loaded, target, ledger=options.ledger(given, target.url))
    try:
        with Session(loaded, target, line=channel) as session:
            for one in cleaned(session, older, dry_run=dry_run):
                counts[_show(console, one, target)] += 1
    finally:
        channel.close()
        channel.ledger.close()
    if channel.pace.down:
        console.print(Text(harmless(channel.pace.down), style="bold yellow"))
    if counts["foreign"]:
        text = (
            f"{number(counts['foreign'], 'item')} of runs that are not in this ledger: --older-than"
            " TIME deletes them by age"
        )
        console.print(Text(text, style="dim"), soft_wrap=True)
    done = (
        f"{counts['planned']} would be deleted"
        if dry_run
        else f"{counts['removed']} removed, {counts['kept']} left"
    )
    done += f" ({counts['absent']} gone already)" if counts["absent"] else ""
    blind = ", and not everything could be seen" if counts["unseen"] else ""
    console.print(Text(done + blind))
    sys.exit(UNREACHED if counts["kept"] or counts["unseen"] or channel.pace.down else HOLDS)


def _show(console: Terminal, one: Cleaned, target: Target) -> str:
    """Print one result, and return under which word it counts."""
    if one.absent:
        kind, word, style = "absent", "gone ", "dim"
    elif one.removed:
        kind, word, style = "removed", "removed ", "green"
    elif one.planned:
        kind, word, style = "planned", "would remove ", "cyan"
    elif one.foreign:
        kind, word, style = "foreign", "not ours ", "dim"
    else:
        kind, word, style = (
            "kept" if one.identity is not None or one.name else "unseen",
            "kept ",
            "yellow",
        )
    reason = f": {one.reason}" if one.reason else ""
    name = " ".join(
        str(part) for part in (one.resource, one.identity, one.name) if part is not None
    )
    told = harmless(masked(f"{name}{reason}", target.secrets))
    console.print(Text.assemble((word, style), told), soft_wrap=True)
    return kind


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text.strip())
    if not found:
        raise UsageError(Problem(message=f"--older-than {text}: it is written like 30m, 2h or 1d"))
    return float(found[1]) * UNITS[found[2]]
