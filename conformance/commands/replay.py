"""`conformance replay`: the requests of a finding once more."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from conformance import configuration, options
from conformance.commands.exit_codes import INCONCLUSIVE, SUCCESS, VIOLATED
from conformance.contract import loader
from conformance.contract.contract import Contract
from conformance.errors import Problem, UsageError
from conformance.report import curl, result_recorder
from conformance.report.console import PipeSafeConsole
from conformance.report.record import record_to_json
from conformance.report.result import ClaimResult, Result
from conformance.report.result_file import read_result_file
from conformance.report.text import sanitize_text, to_single_line
from conformance.suite.cleanup import ItemCleanupResult
from conformance.suite.ledger import Ledger
from conformance.suite.masking import get_secret_masker, mask_text
from conformance.suite.replay import DecisiveStep, ReplayResult
from conformance.suite.target import EMBEDDED_URL_PREFIX, Target, strip_secrets


@click.command(short_help="Send the requests of a finding again: does it still occur?")
@click.argument("report", type=click.Path(dir_okay=False))
@click.argument("claim")
@click.option(
    "--contract", metavar="CONTRACT", help="The contract (default: the one that the report names)."
)
@options.target_options
@click.option(
    "--script",
    type=click.Path(dir_okay=False),
    help="Write a Python script that shows the finding without this tool; send nothing.",
)
def replay(
    report: str, claim: str, contract: str | None, script: str | None, **settings: Any
) -> None:
    """Send the requests of the finding about CLAIM again, as REPORT (the JSON of a run) has it, and
    tell whether it still shows.

    Everything that they need is made anew, ids from earlier answers are put where they belong, and
    what was made is removed. Without --url they go to the target of the report, but no credential
    goes to a URL that only the report names.

    \b
    conformance replay result.json listThings/order/orders-by/name --url http://127.0.0.1:9000
    conformance replay result.json listThings/order/orders-by/name --script breach.py
    """
    from conformance.suite import plan as plans
    from conformance.suite import replay as replays
    from conformance.suite.reproduction import build_reproduction

    result = read_result_file(report)
    violated_claim = find_violated_claim(result, claim)
    loaded = _load_recorded_contract(result, violated_claim, contract)
    if result.client is not None:
        hint = (
            f"try it again through the client: conformance run {loaded.name} --client"
            f" {result.client} --only {violated_claim.id}"
        )
        raise UsageError(
            Problem(message="the requests of this report were made by a typed client", hint=hint)
        )
    if violated_claim.id not in {loaded_claim.id for loaded_claim in loaded.claims}:
        raise UsageError(
            Problem(
                message=(
                    f"{violated_claim.id} is no claim of {loaded.name} {loaded.revision} any more"
                ),
                hint="give the older one with --contract",
            )
        )
    target = _build_replay_target(loaded, result, settings)
    console = PipeSafeConsole()
    if loaded.digest != result.contract.digest:
        console.print(
            Text(
                "the contract has changed since this report: its requests are drawn anew",
                style="yellow",
            )
        )
    last_exchange = violated_claim.first_finding.exchanges[-1]
    decisive_step = DecisiveStep(step=last_exchange.step, operation=violated_claim.operation)
    plan = plans.generate_plan(loaded, result.seed, plans.RunProfile(_read_profile(result)))
    if script is not None:
        _write_reproduction(
            script, build_reproduction(plan, target, record_to_json(violated_claim), decisive_step)
        )
        return
    ledger = Ledger() if target.transport else options.open_ledger(settings, target.url)
    leftovers: list[ItemCleanupResult] = []
    outcome = replays.replay_finding(
        plan, target, violated_claim.id, decisive_step, ledger=ledger, leftovers=leftovers
    )
    _print_replay_result(console, target, violated_claim, outcome)
    for leftover in leftovers:
        text = mask_text(
            f"left behind {leftover.resource} {leftover.identity} {leftover.name or ''}:"
            f" {leftover.reason}",
            target.secrets,
        )
        console.print(Text(sanitize_text(text), style="yellow"), soft_wrap=True)
    sys.exit({True: VIOLATED, False: SUCCESS, None: INCONCLUSIVE}[outcome.reproduced])


def _write_reproduction(file: str, text: str) -> None:
    try:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(text, "utf-8")
        Path(file).chmod(0o755)
    except OSError as error:
        raise UsageError(
            Problem(message=f"--script {file} cannot be written: {error.strerror}")
        ) from error
    names = sorted(set(re.findall(r"placeholder-secret_(\w+)-x", text)))
    variables = "".join(f"{name}=… " for name in names)
    line = f"{variables}python3 {file} [BASE_URL]"
    PipeSafeConsole().print(Text(f"written: run it with  {sanitize_text(line)}"), soft_wrap=True)


def find_violated_claim(result: Result, id: str) -> ClaimResult:
    """Return the violated claim of that id, or the only one that begins so."""
    claims = [*result.violated, *result.accepted]
    matches = [claim for claim in claims if claim.id == id] or [
        claim for claim in claims if claim.id.startswith(id)
    ]
    if len(matches) == 1:
        return matches[0]
    claim_ids = [claim.id for claim in matches or claims]
    hint = (
        "it has " + ", ".join(claim_ids[:8]) + (" …" if len(claim_ids) > 8 else "")
        if claim_ids
        else "no claim is violated in it"
    )
    message = (
        f"{len(matches)} findings begin with {id!r}"
        if matches
        else f"the report has no finding about {id!r}"
    )
    raise UsageError(Problem(message=message, hint=hint))


def _read_profile(result: Result) -> str:
    from conformance.suite.plan import RunProfile

    profile = result.profile
    return profile if profile in list(RunProfile) else RunProfile.STANDARD


def _load_recorded_contract(
    result: Result, claim: ClaimResult, contract_option: str | None
) -> Contract:
    recorded, spec = result.contract, claim.spec
    name = contract_option or recorded.name
    if (
        not contract_option
        and name not in loader.list_built_in_contracts()
        and spec
        and Path(spec.file).is_file()
    ):
        name = spec.file
    base = loader.load_contract(name)
    revision = None if base.revision == recorded.revision else recorded.revision
    return loader.load_contract(name, revision, tuple(recorded.interpretations))


def _build_replay_target(contract: Contract, result: Result, settings: Mapping[str, Any]) -> Target:
    """Return where to go: what the line says, else the target of the report with its parameters and
    fixtures.
    """
    recorded = result.target
    settings = options.resolve_target_settings(
        contract, {**settings, "contract_given": contract.name}
    )
    url = recorded.url if settings["url"] is None else settings["url"]
    parameters = settings["parameters"] or tuple(
        f"{name}={value}" for name, value in recorded.parameters.items()
    )
    if url == EMBEDDED_URL_PREFIX:
        from conformance.embedded import create_embedded_target

        return create_embedded_target(
            contract, options.parse_name_value_pairs("--param", parameters)
        )
    named_by_user = settings["url"] is not None or url in {
        configured.get("url")
        for configured in configuration.load_configuration(settings.get("config")).targets.values()
    }
    if not named_by_user and any(
        settings.get(name) not in (None, ()) for name in options.CREDENTIAL_SETTINGS
    ):
        message = (
            f"only the report names {sanitize_text(strip_secrets(url))}: no credential is sent"
            " to a URL that you have not named"
        )
        raise UsageError(
            Problem(
                message=message,
                hint=f"if it is yours, name it: --url {sanitize_text(strip_secrets(url))}",
            )
        )
    if not named_by_user and os.environ.get("CONFORMANCE_TOKEN"):
        text = (
            "CONFORMANCE_TOKEN is not sent to a URL that only the report names: give it with --url"
        )
        PipeSafeConsole(stderr=True).print(Text(text, style="yellow"), soft_wrap=True)
    fixtures = settings["fixtures"] or tuple(
        f"{name}={','.join(map(str, ids))}" for name, ids in recorded.fixtures.items() if ids
    )
    return options.build_target_from_settings(
        contract,
        {**settings, "url": url, "parameters": parameters, "fixtures": fixtures},
        environment=named_by_user,
    )


def _print_replay_result(
    console: Console, target: Target, claim: ClaimResult, outcome: ReplayResult
) -> None:
    def print_row(name: str, text: str, style: str = "") -> None:
        console.print(
            Text.assemble((f"  {name:<9}", "dim"), (sanitize_text(text), style)), soft_wrap=True
        )

    console.print(
        Text.assemble(
            ("replay ", "bold"), (sanitize_text(claim.id), "bold"), f" → {target.display_name}"
        ),
        soft_wrap=True,
    )
    print_row("promised", claim.text)
    print_row("written", claim.describe_source())
    print_row("then", to_single_line(claim.first_finding.message, 600))
    masker = get_secret_masker(target.secrets)
    texts = [masker.mask_text(str(exchange)) for exchange in outcome.exchanges]
    for text, group in groupby(texts):
        repetitions = len(list(group))
        print_row(
            "sent",
            to_single_line(text, 400) + (f"  × {repetitions}" if repetitions > 1 else ""),
            "dim",
        )
    print_row("now", to_single_line(masker.mask_text(outcome.message), 600))
    if outcome.reproduced and outcome.evidence:
        print_row(
            "try",
            curl.format_curl_command(
                result_recorder.mask_request(outcome.evidence[-1].request, masker)
            ),
        )
    messages = {
        True: ("the finding shows again", "bold red"),
        False: ("the promise is kept now", "green"),
        None: ("nothing could be seen", "yellow"),
    }
    console.print(
        Text("\n" + messages[outcome.reproduced][0], style=messages[outcome.reproduced][1])
    )
