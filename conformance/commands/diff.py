"""`conformance diff`: what changed between two contracts, or two editions of one."""

from __future__ import annotations

import json
import sys
from itertools import groupby
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from conformance.commands import report_files
from conformance.commands.exit_codes import SUCCESS, VIOLATED
from conformance.contract import loader
from conformance.contract.contract import Contract
from conformance.contract.difference import ContractChange, compare_contracts
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.report.console import PipeSafeConsole
from conformance.report.text import format_count, sanitize_text


@click.command(short_help="Show what changed between two editions, and what breaks callers.")
@click.argument("before")
@click.argument("after")
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write the changes as JSON; - for standard output.",
)
@click.option(
    "--breaking",
    is_flag=True,
    help="Show only breaking changes, and exit with status 1 if there are any.",
)
@click.option("--statements", is_flag=True, help="Also show statements that were added or removed.")
def diff(before: str, after: str, json_file: str | None, breaking: bool, statements: bool) -> None:
    """Show what changed from contract BEFORE to contract AFTER. NAME@REVISION names an edition.

    \b
    conformance diff losant@2017 losant
    conformance diff ./old ./new --breaking
    """
    old, new = loader.load_contract(before), loader.load_contract(after)
    changes = [change for change in compare_contracts(old, new) if change.breaking or not breaking]
    console = PipeSafeConsole(stderr=json_file == "-")
    if json_file:
        report_files.write_file_or_stdout(
            json_file,
            json.dumps(contract_changes_to_json(old, new, changes), ensure_ascii=False, indent=1)
            + "\n",
            "--json",
        )
    _print_contract_changes(console, old, new, changes, statements)
    sys.exit(VIOLATED if breaking and changes else SUCCESS)


def contract_changes_to_json(
    before: Contract, after: Contract, changes: list[ContractChange]
) -> Json:
    """Return the changes as JSON; `before` and `after` of a change are left out where there is
    nothing.
    """
    return {
        "format": 1,
        "before": {"name": before.name, "revision": before.revision, "digest": before.digest},
        "after": {"name": after.name, "revision": after.revision, "digest": after.digest},
        "breaking": sum(change.breaking for change in changes),
        "changes": [_contract_change_to_json(after, before, change) for change in changes],
    }


def _contract_change_to_json(after: Contract, before: Contract, change: ContractChange) -> Json:
    location = (before if change.after is MISSING else after).position_of(change.pointer)
    entry: dict[str, Any] = {
        "kind": change.kind,
        "operation": change.operation,
        "place": change.location,
        "text": change.text,
        "breaking": change.breaking,
        "spec": (
            {"file": location[0], "line": location[1], "pointer": change.pointer}
            if location and change.pointer
            else None
        ),
    }
    return entry | {
        name: value
        for name, value in (("before", change.before), ("after", change.after))
        if value is not MISSING
    }


def _print_contract_changes(
    console: Console,
    before: Contract,
    after: Contract,
    changes: list[ContractChange],
    statements: bool,
) -> None:
    console.print(
        Text.assemble(
            (f"{before.name} {before.revision}", "bold"),
            " → ",
            (f"{after.name} {after.revision}", "bold"),
        ),
        soft_wrap=True,
    )
    shown = [change for change in changes if statements or not change.kind.startswith("statement.")]
    for operation, group in groupby(shown, key=lambda change: change.operation):
        console.print(Text(f"\n{operation or 'besides'}", style="bold"))
        for change in group:
            word, style = ("breaking", "bold red") if change.breaking else ("   ·    ", "dim")
            console.print(
                Text.assemble(
                    (f"  {word} ", style),
                    (f"{change.location}: " if change.location else ""),
                    sanitize_text(change.text),
                ),
                soft_wrap=True,
            )
    hidden = len(changes) - len(shown)
    hidden_note = (
        f"; {format_count(hidden, 'statement')} of the pages changed (--statements)"
        if hidden
        else ""
    )
    total = sum(change.breaking for change in changes)
    console.print(
        Text(
            f"\n{format_count(len(shown), 'change')}, {total} breaking for callers{hidden_note}",
            style="bold",
        )
    )
