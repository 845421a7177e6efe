"""Who may call an operation."""

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
    """Finds the `credential` of a request (None: there is none) and lets it pass if it is known and
    has one of `scopes` (none listed: any).
    """

    extract_credential: CredentialExtractor
    is_known_token: Callable[[str], bool]
    token_scopes: Mapping[str, str]
    allowed_scopes: tuple[str, ...]

    def __call__(self, request: MockRequest) -> None:
        """Raise Refusal unless the request may pass."""
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
                f"the scope {scope} does not allow this; one of {', '.join(self.allowed_scopes)} does",
                scope=scope,
            )


def build_authenticator(
    contract: Contract, operation: Operation, config: MockConfig
) -> Callable[[MockRequest], None]:
    """Return the check of credentials that an operation asks for."""
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
    """Return the function that takes the credentials from a request, in the first documented
    security scheme's form.
    """
    security_scheme, scheme_name = (
        _get_security_scheme(contract),
        find_authorization_scheme(contract),
    )
    if scheme_name is None:
        name = security_scheme["name"]
        if security_scheme["in"] == "query":
            return lambda request: dict(request.query).get(name)
        return lambda request: request.headers.get(name.lower())
    return lambda request: extract_after_scheme(
        scheme_name, request.headers.get("authorization", "")
    )


def find_authorization_scheme(contract: Contract) -> str | None:
    """Return the word, in lower case, that goes before the credentials in an Authorization header;
    None where they travel otherwise.
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


def extract_after_scheme(scheme: str, header: str) -> str | None:
    """Return the credentials that follow a scheme name (in any case, RFC 9110, 11.1), None when it
    is not there.
    """
    prefix, _, credentials = header.partition(" ")
    return credentials.strip() or None if prefix.lower() == scheme else None
