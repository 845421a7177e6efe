"""What the command line's words mean: shared options, and how their values become values of ours."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from conformance.contract import library
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.errors import Problem, UsageError

if TYPE_CHECKING:  # what only `run` needs takes half a second to import
    from conformance.suite.target import Target

F = TypeVar("F", bound=Callable[..., Any])


def stack(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """Return the decorator that applies several, so that they show in this order."""

    def apply(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply


contract_options = stack(
    click.argument("contract"),
    click.option("--revision", metavar="NAME", help="An edition of the vendor's page, such as 2017 (default: the current one)."),
    click.option("--reading", "readings", multiple=True, metavar="NAME", help="Assert one reading of an ambiguous passage. Repeatable."),
)

credential_options = stack(
    click.option("--token", metavar="TOKEN|@FILE", help="The bearer token: itself, @FILE to read it from, or CONFORMANCE_TOKEN in the environment."),
    click.option("--scoped-token", "scoped", multiple=True, metavar="SCOPE=TOKEN", help="A token whose only scope is SCOPE. Repeatable."),
    click.option("--param", "parameters", multiple=True, metavar="NAME=VALUE", help="A path parameter (default: the documented example). Repeatable."),
)

target_options = stack(
    click.option("--url", metavar="URL", help="The server to check, base path included (default: the embedded mock)."),
    credential_options,
    click.option(
        "--fixture", "fixtures", multiple=True, metavar="FIELD=ID,ID", help="Ids that exist on the server, for fields that refer to other things. Repeatable."
    ),
    click.option("--header", "headers", multiple=True, metavar="NAME:VALUE", help="A header for every request. Its value is kept out of reports. Repeatable."),
    click.option("--ca", type=click.Path(exists=True, dir_okay=False), help="A file of certificates to trust."),
    click.option("--timeout", type=click.FloatRange(min=0.1), default=10.0, show_default=True, help="Seconds to wait for one answer."),
    click.option("--max-requests", type=click.IntRange(min=1), help="Send no more requests than this."),
    click.option(
        "--max-leftovers", type=click.IntRange(min=0), default=150, show_default=True, help="Where nothing can be deleted, make no more things than this."
    ),
    click.option("--exclusive", is_flag=True, help="Nobody else uses the server: things that cannot carry our mark may be made too."),
)


def load(contract: str, revision: str | None, readings: tuple[str, ...]) -> Contract:
    """Return the contract that the command line names."""
    return library.load(contract, revision, readings)


def secret(value: str | None) -> str | None:
    """Return a token from the command line, from @FILE, or from CONFORMANCE_TOKEN; raises UsageError for an empty one."""
    if value is None:
        value = os.environ.get("CONFORMANCE_TOKEN", "").strip() or None
        return value if value is None else carried("CONFORMANCE_TOKEN", value)
    if value.startswith("@"):
        try:
            value = Path(value[1:]).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(Problem(message=f"--token {value}: the file cannot be read", hint=str(error))) from error
    return carried("--token", value)


def carried(flag: str, value: str) -> str:
    """Return a token if a header can carry it and reports can mask it (RFC 6750, 2.1, allows fewer); raises UsageError otherwise."""
    if not value or any(ord(c) < 33 or ord(c) > 126 or c in "\"'\\`$" for c in value):
        raise UsageError(Problem(message=f"{flag}: the token is empty or holds blanks, quotes or characters that no header can carry"))
    return value


def pairs(flag: str, values: tuple[str, ...], separator: str = "=") -> dict[str, str]:
    """Return NAME=VALUE options as a mapping; raises UsageError for one without the separator, without a name or given twice."""
    found: dict[str, str] = {}
    for value in values:
        name, mark, rest = value.partition(separator)
        if not mark or not name.strip() or not rest.strip():
            raise UsageError(Problem(message=f"{flag} {name}: it is written {flag} NAME{separator}VALUE"))
        if name.strip() in found:
            raise UsageError(Problem(message=f"{flag} {name.strip()} is given twice"))
        found[name.strip()] = rest.strip()
    return found


def _headers(values: tuple[str, ...]) -> dict[str, str]:
    found = pairs("--header", values, ":")
    for name, value in found.items():
        if not name.isascii() or not value.isascii() or not value.isprintable() or any(c in ' "(),/:;<=>?@[\\]{}' for c in name):
            raise UsageError(Problem(message=f"--header {name}: it holds characters that no header can carry"))
    return found


def fixtures(contract: Contract, values: tuple[str, ...]) -> dict[str, tuple[Json, ...]]:
    """Return --fixture options, ids as the contract's examples type them; raises UsageError for a field that refers to nothing."""
    from conformance.embedded import references

    examples = references(contract)
    known = {reference.name for reference in contract.references} | {resource.parent.parameter for resource in contract.resources if resource.parent}
    found: dict[str, tuple[Json, ...]] = {}
    for name, text in pairs("--fixture", values).items():
        if name not in known:
            raise UsageError(Problem(message=f"--fixture {name}: {contract.name} has no such reference", hint=f"it has {', '.join(sorted(known)) or 'none'}"))
        whole = isinstance(next(iter(examples.get(name, ("",)))), int)
        ids = [part.strip() for part in text.split(",") if part.strip()]
        if whole and not all(id.isdecimal() for id in ids):
            raise UsageError(Problem(message=f"--fixture {name}: the ids must be whole numbers"))
        found[name] = tuple(int(id) if whole else id for id in ids)
    return found


def target(contract: Contract, given: Mapping[str, Any]) -> Target:
    """Return the target at --url; raises UsageError for whatever cannot be used."""
    from conformance.suite.target import Target, checked

    found = Target(
        url=given["url"],
        token=secret(given["token"]),
        parameters=pairs("--param", given["parameters"]),
        scoped={scope: carried(f"--scoped-token {scope}", token) for scope, token in pairs("--scoped-token", given["scoped"]).items()},
        fixtures=fixtures(contract, given["fixtures"]),
        headers=_headers(given["headers"]),
        ca=given["ca"],
        timeout=given["timeout"],
        max_requests=given["max_requests"],
        max_leftovers=given["max_leftovers"],
        exclusive=given["exclusive"],
    )
    return checked(contract, found)


def chosen(contract: Contract, patterns: tuple[str, ...]) -> tuple[Claim, ...]:
    """Return the claims whose id matches any of the patterns (all without one); raises UsageError when none does."""
    if not patterns:
        return contract.claims
    found = tuple(claim for claim in contract.claims if any(claim.id == one or fnmatch.fnmatchcase(claim.id, one) for one in patterns))
    if not found:
        hint = f"see `conformance claims {contract.name}`; * stands for anything, as in 'list*/sort*'"
        raise UsageError(Problem(message=f"--only {' '.join(patterns)}: no claim of {contract.name} has such an id", hint=hint))
    return found
