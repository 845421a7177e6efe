"""Check that the undeclared inputs of the vendor's own client are ignored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks.cause import Cause
from conformance.checks.check import Check, CheckContext, build_prerequisite_steps, build_valid_call
from conformance.checks.exchange import Trace
from conformance.checks.observation import Failed, FailureKind, Inconclusive, Observation, Passed
from conformance.checks.scenario import Scenario, Step
from conformance.contract.undeclared_inputs import IgnoresUndeclaredInputs

_UNDECLARED_INPUT_COUNTS = FailureKind(
    "undeclared-input-counts", "answered with {actual}, and with {expected} without these"
)


def plan_undeclared_inputs(
    context: CheckContext, promise: IgnoresUndeclaredInputs
) -> Iterator[Scenario]:
    """Yield a valid request without and with the undeclared inputs, flags in either spelling."""
    call = build_valid_call(context, context.operation)
    tolerates = promise.behavior
    capitalized_query = {
        name: value.capitalize() if value in ("true", "false") else value
        for name, value in tolerates.query_parameters.items()
    }
    for label, query in (("small", tolerates.query_parameters), ("capital", capitalized_query)):
        full_call = replace(call, query=query, headers=tolerates.headers)
        steps = (
            *build_prerequisite_steps(context, context.operation),
            Step(name="bare", call=call),
            Step(name="full", call=full_call),
        )
        yield Scenario(label=label, steps=steps)


def evaluate_undeclared_inputs(
    context: CheckContext, promise: IgnoresUndeclaredInputs, trace: Trace
) -> Iterator[Observation]:
    """Check that both responses have the same status."""
    bare, full = trace["bare"], trace["full"]
    if not bare.succeeded:
        yield Inconclusive(f"the plain request failed: {bare}", Cause.REFUSED)
    elif full.status != bare.status:
        yield Failed(
            _UNDECLARED_INPUT_COUNTS, (bare, full), expected=bare.status, actual=full.status
        )
    else:
        yield Passed(full)


CHECKS = {
    IgnoresUndeclaredInputs.kind: Check(
        plan=plan_undeclared_inputs, evaluate=evaluate_undeclared_inputs
    )
}
