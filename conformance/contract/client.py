"""What a typed client of a contract owes its users: said of no server, and only tried where a
client is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from conformance.contract.claim import Claim, Draft
from conformance.contract.contract import Contract
from conformance.contract.operation import Operation
from conformance.contract.retrying import Retries

IDEMPOTENT = ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE")  # RFC 9110, 9.2.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sends:
    """A valid call is sent, and what goes over the wire is what it says: method, path, query,
    headers, body, credentials.
    """

    kind: ClassVar[str] = "client.sends"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What is returned holds what the server answered; a documented error is its exception, with
    its body; anything else is an error too.

    With a `status`, only answers that fall under that documented response are meant.
    """

    kind: ClassVar[str] = "client.answers"
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """A call that fails with `status` is sent again when that does no harm (`repeatable`), and only
    then.
    """

    kind: ClassVar[str] = "client.retries"
    status: int
    repeatable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Copes:
    """A failure by whatever stands before the server, without any explanation, is the documented
    exception of `documented`.
    """

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
            for draft in _drafts(contract, operation):
                yield from draft.claim(contract.register)


def _drafts(contract: Contract, operation: Operation) -> Iterator[Draft]:
    def draft(
        end: str,
        text: str,
        promise: Sends | Answers | Repeats | Copes,
        pointer: str,
        ids: tuple[str, ...] | None,
    ) -> Draft:
        return Draft(
            id=f"{operation.id}/client/{end}",
            operation=operation.id,
            text=text,
            promise=promise,
            pointer=pointer,
            ids=ids,
        )

    register, at = contract.register, operation.pointer
    yield draft("sends", "The client sends each valid call, as it is.", Sends(), at, ())
    yield draft(
        "answers",
        "The client returns what the server answered, and raises what is documented.",
        Answers(),
        at,
        (),
    )
    retries = contract.of(operation.id, Retries)
    for status in retries.statuses if isinstance(retries, Retries) else ():
        again = repeatable(contract, operation)
        text = (
            f"A call that is answered with {status} is"
            f" {'sent again' if again else 'not sent again unasked: it may have been carried out'}."
        )
        ids = register.cite(retries.source) if isinstance(retries, Retries) else None
        yield draft(
            f"retries/{status}",
            text,
            Repeats(status=one_of(status, 503), repeatable=again),
            at,
            ids,
        )
    for one in operation.responses:
        if isinstance(one.source, dict) and "handed" in one.source:
            text = f"The exception for {one.status} hands the body of the answer to the caller."
            yield draft(
                f"answers/{one.status}",
                text,
                Answers(status=one.status),
                one.pointer,
                register.cite(one.source, "handed"),
            )
        if one.status.startswith("5") and one.media is None:
            text = f"A {one.status} answer without any explanation is the documented exception."
            copes = Copes(documented=one.status, status=one_of(one.status, 502))
            yield draft(
                f"copes/{one.status}", text, copes, one.pointer, register.cite(one.source, "status")
            )


def repeatable(contract: Contract, operation: Operation) -> bool:
    """Tell whether doing an operation twice is as good as doing it once: by its method, or because
    the documents say so.
    """
    switches = [switch for resource in contract.resources for switch in resource.switches]
    return operation.method in IDEMPOTENT or any(
        one.idempotent and operation.id in (one.on, one.off) for one in switches
    )


def one_of(status: str, usual: int) -> int:
    """Return a code that a documented status stands for, the `usual` one where that is of the
    class.
    """
    if status.isdecimal():
        return int(status)
    return usual if status[0] == str(usual)[0] else int(status[0]) * 100
