"""Faults in authorization: credentials that are not checked, scopes that are misjudged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from conformance.contract.authorization import (
    AllowsScope,
    CredentialDefect,
    ForbidsScope,
    RequiresCredentials,
)
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.mock.authorization import (
    Authenticator,
    build_credential_extractor,
    get_authorization_header_scheme,
)
from conformance.mock.fault import Fault
from conformance.mock.faults.patches import (
    ServicePatch,
    build_act_despite_refusal_stages,
    build_fault,
)
from conformance.mock.message import MockRequest
from conformance.mock.refusal import Refusal
from conformance.mock.service import MockService

RequestPredicate = Callable[[MockRequest], bool]
ANONYMOUS_TOKEN = "\0"  # stands for "no token": no header can contain NUL


def generate_missing_authentication_faults(
    contract: Contract, claim: Claim, promise: RequiresCredentials
) -> Iterator[Fault]:
    """Yield faults in which requests without valid credentials are accepted or executed."""

    def admit_unauthenticated(service: MockService) -> MockService:
        authenticate, lacks_credential = (
            service.handlers[claim.operation].authenticate,
            _build_credential_defect_predicate(service, promise.defect),
        )

        def authenticate_leniently(request: MockRequest) -> None:
            try:
                authenticate(request)
            except Refusal as refusal:
                if refusal.status != 401 or not lacks_credential(request):
                    raise

        return service.replace_handler_stages(claim.operation, authenticate=authenticate_leniently)

    yield build_fault(claim, "let-in", "such a request is let in", admit_unauthenticated)
    for variant, text, parse_token in _generate_wrong_authorization_parsers(
        contract, claim, promise.defect
    ):
        yield build_fault(
            claim, variant, text, _patch_credential_extractor(claim.operation, parse_token)
        )
    yield from _generate_executed_though_refused_faults(
        contract,
        claim,
        401,
        lambda service: _build_credential_defect_predicate(service, promise.defect),
    )


# Takes the Authorization header, returns the token that the server reads from it, or None.
TokenParser = Callable[[str], str | None]


def _generate_wrong_authorization_parsers(
    contract: Contract, claim: Claim, lack: CredentialDefect
) -> Iterator[tuple[str, str, TokenParser]]:
    """Yield incorrect ways to parse an `Authorization` header.

    Each is a variant, a description and a parser.
    """
    scheme_name = get_authorization_header_scheme(contract)
    if scheme_name is None:
        return
    if lack is CredentialDefect.WITHOUT_SCHEME:
        text = f"any scheme is as good as {scheme_name}"
        yield (
            "other-scheme",
            text,
            lambda header: (
                header.partition(" ")[2].strip() or None
                if header.partition(" ")[0].lower() not in ("", scheme_name)
                else None
            ),
        )
    if lack is CredentialDefect.MISSING:
        yield (
            "empty",
            f"the word {scheme_name} is enough, without a token",
            lambda header: ANONYMOUS_TOKEN if header.strip().lower() == scheme_name else None,
        )


def _patch_credential_extractor(operation: str, parse_token: TokenParser) -> ServicePatch:
    def replace_credential_extractor(service: MockService) -> MockService:
        authenticator = service.handlers[operation].authenticate
        assert isinstance(authenticator, Authenticator)
        extract_credential = authenticator.extract_credential

        def extract_credential_carelessly(request: MockRequest) -> str | None:
            credential_value = extract_credential(request)
            return (
                parse_token(request.headers.get("authorization", ""))
                if credential_value is None
                else credential_value
            )

        is_known_token = authenticator.is_known_token
        return service.replace_handler_stages(
            operation,
            authenticate=replace(
                authenticator,
                extract_credential=extract_credential_carelessly,
                is_known_token=lambda token: token == ANONYMOUS_TOKEN or is_known_token(token),
            ),
        )

    return replace_credential_extractor


def _build_credential_defect_predicate(
    service: MockService, lack: CredentialDefect
) -> RequestPredicate:
    extract_credential = build_credential_extractor(service.contract)

    def has_no_authorization(request: MockRequest) -> bool:
        return extract_credential(request) is None and "authorization" not in request.headers

    match lack:
        case CredentialDefect.MISSING:
            return has_no_authorization
        case CredentialDefect.WITHOUT_SCHEME:
            return lambda request: (
                extract_credential(request) is None and not has_no_authorization(request)
            )
        case CredentialDefect.INVALID:
            # Only refused requests are checked, so the token is known to be invalid.
            return lambda request: extract_credential(request) is not None


def _generate_executed_though_refused_faults(
    contract: Contract,
    claim: Claim,
    refusal_status: int,
    build_check: Callable[[MockService], RequestPredicate],
) -> Iterator[Fault]:
    if contract.operations[claim.operation].is_safe:
        return

    def execute_refused_requests(service: MockService) -> MockService:
        is_affected = build_check(service)
        handler_fields = build_act_despite_refusal_stages(
            service.handlers[claim.operation],
            lambda request, refusal: refusal.status == refusal_status and is_affected(request),
        )
        return service.replace_handler_stages(claim.operation, **handler_fields)

    yield build_fault(
        claim,
        "done-all-the-same",
        "such a request is refused and done all the same",
        execute_refused_requests,
    )


def generate_refused_allowed_scope_faults(
    contract: Contract, claim: Claim, promise: AllowsScope
) -> Iterator[Fault]:
    """Yield the fault that a documented scope is not accepted."""

    def revoke_allowed_scope(authenticator: Authenticator) -> Authenticator:
        return replace(
            authenticator,
            token_scopes={
                token: "none" if scope == promise.scope else scope
                for token, scope in authenticator.token_scopes.items()
            },
        )

    yield build_fault(
        claim,
        "forgotten",
        f"the scope {promise.scope} is not on the list",
        _patch_authenticator(claim.operation, revoke_allowed_scope),
    )


def generate_accepted_forbidden_scope_faults(
    contract: Contract, claim: Claim, promise: ForbidsScope
) -> Iterator[Fault]:
    """Yield faults in which an insufficient scope is accepted, or refused after execution."""
    allow_scope = _patch_authenticator(
        claim.operation,
        lambda authenticator: replace(
            authenticator, allowed_scopes=(*authenticator.allowed_scopes, promise.scope)
        ),
    )
    yield build_fault(claim, "allowed", f"the scope {promise.scope} is on the list", allow_scope)
    yield from _generate_executed_though_refused_faults(
        contract,
        claim,
        403,
        lambda service: _build_token_scope_predicate(service, claim.operation, promise.scope),
    )


def _build_token_scope_predicate(
    service: MockService, operation: str, scope: str
) -> RequestPredicate:
    extract_credential, authenticator = (
        build_credential_extractor(service.contract),
        service.handlers[operation].authenticate,
    )
    return lambda request: (
        isinstance(authenticator, Authenticator)
        and authenticator.token_scopes.get(extract_credential(request) or "") == scope
    )


def _patch_authenticator(
    operation: str, change: Callable[[Authenticator], Authenticator]
) -> ServicePatch:
    def patch(service: MockService) -> MockService:
        authenticator = service.handlers[operation].authenticate
        assert isinstance(authenticator, Authenticator)
        return service.replace_handler_stages(operation, authenticate=change(authenticator))

    return patch
