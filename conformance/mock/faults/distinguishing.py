"""Values that should differ from answer to answer, and repeat."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.distinguishing import Differs
from conformance.contract.json import Json
from conformance.contract.operation import Response as Documented
from conformance.contract.pointer import MISSING, get, put
from conformance.mock.fault import Fault
from conformance.mock.faults.departure import Depart, fault, finishing, rebodied
from conformance.mock.message import Response


def differs(contract: Contract, claim: Claim, promise: Differs) -> Iterator[Fault]:
    """Break that a value never repeats."""
    yield fault(
        claim,
        "constant",
        "it is the same in every answer",
        _repeating(claim.operation, promise, lambda status: 0),
    )
    yield fault(
        claim,
        "by-status",
        "it is the same in every answer of one status",
        _repeating(claim.operation, promise, lambda status: status),
    )


def _repeating(operation: str, promise: Differs, number: Callable[[int], int]) -> Depart:
    answer = promise.distinct.answer
    covered = Documented(status=promise.distinct.status, description="", pointer="")

    def change(response: Response) -> Response:
        if not covered.covers(response.status):
            return response
        return rebodied(
            response,
            lambda body: (
                body
                if get(body, answer) is MISSING
                else put(body, answer, _same(get(body, answer), number(response.status)))
            ),
        )

    return finishing(operation, change)


def _same(value: Json, number: int) -> Json:
    if isinstance(value, str):
        return (
            value[: -len(digits)] + digits if len(value) > len(digits := f"{number:03}") else digits
        )
    return number
