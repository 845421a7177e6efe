"""Formats shell commands that people paste into a terminal.

The shell executes and expands nothing in such a command. Each word is in single quotes, or in
`$'…'` with escapes if it holds characters that a terminal would interpret or hide (POSIX.1-2024,
2.2.4; bash, zsh and ksh support it). Only shell variables that stand for secrets are expanded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.report.text import sanitize_text

_UNQUOTED_WORD = re.compile(r"[A-Za-z0-9_./:-]+")


@dataclass(frozen=True, slots=True)
class ShellVariable:
    """A shell variable that the user sets, such as TOKEN."""

    name: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Z][A-Z0-9_]*", self.name):
            raise ValueError(f"{self.name!r} is no name of a variable")


ShellWord = str | ShellVariable | tuple[str | ShellVariable, ...]


def format_shell_command(*words: ShellWord) -> str:
    """Return the shell command of a program and its arguments.

    A tuple is one word that consists of several parts.

        >>> print(
        ...     format_command(
        ...         "curl", "-H", ("A: Bearer ", ShellVariable("TOKEN")), "http://127.0.0.1/?a=$(b)"
        ...     )
        ... )
        curl -H 'A: Bearer '"$TOKEN" 'http://127.0.0.1/?a=$(b)'
    """
    return " ".join(_format_word(word) for word in words)


def _format_word(word: ShellWord) -> str:
    if isinstance(word, tuple):
        return "".join(_format_part(part) for part in word if part != "") or "''"
    return _format_part(word)


def _format_part(part: str | ShellVariable) -> str:
    return f'"${part.name}"' if isinstance(part, ShellVariable) else quote_shell_word(part)


def quote_shell_word(text: str) -> str:
    """Return text quoted as one word of a shell command.

    Raises ValueError for text with NUL, which no argument can hold.
    """
    if "\0" in text:
        raise ValueError("no argument of a program can hold NUL")
    if _UNQUOTED_WORD.fullmatch(text):
        return text
    if sanitize_text(text, "") == text:
        return "'" + text.replace("'", "'\\''") + "'"
    return "$'" + "".join(_escape_character(character) for character in text) + "'"


def _escape_character(character: str) -> str:
    if character in "'\\":
        return "\\" + character
    if sanitize_text(character, "") == character:
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))


def format_printf_command(text: str) -> str:
    """Return the shell command that prints the exact bytes of a text, including NUL."""
    return (
        "printf '"
        + "".join(_escape_byte(byte) for byte in text.encode("utf-8", "surrogatepass"))
        + "'"
    )


def _escape_byte(byte: int) -> str:
    if byte in b"%\\":
        return {ord("%"): "%%", ord("\\"): "\\\\"}[byte]
    return chr(byte) if 32 <= byte < 127 and byte != ord("'") else f"\\{byte:03o}"
