"""Source text that is safe to write; all texts of a document pass through this module.

Templates can only print `Code`. A value becomes `Code` as a literal, as a docstring, as plain
prose, or as an identifier with a name chosen by `naming`. None of these can end the literal they
are in, or contain invisible characters.
"""

from __future__ import annotations

import keyword
import re
import textwrap
from typing import Any

from conformance.contract.json import Json

WIDTH = 100  # of docstring lines, indentation included


class Code(str):
    """Text that is meant to be source code.

    Joining `Code` with `+` or `join` gives a plain `str`, which must be converted to `Code`
    explicitly.
    """

    __slots__ = ()


def trust_text(text: str) -> Code:
    """Return text of this tool as `Code`. Never call it with text of a document."""
    return Code(text)


def write_identifier(name: str) -> Code:
    """Return a name as source.

    Raises ValueError for a name that is not a plain ASCII identifier or is a keyword.
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", name) or keyword.iskeyword(name):
        raise ValueError(f"{name[:100]!r} is no identifier")
    return Code(name)


def write_literal(value: Json | tuple[Any, ...]) -> Code:
    """Return a JSON value, or a tuple of JSON values, as a Python literal.

    The literal is ASCII, with the quotes that ruff uses. Raises TypeError for any other value.
    """
    match value:
        case str():
            return Code(
                '"'
                + "".join(_escape_character(character, ascii_only=True) for character in value)
                + '"'
            )
        case None | bool() | int() | float():
            if value != value or value in (float("inf"), float("-inf")):
                raise TypeError(f"{value} has no literal")
            return Code(repr(value))
        case list():
            return Code("[" + ", ".join(map(write_literal, value)) + "]")
        case tuple():
            return Code(
                "(" + ", ".join(map(write_literal, value)) + ("," if len(value) == 1 else "") + ")"
            )
        case dict():
            return Code(
                "{"
                + ", ".join(
                    f"{write_literal(key)}: {write_literal(child)}" for key, child in value.items()
                )
                + "}"
            )
        case _:
            raise TypeError(f"{type(value).__name__} has no literal")


def write_docstring(paragraphs: list[str], indent: int) -> Code:
    """Return paragraphs of prose as a docstring for code that is indented by `indent` spaces.

    Line breaks within a paragraph are kept.
    """
    lines: list[str] = []
    for index, paragraph in enumerate(paragraphs):
        lines += [""] if index else []
        for line in paragraph.splitlines() or [""]:
            lines += _wrap_docstring_line(line, WIDTH - indent - (3 if not lines else 0))
    escaped = [
        "".join(_escape_character(character, ascii_only=False) for character in line)
        for line in lines
    ]
    indentation = " " * indent
    body = f"\n{indentation}".join(line for line in escaped)
    body = re.sub(r'"(?="|$)', r"\"", re.sub(r"[ \t]+(?=\n)", "", body))
    return Code('"""' + body + (f"\n{indentation}" if len(escaped) > 1 else "") + '"""')


def write_prose(text: str) -> Code:
    """Return text as a single line of Markdown or of a comment.

    Control characters are removed and markup is escaped.
    """
    printable_text = "".join(
        character if character.isprintable() else " " for character in " ".join(text.split())
    )
    return Code(re.sub(r"([\\`*_\[\]<>#|{}])", r"\\\1", printable_text))


def write_toml_string(text: str) -> Code:
    """Return a TOML basic string (TOML 1.0, String)."""
    return write_literal(re.sub(r"[^ -~]", " ", " ".join(text.split())))


def _wrap_docstring_line(line: str, width: int) -> list[str]:
    indentation = line[: len(line) - len(line.lstrip(" "))]
    next_indentation = (
        indentation + "    "
        if line.lstrip().startswith("- ") is False and indentation
        else indentation
    )
    return textwrap.wrap(
        line,
        max(40, width),
        initial_indent="",
        subsequent_indent=next_indentation,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]


def _escape_character(character: str, *, ascii_only: bool) -> str:
    code = ord(character)
    if character == "\\" or (character == '"' and ascii_only):
        return "\\" + character
    if 32 <= code < 127 or (not ascii_only and character.isprintable() and not _is_invisible(code)):
        return character
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def _is_invisible(code: int) -> bool:
    """Return whether a printable character hides or reverses text (Unicode TR 36).

    These are joiners, bidirectional marks and fillers.
    """
    return (
        code in (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0)
        or 0xFE00 <= code <= 0xFE0F
        or 0xE0000 <= code <= 0xE0FFF
    )
