"""`conformance init`: write the contract folder that a plain OpenAPI document seems to be."""

from __future__ import annotations

from pathlib import Path

import click
import yaml
from rich.text import Text

from conformance.contract import inferring, library
from conformance.errors import Problem, UsageError
from conformance.report.console import Terminal

HEAD = """\
# Written by `conformance init`. What this document says of resources and behaviours is guessed, by
# names and shapes: each guess has an x-guess with its reason. Correct what is wrong, take the
# x-guess away where you have made sure, and cite the sentences of the vendor (x-source,
# statements.yaml).
"""


@click.command(short_help="Write a contract folder for a plain OpenAPI document.")
@click.argument("document", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--out",
    type=click.Path(file_okay=False),
    metavar="FOLDER",
    help="Where to (default: a folder of the document's name).",
)
def init(document: str, out: str | None) -> None:
    """Write a contract folder for the OpenAPI DOCUMENT (3.0 or 3.1), with the resources, paging,
    sorting, filters and switches that it seems to have.

    \b
    conformance init petstore.yaml --out petstore && conformance mock petstore
    """
    contract = library.load(document, infer=True)
    folder = Path(out or Path(document).stem)
    target = folder / library.NAMES[0]
    if target.exists():
        raise UsageError(
            Problem(message=f"{target} is there already", hint="name another folder with --out")
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target.write_text(
            HEAD
            + yaml.safe_dump(contract.document, sort_keys=False, allow_unicode=True, width=150),
            "utf-8",
        )
    except OSError as error:
        raise UsageError(
            Problem(message=f"{target} cannot be written: {error.strerror}")
        ) from error
    console = Terminal()
    guesses = list(inferring.marks(contract.document))
    for at, reason in guesses:
        console.print(Text.assemble((at, "bold"), f"\n    {reason}"), soft_wrap=True)
    stateful = sum(contract.resource_of(id) is not None for id in contract.operations)
    console.print(
        f"{target}: {len(guesses)} guesses; {stateful} of {len(contract.operations)} operations"
        " belong to a resource",
        soft_wrap=True,
    )
