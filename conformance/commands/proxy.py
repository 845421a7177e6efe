"""`conformance proxy`: judge the traffic of others as it passes."""

from __future__ import annotations

import datetime
import sys
from dataclasses import replace
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from conformance import configuration, options
from conformance.commands import report_files
from conformance.commands.run import finish_run
from conformance.contract.json import Json
from conformance.report import acceptance, result_recorder
from conformance.report.conclusion import conclude_run
from conformance.report.console import PipeSafeConsole
from conformance.report.text import sanitize_text
from conformance.suite.monitor import ObservedTrafficCounts, TrafficMonitor
from conformance.suite.target import Target, require_permitted_target

MAX_SHOWN = 8  # requests outside the contract, and failures, that are shown


@click.command(short_help="Forward traffic, and check it as it passes.")
@options.contract_options
@click.option(
    "--upstream",
    required=True,
    metavar="URL",
    help="The server that requests are forwarded to, base path included.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="The port to listen on; 0 chooses a free one.",
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
    help="Seconds to wait for the beginning of an answer, before 504.",
)
@click.option(
    "--max-requests", type=click.IntRange(min=1), help="Stop after this many requests, and report."
)
@click.option(
    "--min-decided",
    type=click.FloatRange(0, 100),
    default=0.0,
    show_default=True,
    help="Exit with status 3 if less than this percentage of claims could be decided.",
)
@click.option(
    "--allow-production", is_flag=True, help="Allow traffic to the documented production host."
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
        "The configuration file, for its accepted violations (default: conformance.toml in this"
        " folder)."
    ),
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False),
    help="Write the result as JSON (format 2); - for standard output.",
)
@report_files.report_options
@click.option("--verbose", "-v", is_flag=True, help="Show every undecided claim.")
def proxy(
    contract: str, revision: str | None, interpretations: tuple[str, ...], **settings: Any
) -> None:
    """Forward traffic between clients and a server unchanged, and check every exchange against
    CONTRACT.

    Ctrl-C (or SIGTERM, or --max-requests) ends it with the report that `run` gives. Only what
    passes is judged; what no request exercised stays undecided, and a breach must show in two
    answers. Clients' credentials go through, and into no report.

    \b
    conformance proxy push-express --upstream http://127.0.0.1:9000/api/b/v2 --port 8000
    (and the clients call http://127.0.0.1:8000/api/b/v2)
    """
    from conformance.proxy.server import serve_proxy
    from conformance.proxy.upstream import parse_server_url

    loaded = options.load_contract(contract, revision, interpretations)
    target = require_permitted_target(
        loaded,
        Target(url=settings["upstream"], ca_file=settings["ca"]),
        settings["allow_production"],
        allow_writes=True,
    )
    console = PipeSafeConsole(stderr=report_files.writes_to_stdout(settings))
    upstream = parse_server_url(settings["upstream"], settings["ca"], settings["timeout"])
    configured = configuration.load_configuration(settings["config"])
    accepted_violations, secret_names = (
        configured.accepted_violations,
        (*configured.secret_names, *settings["secret_names"]),
    )

    with report_files.open_har_recorder(settings["har"], target) as recorder:
        monitor = TrafficMonitor(loaded, target, recorder, secret_names)

        def print_proxy_banner(address: str) -> None:
            base = "/" + settings["upstream"].partition("://")[2].partition("/")[2].rstrip("/")
            console.print(
                Text.assemble(
                    (f"{loaded.title} ", "bold"),
                    f"on http://{address}{base.rstrip('/')} → {target.display_name}",
                ),
                soft_wrap=True,
            )
            console.print(Text("Ctrl-C ends it and reports", style="dim"))

        sys.setswitchinterval(0.0005)  # judging must not keep traffic waiting for the usual 5 ms
        serve_proxy(
            upstream,
            monitor.evaluate_exchange,
            settings["host"],
            settings["port"],
            print_proxy_banner,
            settings["max_requests"],
        )
    result = result_recorder.build_result_from_events(monitor.build_run_events())
    result = replace(result, proxy=_traffic_counts_to_json(monitor.counts))
    result = acceptance.apply_accepted_violations(
        result, accepted_violations, datetime.date.today(), all_claims_tried=False
    )
    result = conclude_run(result, settings["min_decided"])
    _print_unevaluated_traffic(console, monitor.counts)
    finish_run(console, result, settings)


def _traffic_counts_to_json(traffic_counts: ObservedTrafficCounts) -> Json:
    """Return what besides claims there is to tell, for the result."""
    counts = {
        "outside": traffic_counts.outside_contract,
        "failed": traffic_counts.unanswered,
        "unjudged": traffic_counts.unevaluated,
    }
    return {
        "passed": traffic_counts.total,
        "judged": traffic_counts.evaluated,
        **{name: dict(counter.most_common()) for name, counter in counts.items()},
    }


def _print_unevaluated_traffic(console: Console, traffic_counts: ObservedTrafficCounts) -> None:
    """Print what passed and was not judged."""
    for title, style, counter in (
        ("upstream failed", "bold red", traffic_counts.unanswered),
        ("not in the contract", "yellow", traffic_counts.outside_contract),
        ("not judged", "yellow", traffic_counts.unevaluated),
    ):
        for description, count in counter.most_common(MAX_SHOWN):
            console.print(
                Text.assemble(
                    (f"{title}: ", style),
                    sanitize_text(description),
                    (f"  ×{count}" if count > 1 else ""),
                ),
                soft_wrap=True,
            )
        if len(counter) > MAX_SHOWN:
            console.print(Text(f"… and {len(counter) - MAX_SHOWN} more, in --json", style="dim"))
