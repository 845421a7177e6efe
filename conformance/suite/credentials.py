"""The credentials of a request: which are sent, in which place, and how they are shown.

Nothing here is sent that the user did not give: a credential for each security scheme, by its name,
or in a header of their own.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.checks.call import ApiCall, CredentialKind
from conformance.contract.contract import Contract
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation
from conformance.contract.security import SecurityRequirement, SecurityScheme
from conformance.suite.target import Target

UNKNOWN_TOKEN = "conformance-never-issued-token"
UNKNOWN_USER = "conformance-unknown-user:conformance-never-issued-password"


@dataclass(frozen=True, slots=True, kw_only=True)
class WireCredential:
    """A credential as a request carries it: `value` in the header, query parameter or cookie."""

    scheme: SecurityScheme
    value: str


def find_secret(target: Target, scheme: SecurityScheme) -> str | None:
    """Return the secret that the user gave for a scheme, or None.

    It is the one of that name, else `user` for basic authentication or `token` for other schemes,
    else what a header of the user's holds in the place of the scheme. Raises TokenUnavailableError
    if the token has to be fetched and cannot be had.
    """
    if scheme.name in target.credentials:
        return target.credentials[scheme.name]
    secret = target.user if scheme.is_basic else target.token
    if secret is not None and not scheme.mutual_tls:
        return secret
    if uses_token_source(target, scheme):
        assert target.token_source is not None
        return target.token_source.get_token()
    return _find_secret_in_headers(target, scheme)


def uses_token_source(target: Target, scheme: SecurityScheme) -> bool:
    """Tell whether the credential of a scheme is the token that expires."""
    return (
        target.token_source is not None
        and target.token is None
        and scheme.name not in target.credentials
        and not scheme.is_basic
        and not scheme.mutual_tls
    )


def _find_secret_in_headers(target: Target, scheme: SecurityScheme) -> str | None:
    headers = {name.lower(): value for name, value in target.headers.items()}
    if scheme.location is ParameterLocation.HEADER:
        value = headers.get(scheme.field.lower())
    elif scheme.location is ParameterLocation.COOKIE:
        value = dict(_split_cookies(headers.get("cookie", ""))).get(scheme.field)
    else:
        value = None
    if value is None or not value.lower().startswith(scheme.prefix.lower()):
        return None
    secret = value[len(scheme.prefix) :].strip()
    if not scheme.is_basic:
        return secret
    try:
        return base64.b64decode(secret, validate=True).decode()
    except ValueError:
        return None


def _split_cookies(header: str) -> Iterator[tuple[str, str]]:
    for pair in header.split(";"):
        name, _, value = pair.strip().partition("=")
        if name:
            yield name, value


def choose_requirement(
    contract: Contract, operation: Operation, target: Target
) -> SecurityRequirement | None:
    """Return the first alternative for which the user gave every credential.

    Without one, return the first alternative; None if the operation needs no credentials.
    """
    for requirement in operation.security:
        if not list_missing_credentials(contract, target, requirement):
            return requirement
    return operation.security[0] if operation.security else None


def list_missing_credentials(
    contract: Contract, target: Target, requirement: SecurityRequirement
) -> list[str]:
    """Return why schemes of a requirement cannot be satisfied, each as a hint for people."""
    hints = []
    for name in requirement.scopes_by_scheme:
        scheme = contract.security_schemes[name]
        if scheme.unspeakable:
            hints.append(scheme.unspeakable)
        elif scheme.mutual_tls:
            if target.certificate is None:
                hints.append("give --cert FILE")
        elif not uses_token_source(target, scheme) and find_secret(target, scheme) is None:
            flag = "--user NAME:PASSWORD" if scheme.is_basic else "--token TOKEN"
            single = len(contract.security_schemes) == 1
            hints.append(f"give {flag if single else f'--credential {name}=SECRET'}")
    return hints


def explain_impossible_credentials(contract: Contract, target: Target, call: ApiCall) -> str | None:
    """Return why the credentials that a call means cannot be sent; None if they can."""
    operation = contract.operations[call.operation]
    if not operation.requires_credentials:
        return None
    if call.credential is CredentialKind.SCOPED:
        source = target.token_source
        if call.scope not in target.scoped_tokens and not (source and source.has_scopes):
            return (
                f"it needs a token whose only scope is {call.scope}: give --scoped-token"
                f" {call.scope}=TOKEN"
            )
        return None
    if call.credential is CredentialKind.OTHER_USER:
        return _explain_missing_other_user(contract, operation, target, call)
    requirement = _get_requirement_of_call(contract, operation, target, call)
    schemes = [contract.security_schemes[name] for name in requirement.scopes_by_scheme]
    if call.credential is CredentialKind.DEFAULT:
        return None  # a server may serve all the same, and tells if not
    if call.credential is CredentialKind.ALTERNATIVE:
        missing = list_missing_credentials(contract, target, requirement)
        return f"it needs credentials: {', '.join(missing)}" if missing else None
    if any(scheme.mutual_tls for scheme in schemes):
        return "the client certificate belongs to the connection, which all requests share"
    unspeakable = [scheme.unspeakable for scheme in schemes if scheme.unspeakable]
    if unspeakable:
        return unspeakable[0]
    needed = [
        name
        for name in requirement.scopes_by_scheme
        if (call.defective_scheme not in (None, name))
        or call.credential in (CredentialKind.WITHOUT_SCHEME, CredentialKind.OTHER_SCHEME)
    ]
    missing = list_missing_credentials(
        contract, target, SecurityRequirement(scopes_by_scheme=dict.fromkeys(needed, ()))
    )
    return f"it needs credentials: {', '.join(missing)}" if missing else None


def _explain_missing_other_user(
    contract: Contract, operation: Operation, target: Target, call: ApiCall
) -> str | None:
    requirement = _get_requirement_of_call(contract, operation, target, call)
    for name in requirement.scopes_by_scheme:
        scheme = contract.security_schemes[name]
        if scheme.mutual_tls:
            return "the client certificate belongs to the connection, which all requests share"
        if (target.other_user if scheme.is_basic else target.other_token) is None:
            flag = "--other-user NAME:PASSWORD" if scheme.is_basic else "--other-token TOKEN"
            return f"it needs a second user: give {flag}"
    return None


def _get_requirement_of_call(
    contract: Contract, operation: Operation, target: Target, call: ApiCall
) -> SecurityRequirement:
    if call.schemes:
        return next(
            requirement
            for requirement in operation.security
            if tuple(requirement.scopes_by_scheme) == call.schemes
        )
    requirement = choose_requirement(contract, operation, target)
    assert requirement is not None
    return requirement


def build_wire_credentials(
    contract: Contract, target: Target, call: ApiCall
) -> list[WireCredential]:
    """Return the credentials that a request carries.

    They are those of one alternative. Only the scheme that the call names as defective is not as it
    should be, or all of them if it names none.
    """
    operation = contract.operations[call.operation]
    if not operation.security:
        return []
    if call.credential is CredentialKind.SCOPED:
        requirement = next(
            (candidate for candidate in operation.security if candidate.scopes),
            operation.security[0],
        )
    else:
        requirement = _get_requirement_of_call(contract, operation, target, call)
        if not operation.requires_credentials and list_missing_credentials(
            contract, target, requirement
        ):
            return []
    credentials = []
    for name, scopes in requirement.scopes_by_scheme.items():
        scheme = contract.security_schemes[name]
        kind = call.credential
        if kind is CredentialKind.SCOPED and not scopes:
            kind = CredentialKind.DEFAULT
        if call.defective_scheme not in (None, name):
            kind = CredentialKind.DEFAULT
        value = None if scheme.mutual_tls else _encode_credential(target, scheme, kind, call.scope)
        if value is not None:
            credentials.append(WireCredential(scheme=scheme, value=value))
    return credentials


def _encode_credential(
    target: Target, scheme: SecurityScheme, kind: CredentialKind, scope: str | None
) -> str | None:
    """Return what stands in the place of a scheme; None if nothing does."""
    secret = find_secret(target, scheme)
    match kind:
        case CredentialKind.MISSING:
            return None
        case CredentialKind.SCHEME_ONLY:
            return scheme.prefix.strip()
        case CredentialKind.OTHER_USER:
            secret = target.other_user if scheme.is_basic else target.other_token
        case CredentialKind.INVALID:
            secret = UNKNOWN_USER if scheme.is_basic else UNKNOWN_TOKEN
        case CredentialKind.SCOPED:
            secret = target.scoped_tokens.get(scope or "")
            if secret is None and target.token_source is not None:
                secret = target.token_source.get_scoped_token(scope or "")
    if secret is None:
        return None
    text = encode_basic_credentials(secret) if scheme.is_basic else secret
    match kind:
        case CredentialKind.WITHOUT_SCHEME:
            return text
        case CredentialKind.OTHER_SCHEME:
            return ("Bearer " if scheme.is_basic else "Basic ") + text
    return scheme.prefix + text


def encode_basic_credentials(user: str) -> str:
    """Return `name:password` in base64 (RFC 7617)."""
    return base64.b64encode(user.encode()).decode()


def list_credential_fields(contract: Contract, location: ParameterLocation) -> frozenset[str]:
    """Return the names of the headers (lower case), query parameters or cookies of all schemes."""
    return frozenset(
        scheme.field.lower() if location is ParameterLocation.HEADER else scheme.field
        for scheme in contract.security_schemes.values()
        if scheme.location is location and not scheme.mutual_tls
    )


def build_target_headers(contract: Contract, target: Target, call: ApiCall) -> dict[str, str]:
    """Return the user's own headers for a call.

    They stand in the documented place of a credential only if the call means the user's.
    """
    if call.credential is CredentialKind.DEFAULT:
        return dict(target.headers)
    fields = list_credential_fields(contract, ParameterLocation.HEADER)
    cookies = list_credential_fields(contract, ParameterLocation.COOKIE)
    headers = {}
    for name, value in target.headers.items():
        if name.lower() in fields:
            continue
        if name.lower() == "cookie":
            cookies_to_send = [
                f"{key}={text}" for key, text in _split_cookies(value) if key not in cookies
            ]
            if not cookies_to_send:
                continue
            value = "; ".join(cookies_to_send)
        headers[name] = value
    return headers


def list_secret_placeholders(target: Target) -> Mapping[str, str]:
    """Return every form in which secrets of the target are sent, with the placeholder of each."""
    placeholders = dict(target.secrets)
    users = (target.user, target.other_user)
    basic = [user for user in (*users, *target.credentials.values()) if user and ":" in user]
    for user in basic:
        placeholders.setdefault(encode_basic_credentials(user), f"{placeholders[user]}_IN_BASE64")
    return dict(sorted(placeholders.items(), key=lambda pair: -len(pair[0])))


def decode_basic_credentials(text: str) -> tuple[str, str]:
    """Return the name and the password of base64 text (RFC 7617)."""
    name, _, password = base64.b64decode(text).decode().partition(":")
    return name, password
