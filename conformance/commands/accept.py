"""`conformance accept`: write down that a known violation is accepted for a while."""

from __future__ import annotations

import datetime
import json
import tomllib
from pathlib import Path

import click
from rich.text import Text

from conformance import configuration
from conformance.commands.replay import find_violated_claim
from conformance.contract.json import Json
from conformance.errors import Problem, UsageError
from conformance.report.console import PipeSafeConsole
from conformance.report.result import ClaimResult, Result
from conformance.report.result_file import read_result_file
from conformance.report.text import sanitize_text


@click.command(short_help="Accept a known violation for a while, in conformance.toml.")
@click.argument("result", type=click.Path(dir_okay=False), metavar="RESULT.json")
@click.argument("claim")
@click.option("--reason", required=True, help="Why it is accepted; every report shows it.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    metavar="YYYY-MM-DD",
    help="The last day; after it the run fails again.",
)
@click.option(
    "--config",
    default=configuration.DEFAULT_FILE,
    show_default=True,
    type=click.Path(dir_okay=False),
    help="The file that the entry is added to.",
)
def accept(result: str, claim: str, reason: str, until: datetime.datetime, config: str) -> None:
    """Accept a violation that RESULT.json holds: it no longer fails a run, until its last day.

    Only this finding is accepted: another breach of the same claim fails the run.

    \b
    conformance accept result.json listPets/size/size --reason "ticket 17" --until 2027-03-31
    """
    result_node = read_result_file(result)
    violated = find_violated_claim(result_node, claim)
    if not reason.strip():
        raise UsageError(Problem(message="--reason is empty", hint="say why it is accepted"))
    entry = build_accepted_entry(result_node, violated, reason.strip(), until.date())
    if until.date() < datetime.date.today():
        raise UsageError(
            Problem(message=f"--until {until.date()} is past", hint="give a day that is to come")
        )
    configuration.load_configuration(config if Path(config).exists() else None)
    try:
        text = Path(config).read_text("utf-8") if Path(config).exists() else ""
        remainder = remove_accepted_entry(text, tomllib.loads(entry)["accepted"][0]).rstrip("\n")
        Path(config).write_text((remainder + "\n\n" if remainder else "") + entry, "utf-8")
    except OSError as error:
        raise UsageError(
            Problem(message=f"--config {config} cannot be written: {error.strerror}")
        ) from error
    text = f"{config}: {violated.id} is accepted until {until.date()}"
    PipeSafeConsole().print(Text(sanitize_text(text)), soft_wrap=True)


def remove_accepted_entry(text: str, entry: Json) -> str:
    """Return the text of a configuration without an entry that accepts the same finding: what is
    accepted once more replaces what was accepted before.
    """
    identity = ("contract", "claim", "kind", "pointer")
    tables: list[list[str]] = [[]]
    for line in text.splitlines(keepends=True):
        if line.startswith("["):
            tables.append([])
        tables[-1].append(line)

    def is_same(table: list[str]) -> bool:
        if not table or not table[0].startswith("[[accepted]]"):
            return False
        try:
            (earlier_entry,) = tomllib.loads("".join(table))["accepted"]
        except tomllib.TOMLDecodeError:
            return False  # a text of several lines was cut in two: such an entry stays
        return all(earlier_entry.get(name) == entry.get(name) for name in identity)

    return "".join(line for table in tables if not is_same(table) for line in table)


def build_accepted_entry(
    result: Result, claim: ClaimResult, reason: str, until: datetime.date
) -> str:
    """Return the TOML of an entry that accepts the finding of a claim."""
    finding = claim.findings[0]
    if not finding.kind:
        hint = "run again, and accept what the new result holds"
        raise UsageError(
            Problem(message="the result is of an older version, which names no kinds", hint=hint)
        )
    values = {
        "contract": result.contract.name,
        "claim": claim.id,
        "kind": finding.kind,
        "pointer": finding.pointer,
        "reason": reason,
    }
    rows = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join(["[[accepted]]", *rows, f"until = {until.isoformat()}"]) + "\n"
