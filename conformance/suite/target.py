"""Where a run goes."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import httpx

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import ParameterLocation
from conformance.errors import Problem, UsageError

if TYPE_CHECKING:  # a speaker is told of the target
    from conformance.suite.client_driver import ClientDriver

EMBEDDED_URL_PREFIX = "mock:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One server and what the run may know and do there.

    `url` takes the place of the contract's server URL, base path included. `scoped` holds a token
    for each scope, `fixtures` ids that exist. `exclusive`: nobody else uses it, so that things
    without a mark may be made. `unchecked`: it takes any id of another thing. `stock`, if any,
    leads to a server like this one that holds so many things from the start. `timeout` is in
    seconds, `max_bytes` what of one response is read, `max_requests` what the run may send in all,
    `max_time` the seconds it may take, `rate` how many requests a second, `max_leftovers` how many
    things it may leave behind where nothing can be deleted. `speaker`, if any, makes the calls,
    where that is possible, by a typed client. `settle`: seconds for which a write may take to be
    seen by reads. `read_only`: nothing is changed there.
    """

    url: str
    name: str | None = None
    token: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    scoped_tokens: Mapping[str, str] = field(default_factory=dict)
    fixtures: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    ca_file: str | None = None
    timeout: float = 10.0
    max_bytes: int = 4 * 1024 * 1024
    max_requests: int | None = None
    max_time: float | None = None
    rate: float | None = None
    settle: float = 0.0
    read_only: bool = False
    max_leftovers: int = 150
    exclusive: bool = False
    accepts_any_id: bool = False
    transport: httpx.BaseTransport | None = None
    stocked_transport: Callable[[int], httpx.BaseTransport] | None = None
    driver: ClientDriver | None = None

    @property
    def display_name(self) -> str:
        """Return how reports call the target."""
        return self.name or self.url

    @property
    def secrets(self) -> Mapping[str, str]:
        """Return every secret of the target with what stands for it in anything that is shown, the
        longest first: one may hold another.
        """
        scope_placeholders = {
            token: "$TOKEN_"
            + "".join(character if character.isalnum() else "_" for character in scope).upper()
            for scope, token in self.scoped_tokens.items()
        }
        header_placeholders: dict[str, str] = {}
        for name, value in self.headers.items():
            for secret_part in _find_secret_parts(value):
                header_placeholders.setdefault(secret_part, f"${name.upper().replace('-', '_')}")
        placeholders = {
            **header_placeholders,
            **scope_placeholders,
            **({self.token: "$TOKEN"} if self.token else {}),
        }
        return dict(
            sorted(
                ((secret, name) for secret, name in placeholders.items() if secret),
                key=lambda pair: -len(pair[0]),
            )
        )


def _find_secret_parts(value: str) -> Iterator[str]:
    """Yield what of a header's value may be a secret: the whole, the credentials after a scheme,
    and cookies' values.
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


def get_path_parameter(contract: Contract, target: Target, operation: str, name: str) -> Json:
    """Return the value of a path parameter that the target or the documented example gives; None
    when neither does.
    """
    if name in target.parameters:
        return target.parameters[name]
    declared = contract.operations[operation].parameter(name)
    return declared.examples[0] if declared and declared.examples else None


def strip_secrets(url: str) -> str:
    """Return a URL without what may be secret in it: credentials, query and fragment."""
    return re.sub(r"(?<=//)[^/@]*@", "", re.split(r"[?#]", url, maxsplit=1)[0])


def check_target(
    contract: Contract, target: Target, allow_production: bool = False, allow_writes: bool = False
) -> Target:
    """Return the target if a run may go there.

    On a documented production host it may only read, unless `writes` are allowed there. Raises
    UsageError for an empty or unsuitable URL, for such a host unless `production` is allowed, or
    for a parameter that the contract does not have.
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
    hosts = {httpx.URL(server).host for server in contract.servers}
    if url.host.rstrip(".") in hosts:
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
