"""What the command line's words mean: shared options, and how their values become values of
ours.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from conformance import configuration
from conformance.contract import library
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.errors import Problem, UsageError

if TYPE_CHECKING:  # what only `run` needs takes half a second to import
    from conformance.suite.ledger import Ledger
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
    click.option(
        "--revision",
        metavar="NAME",
        help="An edition of the vendor's page, such as 2017 (default: the current one).",
    ),
    click.option(
        "--reading",
        "readings",
        multiple=True,
        metavar="NAME",
        help="Assert one reading of an ambiguous passage. Repeatable.",
    ),
)

credential_options = stack(
    click.option(
        "--token",
        metavar="TOKEN|@FILE",
        help=(
            "The bearer token: itself, @FILE to read it from, or CONFORMANCE_TOKEN in the"
            " environment."
        ),
    ),
    click.option(
        "--scoped-token",
        "scoped",
        multiple=True,
        metavar="SCOPE=TOKEN",
        help="A token whose only scope is SCOPE. Repeatable.",
    ),
    click.option(
        "--param",
        "parameters",
        multiple=True,
        metavar="NAME=VALUE",
        help="A path parameter (default: the documented example). Repeatable.",
    ),
)

target_options = stack(
    click.option(
        "--url",
        metavar="URL",
        help="The server to check, base path included (default: the embedded mock).",
    ),
    credential_options,
    click.option(
        "--fixture",
        "fixtures",
        multiple=True,
        metavar="FIELD=ID,ID",
        help="Ids that exist on the server, for fields that refer to other things. Repeatable.",
    ),
    click.option(
        "--header",
        "headers",
        multiple=True,
        metavar="NAME:VALUE",
        help="A header for every request. Its value is kept out of reports. Repeatable.",
    ),
    click.option(
        "--ca",
        type=click.Path(exists=True, dir_okay=False),
        help="A file of certificates to trust.",
    ),
    click.option(
        "--target",
        "target_name",
        metavar="NAME",
        help="Use this target of conformance.toml. Options of the command line take precedence.",
    ),
    click.option(
        "--config",
        metavar="FILE",
        help="The configuration file (default: conformance.toml in this folder, if there is one).",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0.1),
        help="Seconds to wait for one answer.  [default: 10]",
    ),
    click.option(
        "--rate",
        type=click.FloatRange(min=0, min_open=True),
        help="Send no more requests a second than this.",
    ),
    click.option(
        "--max-requests",
        type=click.IntRange(min=1),
        help="Send no more requests than this, cleaning up included.",
    ),
    click.option(
        "--max-time",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="Seconds that the run may take. It stops early enough to clean up.  [default: 3600]",
    ),
    click.option(
        "--max-leftovers",
        type=click.IntRange(min=0),
        help="Where nothing can be deleted, create no more items than this.  [default: 150]",
    ),
    click.option(
        "--settle",
        type=click.FloatRange(min=0),
        metavar="SECONDS",
        help="Maximum time for a write to become visible to reads.  [default: 0]",
    ),
    click.option(
        "--exclusive",
        is_flag=True,
        help="Nobody else uses the server: what cannot carry a mark may be created too.",
    ),
    click.option(
        "--read-only",
        is_flag=True,
        help="Send nothing that changes anything; what that leaves undecided is said.",
    ),
    click.option(
        "--allow-production",
        is_flag=True,
        help="Let a run go to the documented production host, to read.",
    ),
    click.option(
        "--allow-writes",
        is_flag=True,
        help="With --allow-production: let it also make, change and remove its own things there.",
    ),
    click.option(
        "--ledger",
        metavar="FILE",
        help=(
            "Where what is made is written until it is removed (default: a file under the user's"
            " state folder)."
        ),
    ),
)

worker_option = click.option(
    "--workers",
    type=click.IntRange(1, 32),
    help="Scripts at once (default: by the target's latency, at most 16).",
)
DEFAULTS: Mapping[str, Any] = {
    "token": None,
    "parameters": (),
    "scoped": (),
    "fixtures": (),
    "headers": (),
    "ca": None,
    "timeout": 10.0,
    "rate": None,
    "max_requests": None,
    "max_time": 3600.0,
    "max_leftovers": 150,
    "settle": 0.0,
    "exclusive": False,
    "read_only": False,
    "allow_production": False,
    "allow_writes": False,
    "ledger": None,
    "workers": None,
}


def load(contract: str, revision: str | None, readings: tuple[str, ...]) -> Contract:
    """Return the contract that the command line names."""
    return library.load(contract, revision, readings)


def secret(value: str | None) -> str | None:
    """Return a token from the command line, from @FILE, or from CONFORMANCE_TOKEN; raises
    UsageError for an empty one.
    """
    if value is None:
        value = os.environ.get("CONFORMANCE_TOKEN", "").strip() or None
        return value if value is None else carried("CONFORMANCE_TOKEN", value)
    if value.startswith("@"):
        try:
            value = Path(value[1:]).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise UsageError(
                Problem(message="--token @FILE: the file cannot be read", hint=reason)
            ) from error
    return carried("--token", value)


def carried(flag: str, value: str) -> str:
    """Return a token if a header can carry it and reports can mask it (RFC 6750, 2.1, allows
    fewer); raises UsageError otherwise.
    """
    if not value or any(ord(c) < 33 or ord(c) > 126 or c in "\"'\\`$" for c in value):
        raise UsageError(
            Problem(
                message=(
                    f"{flag}: the token is empty or holds blanks, quotes or characters that no"
                    " header can carry"
                )
            )
        )
    return value


def pairs(
    flag: str, values: tuple[str, ...], separator: str = "=", secret: bool = False
) -> dict[str, str]:
    """Return NAME=VALUE options as a mapping; raises UsageError for one without the separator,
    without a name or given twice.

    An error about a `secret` shows nothing that may be part of it.
    """
    found: dict[str, str] = {}
    for value in values:
        name, mark, rest = value.partition(separator)
        if not mark or not name.strip() or not rest.strip():
            shown = flag if secret else f"{flag} {name}"
            raise UsageError(Problem(message=f"{shown}: it is written {flag} NAME{separator}VALUE"))
        if name.strip() in found:
            raise UsageError(Problem(message=f"{flag} {name.strip()} is given twice"))
        found[name.strip()] = rest.strip()
    return found


def _headers(values: tuple[str, ...]) -> dict[str, str]:
    found = pairs("--header", values, ":", secret=True)
    for name, value in found.items():
        if (
            not name.isascii()
            or not value.isascii()
            or not value.isprintable()
            or any(c in ' "(),/:;<=>?@[\\]{}' for c in name)
        ):
            shown = f" {name}" if re.fullmatch(r"[A-Za-z0-9-]{1,40}", name) else ""
            raise UsageError(
                Problem(message=f"--header{shown}: it holds characters that no header can carry")
            )
    return found


def fixtures(contract: Contract, values: tuple[str, ...]) -> dict[str, tuple[Json, ...]]:
    """Return --fixture options, ids as the contract's examples type them; raises UsageError for a
    field that refers to nothing.
    """
    from conformance.embedded import references

    examples = references(contract)
    known = {reference.name for reference in contract.references} | {
        resource.parent.parameter for resource in contract.resources if resource.parent
    }
    found: dict[str, tuple[Json, ...]] = {}
    for name, text in pairs("--fixture", values).items():
        if name not in known:
            raise UsageError(
                Problem(
                    message=f"--fixture {name}: {contract.name} has no such reference",
                    hint=f"it has {', '.join(sorted(known)) or 'none'}",
                )
            )
        whole = isinstance(next(iter(examples.get(name, ("",)))), int)
        ids = [part.strip() for part in text.split(",") if part.strip()]
        if whole and not all(id.isdecimal() for id in ids):
            raise UsageError(Problem(message=f"--fixture {name}: the ids must be whole numbers"))
        found[name] = tuple(int(id) if whole else id for id in ids)
    return found


def settled(contract: Contract, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a run: what the line says, else what --target says, else what is usual;
    raises UsageError for a target of another contract.
    """
    name = given.get("target_name")
    configured = configuration.load(given.get("config")).target(name) if name else {}
    other = configured.get("contract", contract.name)
    if other not in (contract.name, given.get("contract_given")):
        raise UsageError(
            Problem(message=f"--target {name} is a target of {other}, not of {contract.name}")
        )
    said = {key: value for key, value in given.items() if value not in (None, (), False)}
    tables = {
        key: (*configured.get(key, ()), *said.get(key, ()))
        for key in ("parameters", "scoped", "fixtures", "headers")
    }
    for key, values in tables.items():
        separator = ":" if key == "headers" else "="
        tables[key] = (
            tuple({value.partition(separator)[0]: value for value in values}.values())
            if configured
            else values
        )
    return {**given, **DEFAULTS, **configured, **said, **tables}


def ledger(given: Mapping[str, Any], url: str) -> Ledger:
    """Return the ledger of a target."""
    from conformance.suite.ledger import Ledger, default

    return Ledger(Path(given["ledger"]) if given.get("ledger") else default(url), url)


def target(contract: Contract, given: Mapping[str, Any], environment: bool = True) -> Target:
    """Return the target at --url; raises UsageError for whatever cannot be used.

    Without `environment`, no credential is taken from there.
    """
    from conformance.suite.target import Target, checked

    given = {
        **given,
        **DEFAULTS,
        **{name: value for name, value in given.items() if value is not None},
    }
    found = Target(
        url=given["url"],
        token=secret(given["token"]) if environment or given["token"] is not None else None,
        parameters=pairs("--param", given["parameters"]),
        scoped={
            scope: carried(f"--scoped-token {scope}", token)
            for scope, token in pairs("--scoped-token", given["scoped"], secret=True).items()
        },
        fixtures=fixtures(contract, given["fixtures"]),
        headers=_headers(given["headers"]),
        ca=given["ca"],
        timeout=given["timeout"],
        max_requests=given["max_requests"],
        max_time=given["max_time"],
        rate=given["rate"],
        settle=given["settle"],
        read_only=given["read_only"],
        max_leftovers=given["max_leftovers"],
        exclusive=given["exclusive"],
    )
    return checked(contract, found, given["allow_production"], given["allow_writes"])


def chosen(contract: Contract, patterns: tuple[str, ...]) -> tuple[Claim, ...]:
    """Return the claims whose id matches any of the patterns (all without one); raises UsageError
    when none does.
    """
    if not patterns:
        return contract.claims
    found = tuple(
        claim
        for claim in contract.claims
        if any(claim.id == one or fnmatch.fnmatchcase(claim.id, one) for one in patterns)
    )
    if not found:
        hint = (
            f"see `conformance claims {contract.name}`; * stands for anything, as in 'list*/sort*'"
        )
        raise UsageError(
            Problem(
                message=f"--only {' '.join(patterns)}: no claim of {contract.name} has such an id",
                hint=hint,
            )
        )
    return found
