"""`conformance docs`: the living documentation of a contract."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import click
from rich.text import Text

from conformance import options
from conformance.contract import loader
from conformance.contract.client import add_client_claims
from conformance.contract.contract import Contract
from conformance.contract.difference import ContractChange, compare_contracts
from conformance.contract.json import Json
from conformance.docs import history, site
from conformance.docs.evidence import EvidenceStatus
from conformance.errors import Problem, UsageError
from conformance.report.console import PipeSafeConsole
from conformance.report.result_file import read_result_file
from conformance.report.text import format_count


@click.command(short_help="Write the living documentation, with the evidence of runs.")
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
    interpretations: tuple[str, ...],
    evidence: tuple[str, ...],
    folder: str,
) -> None:
    """Write the documentation of CONTRACT as a folder of static pages, in which every statement has
    its verdict, and each verdict its evidence.

    Evidence is added to what the folder already has, and its history continues.

    \b
    conformance run losant --url http://127.0.0.1:9000 --json result.json
    conformance docs losant --evidence result.json -o site
    """
    loaded = options.load_contract(contract, revision, interpretations)
    results = [read_result_file(file).to_json() for file in evidence]
    for file, result in zip(evidence, results, strict=True):
        if result["contract"]["name"] != loaded.name:
            raise UsageError(
                Problem(
                    message=f"is a result of {result['contract']['name']}, not of {loaded.name}",
                    file=file,
                )
            )
    root = Path(folder)
    results_by_file = _select_evidence_results(root, loaded, results)
    if any("client" in result for result in results_by_file.values()):
        loaded = add_client_claims(loaded)
    site_input = site.SiteInput(
        contract=loaded,
        results=list(results_by_file.values()),
        history=_read_run_history(root),
        interpretations=loader.list_open_interpretations(contract, revision, interpretations),
        changes=_compare_with_other_editions(contract, loaded),
    )
    pages = site.build_site_pages(site_input)
    runs = history.append_runs_to_history(site_input.history, site_input.results)
    _write_site_files(root, pages, results_by_file, runs)
    standing_counts = site.count_statements_by_status(site_input)
    console = PipeSafeConsole()
    others = standing_counts.get(EvidenceStatus.OTHER_EDITION, 0)
    summary = " · ".join(
        f"{count} {standing}"
        for standing, count in sorted(standing_counts.items(), key=lambda pair: -pair[1])
        if standing is not EvidenceStatus.OTHER_EDITION
    )
    elsewhere = f" ({others} more in other editions)" if others else ""
    console.print(
        Text.assemble(
            (f"{loaded.name} {loaded.revision}: ", "bold"),
            f"{format_count(sum(standing_counts.values()) - others, 'statement')}, {summary}",
            elsewhere,
        ),
        soft_wrap=True,
    )
    console.print(
        Text(
            f"{format_count(len(pages), 'page')}, {format_count(len(runs), 'run')}:"
            f" {root / 'index.html'}"
        ),
        soft_wrap=True,
    )


def _select_evidence_results(
    root: Path, contract: Contract, results: list[Json]
) -> dict[str, Json]:
    """Return the results that the pages rest on by file name: those given and those that the folder
    has, the newest few of each target.
    """
    by_file = {f"evidence-{_build_evidence_file_stamp(result)}.json": result for result in results}
    for file in sorted((root / "evidence").glob("evidence-*.json")):
        by_file.setdefault(file.name, read_result_file(str(file)).to_json())
    of_contract = {
        name: result
        for name, result in by_file.items()
        if result["contract"]["name"] == contract.name
    }
    return history.select_newest_results_per_target(of_contract)


def _build_evidence_file_stamp(result: Json) -> str:
    text = json.dumps(result, sort_keys=True, ensure_ascii=True)
    return (
        "".join(character for character in result["started"][:19] if character.isdigit())
        + "-"
        + hashlib.sha256(text.encode()).hexdigest()[:8]
    )


def _read_run_history(root: Path) -> list[Json]:
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


def _compare_with_other_editions(
    name: str, contract: Contract
) -> list[tuple[Contract, tuple[ContractChange, ...]]]:
    name, _ = loader.split_contract_and_revision(name)
    base = loader.load_contract(name)
    editions = [
        base,
        *(loader.load_contract(name, revision) for revision in loader.list_revisions(name)),
    ]
    return [
        (edition, compare_contracts(edition, contract))
        for edition in editions
        if edition.revision != contract.revision
    ]


def _write_site_files(
    root: Path, pages: dict[str, str], results_by_file: dict[str, Json], runs: list[Json]
) -> None:
    try:
        (root / "evidence").mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            (root / name).write_text(text, "utf-8")
        for evidence_file in (root / "evidence").glob("evidence-*.json"):
            if evidence_file.name not in results_by_file:
                evidence_file.unlink()
        for name, result in results_by_file.items():
            (root / "evidence" / name).write_text(json.dumps(result, ensure_ascii=True), "utf-8")
        (root / "history.json").write_text(
            json.dumps(runs, ensure_ascii=True, indent=1) + "\n", "utf-8"
        )
    except OSError as error:
        raise UsageError(
            Problem(message=f"-o {root}: cannot be written: {error.strerror}")
        ) from error
