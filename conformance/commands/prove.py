"""`conformance prove`: show that every check can fail."""

from __future__ import annotations

import fnmatch
import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from conformance import options
from conformance.commands.exit_codes import SUCCESS, VIOLATED
from conformance.commands.report_files import write_file_or_stdout
from conformance.contract import loader
from conformance.contract.json import Json
from conformance.errors import Problem, UsageError
from conformance.report.console import PipeSafeConsole


@click.command(short_help="Break the mock once for each fault, and show that a run finds it.")
@options.contract_options
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Number of runs of the mock without a fault, each with another seed.",
)
@click.option(
    "--workers", type=click.IntRange(min=1), help="Processes (default: as many as there are cores)."
)
@click.option(
    "--profile",
    type=click.Choice(["quick", "standard", "deep"]),
    default="standard",
    show_default=True,
    help="How many requests to send: quick a third of standard, deep also fuzzes.",
)
@click.option(
    "--fault",
    "only",
    multiple=True,
    metavar="PATTERN",
    help="Only faults whose id matches. Repeatable.",
)
@click.option(
    "--every",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
    help="Only every N-th of these faults: a sample, for a quick answer.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False),
    help="Write the matrix as JSON; - for standard output.",
)
@click.option(
    "--markdown",
    "markdown_file",
    type=click.Path(dir_okay=False),
    help="Append the totals as a row of a Markdown table.",
)
@click.option("--verbose", "-v", is_flag=True, help="Show every fault by itself.")
def prove(
    contract: str, revision: str | None, interpretations: tuple[str, ...], **settings: Any
) -> None:
    """Show that every check of CONTRACT can fail, and that an honest server is not accused.

    The mock is broken once per fault and checked as a whole; the claim that was broken must be
    found. The revision's interpretations, each by itself, must be clean too.
    """
    import time

    from conformance.report import proof

    began = time.perf_counter()
    loaded = options.load_contract(contract, revision, interpretations)
    campaigns = _build_mutation_campaigns(contract, revision, interpretations, settings)
    console = PipeSafeConsole(stderr=settings["json_file"] == "-")
    proofs = _run_mutation_campaigns(campaigns, settings, console)
    proofs[0]["seconds"] = round(time.perf_counter() - began, 1)
    for interpretation_proof in proofs[1:]:
        console.print(
            Text.assemble(
                (
                    f"interpretation {interpretation_proof['contract']['interpretations'][-1]}: ",
                    "bold",
                ),
                proof.summarize_proof_totals(interpretation_proof),
            ),
            soft_wrap=True,
        )
    proof.print_mutation_proof(console, proofs[0], settings["verbose"])
    if settings["json_file"] is not None:
        text = (
            json.dumps({**proofs[0], "interpretations": proofs[1:]}, ensure_ascii=False, indent=1)
            + "\n"
        )
        write_file_or_stdout(settings["json_file"], text, "--json")
    if settings["markdown_file"]:
        _append_row(Path(settings["markdown_file"]), proof.render_proof_table(proofs[:1]))
    interpretations_hold = all(
        not interpretation_proof["false_alarms"]
        and interpretation_proof["killed"] == interpretation_proof["faults"]
        for interpretation_proof in proofs[1:]
    )
    sys.exit(
        SUCCESS
        if proof.is_proof_complete(proofs[0]) and interpretations_hold and loaded.claims
        else VIOLATED
    )


def _build_mutation_campaigns(
    contract: str, revision: str | None, interpretations: tuple[str, ...], settings: Any
) -> list[Any]:
    """Return the campaigns: the revision with all its faults, and each interpretation.

    An interpretation brings the faults of what it alone promises.
    """
    from conformance.embedded import MockMutationBench
    from conformance.suite.prove import MutationCampaign

    benches = [MockMutationBench(contract, revision, interpretations)]
    benches += [
        MockMutationBench(contract, revision, (name,))
        for name in loader.list_interpretations(contract)
        if not interpretations
    ]
    seeds = tuple(str(number + 1) for number in range(settings["seeds"]))
    campaigns = []
    for number, bench in enumerate(benches):
        faults = [
            fault_and_claim
            for fault_and_claim in bench.faults
            if not settings["only"]
            or any(fnmatch.fnmatchcase(fault_and_claim[0], pattern) for pattern in settings["only"])
        ]
        claims_of_interpretations = bench.claims_of_interpretations if number else frozenset()
        campaigns.append(
            MutationCampaign(
                bench=bench,
                faults=tuple(
                    fault_and_claim
                    for fault_and_claim in faults
                    if not number or fault_and_claim[1] in claims_of_interpretations
                )[:: settings["every"]],
                seeds=seeds,
            )
        )
    if not campaigns[0].faults:
        raise UsageError(
            Problem(
                message="no fault has such an id",
                hint="see `conformance mock CONTRACT --list-faults`",
            )
        )
    return campaigns


def _run_mutation_campaigns(campaigns: list[Any], settings: Any, console: Console) -> list[Json]:
    """Return the proof of each trial; claims without a fault count in the first, when all of its
    faults are tried.
    """
    import os

    from rich.progress import track

    from conformance.report import proof
    from conformance.suite.plan import RunProfile
    from conformance.suite.prove import (
        FaultlessBaselineResult,
        MutantResult,
        run_mutation_campaigns,
    )

    outcomes: list[list[Any]] = [[] for _ in campaigns]
    numbered_outcomes = run_mutation_campaigns(
        campaigns, settings["workers"] or os.cpu_count() or 1, RunProfile(settings["profile"])
    )
    total = sum(len(campaign.faults) + len(campaign.seeds) for campaign in campaigns)
    for number, outcome in track(
        numbered_outcomes,
        campaigns[0].bench.contract_name,
        total=total,
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ):
        outcomes[number].append(outcome)
    proofs = []
    for number, (campaign, campaign_results) in enumerate(zip(campaigns, outcomes, strict=True)):
        mutants, baselines = (
            [result for result in campaign_results if isinstance(result, MutantResult)],
            [result for result in campaign_results if isinstance(result, FaultlessBaselineResult)],
        )
        seconds = sum(result.seconds for result in campaign_results)
        claims_with_fault = {claim for _, claim in campaign.bench.faults}
        document = proof.build_mutation_proof(
            campaign.bench.contract, mutants, baselines, seconds, claims_with_fault
        )
        if settings["every"] > 1:
            document["every"] = settings["every"]
        proofs.append(
            document
            if number == 0 and not settings["only"]
            else {**document, "claims_without_fault": []}
        )
    return proofs


def _append_row(file: Path, table: str) -> None:
    """Add a row to a Markdown table, with its head when the file is new."""
    is_new = not file.exists()
    with file.open("a", encoding="utf-8") as stream:
        stream.write(table if is_new else table.splitlines()[-1] + "\n")
