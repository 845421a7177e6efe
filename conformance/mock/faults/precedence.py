"""Faults in precedence: parameters that take effect although another one disables them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.precedence import DisablesOtherParameters, IgnoresOverriddenParameters
from conformance.mock.bound_call import BoundCall
from conformance.mock.fault import Fault
from conformance.mock.faults.patches import (
    build_fault,
    patch_parameter_binder,
    patch_to_refuse_matching_calls,
)
from conformance.mock.precedence import build_overridden_argument_remover


def generate_overridden_parameter_faults(
    contract: Contract, claim: Claim, promise: IgnoresOverriddenParameters
) -> Iterator[Fault]:
    """Yield faults in which disabled parameters take effect or are refused."""
    overrides = promise.behavior
    other_overrides = tuple(
        build_overridden_argument_remover(behavior.parameter, behavior.overridden_parameters)
        for behavior in contract.list_behaviors(claim.operation, DisablesOtherParameters)
        if behavior is not overrides
    )
    apply_all = patch_parameter_binder(
        claim.operation, lambda binder: replace(binder, overrides=other_overrides)
    )
    yield build_fault(
        claim,
        "both",
        f"{' and '.join([overrides.parameter, *overrides.overridden_parameters])} are all applied",
        apply_all,
    )

    def sends_both(call: BoundCall) -> bool:
        return overrides.parameter in call.sent and any(
            name in call.sent for name in overrides.overridden_parameters
        )

    yield build_fault(
        claim,
        "refused",
        "they are refused together",
        patch_to_refuse_matching_calls(
            claim.operation,
            sends_both,
            f"{overrides.parameter} excludes {', '.join(overrides.overridden_parameters)}",
        ),
    )


FAULTS = {"precedence.ignored": generate_overridden_parameter_faults}
