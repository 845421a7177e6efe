"""`conformance clean`: delete what crashed runs left on a target."""

from __future__ import annotations

import re
import sys
from collections import Counter
from typing import Any

import click
from rich.text import Text

from conformance import options
from conformance.commands.exit_codes import INCONCLUSIVE, SUCCESS
from conformance.errors import Problem, UsageError
from conformance.report.console import PipeSafeConsole
from conformance.report.text import format_count, sanitize_text
from conformance.suite.cleanup import ItemCleanupResult
from conformance.suite.cleanup import clean_up_crashed_runs as delete_leftovers
from conformance.suite.masking import mask_text
from conformance.suite.session import TargetSession
from conformance.suite.target import Target
from conformance.suite.target_client import TargetClient

SECONDS_PER_UNIT = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@click.command(short_help="Delete what interrupted runs left on a target.")
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
def clean(
    contract: str, revision: str | None, interpretations: tuple[str, ...], **command_line: Any
) -> None:
    """Delete what interrupted runs left on a target, and only that.

    The ledger of this machine names what its runs created. Before anything is deleted, it is read
    once more and must carry the mark of its run. Runs that still go on are left alone. Where the
    ledger is lost, as on a CI machine, --older-than 1h goes by the marks alone.
    """
    revision = options.choose_revision(contract, revision, command_line)
    loaded = options.load_contract(contract, revision, interpretations)
    settings = options.resolve_target_settings(loaded, {**command_line, "contract_given": contract})
    if settings["url"] is None:
        hint = "give the server that the runs were against"
        raise UsageError(Problem(message="there is nothing to clean without --url", hint=hint))
    min_age = None if settings.get("older_than") is None else _parse_age(settings["older_than"])
    dry_run = bool(settings.get("dry_run"))
    target = options.build_target_from_settings(loaded, settings)
    console, counts = PipeSafeConsole(), Counter[str]()
    client = TargetClient(loaded, target, ledger=options.open_ledger(settings, target.url))
    try:
        with TargetSession(loaded, target, client=client) as session:
            for item in delete_leftovers(session, min_age, dry_run=dry_run):
                counts[_print_and_classify_cleaned_item(console, item, target)] += 1
    finally:
        client.close()
        client.ledger.close()
    if client.budget.down_reason:
        console.print(Text(sanitize_text(client.budget.down_reason), style="bold yellow"))
    if counts["foreign"]:
        text = (
            f"{format_count(counts['foreign'], 'item')} of runs that are not in this ledger:"
            " --older-than"
            " TIME deletes them by age"
        )
        console.print(Text(text, style="dim"), soft_wrap=True)
    summary = (
        f"{counts['planned']} would be deleted"
        if dry_run
        else f"{counts['removed']} removed, {counts['kept']} left"
    )
    summary += f" ({counts['absent']} gone already)" if counts["absent"] else ""
    incomplete_note = ", and not everything could be seen" if counts["unseen"] else ""
    console.print(Text(summary + incomplete_note))
    sys.exit(
        INCONCLUSIVE if counts["kept"] or counts["unseen"] or client.budget.down_reason else SUCCESS
    )


def _print_and_classify_cleaned_item(
    console: PipeSafeConsole, item: ItemCleanupResult, target: Target
) -> str:
    """Print one result, and return under which word it counts."""
    if item.already_gone:
        kind, word, style = "absent", "gone ", "dim"
    elif item.deleted:
        kind, word, style = "removed", "removed ", "green"
    elif item.planned:
        kind, word, style = "planned", "would remove ", "cyan"
    elif item.foreign:
        kind, word, style = "foreign", "not ours ", "dim"
    else:
        kind, word, style = (
            "kept" if item.identity is not None or item.name else "unseen",
            "kept ",
            "yellow",
        )
    reason = f": {item.reason}" if item.reason else ""
    name = " ".join(
        str(part) for part in (item.resource, item.identity, item.name) if part is not None
    )
    text = sanitize_text(mask_text(f"{name}{reason}", target.secrets))
    console.print(Text.assemble((word, style), text), soft_wrap=True)
    return kind


def _parse_age(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text.strip())
    if not match:
        raise UsageError(Problem(message=f"--older-than {text}: it is written like 30m, 2h or 1d"))
    return float(match[1]) * SECONDS_PER_UNIT[match[2]]
