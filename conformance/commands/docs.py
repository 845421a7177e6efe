"""`conformance docs`: the living documentation of a contract."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import click
from rich.text import Text

from conformance import options
from conformance.contract import library
from conformance.contract.client import with_client
from conformance.contract.contract import Contract
from conformance.contract.difference import Change, differences
from conformance.contract.json import Json
from conformance.docs import history, site
from conformance.errors import Problem, UsageError
from conformance.report.console import Terminal
from conformance.report.result import read

KEPT = 3  # results of one target that a site keeps in full


@click.command(short_help="Make the living documentation, with the evidence of the runs given.")
@options.contract_options
@click.option(
    "--evidence",
    multiple=True,
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="A result of `conformance run --json`. Repeatable.",
)
@click.option(
    "--output",
    "-o",
    "folder",
    type=click.Path(file_okay=False),
    default="site",
    show_default=True,
    help="The folder to write.",
)
def docs(
    contract: str,
    revision: str | None,
    readings: tuple[str, ...],
    evidence: tuple[str, ...],
    folder: str,
) -> None:
    """Write the documentation of CONTRACT as a folder of static pages, in which every statement has
    its verdict, and each verdict its evidence.

    What the folder was given before stays: evidence is appended, and the history goes on.

    \b
    conformance run losant --url http://127.0.0.1:9000 --json result.json
    conformance docs losant --evidence result.json -o site
    """
    loaded = options.load(contract, revision, readings)
    given = [read(file) for file in evidence]
    for file, result in zip(evidence, given, strict=True):
        if result["contract"]["name"] != loaded.name:
            raise UsageError(
                Problem(
                    message=f"is a result of {result['contract']['name']}, not of {loaded.name}",
                    file=file,
                )
            )
    root = Path(folder)
    kept = _kept(root, loaded, given)
    if any("client" in result for result in kept.values()):
        loaded = with_client(loaded)
    made = site.Given(
        contract=loaded,
        results=list(kept.values()),
        history=_history(root),
        readings=library.ambiguities(contract, revision, readings),
        changes=_changes(contract, loaded),
    )
    pages = site.pages(made)
    runs = history.appended(made.history, made.results)
    _written(root, pages, kept, runs)
    counted = site.summary(made)
    console = Terminal()
    told = " · ".join(
        f"{count} {standing}"
        for standing, count in sorted(counted.items(), key=lambda pair: -pair[1])
    )
    console.print(
        Text.assemble(
            (f"{loaded.name} {loaded.revision}: ", "bold"),
            f"{sum(counted.values())} statements, {told}",
        ),
        soft_wrap=True,
    )
    console.print(
        Text(f"{len(pages)} pages, {len(runs)} runs: {root / 'index.html'}"), soft_wrap=True
    )


def _kept(root: Path, contract: Contract, given: list[Json]) -> dict[str, Json]:
    """Return the results that the pages rest on by file name: those given and those that the folder
    has, the newest few of each target.
    """
    found = {f"evidence-{_stamp(one)}.json": one for one in given}
    for file in sorted((root / "evidence").glob("evidence-*.json")):
        found.setdefault(file.name, read(str(file)))
    targets: dict[str, list[str]] = {}
    for name, one in sorted(found.items(), key=lambda pair: pair[1]["started"], reverse=True):
        if one["contract"]["name"] == contract.name:
            targets.setdefault(one["target"]["url"], []).append(name)
    return {name: found[name] for names in targets.values() for name in names[:KEPT]}


def _stamp(result: Json) -> str:
    text = json.dumps(result, sort_keys=True, ensure_ascii=True)
    return (
        "".join(c for c in result["started"][:19] if c.isdigit())
        + "-"
        + hashlib.sha256(text.encode()).hexdigest()[:8]
    )


def _history(root: Path) -> list[Json]:
    file = root / "history.json"
    if not file.is_file():
        return []
    try:
        runs = json.loads(file.read_text("utf-8"))
        return [
            run
            for run in runs
            if {"started", "target", "digest", "seed", "summary", "violated", "revision"}
            <= run.keys()
        ]
    except (ValueError, AttributeError, TypeError) as error:
        raise UsageError(
            Problem(
                message="is no history of a site",
                file=str(file),
                hint="remove it, and the history begins anew",
            )
        ) from error


def _changes(name: str, contract: Contract) -> list[tuple[Contract, tuple[Change, ...]]]:
    base = library.load(name)
    editions = [base, *(library.load(name, revision) for revision in library.revisions(name))]
    return [
        (other, differences(other, contract))
        for other in editions
        if other.revision != contract.revision
    ]


def _written(root: Path, pages: dict[str, str], kept: dict[str, Json], runs: list[Json]) -> None:
    try:
        (root / "evidence").mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            (root / name).write_text(text, "utf-8")
        for old in (root / "evidence").glob("evidence-*.json"):
            if old.name not in kept:
                old.unlink()
        for name, one in kept.items():
            (root / "evidence" / name).write_text(json.dumps(one, ensure_ascii=True), "utf-8")
        (root / "history.json").write_text(
            json.dumps(runs, ensure_ascii=True, indent=1) + "\n", "utf-8"
        )
    except OSError as error:
        raise UsageError(
            Problem(message=f"-o {root}: cannot be written: {error.strerror}")
        ) from error
