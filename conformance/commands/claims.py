"""`conformance claims`: what would be checked."""

from __future__ import annotations

from collections import defaultdict

import click
from rich.console import Console
from rich.text import Text

from conformance import options
from conformance.contract.contract import Contract
from conformance.contract.statements import Statements
from conformance.errors import Problem, UsageError
from conformance.report.console import PipeSafeConsole


@click.command(short_help="List what a run checks, and where it is promised.")
@options.contract_options
@click.option(
    "--only", multiple=True, metavar="PATTERN", help="Only claims whose id matches. Repeatable."
)
@click.option(
    "--statements",
    "by_statement",
    is_flag=True,
    help="List the sentences of the vendor's page: which claims test each, or why none does.",
)
def claims(
    contract: str,
    revision: str | None,
    interpretations: tuple[str, ...],
    only: tuple[str, ...],
    by_statement: bool,
) -> None:
    """List the claims of CONTRACT, with the sentences that each rests on."""
    loaded = options.load_contract(contract, revision, interpretations)
    console = PipeSafeConsole()
    if by_statement:
        _print_claims_by_statement(console, loaded)
        return
    for claim in options.select_claims_by_pattern(loaded, only):
        note = "" if claim.basis.is_binding else f" ({claim.basis}: never a violation)"
        console.print(
            Text.assemble(
                (claim.id, "bold"),
                f"\n    {claim.text}",
                (f"\n    {', '.join(claim.statements) or 'the document'}{note}", "dim"),
            ),
            soft_wrap=True,
        )
    console.print(
        Text(f"\n{len(loaded.claims)} claims of {loaded.name} {loaded.revision}", style="bold")
    )


def _print_claims_by_statement(console: Console, contract: Contract) -> None:
    statements: Statements = contract.statements
    if not statements.has_statements_file:
        raise UsageError(
            Problem(
                message=f"{contract.name} keeps no register of statements",
                hint="put a statements.yaml beside its document",
            )
        )
    claims_by_statement: defaultdict[str, list[str]] = defaultdict(list)
    for claim in contract.claims:
        for id in claim.statements:
            claims_by_statement[id].append(claim.id)
    for statement in statements.by_id.values():
        if not set(statement.document_ids) & set(contract.document_ids):
            continue
        console.print(
            Text.assemble(
                (f"{statement.id:<5}", "bold"),
                statement.text,
                (f"  [{statement.basis}] {statement.section}", "dim"),
            ),
            soft_wrap=True,
        )
        reason = (
            statement.unobservable
            or statement.client_duty
            or "cited by the contract, and seen wherever its element is used"
        )
        for row in claims_by_statement[statement.id] or [f"no claim: {reason}"]:
            console.print(
                Text(f"       {row}", style="dim" if not claims_by_statement[statement.id] else ""),
                soft_wrap=True,
            )
