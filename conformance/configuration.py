"""`conformance.toml`: named targets, and violations that are accepted for a while."""

from __future__ import annotations

import datetime
import fnmatch
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.errors import Problem, UsageError

FILE = "conformance.toml"
TABLES = {
    "parameters": "parameters",
    "scoped-tokens": "scoped",
    "fixtures": "fixtures",
    "headers": "headers",
}
VALUES: dict[str, tuple[type, ...]] = {
    "contract": (str,),
    "revision": (str,),
    "url": (str,),
    "token": (str,),
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
class Accepted:
    """A violation that is known: claims by id or pattern, why it is accepted, and the last day on
    which it is.
    """

    claim: str
    reason: str
    until: datetime.date | None
    contract: str | None

    def covers(self, contract: str, claim: str) -> bool:
        """Tell whether it is about a claim of a contract."""
        return self.contract in (None, contract) and (
            claim == self.claim or fnmatch.fnmatchcase(claim, self.claim)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What a configuration file says; `targets` hold values as the command line's options name
    them.
    """

    file: Path | None = None
    targets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    accepted: tuple[Accepted, ...] = ()
    secret_names: tuple[str, ...] = ()

    def target(self, name: str) -> Mapping[str, Any]:
        """Return the values of a target; raises UsageError when there is none of that name."""
        if self.file is None:
            raise UsageError(
                Problem(
                    message=f"--target {name}: there is no {FILE} here",
                    hint="name the file with --config",
                )
            )
        if name not in self.targets:
            known = ", ".join(sorted(self.targets)) or "none"
            raise UsageError(
                Problem(
                    file=str(self.file),
                    message=f"there is no target {name!r}",
                    hint=f"it has {known}",
                )
            )
        return self.targets[name]


def load(file: str | None) -> Configuration:
    """Return the configuration of a file, of ./conformance.toml when none is named, or an empty
    one; raises UsageError for what is wrong in it.
    """
    path = Path(file) if file is not None else Path(FILE)
    if file is None and not path.is_file():
        return Configuration()
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            Problem(file=str(path), message=f"the file cannot be read: {error}")
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(Problem(file=str(path), message=f"it is not TOML: {error}")) from error
    problems: list[Problem] = []

    def wrong(message: str, hint: str | None = None) -> None:
        problems.append(Problem(file=str(path), message=message, hint=hint))

    for key in document.keys() - {"targets", "accepted", "secret-names"}:
        wrong(f"{key} is not known here", "it has secret-names, [targets.NAME] and [[accepted]]")
    names = document.get("secret-names", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        wrong("secret-names is not a list of texts", 'write secret-names = ["x-my-key"]')
        names = []
    targets = {
        name: _target(name, table, path, wrong)
        for name, table in _table(document.get("targets", {}), "targets", wrong).items()
    }
    entries = document.get("accepted", [])
    if not isinstance(entries, list):
        wrong("accepted is not a list of tables", "write [[accepted]]")
        entries = []
    accepted = [_accepted(number, entry, wrong) for number, entry in enumerate(entries, start=1)]
    if problems:
        raise UsageError(*problems)
    return Configuration(
        file=path,
        targets=targets,
        accepted=tuple(one for one in accepted if one),
        secret_names=tuple(names),
    )


def _table(value: Any, where: str, wrong: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    wrong(f"{where} is not a table")
    return {}


def _target(name: str, table: Any, path: Path, wrong: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in _table(table, f"targets.{name}", wrong).items():
        where = f"targets.{name}.{key}"
        if key in TABLES:
            found[TABLES[key]] = tuple(
                _pair(key, one, item, path, f"{where}.{one}", wrong)
                for one, item in _table(value, where, wrong).items()
            )
        elif key not in VALUES:
            wrong(f"{where} is not known", f"a target has {', '.join([*VALUES, *TABLES])}")
        elif not isinstance(value, VALUES[key]) or (
            isinstance(value, bool) and bool not in VALUES[key]
        ):
            shown = (
                repr(value)
                if key != "token" and isinstance(value, int | float)
                else "of the wrong type"
            )
            wrong(
                f"{where} is {shown}: it should be"
                f" {' or '.join(one.__name__ for one in VALUES[key])}"
            )
        else:
            found[key.replace("-", "_")] = (
                _secret(value, path, where, wrong) if key == "token" else value
            )
    return found


def _pair(key: str, name: str, value: Any, path: Path, where: str, wrong: Any) -> str:
    """Return an entry of a table as the command line's option would have it."""
    if key == "scoped-tokens":
        value = _secret(value, path, where, wrong)
    elif key == "headers":
        return f"{name}:{_referred(str(value), path, where, wrong)}"
    elif isinstance(value, list):
        value = ",".join(map(_word, value))
    return f"{name}={_word(value)}"


def _word(value: Any) -> str:
    """Return a value as the command line would have it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _secret(value: Any, path: Path, where: str, wrong: Any) -> str:
    """Return the secret that a value refers to; a secret that stands in the file itself is
    refused.
    """
    if not isinstance(value, str) or not value.startswith(("env:", "file:")):
        wrong(f"{where} holds the token itself", 'write where it is: "env:NAME" or "file:PATH"')
        return ""
    return _referred(value, path, where, wrong)


def _referred(value: str, path: Path, where: str, wrong: Any) -> str:
    kind, _, name = value.partition(":")
    if kind == "env":
        if not os.environ.get(name, "").strip():
            wrong(f"{where}: the environment has no {_named(name)}")
        return os.environ.get(name, "").strip()
    if kind == "file":
        try:
            return (path.parent / name).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            wrong(f"{where}: the file cannot be read: {reason}")
            return ""
    return value


def _named(name: str) -> str:
    """Return a name to be shown, if it looks like that of a variable, and not like a secret."""
    return name if re.fullmatch(r"[A-Z][A-Z_]{0,40}", name) else "such variable"


def _accepted(number: int, entry: Any, wrong: Any) -> Accepted | None:
    where = f"accepted {number}"
    if (
        not isinstance(entry, dict)
        or not isinstance(entry.get("claim"), str)
        or not isinstance(entry.get("reason"), str)
        or not entry["reason"].strip()
    ):
        wrong(f"{where} lacks a claim or a reason", 'write claim = "…" and reason = "…"')
        return None
    for key in entry.keys() - {"claim", "reason", "until", "contract"}:
        wrong(f"{where}: {key} is not known", "it has claim, reason, until and contract")
    if not isinstance(entry.get("contract", ""), str):
        wrong(f"{where}: contract is {entry['contract']!r}: it should be the name of a contract")
        return None
    until = entry.get("until")
    if until is not None and (
        not isinstance(until, datetime.date) or isinstance(until, datetime.datetime)
    ):
        wrong(f"{where}: until is {until!r}", "write a date without quotes: until = 2027-01-31")
        return None
    return Accepted(
        claim=entry["claim"],
        reason=entry["reason"].strip(),
        until=until,
        contract=entry.get("contract"),
    )
