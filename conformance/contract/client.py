"""Claims about a typed client of a contract: what it sends, returns and retries.

They say nothing about the server and are tested only if the run has a client.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from conformance.contract.claim import Claim, ClaimDraft
from conformance.contract.contract import Contract
from conformance.contract.operation import Operation
from conformance.contract.retries import Retries
from conformance.protocol import IDEMPOTENT_METHODS


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSendsCall:
    """The promise that the client sends each valid call, and sends it unchanged.

    The request has the method, path, query, headers, body and credentials of the call.
    """

    kind: ClassVar[str] = "client.sends"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientReturnsResponse:
    """The promise that the client returns what the server responded.

    A documented error raises its own exception, which has the body. Any other response is an error
    as well. With a `status`, the promise covers only the responses documented under that status.
    """

    kind: ClassVar[str] = "client.returns"
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRetries:
    """The promise that the client retries a call that failed with `status` only if that is safe.

    The client retries an `idempotent` call. It retries any other call only if the caller asks for
    it.
    """

    kind: ClassVar[str] = "client.retries"
    status: int
    idempotent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientHandlesGatewayFailure:
    """The promise that a gateway failure without a body raises the documented exception.

    `status` is the status that the gateway sends. `documented_status` is the documented response
    whose exception the client raises.
    """

    kind: ClassVar[str] = "client.gateway-failure"
    documented_status: str
    status: int


def add_client_claims(contract: Contract) -> Contract:
    """Return the contract with the claims about its client after the claims about the server."""
    return replace(contract, claims=(*contract.claims, *build_client_claims(contract)))


def build_client_claims(contract: Contract) -> Iterator[Claim]:
    """Yield the claims about a client, operation by operation.

    Auxiliary operations and operations without a documented success yield none.
    """
    for operation in contract.operations.values():
        if operation.documents_success and not operation.auxiliary:
            for draft in _derive_client_claims(contract, operation):
                yield from draft.build_claims(contract.statements)


def _derive_client_claims(contract: Contract, operation: Operation) -> Iterator[ClaimDraft]:
    def draft_claim(
        suffix: str,
        text: str,
        promise: ClientSendsCall
        | ClientReturnsResponse
        | ClientRetries
        | ClientHandlesGatewayFailure,
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
        ClientReturnsResponse(),
        pointer,
        (),
    )
    retries = contract.find_behavior(operation.id, Retries)
    for status in retries.statuses if retries else ():
        idempotent = is_operation_idempotent(contract, operation)
        consequence = (
            "sent again" if idempotent else "not sent again unasked: it may have been carried out"
        )
        text = f"A call that is answered with {status} is {consequence}."
        citations = statements.get_citations(retries.source) if retries else None
        yield draft_claim(
            f"retries/{status}",
            text,
            ClientRetries(
                status=choose_code_of_documented_status(status, 503), idempotent=idempotent
            ),
            pointer,
            citations,
        )
    for response in operation.responses:
        if isinstance(response.source, dict) and "exposed" in response.source:
            text = (
                f"The exception for {response.status} hands the body of the answer to the caller."
            )
            yield draft_claim(
                f"answers/{response.status}",
                text,
                ClientReturnsResponse(status=response.status),
                response.pointer,
                statements.get_citations(response.source, "exposed"),
            )
        if response.status.startswith("5") and response.media_type is None:
            text = (
                f"A {response.status} answer without any explanation is the documented exception."
            )
            promise = ClientHandlesGatewayFailure(
                documented_status=response.status,
                status=choose_code_of_documented_status(response.status, 502),
            )
            yield draft_claim(
                f"copes/{response.status}",
                text,
                promise,
                response.pointer,
                statements.get_citations(response.source, "status"),
            )


def is_operation_idempotent(contract: Contract, operation: Operation) -> bool:
    """Tell whether an operation has the same effect if it is executed twice.

    It is idempotent by its method (RFC 9110, 9.2.2), or because the documents say so of a switch.
    """
    switches = [
        resource_switch for resource in contract.resources for resource_switch in resource.switches
    ]
    return operation.method in IDEMPOTENT_METHODS or any(
        switch.idempotent and operation.id in (switch.on, switch.off) for switch in switches
    )


def choose_code_of_documented_status(documented_status: str, preferred: int) -> int:
    """Return a status code that matches a documented status such as `404` or `5XX`.

    For a class, return `preferred` if it belongs to the class, otherwise the first code of the
    class.
    """
    if documented_status.isdecimal():
        return int(documented_status)
    return (
        preferred if documented_status[0] == str(preferred)[0] else int(documented_status[0]) * 100
    )
