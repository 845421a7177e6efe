"""`conformance schema`: the contract language as a JSON Schema, for editors."""

from __future__ import annotations

import json

import click

from conformance.contract.language import build_language_schema


@click.command(short_help="Print the JSON Schema of the contract language, for editors.")
def schema() -> None:
    """Print a JSON Schema that editors check and complete the words of contracts with.

    \b
    conformance schema > conformance.schema.json
    # then, in the first line of openapi.yaml:
    # yaml-language-server: $schema=conformance.schema.json
    """
    click.echo(json.dumps(build_language_schema(), indent=2))
