"""`conformance generate`: emit a client."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.text import Text

from conformance import options
from conformance.commands.outcome import VIOLATED
from conformance.report.console import Terminal
from conformance.report.text import harmless


@click.command(short_help="Emit a typed client: an installable package.")
@options.contract_options
@click.option("--output", metavar="DIR", help="Where to write it (default: generated/NAME).")
@click.option(
    "--check",
    is_flag=True,
    help="Write nothing; show what has changed and exit 1 when the package is stale.",
)
def generate(
    contract: str, revision: str | None, readings: tuple[str, ...], output: str | None, check: bool
) -> None:
    """Emit a typed Python client for CONTRACT as an installable package that needs httpx and
    pydantic only.
    """
    from conformance.codegen import package as packages
    from conformance.codegen.plan import plan
    from conformance.codegen.render import render

    loaded = options.load(contract, revision, readings)
    planned = plan(loaded)
    files = render(planned)
    folder = (
        Path(output) if output else Path("generated") / planned.distribution.removesuffix("-client")
    )
    console = Terminal()
    if not check:
        packages.save(files, folder)
        count = sum(len(group.methods) for group in planned.groups)
        console.print(
            Text.assemble(
                (f"{planned.distribution} ", "bold"),
                f"in {folder}: {count} operations, {len(files)} files",
            ),
            soft_wrap=True,
        )
        return
    lines = packages.differences(files, folder)
    for line in lines:
        console.print(Text(harmless(line)), soft_wrap=True)
    if lines:
        console.print(
            Text(f"{folder} is stale: run `conformance generate {contract}`", style="bold red"),
            soft_wrap=True,
        )
        sys.exit(VIOLATED)
    console.print(Text(f"{folder} is up to date"), soft_wrap=True)
