"""Faults with undeclared inputs: parameters and headers that are refused but should be ignored."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.undeclared_inputs import IgnoresUndeclaredInputs
from conformance.mock.bound_call import BoundCall
from conformance.mock.fault import Fault
from conformance.mock.faults.patches import build_fault, patch_to_refuse_matching_calls


def generate_undeclared_input_refusal_faults(
    contract: Contract, claim: Claim, promise: IgnoresUndeclaredInputs
) -> Iterator[Fault]:
    """Yield faults in which undeclared query parameters or headers are refused."""
    tolerates = promise.behavior

    def has_undeclared_query(call: BoundCall) -> bool:
        return any(name in tolerates.query_parameters for name, _ in call.request.query)

    def has_undeclared_header(call: BoundCall) -> bool:
        return any(name.lower() in call.request.headers for name in tolerates.headers)

    if tolerates.query_parameters:
        yield build_fault(
            claim,
            "strict-query",
            "a query parameter that is not declared is refused",
            patch_to_refuse_matching_calls(
                claim.operation, has_undeclared_query, "there is no such parameter"
            ),
        )
    if tolerates.headers:
        yield build_fault(
            claim,
            "strict-headers",
            "a header that is not declared is refused",
            patch_to_refuse_matching_calls(
                claim.operation, has_undeclared_header, "there is no such header"
            ),
        )


FAULTS = {"undeclared_inputs.ignored": generate_undeclared_input_refusal_faults}
