"""Check that a user cannot reach the items of another user."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks.call import ApiCall, CredentialKind
from conformance.checks.cause import Cause
from conformance.checks.check import Check, CheckContext, build_prerequisite_steps, build_valid_call
from conformance.checks.exchange import InconclusiveError, Trace
from conformance.checks.listing import build_read_back_step
from conformance.checks.observation import Failed, FailureKind, Inconclusive, Observation, Passed
from conformance.checks.scenario import AnyStep, Scenario, Step
from conformance.contract.ownership import RefusesOtherUser
from conformance.protocol import NOT_FOUND_STATUSES

_OTHER_USER_ANSWERED = FailureKind(
    "other-user-answered",
    "a request of another user is answered with {status}; documented is {expected}",
)
_OTHER_USER_HAS_EFFECT = FailureKind(
    "other-user-has-effect",
    "a request of another user is refused with {answer} and yet has an effect",
)


def plan_call_of_other_user(context: CheckContext, promise: RefusesOtherUser) -> Iterator[Scenario]:
    """Yield a scenario in which the second user sends the request on an item of the first.

    The second user lists items before, which shows that its credentials are valid. Around a request
    that would change the item, the first user reads it. Raises InconclusiveError without a list:
    a refusal could be about credentials that are valid nowhere.
    """
    operation, resource = context.operation, context.resource
    if resource.list is None:
        raise InconclusiveError(
            "no list shows that the credentials of the second user are valid", Cause.CREDENTIALS
        )
    call = replace(build_valid_call(context, operation), credential=CredentialKind.OTHER_USER)
    steps: list[AnyStep] = [*build_prerequisite_steps(context, operation)]
    list_call = ApiCall(operation=resource.list, credential=CredentialKind.OTHER_USER)
    steps.append(Step(name="other list", call=list_call))
    if operation.is_safe:
        steps.append(Step(name="call", call=call))
    else:
        steps += [
            build_read_back_step(context, "before", "made"),
            Step(name="call", call=call),
            build_read_back_step(context, "after", "made"),
        ]
    yield Scenario(label="other user", steps=tuple(steps), in_quick=True)


def evaluate_call_of_other_user(
    context: CheckContext, promise: RefusesOtherUser, trace: Trace
) -> Iterator[Observation]:
    """Check that the request is refused with the documented status and changes nothing."""
    exchange = trace["call"]
    if not trace["other list"].succeeded:
        yield Inconclusive(
            f"the credentials of the second user are not accepted: {trace['other list']}",
            Cause.CREDENTIALS,
        )
    elif exchange.succeeded or (exchange.refused and exchange.status not in (promise.status, 401)):
        yield Failed(
            _OTHER_USER_ANSWERED, (exchange,), expected=promise.status, actual=exchange.status
        )
    elif exchange.status != promise.status:
        yield Inconclusive(f"{exchange} says nothing about the items of others")
    elif "before" in trace:
        before, after = trace.get_successful_exchange("before"), trace["after"]
        if not after.succeeded and after.status not in NOT_FOUND_STATUSES:
            yield Inconclusive(f"the item could not be read afterwards: {after}")
        elif before.json != after.json:
            yield Failed(
                _OTHER_USER_HAS_EFFECT,
                (before, exchange, after),
                details={"answer": exchange.status},
            )
        else:
            yield Passed(exchange)
    else:
        yield Passed(exchange)


CHECKS = {
    RefusesOtherUser.kind: Check(plan=plan_call_of_other_user, evaluate=evaluate_call_of_other_user)
}
