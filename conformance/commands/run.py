"""`conformance run`: check a server."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from conformance import configuration, options, sharding
from conformance.commands import output
from conformance.commands.outcome import EXITS, HOLDS, UNREACHED, VIOLATED, written
from conformance.commands.rehearsal import rehearse
from conformance.contract import library
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.reading import Reading
from conformance.errors import Problem, UsageError
from conformance.report import acceptance, merging, record
from conformance.report.console import Live, Terminal, show
from conformance.report.text import harmless
from conformance.suite.event import Event, Verdict
from conformance.suite.ledger import Ledger
from conformance.suite.plan import Plan
from conformance.suite.target import Target


@click.command(epilog=EXITS, short_help="Check a server: which promises does it keep?")
@options.contract_options
@options.target_options
@options.worker_option
@click.option(
    "--only",
    multiple=True,
    metavar="PATTERN",
    help="Only claims whose id matches, such as 'list*/sort*'. Repeatable.",
)
@click.option(
    "--shard",
    metavar="I/N",
    help="Only the I-th of N parts of the claims; `conformance merge` puts the results together.",
)
@click.option(
    "--executor",
    metavar="URL",
    help="Where whole parts of the run go: dask://HOST:PORT, or processes:N.",
)
@click.option(
    "--client",
    metavar="PACKAGE",
    help="Speak through this generated client (a package or its folder), and check it too.",
)
@click.option(
    "--seed", default="1", show_default=True, help="The same seed draws the same requests."
)
@click.option(
    "--profile",
    type=click.Choice(["quick", "standard", "deep"]),
    default="standard",
    show_default=True,
    help="How many examples to try.",
)
@click.option(
    "--min-decided",
    type=click.FloatRange(0, 100),
    default=50.0,
    show_default=True,
    help="Exit with status 3 if less than this percentage of claims could be decided.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be sent and made, and send nothing.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False),
    help="Write the result as JSON (format 1); - for standard output.",
)
@output.report_options
@click.option("--verbose", "-v", is_flag=True, help="Show every undecided claim.")
def run(contract: str, revision: str | None, readings: tuple[str, ...], **line: Any) -> None:
    """Check a server: which promises of CONTRACT does it keep?

    Without --url, the embedded mock is checked. What a run creates carries a mark in front of its
    name, and is deleted again.

    \b
    conformance run push-express --url http://127.0.0.1:9000/api/b/v2 --token @token.txt
    conformance run losant --target staging     (conformance.toml: [targets.staging] url = "…")
    """
    from conformance.suite import plan as plans

    loaded = options.load(contract, revision, readings)
    given = options.settled(loaded, {**line, "contract_given": contract})
    target = _target(loaded, given)
    if given["client"]:
        loaded, target = _through(loaded, target, given)
    claims = sharding.part(loaded, options.chosen(loaded, given["only"]), given["shard"])
    plan = plans.draw(loaded, given["seed"], plans.Profile(given["profile"]), claims)
    console = Terminal(
        stderr="-" in (given["json_file"], given["junit"], given["markdown"], given["html"])
    )
    if given["dry_run"]:
        rehearse(console, plan, target)
        return
    if given["executor"]:
        result = _distributed(contract, revision, readings, given, console)
    else:
        whole = (
            not given["only"]
            and given["profile"] != "quick"
            and (given["shard"] or "1/").startswith("1/")
        )
        result = _carried_out(
            plan,
            target,
            given,
            console,
            library.ambiguities(contract, revision, readings) if whole else (),
        )
    known = configuration.load(given["config"]).accepted
    result = acceptance.applied(
        result, known, datetime.date.today(), tried=not given["only"] and not given["shard"]
    )
    written(given["json_file"], result)
    output.deliver(result, given)
    show(console, result, given["verbose"])
    output.announce(result, to_stderr=console.stderr)
    sys.exit(status(console, result, given["min_decided"]))


def _carried_out(
    plan: Plan,
    target: Target,
    given: Mapping[str, Any],
    console: Terminal,
    readings: Sequence[Reading],
) -> Json:
    """Return the result of a run that is carried out here."""
    from conformance.suite.run import run as carried_out

    ledger = Ledger() if target.transport or target.read_only else options.ledger(given, target.url)
    share = sharding.share(given["shard"])
    events: list[Event] = []
    with Live(console) as live, output.recorder(given["har"], target) as tap:
        paced = replace(target, rate=target.rate and target.rate / share)
        for event in carried_out(
            plan, paced, readings, tap, workers=given["workers"], ledger=ledger
        ):
            live.hear(event)
            events.append(event)
    return record.record(events)


def _distributed(
    contract: str,
    revision: str | None,
    readings: tuple[str, ...],
    given: dict[str, Any],
    console: Terminal,
) -> Json:
    """Return the result of a run whose parts an executor carries out."""
    if given["url"] is None or given["shard"] or given["har"]:
        hint = (
            "parts of a run go to other processes: they need --url, and neither --shard nor --har"
        )
        raise UsageError(Problem(message="--executor cannot be used so", hint=hint))
    with sharding.executor(given["executor"]) as (executor, parts):
        console.print(Text(f"{parts} parts go to {given['executor']}", style="dim"))
        orders = [
            sharding.Order(
                contract=contract,
                revision=revision,
                readings=readings,
                given=given,
                shard=f"{n}/{parts}",
            )
            for n in range(1, parts + 1)
        ]
        return merging.merged(list(executor.map(sharding.carry_out, orders)))


def _target(contract: Contract, given: Any) -> Any:
    if given["url"] is None:
        from conformance.embedded import embedded

        for flag, name in (
            ("--token", "token"),
            ("--scoped-token", "scoped"),
            ("--fixture", "fixtures"),
            ("--header", "headers"),
            ("--ca", "ca"),
        ):
            if given[name]:
                hint = "the embedded mock has its own tokens and ids; give --url to check a server"
                raise UsageError(Problem(message=f"{flag} goes with --url", hint=hint))
        limits = {
            name: given[name]
            for name in ("max_requests", "max_time", "rate", "read_only", "timeout", "settle")
        }
        return replace(embedded(contract, options.pairs("--param", given["parameters"])), **limits)
    return options.target(contract, given)


def _through(
    contract: Contract, target: Target, given: Mapping[str, Any]
) -> tuple[Contract, Target]:
    """Return the contract with the claims about its client, and the target that is spoken to
    through it.
    """
    from conformance.contract.client import with_client
    from conformance.speaking import speaker

    if given["executor"]:
        raise UsageError(
            Problem(
                message="--client and --executor do not go together",
                hint="use --shard I/N with --client",
            )
        )
    return with_client(contract), replace(target, speaker=speaker(contract, given["client"]))


def status(console: Console, result: Json, least: float) -> int:
    """Print why a result is not simply good or bad, and return the exit status."""
    for one in result.get("outdated", ()):
        console.print(
            Text.assemble(("outdated ", "bold red"), f"accepted {one['claim']}: {one['why']}"),
            soft_wrap=True,
        )
    if result.get("stopped"):
        console.print(
            Text(harmless(f"the run ended early: {result['stopped']}"), style="bold yellow"),
            soft_wrap=True,
        )
    summary = result["summary"]
    if not result["claims"]:
        console.print(
            Text(
                "the contract promises nothing that could be checked: no operations, or nothing"
                " cites a statement",
                style="bold yellow",
            )
        )
        return UNREACHED
    if acceptance.violations(result) or result.get("outdated"):
        return VIOLATED
    if result.get("down"):
        return UNREACHED
    total = sum(summary.values()) - summary[Verdict.UNOBSERVABLE]
    decided = summary[Verdict.VERIFIED] + summary[Verdict.VIOLATED]
    share = 100 * decided / total if total else 100.0
    if share < least:
        message = (
            f"only {share:.0f} % of the claims could be decided, fewer than --min-decided"
            f" {least:g}: are the token and the parameters right?"
        )
        console.print(Text(message, style="bold yellow"))
        return UNREACHED
    return HOLDS
