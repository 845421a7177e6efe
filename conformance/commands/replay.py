"""`conformance replay`: the requests of a finding once more."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from conformance import configuration, options
from conformance.commands.outcome import HOLDS, UNREACHED, VIOLATED
from conformance.contract import library
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.errors import Problem, UsageError
from conformance.report import curl, record
from conformance.report.console import Terminal
from conformance.report.result import first, read, violated
from conformance.report.result import written as promised_in
from conformance.report.text import harmless, line
from conformance.suite.cleaning import Cleaned
from conformance.suite.ledger import Ledger
from conformance.suite.masking import masked
from conformance.suite.replay import Replayed, Telling
from conformance.suite.target import EMBEDDED, Target, bare

EXITS = """\b
Exit status:
  0  the promise is kept now
  1  the finding shows again
  2  usage, configuration or contract error
  3  the target cannot be reached, or nothing could be seen
"""


@click.command(epilog=EXITS, short_help="Send a finding's requests again: does it still show?")
@click.argument("report", type=click.Path(dir_okay=False))
@click.argument("claim")
@click.option(
    "--contract", metavar="CONTRACT", help="The contract (default: the one that the report names)."
)
@options.target_options
def replay(report: str, claim: str, contract: str | None, **given: Any) -> None:
    """Send the requests of the finding about CLAIM again, as REPORT (the JSON of a run) has it, and
    tell whether it still shows.

    Everything that they need is made anew, ids from earlier answers are put where they belong, and
    what was made is removed. Without --url they go to the target of the report, but no credential
    goes to a URL that only the report names.

    \b
    conformance replay result.json listThings/order/orders-by/name --url http://127.0.0.1:9000
    """
    from conformance.suite import plan as plans
    from conformance.suite import replay as replays

    result = read(report)
    found = _claim(result, claim)
    loaded = _contract(result, found, contract)
    if "client" in result:
        hint = (
            f"try it again through the client: conformance run {loaded.name} --client"
            f" {result['client']} --only {found['id']}"
        )
        raise UsageError(
            Problem(message="the requests of this report were made by a typed client", hint=hint)
        )
    if found["id"] not in {one.id for one in loaded.claims}:
        raise UsageError(
            Problem(
                message=f"{found['id']} is no claim of {loaded.name} {loaded.revision} any more",
                hint="give the older one with --contract",
            )
        )
    target = _target(loaded, result, given)
    console = Terminal()
    if loaded.digest != result["contract"]["digest"]:
        console.print(
            Text(
                "the contract has changed since this report: its requests are drawn anew",
                style="yellow",
            )
        )
    last = first(found)["exchanges"][-1]
    telling = Telling(step=last.get("step", ""), operation=found["operation"])
    plan = plans.draw(loaded, result["seed"], plans.Profile(_profile(result)))
    ledger = Ledger() if target.transport else options.ledger(given, target.url)
    left: list[Cleaned] = []
    outcome = replays.replay(plan, target, found["id"], telling, ledger=ledger, left=left)
    _show(console, target, found, outcome)
    for one in left:
        text = masked(
            f"left behind {one.resource} {one.identity} {one.name or ''}: {one.reason}",
            target.secrets,
        )
        console.print(Text(harmless(text), style="yellow"), soft_wrap=True)
    sys.exit({True: VIOLATED, False: HOLDS, None: UNREACHED}[outcome.shows])


def _claim(result: Json, id: str) -> Json:
    """Return the violated claim of that id, or the only one that begins so."""
    claims = violated(result)
    found = [claim for claim in claims if claim["id"] == id] or [
        claim for claim in claims if claim["id"].startswith(id)
    ]
    if len(found) == 1:
        return found[0]
    known = [claim["id"] for claim in found or claims]
    hint = (
        "it has " + ", ".join(known[:8]) + (" …" if len(known) > 8 else "")
        if known
        else "no claim is violated in it"
    )
    message = (
        f"{len(found)} findings begin with {id!r}"
        if found
        else f"the report has no finding about {id!r}"
    )
    raise UsageError(Problem(message=message, hint=hint))


def _profile(result: Json) -> str:
    from conformance.suite.plan import Profile

    profile = result.get("profile", Profile.STANDARD)
    return profile if profile in list(Profile) else Profile.STANDARD


def _contract(result: Json, claim: Json, named: str | None) -> Contract:
    known, spec = result["contract"], claim.get("spec")
    name = named or known["name"]
    if not named and name not in library.built_in() and spec and Path(spec["file"]).is_file():
        name = spec["file"]
    base = library.load(name)
    revision = None if base.revision == known["revision"] else known["revision"]
    return library.load(name, revision, tuple(known["readings"]))


def _target(contract: Contract, result: Json, given: Mapping[str, Any]) -> Target:
    """Return where to go: what the line says, else the target of the report with its parameters and
    fixtures.
    """
    there = result["target"]
    given = options.settled(contract, {**given, "contract_given": contract.name})
    url = there["url"] if given["url"] is None else given["url"]
    parameters = given["parameters"] or tuple(
        f"{name}={value}" for name, value in there.get("parameters", {}).items()
    )
    if url == EMBEDDED:
        from conformance.embedded import embedded

        return embedded(contract, options.pairs("--param", parameters))
    named = given["url"] is not None or url in {
        one.get("url") for one in configuration.load(given.get("config")).targets.values()
    }
    if not named and (given["token"] is not None or given["scoped"] or given["headers"]):
        message = (
            f"only the report names {harmless(bare(url))}: no credential is sent to a URL that you"
            " have not named"
        )
        raise UsageError(
            Problem(message=message, hint=f"if it is yours, name it: --url {harmless(bare(url))}")
        )
    if not named and os.environ.get("CONFORMANCE_TOKEN"):
        text = (
            "CONFORMANCE_TOKEN is not sent to a URL that only the report names: give it with --url"
        )
        Terminal(stderr=True).print(Text(text, style="yellow"), soft_wrap=True)
    fixtures = given["fixtures"] or tuple(
        f"{name}={','.join(map(str, ids))}"
        for name, ids in there.get("fixtures", {}).items()
        if ids
    )
    return options.target(
        contract,
        {**given, "url": url, "parameters": parameters, "fixtures": fixtures},
        environment=named,
    )


def _show(console: Console, target: Target, claim: Json, outcome: Replayed) -> None:
    def row(name: str, text: str, style: str = "") -> None:
        console.print(
            Text.assemble((f"  {name:<9}", "dim"), (harmless(text), style)), soft_wrap=True
        )

    console.print(
        Text.assemble(("replay ", "bold"), (harmless(claim["id"]), "bold"), f" → {target.shown}"),
        soft_wrap=True,
    )
    row("promised", claim["text"])
    row("written", promised_in(claim))
    row("then", line(first(claim)["message"], 600))
    told = [masked(str(exchange), target.secrets) for exchange in outcome.exchanges]
    for text, group in groupby(told):
        times = len(list(group))
        row("sent", line(text, 400) + (f"  × {times}" if times > 1 else ""), "dim")
    row("now", line(masked(outcome.message, target.secrets), 600))
    if outcome.shows and outcome.evidence:
        row("try", curl.line(record.shown(outcome.evidence[-1].request, target)))
    words = {
        True: ("the finding shows again", "bold red"),
        False: ("the promise is kept now", "green"),
        None: ("nothing could be seen", "yellow"),
    }
    console.print(Text("\n" + words[outcome.shows][0], style=words[outcome.shows][1]))
