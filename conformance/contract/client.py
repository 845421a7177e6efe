"""What a typed client of a contract owes its users: said of no server, and only tried where a
client is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from conformance.contract.claim import Claim, ClaimDraft
from conformance.contract.contract import Contract
from conformance.contract.operation import Operation
from conformance.contract.retries import Retries

IDEMPOTENT_METHODS = ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE")  # RFC 9110, 9.2.2


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSendsCall:
    """A valid call is sent, and what goes over the wire is what it says: method, path, query,
    headers, body, credentials.
    """

    kind: ClassVar[str] = "client.sends"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientReturnsAnswer:
    """What is returned holds what the server answered; a documented error is its exception, with
    its body; anything else is an error too.

    With a `status`, only answers that fall under that documented response are meant.
    """

    kind: ClassVar[str] = "client.answers"
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRetries:
    """A call that fails with `status` is sent again when that does no harm (`repeatable`), and only
    then.
    """

    kind: ClassVar[str] = "client.retries"
    status: int
    idempotent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlesGatewayFailure:
    """A failure by whatever stands before the server, without any explanation, is the documented
    exception of `documented`.
    """

    kind: ClassVar[str] = "client.copes"
    documented_status: str
    status: int


def add_client_claims(contract: Contract) -> Contract:
    """Return the contract with the claims about its client added behind those about the server."""
    return replace(contract, claims=(*contract.claims, *build_client_claims(contract)))


def build_client_claims(contract: Contract) -> Iterator[Claim]:
    """Yield the claims about a client, operation by operation."""
    for operation in contract.operations.values():
        if operation.documents_success and not operation.auxiliary:
            for draft in _draft_claims(contract, operation):
                yield from draft.build_claims(contract.statements)


def _draft_claims(contract: Contract, operation: Operation) -> Iterator[ClaimDraft]:
    def draft_claim(
        suffix: str,
        text: str,
        promise: ClientSendsCall | ClientReturnsAnswer | ClientRetries | HandlesGatewayFailure,
        pointer: str,
        citations: tuple[str, ...] | None,
    ) -> ClaimDraft:
        return ClaimDraft(
            id=f"{operation.id}/client/{suffix}",
            operation=operation.id,
            text=text,
            promise=promise,
            pointer=pointer,
            citations=citations,
        )

    statements, pointer = contract.statements, operation.pointer
    yield draft_claim(
        "sends", "The client sends each valid call, as it is.", ClientSendsCall(), pointer, ()
    )
    yield draft_claim(
        "answers",
        "The client returns what the server answered, and raises what is documented.",
        ClientReturnsAnswer(),
        pointer,
        (),
    )
    retries = contract.behavior(operation.id, Retries)
    for status in retries.statuses if isinstance(retries, Retries) else ():
        idempotent = is_idempotent(contract, operation)
        text = (
            f"A call that is answered with {status} is"
            f" {'sent again' if idempotent else 'not sent again unasked: it may have been carried out'}."
        )
        citations = (
            statements.get_citations(retries.source) if isinstance(retries, Retries) else None
        )
        yield draft_claim(
            f"retries/{status}",
            text,
            ClientRetries(status=choose_status(status, 503), idempotent=idempotent),
            pointer,
            citations,
        )
    for response in operation.responses:
        if isinstance(response.source, dict) and "handed" in response.source:
            text = (
                f"The exception for {response.status} hands the body of the answer to the caller."
            )
            yield draft_claim(
                f"answers/{response.status}",
                text,
                ClientReturnsAnswer(status=response.status),
                response.pointer,
                statements.get_citations(response.source, "handed"),
            )
        if response.status.startswith("5") and response.media_type is None:
            text = (
                f"A {response.status} answer without any explanation is the documented exception."
            )
            promise = HandlesGatewayFailure(
                documented_status=response.status, status=choose_status(response.status, 502)
            )
            yield draft_claim(
                f"copes/{response.status}",
                text,
                promise,
                response.pointer,
                statements.get_citations(response.source, "status"),
            )


def is_idempotent(contract: Contract, operation: Operation) -> bool:
    """Tell whether doing an operation twice is as good as doing it once: by its method, or because
    the documents say so.
    """
    switches = [
        resource_switch for resource in contract.resources for resource_switch in resource.switches
    ]
    return operation.method in IDEMPOTENT_METHODS or any(
        switch.idempotent and operation.id in (switch.on, switch.off) for switch in switches
    )


def choose_status(documented_status: str, preferred: int) -> int:
    """Return a code that a documented status stands for, the `usual` one where that is of the
    class.
    """
    if documented_status.isdecimal():
        return int(documented_status)
    return (
        preferred if documented_status[0] == str(preferred)[0] else int(documented_status[0]) * 100
    )
