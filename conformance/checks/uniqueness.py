"""Check that a value differs in every response."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks.call import CredentialKind
from conformance.checks.cause import Cause
from conformance.checks.check import Check, CheckContext, build_valid_call
from conformance.checks.exchange import Trace
from conformance.checks.missing_ids import make_nonexistent_id_arguments
from conformance.checks.observation import Failed, FailureKind, Inconclusive, Observation, Passed
from conformance.checks.scenario import Scenario, Step
from conformance.contract import pointer as pointers
from conformance.contract.uniqueness import NeverRepeatsValue

_VALUE_REPEATED = FailureKind("value-repeated", "two answers carry the same {field}: {actual}")


def plan_unique_response_value(
    context: CheckContext, promise: NeverRepeatsValue
) -> Iterator[Scenario]:
    """Yield a scenario that sends the same request with an unknown token twice.

    If the request can name an unknown item, it is also sent twice with valid credentials.
    """
    call = build_valid_call(context, context.operation)
    arguments = (
        make_nonexistent_id_arguments(context, context.operation)
        if context.operation.id in context.resource.item_operation_ids
        else {}
    )
    refused_call = replace(
        call, arguments={**call.arguments, **arguments}, credential=CredentialKind.INVALID
    )
    steps = [Step(name=f"refused {number}", call=refused_call) for number in range(2)]
    if arguments and context.example_count:
        steps += [
            Step(
                name=f"refused {number}",
                call=replace(refused_call, credential=CredentialKind.DEFAULT),
            )
            for number in (2, 3)
        ]
    yield Scenario(label="refusals", steps=tuple(steps))


def evaluate_unique_response_value(
    context: CheckContext, promise: NeverRepeatsValue, trace: Trace
) -> Iterator[Observation]:
    """Check that no two responses have the same value."""
    exchanges = [
        trace["refused 0"],
        trace["refused 1"],
        *(trace[name] for name in ("refused 2", "refused 3") if name in trace),
    ]
    if not all(exchange.refused for exchange in exchanges):
        yield Inconclusive(
            f"{next(candidate for candidate in exchanges if not candidate.refused)} is not refused",
            Cause.REFUSED,
        )
        return
    values = [
        pointers.get_at_pointer(exchange.json, promise.behavior.response_pointer)
        for exchange in exchanges
    ]
    if pointers.MISSING in values:
        yield Inconclusive(
            f"{exchanges[values.index(pointers.MISSING)]} holds nothing at"
            f" {promise.behavior.response_pointer}"
        )
    elif len(set(map(repr, values))) < len(values):
        yield Failed(
            _VALUE_REPEATED,
            tuple(exchanges),
            pointer=promise.behavior.response_pointer,
            actual=values,
        )
    else:
        yield Passed(exchanges[-1])


CHECKS = {
    NeverRepeatsValue.kind: Check(
        plan=plan_unique_response_value, evaluate=evaluate_unique_response_value
    )
}
