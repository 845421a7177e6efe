"""`conformance merge`: put the results of parts of a run together."""

from __future__ import annotations

import sys
from typing import Any

import click

from conformance.commands import report_files
from conformance.commands.exit_codes import write_result_json
from conformance.commands.run import determine_exit_status
from conformance.report import merging
from conformance.report.console import PipeSafeConsole, print_run_result
from conformance.report.result import read_result_file


@click.command(short_help="Put the results of the parts of a run (--shard) together.")
@click.argument("results", nargs=-1, required=True, metavar="RESULT.json...")
@click.option(
    "--min-decided",
    type=click.FloatRange(0, 100),
    default=50.0,
    show_default=True,
    help="Exit with status 3 if less than this percentage of claims could be decided.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False),
    help="Write the result as JSON (format 2); - for standard output.",
)
@report_files.report_options
@click.option("--verbose", "-v", is_flag=True, help="Show every undecided claim.")
def merge(results: tuple[str, ...], **settings: Any) -> None:
    """Put the results of the parts of a run together: RESULT.json are what `conformance run --shard
    I/N --json` wrote.
    """
    result = merging.merge_partial_results([read_result_file(name) for name in results])
    console = PipeSafeConsole(stderr=report_files.writes_to_stdout(settings))
    write_result_json(settings["json_file"], result)
    report_files.write_report_files(result, settings)
    print_run_result(console, result, settings["verbose"])
    sys.exit(determine_exit_status(console, result, settings["min_decided"]))
