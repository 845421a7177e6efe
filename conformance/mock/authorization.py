"""Authentication of requests and checks of token scopes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.mock.config import MockConfig
from conformance.mock.message import MockRequest
from conformance.mock.refusal import Refusal

CredentialExtractor = Callable[[MockRequest], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticator:
    """A check of the credentials of a request.

    `extract_credential` returns the token of a request, or None. A token in `token_scopes` must
    have one of `allowed_scopes`. If that tuple is empty, every scope is allowed. Any other token
    passes if `is_known_token` accepts it.
    """

    extract_credential: CredentialExtractor
    is_known_token: Callable[[str], bool]
    token_scopes: Mapping[str, str]
    allowed_scopes: tuple[str, ...]

    def __call__(self, request: MockRequest) -> None:
        """Raise Refusal (401 or 403) unless the request is authorized."""
        token = self.extract_credential(request)
        if token is None:
            raise Refusal(401, "the request carries no credentials in the documented form")
        scope = self.token_scopes.get(token)
        if scope is None:
            if not self.is_known_token(token):
                raise Refusal(401, "the token was never issued")
        elif self.allowed_scopes and scope not in self.allowed_scopes:
            raise Refusal(
                403,
                f"the scope {scope} does not allow this; one of {', '.join(self.allowed_scopes)}"
                " does",
                scope=scope,
            )


def build_authenticator(
    contract: Contract, operation: Operation, config: MockConfig
) -> Callable[[MockRequest], None]:
    """Return the credential check of an operation.

    The check accepts everything if the operation needs no credentials. A permissive mock checks
    credentials only if the document declares exactly one security scheme.
    """
    if operation.scopes is None or (
        config.permissive
        and len(contract.document.get("components", {}).get("securitySchemes", {})) != 1
    ):
        return lambda request: None
    return Authenticator(
        extract_credential=build_credential_extractor(contract),
        is_known_token=_build_token_check(config),
        token_scopes=config.token_scopes,
        allowed_scopes=operation.scopes,
    )


def _build_token_check(config: MockConfig) -> Callable[[str], bool]:
    tokens = config.tokens
    return (lambda token: True) if tokens is None else tokens.__contains__


def build_credential_extractor(contract: Contract) -> CredentialExtractor:
    """Return a function that extracts the credentials from a request.

    It looks where the first documented security scheme puts them: a header, a query parameter or
    the Authorization header.
    """
    security_scheme, scheme_name = (
        _get_security_scheme(contract),
        get_authorization_header_scheme(contract),
    )
    if scheme_name is None:
        name = security_scheme["name"]
        if security_scheme["in"] == "query":
            return lambda request: dict(request.query).get(name)
        return lambda request: request.headers.get(name.lower())
    return lambda request: extract_credentials_after_scheme(
        scheme_name, request.headers.get("authorization", "")
    )


def get_authorization_header_scheme(contract: Contract) -> str | None:
    """Return the lower-case scheme name before the credentials in an Authorization header.

    Returns None if the security scheme is an API key, which is sent without a scheme name.
    """
    security_scheme = _get_security_scheme(contract)
    return (
        None
        if security_scheme["type"] == "apiKey"
        else str(security_scheme.get("scheme", "bearer")).lower()
    )


def _get_security_scheme(contract: Contract) -> Json:
    schemes = contract.document.get("components", {}).get("securitySchemes", {}).values()
    return next(iter(schemes), {"type": "http", "scheme": "bearer"})


def extract_credentials_after_scheme(scheme: str, header: str) -> str | None:
    """Return the credentials that follow a scheme name in an Authorization header.

    Scheme names are case-insensitive (RFC 9110, 11.1). Returns None if the header has another
    scheme or no credentials.
    """
    prefix, _, credentials = header.partition(" ")
    return credentials.strip() or None if prefix.lower() == scheme else None
