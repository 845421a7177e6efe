"""What a typed client of a contract owes its users: said of no server, and only tried where a client is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.operation import Operation
from conformance.contract.retrying import Retries
from conformance.contract.statement import Basis

IDEMPOTENT = ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE")  # RFC 9110, 9.2.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sends:
    """A valid call is sent, and what goes over the wire is what it says: method, path, query, headers, body, credentials."""

    kind: ClassVar[str] = "client.sends"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What is returned holds what the server answered; a documented error is its exception, with its body; anything else is an error too.

    With a `status`, only answers that fall under that documented response are meant.
    """

    kind: ClassVar[str] = "client.answers"
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """A call that fails with `status` is sent again when that does no harm (`repeatable`), and only then."""

    kind: ClassVar[str] = "client.retries"
    status: int
    repeatable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Copes:
    """A failure by whatever stands before the server, without any explanation, is the documented exception of `documented`."""

    kind: ClassVar[str] = "client.copes"
    documented: str
    status: int


def with_client(contract: Contract) -> Contract:
    """Return the contract with the claims about its client added behind those about the server."""
    return replace(contract, claims=(*contract.claims, *claims(contract)))


def claims(contract: Contract) -> Iterator[Claim]:
    """Yield the claims about a client, operation by operation."""
    for operation in contract.operations.values():
        if operation.succeeds and not operation.means_only:
            yield from _own(operation)
            yield from _promised(contract, operation)


def _own(operation: Operation) -> Iterator[Claim]:
    for promise, name, text in (
        (Sends(), "sends", "The client sends each valid call, as it is."),
        (Answers(), "answers", "The client returns what the server answered, and raises what is documented."),
    ):
        id = f"{operation.id}/client/{name}"
        yield Claim(id=id, operation=operation.id, text=text, statements=(), basis=Basis.PAGE, promise=promise, pointer=operation.pointer)


def _promised(contract: Contract, operation: Operation) -> Iterator[Claim]:
    register = contract.register
    retries = contract.of(operation.id, Retries)
    for status in retries.statuses if isinstance(retries, Retries) else ():
        ids = register.cite(retries.source) if isinstance(retries, Retries) else None
        if ids is not None:
            again = repeatable(contract, operation)
            yield Claim(
                id=f"{operation.id}/client/retries/{status}",
                operation=operation.id,
                text=f"A call that is answered with {status} is {'sent again' if again else 'not sent again unasked: it may have been carried out'}.",
                statements=tuple(id.rstrip("?") for id in ids),
                basis=register.basis(ids),
                promise=Repeats(status=one_of(status, 503), repeatable=again),
                pointer=operation.pointer,
            )
    for response in operation.responses:
        ids = register.cite(response.source, "handed") if isinstance(response.source, dict) and "handed" in response.source else None
        if ids is not None:
            yield Claim(
                id=f"{operation.id}/client/answers/{response.status}",
                operation=operation.id,
                text=f"The exception for {response.status} hands the body of the answer to the caller.",
                statements=tuple(id.rstrip("?") for id in ids),
                basis=register.basis(ids),
                promise=Answers(status=response.status),
                pointer=response.pointer,
            )
        ids = register.cite(response.source, "status") if response.status.startswith("5") and response.media is None else None
        if ids is not None:
            yield Claim(
                id=f"{operation.id}/client/copes/{response.status}",
                operation=operation.id,
                text=f"A {response.status} answer without any explanation is the documented exception.",
                statements=tuple(id.rstrip("?") for id in ids),
                basis=register.basis(ids),
                promise=Copes(documented=response.status, status=one_of(response.status, 502)),
                pointer=response.pointer,
            )


def repeatable(contract: Contract, operation: Operation) -> bool:
    """Tell whether doing an operation twice is as good as doing it once: by its method, or because the documents say so."""
    switches = [switch for resource in contract.resources for switch in resource.switches]
    return operation.method in IDEMPOTENT or any(one.idempotent and operation.id in (one.on, one.off) for one in switches)


def one_of(status: str, usual: int) -> int:
    """Return a code that a documented status stands for, the `usual` one where that is of the class."""
    if status.isdecimal():
        return int(status)
    return usual if status[0] == str(usual)[0] else int(status[0]) * 100
