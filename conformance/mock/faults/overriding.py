"""Parameters that should have no say beside another, and have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.overriding import Inert, Overrides
from conformance.mock.call import Call
from conformance.mock.fault import Fault
from conformance.mock.faults.departure import fault, refusing, taking
from conformance.mock.overriding import overriding


def inert(contract: Contract, claim: Claim, promise: Inert) -> Iterator[Fault]:
    """Break that disabled parameters change nothing."""
    overrides = promise.overrides
    others = tuple(
        one
        for one in contract.behaviours[claim.operation]
        if isinstance(one, Overrides) and one is not overrides
    )
    both = taking(claim.operation, lambda take: replace(take, overrides=overriding(others)))
    yield fault(
        claim,
        "both",
        f"{overrides.parameter} and {' and '.join(overrides.disables)} are all applied",
        both,
    )

    def together(call: Call) -> bool:
        return overrides.parameter in call.sent and any(
            name in call.sent for name in overrides.disables
        )

    yield fault(
        claim,
        "refused",
        "they are refused together",
        refusing(
            claim.operation,
            together,
            f"{overrides.parameter} excludes {', '.join(overrides.disables)}",
        ),
    )
