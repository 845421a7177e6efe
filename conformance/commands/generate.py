"""`conformance generate`: emit a client."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.text import Text

from conformance import options
from conformance.commands.exit_codes import VIOLATED
from conformance.report.console import PipeSafeConsole
from conformance.report.text import sanitize_text


@click.command(short_help="Generate a typed client: an installable package.")
@options.contract_options
@click.option(
    "--output", "-o", metavar="DIR", help="The folder to write (default: generated/NAME)."
)
@click.option(
    "--check",
    is_flag=True,
    help=(
        "Write nothing. Show the differences, and exit with status 1 if the package is out of date."
    ),
)
def generate(
    contract: str,
    revision: str | None,
    interpretations: tuple[str, ...],
    output: str | None,
    check: bool,
) -> None:
    """Generate a typed Python client for CONTRACT: an installable package that needs only httpx and
    pydantic.
    """
    from conformance.codegen import package as packages
    from conformance.codegen.plan import plan_package
    from conformance.codegen.render import render_package

    loaded = options.load_contract(contract, revision, interpretations)
    client_plan = plan_package(loaded)
    files = render_package(client_plan)
    folder = (
        Path(output)
        if output
        else Path("generated") / client_plan.distribution.removesuffix("-client")
    )
    console = PipeSafeConsole()
    if not check:
        packages.save_package_files(files, folder)
        count = sum(len(group.methods) for group in client_plan.groups)
        console.print(
            Text.assemble(
                (f"{client_plan.distribution} ", "bold"),
                f"in {folder}: {count} operations, {len(files)} files",
            ),
            soft_wrap=True,
        )
        return
    differences = packages.diff_folder_with_files(files, folder)
    for difference in differences:
        console.print(Text(sanitize_text(difference)), soft_wrap=True)
    if differences:
        console.print(
            Text(f"{folder} is stale: run `conformance generate {contract}`", style="bold red"),
            soft_wrap=True,
        )
        sys.exit(VIOLATED)
    console.print(Text(f"{folder} is up to date"), soft_wrap=True)
