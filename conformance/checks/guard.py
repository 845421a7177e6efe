"""Check that operations on an item mind its validator: If-Match and If-None-Match."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks.call import ApiCall, EarlierResponseValue
from conformance.checks.cause import Cause
from conformance.checks.check import Check, CheckContext, build_valid_call
from conformance.checks.exchange import Exchange, InconclusiveError, Trace
from conformance.checks.item import build_item_call
from conformance.checks.observation import (
    WRONG_STATUS,
    Failed,
    FailureKind,
    Inconclusive,
    Observation,
    Passed,
)
from conformance.checks.scenario import Scenario, Step
from conformance.contract.equality import json_equal
from conformance.contract.guard import GuardProperty, GuardsItem, HasGuardProperty
from conformance.protocol import NOT_PROCESSED_STATUSES

OTHER_VALIDATOR = '"conformance-0"'  # no server has made this one
_CHANGED = FailureKind(
    "refused-and-carried-out", "it was refused, and the item changed all the same"
)
_GONE = FailureKind("refused-and-deleted", "it was refused, and the item is gone: {exchange}")


def plan_guarded_request(context: CheckContext, promise: HasGuardProperty) -> Iterator[Scenario]:
    """Yield scenarios that read an item, and then send the request with a validator.

    Raises InconclusiveError if no operation reads an item.
    """
    read = context.resource.read
    if read is None:
        raise InconclusiveError("the contract has no operation that reads an item", Cause.NO_WAY)
    read_call = build_item_call(context, read, "made")
    current = EarlierResponseValue("look", promise.behavior.validator)
    is_current = promise.property in (GuardProperty.UNCHANGED, GuardProperty.CURRENT)
    validator = current if is_current else OTHER_VALIDATOR
    call = build_valid_call(context, context.operation, text="{m}-guarded")
    steps = (
        context.build_creation_step("made"),
        Step(name="look", call=read_call),
        _build_guarded_step(promise, call, validator),
        Step(name="after", call=read_call),
    )
    yield Scenario(label=str(promise.property), steps=steps)
    update = context.resource.change or context.resource.replace
    if promise.property is GuardProperty.STALE and update is not None:
        update_call = build_valid_call(
            context, context.contract.operations[update], text="{m}-changed"
        )
        yield Scenario(
            label="stale after a change",
            steps=(
                context.build_creation_step("made"),
                Step(name="look", call=read_call),
                Step(name="change", call=update_call),
                Step(name="before", call=read_call),
                _build_guarded_step(promise, call, current),
                Step(name="after", call=read_call),
            ),
        )


def _build_guarded_step(
    promise: HasGuardProperty, call: ApiCall, validator: str | EarlierResponseValue
) -> Step:
    headers = {promise.property.header: validator}
    return Step(name="guarded", call=replace(call, headers={**call.headers, **headers}))


def evaluate_guarded_request(
    context: CheckContext, promise: HasGuardProperty, trace: Trace
) -> Iterator[Observation]:
    """Evaluate the answer to the request with the validator, and the item after it."""
    before = trace.get_successful_exchange("before" if "before" in trace else "look")
    if "change" in trace and json_equal(trace["look"].json, before.json):
        yield Inconclusive("the change before it changed nothing", Cause.NOT_SHOWN)
        return
    guarded = trace["guarded"]
    if guarded.status in NOT_PROCESSED_STATUSES or guarded.response is None:
        yield Inconclusive(f"the server did not look at it: {guarded}", Cause.NO_ANSWER)
        return
    yield _evaluate_answer(promise.behavior, promise.property, before, guarded, trace)


def _evaluate_answer(
    behavior: GuardsItem, aspect: GuardProperty, before: Exchange, guarded: Exchange, trace: Trace
) -> Observation:
    documented = {
        GuardProperty.UNCHANGED: behavior.unchanged,
        GuardProperty.STALE: behavior.stale,
    }.get(aspect)
    is_kept = guarded.succeeded if documented is None else guarded.status == documented
    if not is_kept:
        return Failed(
            WRONG_STATUS, (before, guarded), details={"documented": documented or "success"}
        )
    after = trace["after"]
    if aspect is GuardProperty.STALE and not after.succeeded:
        return Failed(_GONE, (before, guarded, after))
    if aspect is GuardProperty.STALE and not json_equal(before.json, after.json):
        return Failed(_CHANGED, (before, guarded, after), expected=before.json, actual=after.json)
    return Passed(guarded)


CHECKS = {
    HasGuardProperty.kind: Check(plan=plan_guarded_request, evaluate=evaluate_guarded_request)
}
