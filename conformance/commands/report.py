"""`conformance report`: a result as any other report, or beside an earlier one."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from conformance.commands import report_files
from conformance.commands.exit_codes import SUCCESS, VIOLATED
from conformance.report import comparison as comparisons
from conformance.report import markdown
from conformance.report.comparison import RunComparison, VerdictChangeKind
from conformance.report.console import PipeSafeConsole, print_run_result
from conformance.report.result_file import read_result_file
from conformance.report.text import sanitize_text, to_single_line

CHANGE_STYLES = {
    VerdictChangeKind.BROKEN: "bold red",
    VerdictChangeKind.BACK_AGAIN: "bold red",
    VerdictChangeKind.FIXED: "green",
    VerdictChangeKind.FLAKY: "magenta",
    VerdictChangeKind.NO_LONGER_DECIDED: "yellow",
}


@click.command(short_help="Turn a result into another report, or compare two.")
@click.argument("result", type=click.Path(dir_okay=False))
@report_files.report_options
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
    result: str, against: tuple[str, ...], json_file: str | None, verbose: bool, **settings: Any
) -> None:
    """Show RESULT, which `conformance run --json` wrote, or turn it into other reports.

    With --against: what is newly broken, newly fixed, or flaky.

    \b
    conformance report result.json --html report.html --junit junit.xml
    conformance report today.json --against yesterday.json
    """
    run_result = read_result_file(result)
    earlier = [read_result_file(file) for file in against]
    report_files.write_report_files(run_result, settings)
    report_files.write_har(run_result, settings["har"])
    console = PipeSafeConsole(stderr=json_file == "-" or report_files.writes_to_stdout(settings))
    if not earlier:
        if not any(settings.values()):
            print_run_result(console, run_result, verbose)
        return
    comparison = comparisons.compare_results([*earlier, run_result])
    report_files.append_github_job_summary(markdown.render_markdown_comparison(comparison))
    if json_file:
        report_files.write_file_or_stdout(
            json_file,
            json.dumps(comparisons.comparison_to_json(comparison), ensure_ascii=False, indent=1)
            + "\n",
            "--json",
        )
    _print_result_comparison(console, comparison)
    is_worse = any(
        comparison.changes_by_kind[kind]
        for kind in (VerdictChangeKind.BROKEN, VerdictChangeKind.BACK_AGAIN)
    )
    sys.exit(VIOLATED if is_worse else SUCCESS)


def _print_result_comparison(console: Console, comparison: RunComparison) -> None:
    console.print(
        Text.assemble(
            (sanitize_text(comparison.before), "dim"), " → ", sanitize_text(comparison.after)
        ),
        soft_wrap=True,
    )
    for kind, changes in comparison.changes_by_kind.items():
        for change in changes:
            transition = f"{change.before or 'absent'} → {change.after or 'absent'}"
            console.print(
                Text.assemble(
                    (f"{kind} ", CHANGE_STYLES.get(kind, "dim")),
                    sanitize_text(change.claim),
                    f"\n    {transition}",
                    (f"  {to_single_line(change.reason)}", "dim"),
                )
            )
    for id in comparison.still_violated:
        console.print(Text.assemble(("still violated ", "red"), sanitize_text(id)), soft_wrap=True)
    console.print(Text(f"\n{comparison.summary}", style="bold"), soft_wrap=True)
