"""Undeclared inputs that should be let pass, and are not."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.tolerating import Undeclared
from conformance.mock.call import Call
from conformance.mock.fault import Fault
from conformance.mock.faults.departure import fault, refusing


def undeclared(contract: Contract, claim: Claim, promise: Undeclared) -> Iterator[Fault]:
    """Break that what no page declares is let pass."""
    tolerates = promise.tolerates

    def in_query(call: Call) -> bool:
        return any(name in tolerates.query for name, _ in call.request.query)

    def in_headers(call: Call) -> bool:
        return any(name.lower() in call.request.headers for name in tolerates.headers)

    if tolerates.query:
        yield fault(
            claim,
            "strict-query",
            "a query parameter that is not declared is refused",
            refusing(claim.operation, in_query, "there is no such parameter"),
        )
    if tolerates.headers:
        yield fault(
            claim,
            "strict-headers",
            "a header that is not declared is refused",
            refusing(claim.operation, in_headers, "there is no such header"),
        )
