"""`conformance run`: check a server."""

from __future__ import annotations

import sys
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from conformance import options
from conformance.commands import output
from conformance.commands.outcome import EXITS, HOLDS, UNREACHED, VIOLATED, written
from conformance.contract import library
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.errors import Problem, UsageError
from conformance.report import record
from conformance.report.console import Live, Terminal, show
from conformance.suite.event import Event, Verdict


@click.command(epilog=EXITS, short_help="Check a server: which promises does it keep?")
@options.contract_options
@options.target_options
@click.option("--only", multiple=True, metavar="PATTERN", help="Only claims whose id matches, such as 'list*/sort*'. Repeatable.")
@click.option("--seed", default="1", show_default=True, help="The same seed draws the same requests.")
@click.option("--profile", type=click.Choice(["quick", "standard", "deep"]), default="standard", show_default=True, help="How many examples to try.")
@click.option("--min-decided", type=click.FloatRange(0, 100), default=50.0, show_default=True, help="Exit 3 when fewer percent of the claims could be decided.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False), help="Write the result as JSON (format 1); - for standard output.")
@output.report_options
@click.option("--verbose", "-v", is_flag=True, help="Show every undecided claim.")
def run(contract: str, revision: str | None, readings: tuple[str, ...], **given: Any) -> None:
    """Check a server: which promises of CONTRACT does it keep?

    Without --url, the embedded mock is checked. What a run makes carries a mark (conformance-TIME-ID), and is removed again.

    \b
    conformance run push-express --url http://127.0.0.1:9000/api/b/v2 --token @token.txt --fixture app_ids=25328,25329
    """
    from conformance.suite import plan as plans
    from conformance.suite.run import run as carried_out

    loaded = options.load(contract, revision, readings)
    target = _target(loaded, given)
    plan = plans.draw(loaded, given["seed"], plans.Profile(given["profile"]), options.chosen(loaded, given["only"]))
    readings_open = () if given["only"] or given["profile"] == "quick" else library.ambiguities(contract, revision, readings)
    console = Terminal(stderr="-" in (given["json_file"], given["junit"], given["markdown"], given["html"]))
    events: list[Event] = []
    with Live(console) as live, output.recorder(given["har"], target) as tap:
        for event in carried_out(plan, target, readings_open, tap):
            live.hear(event)
            events.append(event)
    result = record.record(events)
    written(given["json_file"], result)
    output.deliver(result, given)
    show(console, result, given["verbose"])
    output.announce(result, to_stderr=console.stderr)
    sys.exit(_exit(console, result, given["min_decided"]))


def _target(contract: Contract, given: Any) -> Any:
    if given["url"] is None:
        from conformance.embedded import embedded

        for flag, name in (("--token", "token"), ("--scoped-token", "scoped"), ("--fixture", "fixtures"), ("--header", "headers"), ("--ca", "ca")):
            if given[name]:
                hint = "the embedded mock has its own tokens and ids; give --url to check a server"
                raise UsageError(Problem(message=f"{flag} goes with --url", hint=hint))
        return embedded(contract, options.pairs("--param", given["parameters"]))
    return options.target(contract, given)


def _exit(console: Console, result: Json, least: float) -> int:
    summary = result["summary"]
    if not result["claims"]:
        console.print(Text("the contract promises nothing that could be checked: no operations, or nothing cites a statement", style="bold yellow"))
        return UNREACHED
    if summary[Verdict.VIOLATED]:
        return VIOLATED
    total = sum(summary.values()) - summary[Verdict.UNOBSERVABLE]
    share = 100 * summary[Verdict.VERIFIED] / total if total else 100.0
    if share < least:
        message = f"only {share:.0f} % of the claims could be decided, fewer than --min-decided {least:g}: are the token and the parameters right?"
        console.print(Text(message, style="bold yellow"))
        return UNREACHED
    return HOLDS
