"""`conformance init`: write the contract folder that a plain OpenAPI document seems to be."""

from __future__ import annotations

from pathlib import Path

import click
import yaml
from rich.text import Text

from conformance.contract import inference, loader
from conformance.errors import Problem, UsageError
from conformance.report.console import PipeSafeConsole

FILE_HEADER = """\
# Written by `conformance init`. What this document says of resources and behaviors is guessed, by
# names and shapes: each guess has an x-guess with its reason. Correct what is wrong, take the
# x-guess away where you have made sure, and cite the sentences of the vendor (x-source,
# statements.yaml).
"""


@click.command(short_help="Write a contract folder for a plain OpenAPI document.")
@click.argument("document", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--output",
    "-o",
    type=click.Path(file_okay=False),
    metavar="FOLDER",
    help="The folder to write (default: one with the name of the document).",
)
def init(document: str, output: str | None) -> None:
    """Write a contract folder for the OpenAPI DOCUMENT (3.0 to 3.2), with the resources, paging,
    sorting, filters and switches that it seems to have.

    \b
    conformance init petstore.yaml --output petstore && conformance mock petstore
    """
    contract = loader.load_contract(document, infer=True)
    folder = Path(output or Path(document).stem)
    contract_file = folder / loader.DOCUMENT_FILE_NAMES[0]
    if contract_file.exists():
        raise UsageError(
            Problem(
                message=f"{contract_file} is there already",
                hint="name another folder with --output",
            )
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        contract_file.write_text(
            FILE_HEADER
            + yaml.safe_dump(contract.document, sort_keys=False, allow_unicode=True, width=150),
            "utf-8",
        )
    except OSError as error:
        raise UsageError(
            Problem(message=f"{contract_file} cannot be written: {error.strerror}")
        ) from error
    console = PipeSafeConsole()
    guesses = list(inference.find_guesses(contract.document))
    for pointer, reason in guesses:
        console.print(Text.assemble((pointer, "bold"), f"\n    {reason}"), soft_wrap=True)
    stateful_count = sum(contract.resource_for(id) is not None for id in contract.operations)
    console.print(
        f"{contract_file}: {len(guesses)} guesses; {stateful_count} of {len(contract.operations)}"
        " operations"
        " belong to a resource",
        soft_wrap=True,
    )
