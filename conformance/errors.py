"""Errors of users: problems with their place and a hint, several of them at once.

ConformanceError
├── ContractError           the documents (exit 2)
├── UsageError              flags and configuration (exit 2)
├── IncompleteResultsError  the results do not make up one run (exit 3)
└── TargetUnreachableError  the server cannot be reached (exit 3)
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake and where it stands; `hint` says what to do next."""

    message: str
    file: str | None = None
    line: int | None = None
    pointer: str | None = None
    hint: str | None = None

    def __str__(self) -> str:
        location = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        head = f"{location}: {self.message}" if location else self.message
        pointer = f" (at {self.pointer})" if self.pointer else ""
        hint = f"\n  hint: {self.hint}" if self.hint else ""
        return head + pointer + hint


class ConformanceError(Exception):
    """A mistake of the user's, made of one or more problems."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class ContractError(ConformanceError):
    """The contract's files cannot be read or do not make sense."""


class UsageError(ConformanceError):
    """A flag or a configuration entry cannot be used."""


class IncompleteResultsError(ConformanceError):
    """The results given are not all the parts of one run, each once."""


class TargetUnreachableError(ConformanceError):
    """The server to check cannot be reached."""
