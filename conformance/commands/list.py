"""`conformance list`: the contracts that come with the tool."""

from __future__ import annotations

import click
from rich.table import Table
from rich.text import Text

from conformance.contract import loader
from conformance.report.console import PipeSafeConsole


@click.command(short_help="Show the built-in contracts, their revisions and interpretations.")
def list() -> None:
    """Show the built-in contracts, with the revisions and interpretations that each has.

    \b
    conformance claims losant@2017
    conformance run push-express --interpretation error-is-text
    """
    table = Table(box=None, pad_edge=False)
    for name in ("contract", "documents", "claims", "revisions", "interpretations"):
        table.add_column(name, justify="right" if name == "claims" else "left", overflow="fold")
    for name in loader.list_built_in_contracts():
        contract = loader.load_contract(name)
        table.add_row(
            Text(name, style="bold"),
            contract.title,
            str(len(contract.claims)),
            "\n".join([contract.revision, *loader.list_revisions(name)]),
            "\n".join(loader.list_interpretations(name)) or "none",
        )
    console = PipeSafeConsole()
    console.print(table)
    console.print(
        Text("\nNAME@REVISION names a revision; a path names a contract of your own.", style="dim")
    )
