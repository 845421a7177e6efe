"""`conformance merge`: put the results of parts of a run together."""

from __future__ import annotations

import datetime
from typing import Any

import click

from conformance import configuration
from conformance.commands import report_files
from conformance.commands.run import finish_run
from conformance.report import acceptance, merging
from conformance.report.conclusion import DEFAULT_MIN_DECIDED, conclude_run
from conformance.report.console import PipeSafeConsole
from conformance.report.result_file import read_result_file


@click.command(short_help="Combine the results of the parts of a run (--shard).")
@click.argument("results", nargs=-1, required=True, metavar="RESULT.json...")
@click.option(
    "--min-decided",
    type=click.FloatRange(0, 100),
    default=DEFAULT_MIN_DECIDED,
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
    rules = configuration.load_configuration(None).accepted_violations
    merged = merging.merge_partial_results([read_result_file(name) for name in results])
    result = acceptance.apply_accepted_violations(
        merged, rules, datetime.date.today(), all_claims_tried=not merged.is_partial
    )
    console = PipeSafeConsole(stderr=report_files.writes_to_stdout(settings))
    finish_run(console, conclude_run(result, settings["min_decided"]), settings)
