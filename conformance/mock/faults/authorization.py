"""Faults in authorization: credentials that are not checked, scopes that are misjudged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from conformance.contract.authorization import (
    AcceptsAlternativeCredentials,
    AllowsScope,
    CredentialDefect,
    ForbidsScope,
    RequiresCredentials,
    find_operation_with_alternative,
)
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.security import SecurityScheme
from conformance.mock.authorization import (
    Authenticator,
    CredentialReader,
    build_credential_reader,
    build_place_reader,
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
            _build_credential_defect_predicate(service, claim.operation, promise.defect),
        )

        def authenticate_leniently(request: MockRequest) -> None:
            try:
                authenticate(request)
            except Refusal as refusal:
                if refusal.status != 401 or not lacks_credential(request):
                    raise

        return service.replace_handler_stages(claim.operation, authenticate=authenticate_leniently)

    yield build_fault(claim, "let-in", "such a request is let in", admit_unauthenticated)
    operation = contract.operations[claim.operation]
    several = len(operation.security_scheme_names) > 1
    for name in operation.security_scheme_names:
        scheme = contract.security_schemes[name]
        for variant, text, read_carelessly in _generate_careless_credential_readers(
            scheme, promise.defect
        ):
            yield build_fault(
                claim,
                f"{variant}-{name}" if several else variant,
                text,
                _patch_credential_reader(claim.operation, name, read_carelessly),
            )
    if promise.defect is not CredentialDefect.WITHOUT_SCHEME and any(
        len(requirement.scopes_by_scheme) > 1 for requirement in operation.security
    ):
        yield build_fault(
            claim,
            "one-is-enough",
            "of credentials that are needed together, one is enough",
            _patch_authenticator(claim.operation, _accept_any_scheme_of_combinations),
        )
    yield from _generate_executed_though_refused_faults(
        contract,
        claim,
        401,
        lambda service: _build_credential_defect_predicate(
            service, claim.operation, promise.defect
        ),
    )


def _accept_any_scheme_of_combinations(authenticator: Authenticator) -> Authenticator:
    alternatives = tuple(
        replace(alternative, schemes=(name,))
        for alternative in authenticator.alternatives
        for name in alternative.schemes
    )
    return replace(authenticator, alternatives=alternatives)


def generate_refused_alternative_faults(
    contract: Contract, claim: Claim, promise: AcceptsAlternativeCredentials
) -> Iterator[Fault]:
    """Yield the fault that one of several alternatives is not accepted."""

    def forget_alternative(authenticator: Authenticator) -> Authenticator:
        return replace(
            authenticator,
            alternatives=tuple(
                alternative
                for alternative in authenticator.alternatives
                if alternative.schemes != promise.schemes
            ),
        )

    operation = contract.operations[claim.operation]
    if find_operation_with_alternative(contract, operation, promise.schemes) is not None:
        yield build_fault(
            claim,
            "forgotten",
            f"the credentials of {' and '.join(promise.schemes)} are not accepted",
            _patch_authenticator(claim.operation, forget_alternative),
        )


def _generate_careless_credential_readers(
    scheme: SecurityScheme, defect: CredentialDefect
) -> Iterator[tuple[str, str, CredentialReader]]:
    """Yield incorrect ways to read the credential of a scheme where the correct one finds none.

    Each is a variant, a description and a reader.
    """
    if scheme.mutual_tls:
        return
    read_place, prefix = build_place_reader(scheme), scheme.prefix.strip().lower()
    if defect is CredentialDefect.WITHOUT_SCHEME and prefix:

        def read_after_any_word(request: MockRequest) -> str | None:
            word, _, text = (read_place(request) or "").partition(" ")
            if word.lower() in ("", prefix) or not text.strip():
                return None
            return ANONYMOUS_TOKEN

        yield "other-scheme", f"any scheme is as good as {prefix}", read_after_any_word
    if defect is CredentialDefect.MISSING:
        yield (
            "empty",
            f"the word {prefix} is enough, without a token"
            if prefix
            else f"an empty {scheme.field} is enough",
            lambda request: (
                ANONYMOUS_TOKEN
                if (read_place(request) or "").strip().lower() == prefix
                and read_place(request) is not None
                else None
            ),
        )


def _patch_credential_reader(
    operation: str, name: str, read_carelessly: CredentialReader
) -> ServicePatch:
    def replace_reader(authenticator: Authenticator) -> Authenticator:
        read, is_known_secret = authenticator.readers[name], authenticator.is_known_secret

        def read_or_guess(request: MockRequest) -> str | None:
            secret = read(request)
            return read_carelessly(request) if secret is None else secret

        return replace(
            authenticator,
            readers={**authenticator.readers, name: read_or_guess},
            is_known_secret=lambda scheme, secret: (
                secret == ANONYMOUS_TOKEN or is_known_secret(scheme, secret)
            ),
        )

    return _patch_authenticator(operation, replace_reader)


def _build_credential_defect_predicate(
    service: MockService, operation: str, defect: CredentialDefect
) -> RequestPredicate:
    contract = service.contract
    schemes = [
        contract.security_schemes[name]
        for name in contract.operations[operation].security_scheme_names
        if not contract.security_schemes[name].mutual_tls
    ]
    places = [build_place_reader(scheme) for scheme in schemes]
    readers = [build_credential_reader(scheme) for scheme in schemes]

    def holds_nothing(request: MockRequest) -> bool:
        return all(not read(request) for read in places)

    def holds_no_secret(request: MockRequest) -> bool:
        return all(read(request) is None for read in readers)

    match defect:
        case CredentialDefect.MISSING:
            return holds_nothing
        case CredentialDefect.WITHOUT_SCHEME:
            return lambda request: any(
                read_place(request) and read(request) is None
                for read_place, read in zip(places, readers, strict=True)
            )
        case CredentialDefect.INVALID:
            # Only refused requests are checked, so the credential is known to be invalid.
            return lambda request: not holds_no_secret(request)


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
            authenticator,
            alternatives=tuple(
                alternative
                if alternative.allowed_scopes is None
                else replace(
                    alternative, allowed_scopes=alternative.allowed_scopes | {promise.scope}
                )
                for alternative in authenticator.alternatives
            ),
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
    authenticator = service.handlers[operation].authenticate

    def has_scope(request: MockRequest) -> bool:
        return isinstance(authenticator, Authenticator) and any(
            authenticator.token_scopes.get(read(request) or "") == scope
            for read in authenticator.readers.values()
        )

    return has_scope


def _patch_authenticator(
    operation: str, change: Callable[[Authenticator], Authenticator]
) -> ServicePatch:
    def patch(service: MockService) -> MockService:
        authenticator = service.handlers[operation].authenticate
        assert isinstance(authenticator, Authenticator)
        return service.replace_handler_stages(operation, authenticate=change(authenticator))

    return patch


FAULTS = {
    "authorization.requires-credentials": generate_missing_authentication_faults,
    "authorization.accepts-alternative": generate_refused_alternative_faults,
    "authorization.allows-scope": generate_refused_allowed_scope_faults,
    "authorization.forbids-scope": generate_accepted_forbidden_scope_faults,
}
