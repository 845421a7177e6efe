"""`conformance.toml`: named targets, and violations that are accepted for a while."""

from __future__ import annotations

import datetime
import fnmatch
import os
import re
import shlex
import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

from conformance.errors import Problem, UsageError

DEFAULT_FILE = "conformance.toml"
TABLE_OPTIONS = {
    "parameters": "parameters",
    "scoped-tokens": "scoped",
    "fixtures": "fixtures",
    "headers": "headers",
    "credentials": "credentials",
}
SECRET_KEYS = ("token", "user", "other-token", "other-user", "client-credentials")
SECRET_TABLES = ("scoped-tokens", "credentials")
COMMAND_SECONDS = 60  # that a command which prints a secret may take
VALUE_TYPES: dict[str, tuple[type, ...]] = {
    "contract": (str,),
    "revision": (str,),
    "url": (str,),
    "token": (str,),
    "user": (str,),
    "other-token": (str,),
    "other-user": (str,),
    "token-url": (str,),
    "client-credentials": (str,),
    "token-scope": (str,),
    "cert": (str,),
    "cert-key": (str,),
    "ca": (str,),
    "ledger": (str,),
    "timeout": (int, float),
    "rate": (int, float),
    "max-requests": (int,),
    "max-time": (int, float),
    "max-leftovers": (int,),
    "settle": (int, float),
    "workers": (int,),
    "exclusive": (bool,),
    "read-only": (bool,),
    "allow-production": (bool,),
    "allow-writes": (bool,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedViolation:
    """A violation that is known: claims by id or pattern, why it is accepted, and the last day on
    which it is.

    With `kind` and `pointer` of its finding, another breach of the same claim is not accepted.
    `file` and `line` are where the entry begins.
    """

    claim_pattern: str
    reason: str
    until: datetime.date | None
    contract: str | None
    kind: str | None = None
    pointer: str | None = None
    file: str | None = None
    line: int | None = None

    def covers(self, contract: str, claim: str) -> bool:
        """Tell whether it is about a claim of a contract."""
        return self.contract in (None, contract) and (
            claim == self.claim_pattern or fnmatch.fnmatchcase(claim, self.claim_pattern)
        )

    def accepts_finding(self, kind: str, pointer: str) -> bool:
        """Tell whether a finding of a kind, at a pointer, is the one that is accepted."""
        return self.kind in (None, kind) and (
            self.pointer is None
            or _generalize_pointer(self.pointer) == _generalize_pointer(pointer)
        )


def _generalize_pointer(pointer: str) -> str:
    """Return a pointer without the numbers of list members, which differ from run to run."""
    return re.sub(r"/\d+(?=/|$)", "/*", pointer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What a configuration file says; `targets` hold values as the command line's options name
    them.
    """

    file: Path | None = None
    targets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    accepted_violations: tuple[AcceptedViolation, ...] = ()
    secret_names: tuple[str, ...] = ()

    def get_target_settings(self, name: str) -> Mapping[str, Any]:
        """Return the values of a target; raises UsageError when there is none of that name."""
        if self.file is None:
            raise UsageError(
                Problem(
                    message=f"--target {name}: there is no {DEFAULT_FILE} here",
                    hint="name the file with --config",
                )
            )
        if name not in self.targets:
            names = ", ".join(sorted(self.targets)) or "none"
            raise UsageError(
                Problem(
                    file=str(self.file),
                    message=f"there is no target {name!r}",
                    hint=f"it has {names}",
                )
            )
        settings = {
            key: _run_commands(value, self.file) for key, value in self.targets[name].items()
        }
        token = self.targets[name].get("token")
        if isinstance(token, SecretCommand):
            settings["token_command"] = partial(_read_output_of_command, token, self.file)
        return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretCommand:
    """A program that prints a secret, run when its target is used and not before.

    `prefix` is the name of the option's entry with its separator; empty for a single value.
    """

    words: tuple[str, ...]
    location: str
    prefix: str = ""


def _run_commands(value: Any, file: Path) -> Any:
    """Return a setting in which the output of each command has its place."""
    if isinstance(value, tuple):
        return tuple(_run_commands(entry, file) for entry in value)
    if not isinstance(value, SecretCommand):
        return value
    return value.prefix + _read_output_of_command(value, file)


def _read_output_of_command(command: SecretCommand, file: Path) -> str:
    """Return what a command prints, run in the folder of the configuration without a shell.

    What it prints is never shown, because it may be the secret. Raises UsageError if it fails.
    """
    try:
        finished = subprocess.run(
            command.words,
            cwd=file.resolve().parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        text, problem = finished.stdout.decode().strip(), ""
        if finished.returncode:
            problem = f"the command ended with status {finished.returncode}"
        elif not text:
            problem = "the command printed nothing"
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        reason = error.strerror if isinstance(error, OSError) else type(error).__name__
        text, problem = "", f"the command cannot be run: {reason}"
    if problem:
        raise UsageError(Problem(message=f"{command.location}: {problem}", file=str(file)))
    return text


def load_configuration(file: str | None) -> Configuration:
    """Return the configuration of a file, of ./conformance.toml when none is named, or an empty
    one; raises UsageError for what is wrong in it.
    """
    path = Path(file) if file is not None else Path(DEFAULT_FILE)
    if file is None and not path.is_file():
        return Configuration()
    try:
        text = path.read_text("utf-8")
        document = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            Problem(file=str(path), message=f"the file cannot be read: {error}")
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(Problem(file=str(path), message=f"it is not TOML: {error}")) from error
    problems: list[Problem] = []

    def report_problem(message: str, hint: str | None = None) -> None:
        problems.append(Problem(file=str(path), message=message, hint=hint))

    for key in document.keys() - {"targets", "accepted", "secret-names"}:
        report_problem(
            f"{key} is not known here", "it has secret-names, [targets.NAME] and [[accepted]]"
        )
    names = document.get("secret-names", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        report_problem("secret-names is not a list of texts", 'write secret-names = ["x-my-key"]')
        names = []
    targets = {
        name: _read_target_settings(name, table, path, report_problem)
        for name, table in _require_table(
            document.get("targets", {}), "targets", report_problem
        ).items()
    }
    entries = document.get("accepted", [])
    if not isinstance(entries, list):
        report_problem("accepted is not a list of tables", "write [[accepted]]")
        entries = []
    lines = _find_accepted_lines(text)
    accepted_violations = [
        _read_accepted_violation(number, entry, report_problem)
        for number, entry in enumerate(entries, start=1)
    ]
    if problems:
        raise UsageError(*problems)
    return Configuration(
        file=path,
        targets=targets,
        accepted_violations=tuple(
            replace(violation, file=str(path), line=line)
            for violation, line in zip_longest(accepted_violations, lines)
            if violation
        ),
        secret_names=tuple(names),
    )


def _require_table(value: Any, location: str, report_problem: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    report_problem(f"{location} is not a table")
    return {}


def _read_target_settings(name: str, table: Any, path: Path, report_problem: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for key, value in _require_table(table, f"targets.{name}", report_problem).items():
        location = f"targets.{name}.{key}"
        if key in TABLE_OPTIONS:
            settings[TABLE_OPTIONS[key]] = tuple(
                _format_table_entry_as_option(
                    key, item_name, item_value, path, f"{location}.{item_name}", report_problem
                )
                for item_name, item_value in _require_table(value, location, report_problem).items()
            )
        elif key not in VALUE_TYPES:
            report_problem(
                f"{location} is not known",
                f"a target has {', '.join([*VALUE_TYPES, *TABLE_OPTIONS])}",
            )
        elif not isinstance(value, VALUE_TYPES[key]) or (
            isinstance(value, bool) and bool not in VALUE_TYPES[key]
        ):
            display = (
                repr(value)
                if key not in SECRET_KEYS and isinstance(value, int | float)
                else "of the wrong type"
            )
            report_problem(
                f"{location} is {display}: it should be"
                f" {' or '.join(value_type.__name__ for value_type in VALUE_TYPES[key])}"
            )
        else:
            settings[key.replace("-", "_")] = (
                _read_referenced_secret(value, path, location, report_problem)
                if key in SECRET_KEYS
                else value
            )
    return settings


def _format_table_entry_as_option(
    key: str, name: str, value: Any, path: Path, location: str, report_problem: Any
) -> str | SecretCommand:
    """Return an entry of a table as the command line's option would have it."""
    separator = ":" if key == "headers" else "="
    if key in (*SECRET_TABLES, "headers") and str(value).startswith("command:"):
        command = _parse_secret_command(str(value), location, report_problem)
        return replace(command, prefix=name + separator)
    if key in SECRET_TABLES:
        value = _read_referenced_secret(value, path, location, report_problem)
    elif key == "headers":
        return (
            f"{name}:{_resolve_env_or_file_reference(str(value), path, location, report_problem)}"
        )
    elif isinstance(value, list):
        value = ",".join(map(_format_value, value))
    return f"{name}={_format_value(value)}"


def _format_value(value: Any) -> str:
    """Return a value as the command line would have it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read_referenced_secret(
    value: Any, path: Path, location: str, report_problem: Any
) -> str | SecretCommand:
    """Return the secret that a value refers to; a secret that stands in the file itself is
    refused.
    """
    if not isinstance(value, str) or not value.startswith(("env:", "file:", "command:")):
        report_problem(
            f"{location} holds the secret itself",
            'write where it is: "env:NAME", "file:PATH" or "command:PROGRAM"',
        )
        return ""
    if value.startswith("command:"):
        return _parse_secret_command(value, location, report_problem)
    return _resolve_env_or_file_reference(value, path, location, report_problem)


def _parse_secret_command(value: str, location: str, report_problem: Any) -> SecretCommand:
    try:
        words = tuple(shlex.split(value.partition(":")[2]))
    except ValueError:
        words = ()
    if not words:
        report_problem(f"{location} names no command that can be read")
    return SecretCommand(words=words, location=location)


def _resolve_env_or_file_reference(
    value: str, path: Path, location: str, report_problem: Any
) -> str:
    kind, _, name = value.partition(":")
    if kind == "env":
        if not os.environ.get(name, "").strip():
            report_problem(f"{location}: the environment has no {_describe_variable(name)}")
        return os.environ.get(name, "").strip()
    if kind == "file":
        try:
            return (path.parent / name).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            report_problem(f"{location}: the file cannot be read: {reason}")
            return ""
    return value


def _find_accepted_lines(text: str) -> list[int]:
    """Return the lines of a configuration at which entries of accepted violations begin."""
    return [
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if re.match(r"\s*\[\[\s*accepted\s*\]\]", line)
    ]


def _describe_variable(name: str) -> str:
    """Return a name to be shown, if it looks like that of a variable, and not like a secret."""
    return name if re.fullmatch(r"[A-Z][A-Z_]{0,40}", name) else "such variable"


def _read_accepted_violation(
    number: int, entry: Any, report_problem: Any
) -> AcceptedViolation | None:
    location = f"accepted {number}"
    if (
        not isinstance(entry, dict)
        or not isinstance(entry.get("claim"), str)
        or not isinstance(entry.get("reason"), str)
        or not entry["reason"].strip()
    ):
        report_problem(
            f"{location} lacks a claim or a reason", 'write claim = "…" and reason = "…"'
        )
        return None
    for key in entry.keys() - {"claim", "kind", "pointer", "reason", "until", "contract"}:
        report_problem(
            f"{location}: {key} is not known",
            "it has claim, kind, pointer, reason, until and contract",
        )
    for key in ("kind", "pointer"):
        if not isinstance(entry.get(key, ""), str):
            report_problem(f"{location}: {key} is no text", "`conformance accept` writes it")
            return None
    if not isinstance(entry.get("contract", ""), str):
        report_problem(
            f"{location}: contract is {entry['contract']!r}: it should be the name of a contract"
        )
        return None
    until = entry.get("until")
    if until is not None and (
        not isinstance(until, datetime.date) or isinstance(until, datetime.datetime)
    ):
        report_problem(
            f"{location}: until is {until!r}", "write a date without quotes: until = 2027-01-31"
        )
        return None
    return AcceptedViolation(
        claim_pattern=entry["claim"],
        reason=entry["reason"].strip(),
        until=until,
        contract=entry.get("contract"),
        kind=entry.get("kind"),
        pointer=entry.get("pointer"),
    )
