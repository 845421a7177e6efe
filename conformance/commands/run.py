"""`conformance run`: check a server; Ctrl-C ends a run in order."""

from __future__ import annotations

import datetime
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

import click
from rich.text import Text

from conformance import configuration, options, sharding
from conformance.commands import report_files
from conformance.commands.dry_run import print_dry_run
from conformance.commands.exit_codes import get_exit_status, write_result_json
from conformance.configuration import AcceptedViolation
from conformance.contract import loader
from conformance.contract.contract import Contract
from conformance.contract.interpretation import Interpretation
from conformance.errors import Problem, TargetUnreachableError, UsageError
from conformance.report import acceptance, merging, result_recorder
from conformance.report.conclusion import DEFAULT_MIN_DECIDED, conclude_run
from conformance.report.console import PipeSafeConsole, ProgressDisplay, print_run_result
from conformance.report.result import Result
from conformance.suite.budget import Interruption
from conformance.suite.events import ClaimDecided, Event
from conformance.suite.ledger import Ledger
from conformance.suite.plan import Plan
from conformance.suite.target import Target


@click.command(
    cls=options.GroupedOptionsCommand, short_help="Check a server: which promises does it keep?"
)
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
    help="Check only the I-th of N parts of the claims; `conformance merge` combines the results.",
)
@click.option(
    "--executor",
    metavar="URL",
    help="Distribute parts of the run: dask://HOST:PORT, or processes:N.",
)
@click.option(
    "--client",
    metavar="PACKAGE",
    help=(
        "Send the requests through this generated client (a package or its folder), and check it"
        " too."
    ),
)
@click.option(
    "--seed",
    default="1",
    show_default=True,
    help="Seed of the drawn values: the same seed gives the same requests.",
)
@click.option(
    "--profile",
    type=click.Choice(["quick", "standard", "deep"]),
    default="standard",
    show_default=True,
    help="How many requests to send: quick a third of standard, deep also fuzzes.",
)
@click.option(
    "--min-decided",
    type=click.FloatRange(0, 100),
    default=DEFAULT_MIN_DECIDED,
    show_default=True,
    help="Exit with status 3 if less than this percentage of claims could be decided.",
)
@click.option(
    "--dry-run", is_flag=True, help="Show what would be sent and created, and send nothing."
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False),
    help="Write the result as JSON (format 2); - for standard output.",
)
@report_files.report_options
@click.option("--verbose", "-v", is_flag=True, help="Show every undecided claim.")
def run(
    contract: str, revision: str | None, interpretations: tuple[str, ...], **command_line: Any
) -> None:
    """Check a server: which promises of CONTRACT does it keep?

    Without --url, the embedded mock is checked. Everything that a run
    creates has a mark in its name, and is deleted at the end.

    \b
    conformance run push-express --url http://127.0.0.1:9000/api/b/v2 --token @token.txt
    conformance run losant --target staging     (conformance.toml: [targets.staging] url = "…")
    """
    from conformance.suite import plan as plans

    revision = options.choose_revision(contract, revision, command_line)
    loaded = options.load_contract(contract, revision, interpretations)
    settings = options.resolve_target_settings(loaded, {**command_line, "contract_given": contract})
    target = _build_run_target(loaded, settings)
    if settings["client"]:
        loaded, target = _use_generated_client(loaded, target, settings)
    all_claims = options.select_claims_by_pattern(loaded, settings["only"])
    claims = sharding.select_shard_claims(loaded, all_claims, settings["shard"])
    plan = plans.generate_plan(
        loaded, settings["seed"], plans.RunProfile(settings["profile"]), claims
    )
    console = PipeSafeConsole(stderr=report_files.writes_to_stdout(settings))
    rules = configuration.load_configuration(settings["config"]).accepted_violations
    if settings["dry_run"]:
        print_dry_run(console, plan, target)
        return
    if settings["executor"]:
        result = _run_shards_on_executor(contract, revision, interpretations, settings, console)
    else:
        is_full_run = (
            not settings["only"]
            and settings["profile"] != "quick"
            and (settings["shard"] or "1/").startswith("1/")
        )
        result = _run_locally(
            plan,
            target,
            settings,
            console,
            rules,
            loader.list_open_interpretations(contract, revision, interpretations)
            if is_full_run
            else (),
        )
    if settings["shard"]:
        part = sharding.describe_part(loaded, all_claims, settings, settings["shard"])
        result = replace(result, part=part)
    if settings["only"]:
        result = replace(result, only=tuple(settings["only"]))
    result = acceptance.apply_accepted_violations(
        result, rules, datetime.date.today(), all_claims_tried=not result.is_partial
    )
    finish_run(console, conclude_run(result, settings["min_decided"]), settings)


def finish_run(console: PipeSafeConsole, result: Result, settings: Mapping[str, Any]) -> NoReturn:
    """Write and print the reports of a run, and exit with the status that it has."""
    result = write_result_json(settings["json_file"], result)
    report_files.write_report_files(result, settings)
    print_run_result(console, result, settings["verbose"])
    report_files.report_to_github(result, to_stderr=console.stderr)
    sys.exit(get_exit_status(result))


def _run_locally(
    plan: Plan,
    target: Target,
    settings: Mapping[str, Any],
    console: PipeSafeConsole,
    rules: Sequence[AcceptedViolation],
    interpretations: Sequence[Interpretation],
) -> Result:
    """Return the result of a run that is carried out here."""
    from conformance.suite.run import run_plan as execute_run

    ledger = (
        Ledger()
        if target.transport or target.read_only
        else options.open_ledger(settings, target.url)
    )
    shard_count = sharding.count_shards(settings["shard"])
    events: list[Event] = []
    with (
        _handle_interrupts(console) as interruption,
        ProgressDisplay(console, accepts=partial(_is_accepted, rules, plan.contract)) as progress,
        report_files.open_har_recorder(settings["har"], target) as recorder,
    ):
        rate_limited = replace(target, rate=target.rate and target.rate / shard_count)
        try:
            for event in execute_run(
                plan,
                rate_limited,
                interpretations,
                recorder,
                workers=settings["workers"],
                ledger=ledger,
                interruption=interruption,
            ):
                progress.show_event(event)
                events.append(event)
        except TargetUnreachableError as error:
            return result_recorder.build_result_of_unreachable_target(
                plan, target, error, time.time()
            )
    result = result_recorder.build_result_from_events(events)
    return replace(result, interrupted=interruption.requested)


def _is_accepted(
    rules: Sequence[AcceptedViolation], contract: Contract, event: ClaimDecided
) -> bool:
    """Tell whether the violation that an event reports is accepted."""
    findings = [(finding.failure.kind.name, finding.failure.pointer) for finding in event.findings]
    return acceptance.is_accepted(
        rules, contract.name, event.claim.id, findings, datetime.date.today()
    )


@contextmanager
def _handle_interrupts(console: PipeSafeConsole) -> Iterator[Interruption]:
    """Yield what Ctrl-C asks for: an end in order. A second Ctrl-C stops at once."""
    interruption = Interruption()

    def on_interrupt(number: int, frame: object) -> None:
        if interruption.requested:
            raise KeyboardInterrupt
        interruption.request()
        text = "Interrupted. What the run created is being deleted, and the reports are written"
        console.print(Text(f"{text}. Ctrl-C again stops at once.", style="bold yellow"))

    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    previous = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield interruption
    finally:
        signal.signal(signal.SIGINT, previous)


def _run_shards_on_executor(
    contract: str,
    revision: str | None,
    interpretations: tuple[str, ...],
    settings: dict[str, Any],
    console: PipeSafeConsole,
) -> Result:
    """Return the result of a run whose parts an executor carries out."""
    if settings["url"] is None or settings["shard"] or settings["har"]:
        hint = (
            "parts of a run go to other processes: they need --url, and neither --shard nor --har"
        )
        raise UsageError(Problem(message="--executor cannot be used so", hint=hint))
    with sharding.start_shard_executor(settings["executor"]) as (executor, shard_count):
        console.print(Text(f"{shard_count} parts go to {settings['executor']}", style="dim"))
        tasks = [
            sharding.RunShardTask(
                contract=contract,
                revision=revision,
                interpretations=interpretations,
                settings=settings,
                shard=f"{number}/{shard_count}",
            )
            for number in range(1, shard_count + 1)
        ]
        return merging.merge_partial_results(list(executor.map(sharding.run_shard, tasks)))


def _build_run_target(contract: Contract, settings: Any) -> Target:
    if settings["url"] is None:
        from conformance.embedded import create_embedded_target

        for flag, name in (
            ("--token", "token"),
            ("--user", "user"),
            ("--credential", "credentials"),
            ("--cert", "cert"),
            ("--scoped-token", "scoped"),
            ("--fixture", "fixtures"),
            ("--header", "headers"),
            ("--ca", "ca"),
        ):
            if settings[name]:
                hint = "the embedded mock has its own tokens and ids; give --url to check a server"
                raise UsageError(Problem(message=f"{flag} goes with --url", hint=hint))
        limits = {
            name: settings[name]
            for name in ("max_requests", "max_time", "rate", "read_only", "timeout")
        }
        limits["settle_seconds"] = settings["settle"]
        return replace(
            create_embedded_target(
                contract, options.parse_name_value_pairs("--param", settings["parameters"])
            ),
            **limits,
        )
    return options.build_target_from_settings(contract, settings)


def _use_generated_client(
    contract: Contract, target: Target, settings: Mapping[str, Any]
) -> tuple[Contract, Target]:
    """Return the contract with the claims about its client, and the target that is spoken to
    through it.
    """
    from conformance.contract.client import add_client_claims
    from conformance.generated_client import load_client_driver

    if settings["executor"]:
        raise UsageError(
            Problem(
                message="--client and --executor do not go together",
                hint="use --shard I/N with --client",
            )
        )
    return add_client_claims(contract), replace(
        target, driver=load_client_driver(contract, settings["client"])
    )
