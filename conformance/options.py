"""Options that several commands share: default values, help, and how they become a target."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from conformance import configuration
from conformance.contract import loader
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.errors import Problem, UsageError

if TYPE_CHECKING:  # what only `run` needs takes half a second to import
    from conformance.suite.ledger import Ledger
    from conformance.suite.target import Target
    from conformance.suite.token_source import TokenSource

F = TypeVar("F", bound=Callable[..., Any])


def combine_decorators(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """Return the decorator that applies several, so that they show in this order."""

    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


class GroupedOptionsCommand(click.Command):
    """A command whose help shows its options under the headings that `group_options` gave them."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each group of options under its heading, those without a group last."""
        records_by_heading: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                heading = _HEADINGS.get(parameter.name or "", OTHER_OPTIONS)
                records_by_heading.setdefault(heading, []).append(record)
        for heading in [*dict.fromkeys(_HEADINGS.values()), OTHER_OPTIONS]:
            if heading in records_by_heading:
                with formatter.section(heading):
                    formatter.write_dl(records_by_heading[heading])


OTHER_OPTIONS = "Other options"
_HEADINGS: dict[str, str] = {}  # parameter → heading of its group


def group_options(heading: str, *parameters: str) -> None:
    """Show these parameters, in this order, under a heading of every GroupedOptionsCommand."""
    _HEADINGS.update(dict.fromkeys(parameters, heading))


group_options("Contract", "revision", "interpretations")
group_options(
    "Target",
    *("url", "token", "user", "other_token", "other_user", "credentials", "scoped"),
    *("token_url", "client_credentials", "token_scope", "parameters", "fixtures", "headers"),
    *("ca", "cert", "cert_key", "target_name", "config", "client"),
)
group_options("Selection", "only", "profile", "seed", "shard", "executor", "workers")
group_options(
    "Limits",
    "timeout",
    "rate",
    "max_requests",
    "max_time",
    "max_leftovers",
    "settle",
    "min_decided",
)
group_options(
    "Safety", "exclusive", "read_only", "allow_production", "allow_writes", "ledger", "dry_run"
)
group_options(
    "Reports",
    "json_file",
    "junit",
    "markdown",
    "html",
    "har",
    "sarif",
    "code_quality",
    "badge",
    "verbose",
)

contract_options = combine_decorators(
    click.argument("contract"),
    click.option(
        "--revision",
        metavar="NAME",
        help="A revision of the vendor's page, such as 2017 (default: the current one).",
    ),
    click.option(
        "--interpretation",
        "interpretations",
        multiple=True,
        metavar="NAME",
        help="Assume one interpretation of an ambiguous passage. Repeatable.",
    ),
)

credential_options = combine_decorators(
    click.option(
        "--token",
        metavar="TOKEN|@FILE",
        help=(
            "The secret of the contract's security scheme (bearer token, API key): itself, @FILE to"
            " read it from, or CONFORMANCE_TOKEN in the environment."
        ),
    ),
    click.option(
        "--user",
        metavar="NAME:PASSWORD|@FILE",
        help=(
            "The user of basic authentication: itself, @FILE, or CONFORMANCE_USER in the"
            " environment."
        ),
    ),
    click.option(
        "--other-token",
        metavar="TOKEN|@FILE",
        help="The token of a second user, where the contract says what others may not do.",
    ),
    click.option(
        "--other-user",
        metavar="NAME:PASSWORD|@FILE",
        help="The second user, of basic authentication.",
    ),
    click.option(
        "--credential",
        "credentials",
        multiple=True,
        metavar="SCHEME=SECRET|@FILE",
        help="The secret of one of several security schemes, by its name. Repeatable.",
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

target_options = combine_decorators(
    click.option(
        "--url",
        metavar="URL",
        help="The server to check, base path included (default: the embedded mock).",
    ),
    credential_options,
    click.option(
        "--token-url",
        metavar="URL",
        help=(
            "Get the token from this OAuth 2 token endpoint by the client credentials grant, and a"
            " new one when it expires."
        ),
    ),
    click.option(
        "--client-credentials",
        metavar="ID:SECRET|@FILE",
        help=(
            "The OAuth 2 client for --token-url: itself, @FILE, or"
            " CONFORMANCE_CLIENT_CREDENTIALS in the environment."
        ),
    ),
    click.option(
        "--token-scope",
        metavar="SCOPES",
        help="The scopes to ask --token-url for, with spaces between them (default: its own).",
    ),
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
        "--cert",
        type=click.Path(dir_okay=False),
        metavar="FILE",
        help="A client certificate (PEM), with its key unless --cert-key names it.",
    ),
    click.option(
        "--cert-key",
        type=click.Path(dir_okay=False),
        metavar="FILE",
        help="The key of the client certificate (PEM).",
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
        help="Nobody else uses the server: allow items that cannot carry a mark.",
    ),
    click.option(
        "--read-only",
        is_flag=True,
        help="Only send requests that read. Claims that need writes stay undecided.",
    ),
    click.option(
        "--allow-production", is_flag=True, help="Allow reads on the documented production host."
    ),
    click.option(
        "--allow-writes",
        is_flag=True,
        help="With --allow-production: also create, change and delete items of the run there.",
    ),
    click.option(
        "--ledger",
        metavar="FILE",
        help=(
            "File that names everything the run created and has not yet deleted (default: a file"
            " in the user's state folder)."
        ),
    ),
)

worker_option = click.option(
    "--workers",
    type=click.IntRange(1, 32),
    help="Scenarios to execute at once (default: by the target's latency, at most 16).",
)
# settings by which a request carries a secret: none goes to a URL that the user did not name
CREDENTIAL_SETTINGS = (
    *("token", "user", "other_token", "other_user", "credentials", "scoped", "headers"),
    *("token_url", "token_command", "client_credentials", "cert"),
)
DEFAULTS: Mapping[str, Any] = {
    "token": None,
    "user": None,
    "other_token": None,
    "other_user": None,
    "credentials": (),
    "token_url": None,
    "client_credentials": None,
    "token_scope": None,
    "token_command": None,
    "cert": None,
    "cert_key": None,
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


def load_contract(
    contract: str, revision: str | None, interpretations: tuple[str, ...]
) -> Contract:
    """Return the contract that the command line names."""
    return loader.load_contract(contract, revision, interpretations)


def read_token(value: str | None) -> str | None:
    """Return a token from the command line, from @FILE, or from CONFORMANCE_TOKEN; raises
    UsageError for an empty one.
    """
    if value is None:
        value = os.environ.get("CONFORMANCE_TOKEN", "").strip() or None
        return value if value is None else check_token_syntax("CONFORMANCE_TOKEN", value)
    return check_token_syntax("--token", _read_secret("--token", value))


def read_user(value: str | None) -> str | None:
    """Return `name:password` from the command line, from @FILE, or from CONFORMANCE_USER; raises
    UsageError for what basic authentication cannot carry.
    """
    if value is None:
        value = os.environ.get("CONFORMANCE_USER", "").strip() or None
        return value if value is None else check_user_syntax("CONFORMANCE_USER", value)
    return check_user_syntax("--user", _read_secret("--user", value))


def read_other_token(value: str | None) -> str | None:
    """Return the token of the second user, from the command line or from @FILE."""
    if value is None:
        return None
    return check_token_syntax("--other-token", _read_secret("--other-token", value))


def read_other_user(value: str | None) -> str | None:
    """Return `name:password` of the second user, from the command line or from @FILE."""
    if value is None:
        return None
    return check_user_syntax("--other-user", _read_secret("--other-user", value))


def _read_secret(flag: str, value: str) -> str:
    """Return a secret, or what the file @FILE holds; raises UsageError if it cannot be read."""
    if not value.startswith("@"):
        return value
    try:
        return Path(value[1:]).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(
            Problem(message=f"{flag} @FILE: the file cannot be read", hint=reason)
        ) from error


def check_user_syntax(flag: str, value: str) -> str:
    """Return `name:password` (RFC 7617, 2); raises UsageError for any other text."""
    name, colon, password = value.partition(":")
    if not name or not colon or not password or not value.isprintable():
        raise UsageError(Problem(message=f"{flag}: it is written NAME:PASSWORD"))
    return value


def parse_credential_options(
    contract: Contract, values: tuple[str, ...], flag: str = "--credential"
) -> dict[str, str]:
    """Return --credential options by the name of their security scheme; raises UsageError for a
    scheme that the contract does not declare, or a secret that it cannot carry.
    """
    secrets: dict[str, str] = {}
    for name, text in parse_name_value_pairs(flag, values, is_secret=True).items():
        scheme = contract.security_schemes.get(name)
        if scheme is None or scheme.mutual_tls:
            raise UsageError(
                Problem(
                    message=f"{flag}: {contract.name} declares no such security scheme",
                    hint=f"it has {', '.join(contract.security_schemes) or 'none'}",
                )
            )
        check = check_user_syntax if scheme.is_basic else check_token_syntax
        secrets[name] = check(f"{flag} {name}", _read_secret(f"{flag} {name}", text))
    return secrets


def _check_credentials_are_used(contract: Contract, settings: Mapping[str, Any]) -> None:
    """Raise UsageError for a credential of the command line or a target that would not be sent."""
    schemes = contract.security_schemes.values()
    for flag, value, is_used in (
        ("--token", settings["token"], any(not scheme.is_basic for scheme in schemes)),
        ("--token-url", settings["token_url"], any(not scheme.is_basic for scheme in schemes)),
        ("--other-token", settings["other_token"], any(not scheme.is_basic for scheme in schemes)),
        ("--other-user", settings["other_user"], any(scheme.is_basic for scheme in schemes)),
        ("--user", settings["user"], any(scheme.is_basic for scheme in schemes)),
    ):
        if value is not None and not is_used:
            known = ", ".join(scheme.name for scheme in schemes)
            raise UsageError(
                Problem(
                    message=f"{flag}: {contract.name} declares no security scheme that takes it",
                    hint=(
                        f"its schemes are {known}: give --credential SCHEME=SECRET"
                        if known
                        else "it declares none: give --header 'Authorization:Bearer …' or the like"
                    ),
                )
            )


def build_token_source(contract: Contract, settings: Mapping[str, Any]) -> TokenSource | None:
    """Return where the token comes from if it may expire: a token endpoint or a command.

    Raises UsageError for a token URL that is not safe to use, or options that contradict each
    other.
    """
    from conformance.suite.oauth import ClientCredentialsGrant
    from conformance.suite.token_source import IssuedToken, TokenSource, TokenUnavailableError

    url, client = settings["token_url"], settings["client_credentials"]
    if url is None:
        for flag, key in (
            ("--client-credentials", "client_credentials"),
            ("--token-scope", "token_scope"),
        ):
            if settings[key] is not None:
                raise UsageError(Problem(message=f"{flag} is given without --token-url"))
        if settings["token_command"] is None:
            return None
        first_tokens = [settings["token"]]

        def read_token_of_command(scope: str | None) -> IssuedToken:
            try:
                secret = first_tokens.pop() if first_tokens else settings["token_command"]()
                return IssuedToken(secret=check_token_syntax("token", secret))
            except UsageError as error:
                raise TokenUnavailableError(f"no token: {error.problems[0].message}") from error

        return TokenSource(read_token_of_command)
    if settings["token"] is not None:
        raise UsageError(Problem(message="--token and --token-url are given: which is meant?"))
    if client is None:
        client = os.environ.get("CONFORMANCE_CLIENT_CREDENTIALS", "").strip() or None
    if client is None:
        raise UsageError(
            Problem(
                message="--token-url is given without --client-credentials",
                hint="write ID:SECRET, or set CONFORMANCE_CLIENT_CREDENTIALS",
            )
        )
    text = _read_secret("--client-credentials", client)
    client_id, colon, client_secret = text.partition(":")
    if not client_id or not colon or not client_secret or not text.isprintable():
        raise UsageError(Problem(message="--client-credentials: it is written ID:SECRET"))
    _check_token_url(contract, url, settings["allow_production"])
    grant = ClientCredentialsGrant(
        token_url=url,
        client_id=client_id,
        client_secret=client_secret,
        scope=settings["token_scope"],
        ca_file=settings["ca"],
        timeout=settings["timeout"],
    )
    return TokenSource(
        grant.fetch_token, has_scopes=True, private_values={client_secret: "$CLIENT_SECRET"}
    )


def _check_token_url(contract: Contract, text: str, allow_production: bool) -> None:
    """Raise UsageError for a token URL to which the client's secret must not be sent."""
    import httpx

    from conformance.contract.server import is_loopback_host

    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise UsageError(Problem(message="--token-url: it is not a URL")) from error
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.fragment:
        raise UsageError(
            Problem(
                message="--token-url: it is not an http or https URL without credentials",
                hint="write it like https://auth.example.com/oauth/token",
            )
        )
    if url.scheme == "http" and not is_loopback_host(url.host):
        raise UsageError(
            Problem(
                message="--token-url: the client's secret would be sent without encryption",
                hint="give an https URL (RFC 6749, 3.2)",
            )
        )
    documented = {
        httpx.URL(flow["tokenUrl"]).host
        for scheme in contract.document.get("components", {}).get("securitySchemes", {}).values()
        for flow in scheme.get("flows", {}).values()
        if flow.get("tokenUrl")
    }
    is_production = contract.is_production_host(url.host) or (
        url.host in documented and not is_loopback_host(url.host)
    )
    if is_production and not allow_production:
        raise UsageError(
            Problem(
                message=f"--token-url: {url.host} is a documented production host",
                hint="name the token endpoint of a staging server, or give --allow-production",
            )
        )


def _get_client_certificate_files(settings: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the files of the client certificate and its key; raises UsageError for a key alone."""
    if settings["cert"] is None:
        if settings["cert_key"] is not None:
            raise UsageError(Problem(message="--cert-key is given without --cert"))
        return None
    return settings["cert"], settings["cert_key"] or settings["cert"]


def check_token_syntax(flag: str, value: str) -> str:
    """Return a token if a header can carry it and reports can mask it (RFC 6750, 2.1, allows
    fewer); raises UsageError otherwise.
    """
    if not value or any(
        ord(character) < 33 or ord(character) > 126 or character in "\"'\\`$" for character in value
    ):
        raise UsageError(
            Problem(
                message=(
                    f"{flag}: the token is empty or holds blanks, quotes or characters that no"
                    " header can carry"
                )
            )
        )
    return value


def parse_name_value_pairs(
    flag: str, values: tuple[str, ...], separator: str = "=", is_secret: bool = False
) -> dict[str, str]:
    """Return NAME=VALUE options as a mapping; raises UsageError for one without the separator,
    without a name or given twice.

    An error about a `secret` shows nothing that may be part of it.
    """
    parsed: dict[str, str] = {}
    for value in values:
        name, delimiter, content = value.partition(separator)
        if not delimiter or not name.strip() or not content.strip():
            label = flag if is_secret else f"{flag} {name}"
            raise UsageError(Problem(message=f"{label}: it is written {flag} NAME{separator}VALUE"))
        if name.strip() in parsed:
            raise UsageError(Problem(message=f"{flag} {name.strip()} is given twice"))
        parsed[name.strip()] = content.strip()
    return parsed


def _parse_header_options(values: tuple[str, ...]) -> dict[str, str]:
    headers = parse_name_value_pairs("--header", values, ":", is_secret=True)
    for name, value in headers.items():
        if (
            not name.isascii()
            or not value.isascii()
            or not value.isprintable()
            or any(character in ' "(),/:;<=>?@[\\]{}' for character in name)
        ):
            label = f" {name}" if re.fullmatch(r"[A-Za-z0-9-]{1,40}", name) else ""
            raise UsageError(
                Problem(message=f"--header{label}: it holds characters that no header can carry")
            )
    return headers


def parse_fixture_options(
    contract: Contract, values: tuple[str, ...]
) -> dict[str, tuple[Json, ...]]:
    """Return --fixture options, ids of the type that the contract's schemas say.

    Raises UsageError for a field that refers to nothing and for an id of another type.
    """
    reference_names = {reference.name for reference in contract.body_references} | {
        resource.parent.parameter for resource in contract.resources if resource.parent
    }
    parsed: dict[str, tuple[Json, ...]] = {}
    for name, text in parse_name_value_pairs("--fixture", values).items():
        if name not in reference_names:
            raise UsageError(
                Problem(
                    message=f"--fixture {name}: {contract.name} has no such reference",
                    hint=f"it has {', '.join(sorted(reference_names)) or 'none'}",
                )
            )
        ids = [part.strip() for part in text.split(",") if part.strip()]
        types = contract.list_reference_id_types(name)
        is_text = not types or "string" in types
        if not is_text and not all(re.fullmatch(r"-?[0-9]+", id) for id in ids):
            raise UsageError(Problem(message=f"--fixture {name}: the ids must be whole numbers"))
        parsed[name] = tuple(id if is_text else int(id) for id in ids)
    return parsed


def choose_revision(contract: str, revision: str | None, settings: Mapping[str, Any]) -> str | None:
    """Return the revision that the command line names, else the one of its --target."""
    named_on_line = revision or loader.split_contract_and_revision(contract)[1]
    name = settings.get("target_name")
    if named_on_line or not name:
        return revision
    targets = configuration.load_configuration(settings.get("config")).targets
    configured: str | None = targets.get(name, {}).get("revision")
    return configured


def resolve_target_settings(contract: Contract, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a run: what the line says, else what --target says, else what is usual;
    raises UsageError for a target of another contract.
    """
    name = settings.get("target_name")
    configured = (
        configuration.load_configuration(settings.get("config")).get_target_settings(name)
        if name
        else {}
    )
    contract_name = configured.get("contract", contract.name)
    if contract_name not in (contract.name, settings.get("contract_given")):
        raise UsageError(
            Problem(
                message=f"--target {name} is a target of {contract_name}, not of {contract.name}"
            )
        )
    explicit = {
        key: value
        for key, value in settings.items()
        if value not in (None, ()) and value is not False
    }
    if "token" in explicit:
        configured = {
            key: value
            for key, value in configured.items()
            if key not in ("token_command", "token_url", "client_credentials", "token_scope")
        }
    elif "token_url" in explicit:
        configured = {
            key: value for key, value in configured.items() if key not in ("token_command", "token")
        }
    tables = {
        key: (*configured.get(key, ()), *explicit.get(key, ()))
        for key in ("parameters", "scoped", "fixtures", "headers", "credentials")
    }
    for key, values in tables.items():
        separator = ":" if key == "headers" else "="
        tables[key] = (
            tuple({value.partition(separator)[0]: value for value in values}.values())
            if configured
            else values
        )
    return {**settings, **DEFAULTS, **configured, **explicit, **tables}


def open_ledger(settings: Mapping[str, Any], url: str) -> Ledger:
    """Return the ledger of a target."""
    from conformance.suite.ledger import Ledger, default_ledger_path

    return Ledger(
        Path(settings["ledger"]) if settings.get("ledger") else default_ledger_path(url), url
    )


def build_target_from_settings(
    contract: Contract, settings: Mapping[str, Any], environment: bool = True
) -> Target:
    """Return the target at --url; raises UsageError for whatever cannot be used.

    Without `environment`, no credential is taken from there.
    """
    from conformance.suite.target import Target, require_permitted_target

    settings = {
        **settings,
        **DEFAULTS,
        **{name: value for name, value in settings.items() if value is not None},
    }
    _check_credentials_are_used(contract, settings)
    source = build_token_source(contract, settings)
    unchecked = Target(
        url=settings["url"],
        token=read_token(settings["token"])
        if source is None and (environment or settings["token"] is not None)
        else None,
        token_source=source,
        user=read_user(settings["user"]) if environment or settings["user"] is not None else None,
        other_token=read_other_token(settings["other_token"]),
        other_user=read_other_user(settings["other_user"]),
        credentials=parse_credential_options(contract, settings["credentials"]),
        certificate=_get_client_certificate_files(settings),
        parameters=parse_name_value_pairs("--param", settings["parameters"]),
        scoped_tokens={
            scope: check_token_syntax(f"--scoped-token {scope}", token)
            for scope, token in parse_name_value_pairs(
                "--scoped-token", settings["scoped"], is_secret=True
            ).items()
        },
        fixtures=parse_fixture_options(contract, settings["fixtures"]),
        headers=_parse_header_options(settings["headers"]),
        ca_file=settings["ca"],
        timeout=settings["timeout"],
        max_requests=settings["max_requests"],
        max_time=settings["max_time"],
        rate=settings["rate"],
        settle_seconds=settings["settle"],
        read_only=settings["read_only"],
        max_leftovers=settings["max_leftovers"],
        exclusive=settings["exclusive"],
    )
    return require_permitted_target(
        contract, unchecked, settings["allow_production"], settings["allow_writes"]
    )


def select_claims_by_pattern(contract: Contract, patterns: tuple[str, ...]) -> tuple[Claim, ...]:
    """Return the claims whose id matches any of the patterns (all without one); raises UsageError
    when none does.
    """
    if not patterns:
        return contract.claims
    matches = tuple(
        claim
        for claim in contract.claims
        if any(
            claim.id == pattern or fnmatch.fnmatchcase(claim.id, pattern) for pattern in patterns
        )
    )
    if not matches:
        hint = (
            f"see `conformance claims {contract.name}`; * stands for anything, as in 'list*/sort*'"
        )
        raise UsageError(
            Problem(
                message=f"--only {' '.join(patterns)}: no claim of {contract.name} has such an id",
                hint=hint,
            )
        )
    return matches
