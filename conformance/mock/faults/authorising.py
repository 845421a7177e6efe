"""Credentials that should be asked for and are not, scopes that should suffice and do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from conformance.contract.authorising import Allows, Demands, Forbids, Lack
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.mock.authorising import Admission, credential, scheme
from conformance.mock.fault import Fault
from conformance.mock.faults.departure import Depart, despite, fault
from conformance.mock.message import Request
from conformance.mock.refusal import Refusal
from conformance.mock.service import Service

Lacks = Callable[[Request], bool]
ANYONE = "\0"  # stands for no token at all: no header can hold it


def demands(contract: Contract, claim: Claim, promise: Demands) -> Iterator[Fault]:
    """Break that credentials are asked for."""

    def depart(service: Service) -> Service:
        admit, lacks = service.handlers[claim.operation].admit, _lacks(service, promise.lack)

        def lenient(request: Request) -> None:
            try:
                admit(request)
            except Refusal as refusal:
                if refusal.status != 401 or not lacks(request):
                    raise

        return service.change(claim.operation, admit=lenient)

    yield fault(claim, "let-in", "such a request is let in", depart)
    for variant, text, read in _forms(contract, claim, promise.lack):
        yield fault(claim, variant, text, _reading(claim.operation, read))
    yield from _despite(contract, claim, 401, lambda service: _lacks(service, promise.lack))


# the Authorization header → the token, or the one that the server takes it for
Header = Callable[[str], str | None]


def _forms(contract: Contract, claim: Claim, lack: Lack) -> Iterator[tuple[str, str, Header]]:
    """Yield careless ways of reading an Authorization header."""
    word = scheme(contract)
    if word is None:
        return
    if lack is Lack.BARE:
        text = f"any scheme is as good as {word}"
        yield (
            "other-scheme",
            text,
            lambda header: (
                header.partition(" ")[2].strip() or None
                if header.partition(" ")[0].lower() not in ("", word)
                else None
            ),
        )
    if lack is Lack.MISSING:
        yield (
            "empty",
            f"the word {word} is enough, without a token",
            lambda header: ANYONE if header.strip().lower() == word else None,
        )


def _reading(operation: str, read: Header) -> Depart:
    def depart(service: Service) -> Service:
        admit = service.handlers[operation].admit
        assert isinstance(admit, Admission)
        honest = admit.credential

        def careless(request: Request) -> str | None:
            found = honest(request)
            return read(request.headers.get("authorization", "")) if found is None else found

        known = admit.known
        return service.change(
            operation,
            admit=replace(
                admit, credential=careless, known=lambda token: token == ANYONE or known(token)
            ),
        )

    return depart


def _lacks(service: Service, lack: Lack) -> Lacks:
    given = credential(service.contract)

    def is_missing(request: Request) -> bool:
        return given(request) is None and "authorization" not in request.headers

    match lack:
        case Lack.MISSING:
            return is_missing
        case Lack.BARE:
            return lambda request: given(request) is None and not is_missing(request)
        case Lack.INVALID:
            # of those that are refused: a known token is let in anyway
            return lambda request: given(request) is not None


def _despite(
    contract: Contract, claim: Claim, status: int, lacks: Callable[[Service], Lacks]
) -> Iterator[Fault]:
    if contract.operations[claim.operation].reads_only:
        return

    def depart(service: Service) -> Service:
        concerns = lacks(service)
        stages = despite(
            service.handlers[claim.operation],
            lambda request, refusal: refusal.status == status and concerns(request),
        )
        return service.change(claim.operation, **stages)

    yield fault(
        claim, "done-all-the-same", "such a request is refused and done all the same", depart
    )


def allows(contract: Contract, claim: Claim, promise: Allows) -> Iterator[Fault]:
    """Break that a scope suffices."""

    def change(admission: Admission) -> Admission:
        return replace(
            admission,
            scoped={
                token: "none" if scope == promise.scope else scope
                for token, scope in admission.scoped.items()
            },
        )

    yield fault(
        claim,
        "forgotten",
        f"the scope {promise.scope} is not on the list",
        _readmitting(claim.operation, change),
    )


def forbids(contract: Contract, claim: Claim, promise: Forbids) -> Iterator[Fault]:
    """Break that a scope does not suffice."""
    wider = _readmitting(
        claim.operation,
        lambda admission: replace(admission, scopes=(*admission.scopes, promise.scope)),
    )
    yield fault(claim, "allowed", f"the scope {promise.scope} is on the list", wider)
    yield from _despite(
        contract, claim, 403, lambda service: _has(service, claim.operation, promise.scope)
    )


def _has(service: Service, operation: str, scope: str) -> Lacks:
    given, admit = credential(service.contract), service.handlers[operation].admit
    return lambda request: (
        isinstance(admit, Admission) and admit.scoped.get(given(request) or "") == scope
    )


def _readmitting(operation: str, change: Callable[[Admission], Admission]) -> Depart:
    def depart(service: Service) -> Service:
        admit = service.handlers[operation].admit
        assert isinstance(admit, Admission)
        return service.change(operation, admit=change(admit))

    return depart
