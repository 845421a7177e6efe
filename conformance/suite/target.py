"""The target of a run as a value: URL, credentials, limits; and whether it is permitted."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import httpx

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.errors import Problem, UsageError
from conformance.suite.token_source import TokenSource

if TYPE_CHECKING:  # the client driver imports Target
    from conformance.suite.client_driver import TypedClientDriver

EMBEDDED_URL_PREFIX = "mock:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server under test, and what a run knows about it and may do there.

    `url` replaces the contract's server URL, base path included. `parameters` holds values of path
    parameters, `scoped_tokens` a token for each scope, `fixtures` ids of existing items.

    `token` is the bare secret of a security scheme, `user` (`name:password`) that of basic
    authentication; `other_token` and `other_user` are those of a second user. `credentials` has
    secrets by the name of their scheme. `certificate` holds the file of a client certificate and
    that of its key, which may be the same. `token_source` takes the place of `token` if the token
    expires during a run.

    Limits: `timeout` is in seconds for one exchange, `max_bytes` for one response, `max_requests`
    for all requests of the run, `max_time` in seconds for the whole run, `rate` in requests per
    second. `max_leftovers` is how many items may be left behind where nothing can be deleted.
    `settle` is the maximum time in seconds for a write to become visible to reads. With
    `read_only`, the run changes nothing.

    `exclusive` means that nobody else uses the server, so items without a mark may be created.
    `accepts_any_id` means that it accepts any id of another item. `stocked_transport`, if any,
    returns the transport to a server like this one that holds this many items from the start.
    `driver`, if any, makes the calls with a typed client where possible.
    """

    url: str
    name: str | None = None
    token: str | None = field(default=None, repr=False)
    token_source: TokenSource | None = None
    user: str | None = field(default=None, repr=False)
    other_token: str | None = field(default=None, repr=False)
    other_user: str | None = field(default=None, repr=False)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    certificate: tuple[str, str] | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    scoped_tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    fixtures: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ca_file: str | None = None
    timeout: float = 10.0
    max_bytes: int = 4 * 1024 * 1024
    max_requests: int | None = None
    max_time: float | None = None
    rate: float | None = None
    settle_seconds: float = 0.0
    read_only: bool = False
    max_leftovers: int = 150
    exclusive: bool = False
    accepts_any_id: bool = False
    transport: httpx.BaseTransport | None = None
    stocked_transport: Callable[[int], httpx.BaseTransport] | None = None
    driver: TypedClientDriver | None = None

    @property
    def display_name(self) -> str:
        """Return the name of the target in reports."""
        return self.name or self.url

    @property
    def secrets(self) -> Mapping[str, str]:
        """Return every secret of the target with its placeholder.

        The longest secret comes first, because it may contain another one.
        """
        scope_placeholders = {
            token: "$TOKEN_" + _to_variable_name(scope)
            for scope, token in self.scoped_tokens.items()
        }
        header_placeholders: dict[str, str] = {}
        for name, value in self.headers.items():
            for secret_part in _find_secret_parts(value):
                header_placeholders.setdefault(secret_part, f"${name.upper().replace('-', '_')}")
        credential_placeholders = {
            secret: "$CREDENTIAL_" + _to_variable_name(name)
            for name, secret in self.credentials.items()
        }
        source = self.token_source
        placeholders = {
            **(source.private_values if source else {}),
            **dict.fromkeys(source.issued if source else (), "$TOKEN"),
            **header_placeholders,
            **scope_placeholders,
            **credential_placeholders,
            **(
                {self.user.partition(":")[2]: "$PASSWORD", self.user: "$CREDENTIALS"}
                if self.user
                else {}
            ),
            **(
                {self.other_user.partition(":")[2]: "$OTHER_PASSWORD", self.other_user: "$OTHER"}
                if self.other_user
                else {}
            ),
            **({self.other_token: "$OTHER_TOKEN"} if self.other_token else {}),
            **({self.token: "$TOKEN"} if self.token else {}),
        }
        return dict(
            sorted(
                ((secret, name) for secret, name in placeholders.items() if secret),
                key=lambda pair: -len(pair[0]),
            )
        )


def _to_variable_name(text: str) -> str:
    return "".join(
        character if character.isascii() and character.isalnum() else "_" for character in text
    ).upper()


def _find_secret_parts(value: str) -> Iterator[str]:
    """Yield the parts of a header value that may be secret.

    These are the whole value, the credentials after a scheme (basic credentials also decoded), and
    the values of cookies.
    """
    scheme, _, credentials = value.partition(" ")
    yield from (value, credentials)
    if scheme.lower() == "basic":
        try:
            decoded = base64.b64decode(credentials.strip() + "===").decode("utf-8", "replace")
        except ValueError:
            decoded = ""
        yield from (decoded, decoded.partition(":")[2])
    for cookie in value.split(";"):
        yield cookie.partition("=")[2].strip()


def get_path_parameter_value(contract: Contract, target: Target, operation: str, name: str) -> Json:
    """Return the value of a path parameter from the target or the documented example.

    Returns None if neither has one.
    """
    if name in target.parameters:
        return target.parameters[name]
    declared = contract.operations[operation].parameter(name)
    return declared.examples[0] if declared and declared.examples else None


def strip_secrets(url: str) -> str:
    """Return a URL without parts that may be secret: credentials, query and fragment."""
    return re.sub(r"(?<=//)[^/@]*@", "", re.split(r"[?#]", url, maxsplit=1)[0])


def require_permitted_target(
    contract: Contract, target: Target, allow_production: bool = False, allow_writes: bool = False
) -> Target:
    """Return the target if a run may use it.

    On a documented production host the returned target is read-only, unless `allow_writes` is set.
    Raises UsageError if the URL is empty or unsuitable, if the host is a production host and
    `allow_production` is not set, or if the contract does not have one of the path parameters or
    scopes.
    """
    if not target.url:
        raise UsageError(
            Problem(
                message="the URL is empty",
                hint="leave --url out to check the embedded mock, or give the server's base URL",
            )
        )
    path_parameters = {
        parameter.name
        for operation in contract.operations.values()
        for parameter in operation.parameters
        if parameter.location is ParameterLocation.PATH
    }
    unknown_parameters = sorted(set(target.parameters) - path_parameters)
    if unknown_parameters:
        raise UsageError(
            Problem(
                message=f"{contract.name} has no path parameter {unknown_parameters[0]!r}",
                hint=f"it has {', '.join(sorted(path_parameters)) or 'none'}",
            )
        )
    unknown_scopes = sorted(set(target.scoped_tokens) - set(contract.scopes))
    if unknown_scopes:
        raise UsageError(
            Problem(
                message=f"--scoped-token: {contract.name} has no such scope",
                hint=f"it has {', '.join(contract.scopes) or 'none'}",
            )
        )
    if target.transport is not None:
        return target
    try:
        url = httpx.URL(target.url)
    except httpx.InvalidURL as error:
        raise UsageError(
            Problem(message="the URL cannot be used: it is not well-formed")
        ) from error
    if url.scheme not in ("http", "https") or not url.host:
        raise UsageError(
            Problem(
                message="the URL is not an http or https URL",
                hint="write it like http://127.0.0.1:8000",
            )
        )
    if url.userinfo:
        raise UsageError(
            Problem(
                message="the URL holds credentials, which would stand in every report",
                hint="give --token, or --header 'Authorization:Basic …'",
            )
        )
    if url.query or url.fragment:
        hint = "give the base URL that operation paths are appended to"
        raise UsageError(Problem(message="the URL has a query or a fragment", hint=hint))
    if contract.is_production_host(url.host):
        if not allow_production:
            hint = (
                f"check a staging server, or a mock: conformance mock {contract.name};"
                " --allow-production lets a run read there"
            )
            raise UsageError(
                Problem(
                    message=f"{url.host} is the documented production host: nothing is sent there",
                    hint=hint,
                )
            )
        return target if allow_writes else replace(target, read_only=True)
    return target
