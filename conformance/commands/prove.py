"""`conformance prove`: show that every check can fail."""

from __future__ import annotations

import fnmatch
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from conformance import options
from conformance.commands.outcome import EXITS, HOLDS, VIOLATED, written
from conformance.contract import library
from conformance.contract.json import Json
from conformance.errors import Problem, UsageError
from conformance.report.console import Terminal


@click.command(
    short_help="Break the mock once per fault and show that the suite notices.", epilog=EXITS
)
@options.contract_options
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="How many runs of the honest mock, each with another seed.",
)
@click.option(
    "--workers", type=click.IntRange(min=1), help="Processes (default: as many as there are cores)."
)
@click.option(
    "--profile",
    type=click.Choice(["quick", "standard", "deep"]),
    default="standard",
    show_default=True,
    help="How many examples to try.",
)
@click.option(
    "--fault",
    "only",
    multiple=True,
    metavar="PATTERN",
    help="Only faults whose id matches. Repeatable.",
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
def prove(contract: str, revision: str | None, readings: tuple[str, ...], **given: Any) -> None:
    """Show that every check of CONTRACT can fail, and that an honest server is not accused.

    The mock is broken once per fault and checked as a whole; the claim that was broken must be
    found. The edition's readings, each by itself, must be clean too. Exit status 1 when a fault is
    missed, the honest mock accused, or a claim has no fault.
    """
    import time

    from conformance.report import proof

    began = time.perf_counter()
    loaded = options.load(contract, revision, readings)
    trials = _trials(contract, revision, readings, given)
    console = Terminal(stderr=given["json_file"] == "-")
    proofs = _proofs(trials, given, console)
    proofs[0]["seconds"] = round(time.perf_counter() - began, 1)
    for one in proofs[1:]:
        console.print(
            Text.assemble(
                (f"reading {one['contract']['readings'][-1]}: ", "bold"), proof.summary(one)
            ),
            soft_wrap=True,
        )
    proof.show(console, proofs[0], given["verbose"])
    written(given["json_file"], {**proofs[0], "readings": proofs[1:]})
    if given["markdown_file"]:
        _appended(Path(given["markdown_file"]), proof.markdown(proofs[:1]))
    clean = all(not one["false_alarms"] and one["found"] == one["faults"] for one in proofs[1:])
    sys.exit(HOLDS if proof.holds(proofs[0]) and clean and loaded.claims else VIOLATED)


def _trials(
    contract: str, revision: str | None, readings: tuple[str, ...], given: Any
) -> list[Any]:
    """Return what is to be proved: the edition with all its faults, and each reading with the
    faults of what it alone promises.
    """
    from conformance.embedded import MockBench
    from conformance.suite.prove import Trial

    benches = [MockBench(contract, revision, readings)]
    benches += [
        MockBench(contract, revision, (name,))
        for name in library.readings(contract)
        if not readings
    ]
    seeds = tuple(str(number + 1) for number in range(given["seeds"]))
    found = []
    for number, bench in enumerate(benches):
        faults = [
            pair
            for pair in bench.faults
            if not given["only"] or any(fnmatch.fnmatchcase(pair[0], one) for one in given["only"])
        ]
        shows = bench.shows if number else frozenset()
        found.append(
            Trial(
                bench=bench,
                faults=tuple(pair for pair in faults if not number or pair[1] in shows),
                seeds=seeds,
            )
        )
    if not found[0].faults:
        raise UsageError(
            Problem(
                message="no fault has such an id",
                hint="see `conformance mock CONTRACT --list-faults`",
            )
        )
    return found


def _proofs(trials: list[Any], given: Any, console: Console) -> list[Json]:
    """Return the proof of each trial; claims without a fault count in the first, when all of its
    faults are tried.
    """
    import os

    from rich.progress import track

    from conformance.report import proof
    from conformance.suite.plan import Profile
    from conformance.suite.prove import Caught, Cleared, prove

    outcomes: list[list[Any]] = [[] for _ in trials]
    results = prove(trials, given["workers"] or os.cpu_count() or 1, Profile(given["profile"]))
    total = sum(len(trial.faults) + len(trial.seeds) for trial in trials)
    for number, outcome in track(
        results,
        trials[0].bench.contract_name,
        total=total,
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ):
        outcomes[number].append(outcome)
    proofs = []
    for number, (trial, found) in enumerate(zip(trials, outcomes, strict=True)):
        caught, cleared = (
            [one for one in found if isinstance(one, Caught)],
            [one for one in found if isinstance(one, Cleared)],
        )
        seconds = sum(one.seconds for one in found)
        made = proof.document(trial.bench.contract, caught, cleared, seconds)
        proofs.append(made if number == 0 and not given["only"] else {**made, "faultless": []})
    return proofs


def _appended(file: Path, table: str) -> None:
    """Add a row to a Markdown table, with its head when the file is new."""
    head = not file.exists()
    with file.open("a", encoding="utf-8") as stream:
        stream.write(table if head else table.splitlines()[-1] + "\n")
