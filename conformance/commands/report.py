"""`conformance report`: a result as any other report, or beside an earlier one."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from conformance.commands import output
from conformance.commands.outcome import HOLDS, VIOLATED
from conformance.report import comparison as comparisons
from conformance.report import markdown
from conformance.report.comparison import Comparison, Shift
from conformance.report.console import Terminal, show
from conformance.report.result import read
from conformance.report.text import harmless, line

STYLES = {
    Shift.BROKEN: "bold red",
    Shift.FIXED: "green",
    Shift.FLAKY: "magenta",
    Shift.LOST: "yellow",
}


@click.command(short_help="Turn a result into another report, or compare two.")
@click.argument("result", type=click.Path(dir_okay=False))
@output.report_options
@click.option(
    "--against",
    multiple=True,
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Compare with an earlier result. Repeatable, oldest first.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write the comparison as JSON; - for standard output.",
)
@click.option("--verbose", "-v", is_flag=True, help="Show every undecided claim.")
def report(
    result: str, against: tuple[str, ...], json_file: str | None, verbose: bool, **given: Any
) -> None:
    """Show RESULT, which `conformance run --json` wrote, or turn it into other reports.

    With --against: what is newly broken, newly fixed, or flaky. The exit status is then 1 when
    something is newly broken.

    \b
    conformance report result.json --html report.html --junit junit.xml
    conformance report today.json --against yesterday.json
    """
    found = read(result)
    earlier = [read(file) for file in against]
    output.deliver(found, given)
    output.archive(found, given["har"])
    console = Terminal(
        stderr="-" in (json_file, given["junit"], given["markdown"], given["html"], given["har"])
    )
    if not earlier:
        if not any(given.values()):
            show(console, found, verbose)
        return
    compared = comparisons.compare([*earlier, found])
    output.summarise(markdown.compared(compared))
    if json_file:
        output.write(
            json_file,
            json.dumps(comparisons.document(compared), ensure_ascii=False, indent=1) + "\n",
            "--json",
        )
    _show(console, compared)
    sys.exit(VIOLATED if compared.groups[Shift.BROKEN] else HOLDS)


def _show(console: Console, compared: Comparison) -> None:
    console.print(
        Text.assemble((harmless(compared.before), "dim"), " → ", harmless(compared.after)),
        soft_wrap=True,
    )
    for shift, changes in compared.groups.items():
        for change in changes:
            was = f"{change.before or 'absent'} → {change.after or 'absent'}"
            console.print(
                Text.assemble(
                    (f"{shift} ", STYLES.get(shift, "dim")),
                    harmless(change.claim),
                    f"\n    {was}",
                    (f"  {line(change.why)}", "dim"),
                )
            )
    for id in compared.still:
        console.print(Text.assemble(("still violated ", "red"), harmless(id)), soft_wrap=True)
    console.print(Text(f"\n{compared.summary}", style="bold"), soft_wrap=True)
