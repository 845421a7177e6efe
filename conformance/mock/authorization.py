"""Authentication of requests and checks of token scopes."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from conformance.contract.contract import Contract
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation
from conformance.contract.security import SecurityRequirement, SecurityScheme
from conformance.mock.config import MockConfig
from conformance.mock.message import MockRequest
from conformance.mock.refusal import Refusal

CredentialReader = Callable[[MockRequest], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationAlternative:
    """Schemes that authorize a request together.

    A token with a scope must have one of `allowed_scopes`; None means that no scope is needed.
    """

    schemes: tuple[str, ...]
    allowed_scopes: frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticator:
    """A check of the credentials of a request.

    `readers` return, by the name of a scheme, the secret of a request, or None. A secret in
    `token_scopes` is a token with one scope. Any other secret passes if `is_known_secret` accepts
    it as one of that scheme.
    """

    alternatives: tuple[AuthorizationAlternative, ...]
    readers: Mapping[str, CredentialReader]
    is_known_secret: Callable[[str, str], bool]
    token_scopes: Mapping[str, str]

    def __call__(self, request: MockRequest) -> None:
        """Raise Refusal (401 or 403) unless the request satisfies one of the alternatives."""
        closest: Refusal | None = None
        for alternative in self.alternatives:
            refusal = self._find_refusal(alternative, request)
            if refusal is None:
                return
            if closest is None or _is_closer(refusal, closest):
                closest = refusal
        if closest is not None:
            raise closest

    def _find_refusal(
        self, alternative: AuthorizationAlternative, request: MockRequest
    ) -> Refusal | None:
        for name in alternative.schemes:
            secret = self.readers[name](request)
            if secret is None:
                return Refusal(401, NO_CREDENTIALS)
            scope = self.token_scopes.get(secret)
            if scope is None:
                if not self.is_known_secret(name, secret):
                    return Refusal(401, "the credential was never issued")
            elif alternative.allowed_scopes is not None and scope not in alternative.allowed_scopes:
                allowed = ", ".join(sorted(alternative.allowed_scopes))
                text = f"the scope {scope} does not allow this; one of {allowed} does"
                return Refusal(403, text, scope=scope)
        return None


NO_CREDENTIALS = "the request carries no credentials in the documented form"


def _is_closer(refusal: Refusal, closest: Refusal) -> bool:
    """Tell whether a refusal is nearer to success: wrong scope, then unknown, then absent."""
    return (refusal.status, refusal.text != NO_CREDENTIALS) > (
        closest.status,
        closest.text != NO_CREDENTIALS,
    )


def build_authenticator(
    contract: Contract, operation: Operation, config: MockConfig
) -> Callable[[MockRequest], None]:
    """Return the credential check of an operation.

    The check accepts everything if the operation needs no credentials.
    """
    if not operation.requires_credentials:
        return lambda request: None
    return Authenticator(
        alternatives=_compile_alternatives(
            contract, operation.security, set(config.token_scopes.values())
        ),
        readers={
            name: build_credential_reader(contract.security_schemes[name])
            for name in operation.security_scheme_names
        },
        is_known_secret=_build_secret_check(contract, config),
        token_scopes=config.token_scopes,
    )


def _compile_alternatives(
    contract: Contract, requirements: Iterable[SecurityRequirement], issued_scopes: set[str]
) -> tuple[AuthorizationAlternative, ...]:
    """Return the alternatives with one entry for each set of schemes."""
    by_schemes: dict[tuple[str, ...], list[SecurityRequirement]] = {}
    for requirement in requirements:
        by_schemes.setdefault(tuple(requirement.scopes_by_scheme), []).append(requirement)
    return tuple(
        AuthorizationAlternative(
            schemes=schemes,
            allowed_scopes=frozenset(
                scope
                for scope in issued_scopes
                if contract.scope_hierarchy.is_sufficient(scope, same)
            )
            if all(requirement.scopes for requirement in same)
            else None,
        )
        for schemes, same in by_schemes.items()
    )


def _build_secret_check(contract: Contract, config: MockConfig) -> Callable[[str, str], bool]:
    tokens, credentials = config.tokens, config.credentials
    mutual_tls = {scheme.name for scheme in contract.security_schemes.values() if scheme.mutual_tls}
    if tokens is None and not credentials:
        return lambda scheme, secret: True
    known = (tokens or frozenset()) | config.other_tokens
    return lambda scheme, secret: (
        secret in known or credentials.get(scheme) == secret or scheme in mutual_tls
    )


def build_credential_reader(scheme: SecurityScheme) -> CredentialReader:
    """Return a function that reads the secret of a scheme from a request.

    Of basic credentials it is the decoded `name:password`. A client certificate is not seen: the
    connection has checked it.
    """
    if scheme.mutual_tls:
        return lambda request: "certificate"
    read_place = build_place_reader(scheme)
    prefix = scheme.prefix.strip().lower()

    def read_secret(request: MockRequest) -> str | None:
        text = read_place(request)
        if not text:
            return None
        if prefix:
            word, _, text = text.partition(" ")
            text = text.strip()
            if word.lower() != prefix or not text:  # schemes ignore case (RFC 9110, 11.1)
                return None
        return _decode_basic_credentials(text) if scheme.is_basic else text

    return read_secret


def build_place_reader(scheme: SecurityScheme) -> CredentialReader:
    """Return a function that reads what stands in the place of a scheme, if anything does."""
    field = scheme.field
    if scheme.location is ParameterLocation.QUERY:
        return lambda request: dict(request.query).get(field)
    if scheme.location is ParameterLocation.COOKIE:
        return lambda request: parse_cookies(request.headers.get("cookie", "")).get(field)
    header = field.lower()
    return lambda request: request.headers.get(header)


def parse_cookies(header: str) -> dict[str, str]:
    """Return the cookies of a Cookie header by name (RFC 6265, 5.4); quotes stay."""
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    return {name: value for name, equals, value in pairs if equals}


def _decode_basic_credentials(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return "\0" + text  # such a secret was never issued
