"""`conformance proxy`: judge the traffic of others as it passes."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Mapping
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from conformance import configuration, options
from conformance.commands import output
from conformance.commands.outcome import EXITS, UNREACHED, written
from conformance.commands.run import status
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.report import acceptance, record
from conformance.report.console import Terminal, show
from conformance.report.text import harmless
from conformance.suite.event import Verdict
from conformance.suite.overhearing import Listener, Tally
from conformance.suite.target import Target, checked

NAMED = 8  # requests outside the contract, and failures, that are shown


@click.command(epilog=EXITS, short_help="Pass traffic on, and judge it as it passes.")
@options.contract_options
@click.option(
    "--upstream",
    required=True,
    metavar="URL",
    help="The server that everything goes to, base path included.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="0 takes any free one.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--ca",
    type=click.Path(exists=True, dir_okay=False),
    help="A file of certificates to trust upstream.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=60.0,
    show_default=True,
    help="Seconds until an answer must have begun (504).",
)
@click.option(
    "--max-requests", type=click.IntRange(min=1), help="End, and report, after so many requests."
)
@click.option(
    "--min-decided",
    type=click.FloatRange(0, 100),
    default=0.0,
    show_default=True,
    help="Exit with status 3 if less than this percentage of claims could be decided.",
)
@click.option(
    "--allow-production", is_flag=True, help="Let traffic go to the documented production host."
)
@click.option(
    "--secret-name",
    "secret_names",
    multiple=True,
    metavar="NAME",
    help="A header, parameter or field whose value is kept out of reports. Repeatable.",
)
@click.option(
    "--config",
    metavar="FILE",
    help=(
        "The configuration file, for the deviations that it accepts (default: conformance.toml in"
        " this folder)."
    ),
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False),
    help="Write the result as JSON (format 1); - for standard output.",
)
@output.report_options
@click.option("--verbose", "-v", is_flag=True, help="Show every undecided claim.")
def proxy(contract: str, revision: str | None, readings: tuple[str, ...], **given: Any) -> None:
    """Pass traffic between clients and a server through unchanged, and judge every exchange against
    CONTRACT.

    Ctrl-C (or SIGTERM, or --max-requests) ends it with the report that `run` gives. Only what
    passes is judged; what no request exercised stays undecided, and a breach must show in two
    answers. Clients' credentials go through, and into no report.

    \b
    conformance proxy push-express --upstream http://127.0.0.1:9000/api/b/v2 --port 8000
    (and the clients call http://127.0.0.1:8000/api/b/v2)
    """
    from conformance.proxy.serve import serve
    from conformance.proxy.upstream import server

    loaded = options.load(contract, revision, readings)
    target = checked(
        loaded,
        Target(url=given["upstream"], ca=given["ca"]),
        given["allow_production"],
        writes=True,
    )
    console = Terminal(
        stderr="-" in (given["json_file"], given["junit"], given["markdown"], given["html"])
    )
    behind = server(given["upstream"], given["ca"], given["timeout"])
    configured = configuration.load(given["config"])
    known, names = configured.accepted, (*configured.secret_names, *given["secret_names"])

    with output.recorder(given["har"], target) as tap:
        listener = Listener(loaded, target, tap, names)

        def ready(address: str) -> None:
            base = "/" + given["upstream"].partition("://")[2].partition("/")[2].rstrip("/")
            console.print(
                Text.assemble(
                    (f"{loaded.title} ", "bold"),
                    f"on http://{address}{base.rstrip('/')} → {target.shown}",
                ),
                soft_wrap=True,
            )
            console.print(Text("Ctrl-C ends it and reports", style="dim"))

        sys.setswitchinterval(0.0005)  # judging must not keep traffic waiting for the usual 5 ms
        serve(behind, listener.hear, given["host"], given["port"], ready, given["max_requests"])
    result = record.record(listener.events())
    result["proxy"] = _told(listener.tally)
    result = acceptance.applied(result, known, datetime.date.today(), tried=False)
    written(given["json_file"], result)
    output.deliver(result, given)
    show(console, result, given["verbose"])
    _tell(console, listener.tally)
    output.announce(result, to_stderr=console.stderr)
    sys.exit(_status(console, result, given, loaded))


def _status(console: Console, result: Json, given: Mapping[str, Any], contract: Contract) -> int:
    """Return the exit status of a run; traffic that decided nothing must not look green."""
    summary = result["summary"]
    found = status(console, result, given["min_decided"])
    if found == 0 and contract.claims and not summary[Verdict.VERIFIED] + summary[Verdict.VIOLATED]:
        console.print(
            Text(
                "nothing that passed decided a claim: did the clients call the proxy, and were they"
                " let in?",
                style="bold yellow",
            )
        )
        return UNREACHED
    return found


def _told(tally: Tally) -> Json:
    """Return what besides claims there is to tell, for the result."""
    counts = {"outside": tally.outside, "failed": tally.failed, "unjudged": tally.unjudged}
    return {
        "passed": tally.passed,
        "judged": tally.judged,
        **{name: dict(counter.most_common()) for name, counter in counts.items()},
    }


def _tell(console: Console, tally: Tally) -> None:
    """Print what passed and was not judged."""
    for title, style, counter in (
        ("upstream failed", "bold red", tally.failed),
        ("not in the contract", "yellow", tally.outside),
        ("not judged", "yellow", tally.unjudged),
    ):
        for what, count in counter.most_common(NAMED):
            console.print(
                Text.assemble(
                    (f"{title}: ", style), harmless(what), (f"  ×{count}" if count > 1 else "")
                ),
                soft_wrap=True,
            )
        if len(counter) > NAMED:
            console.print(Text(f"… and {len(counter) - NAMED} more, in --json", style="dim"))
