"""`conformance words`: the contract language, word by word."""

from __future__ import annotations

import click
from rich.text import Text

from conformance.contract.language import get_words
from conformance.contract.word import Word, find_nearest
from conformance.errors import Problem, UsageError
from conformance.report.console import PipeSafeConsole


@click.command(short_help="Explain the words of the contract language.")
@click.argument("word", required=False)
def words(word: str | None) -> None:
    """Explain one word of the contract language, or list all of them.

    \b
    conformance words
    conformance words paginates
    """
    console, known_words = PipeSafeConsole(), get_words()
    if word is None:
        for known in known_words.values():
            console.print(Text.assemble((f"{known.name}  ", "bold"), known.sentence))
        console.print(Text("\nOne of them, with its keys: conformance words WORD", style="dim"))
        return
    if word not in known_words:
        near = find_nearest(word, known_words)
        raise UsageError(
            Problem(
                message=f"{word} is no word of contracts",
                hint=f"is it {near}?" if near else "`conformance words` lists them",
            )
        )
    _print_word(console, known_words[word])


def _print_word(console: PipeSafeConsole, word: Word) -> None:
    console.print(Text.assemble((word.name, "bold"), f"  in {word.place}"))
    console.print(Text(word.sentence))
    schema = word.schema.get("additionalProperties", {}) or {}
    properties = word.schema.get("properties") or (
        schema.get("properties", {}) if isinstance(schema, dict) else {}
    )
    required = word.schema.get("required", schema.get("required", ()) if properties else ())
    for name, node in properties.items():
        types = node.get("type", "any")
        text = types if isinstance(types, str) else " or ".join(types)
        kind = "JSON Pointer" if node.get("pattern") == "^(/.*)?$" else text
        console.print(
            Text.assemble(
                "  ",
                (name, "bold"),
                f"  {kind}",
                ("  required" if name in required else "", "yellow"),
            )
        )
    console.print(Text(f"\n{word.example}", style="dim"))
