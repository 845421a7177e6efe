"""Check that wrong credentials and scopes are refused, and that the refusal has no effect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks import lifecycle_scenario
from conformance.checks.call import ApiCall, CredentialKind
from conformance.checks.cause import Cause
from conformance.checks.check import Check, CheckContext, build_prerequisite_steps, build_valid_call
from conformance.checks.exchange import InconclusiveError, Trace
from conformance.checks.listing import (
    build_list_all_step,
    build_read_back_step,
    get_items_of_all_pages,
)
from conformance.checks.observation import Failed, FailureKind, Inconclusive, Observation, Passed
from conformance.checks.scenario import AnyStep, Scenario, Step
from conformance.contract import pointer as pointers
from conformance.contract.authorization import (
    AcceptsAlternativeCredentials,
    AllowsScope,
    CredentialDefect,
    ForbidsScope,
    RequiresCredentials,
    find_operation_with_alternative,
)
from conformance.protocol import NOT_FOUND_STATUSES, UNAUTHORIZED_STATUSES

_GRANTED = FailureKind("granted", "{request} is answered with {status} instead of being refused")
_REFUSED_AND_DONE = FailureKind(
    "refused-and-done", "{request} is refused with {answer} and yet has an effect"
)
_REFUSED_AND_CREATED = FailureKind(
    "refused-and-created", "{request} is refused with {answer} and yet creates"
)
_VALID_CREDENTIALS_REFUSED = FailureKind(
    "valid-credentials-refused",
    "the credentials of {schemes} are answered with {status}, although another operation accepts"
    " them",
)
_WRONG_REFUSAL = FailureKind(
    "wrong-refusal", "{request} is answered with {status}; documented is {expected}"
)
_SCOPE_REFUSED = FailureKind(
    "scope-refused", "a token with the scope {scope} is answered with {status}"
)


def _plan_unauthorized_call(
    context: CheckContext, call: ApiCall, label: str = "refused"
) -> Iterator[Scenario]:
    """Yield the forbidden call, between two reads of what it would change."""
    operation, resource = context.operation, context.resource_or_none
    steps: list[AnyStep]
    if resource is None:
        steps = [*build_prerequisite_steps(context, operation), Step(name="call", call=call)]
        yield Scenario(label=label, steps=tuple(steps), in_quick=True)
        return
    if not context.example_count and operation.id in resource.item_operation_ids:
        yield lifecycle_scenario.build_refused_call_scenario(
            context, label, call, reads_back=not operation.is_safe, in_quick=True
        )
        return
    steps = list(build_prerequisite_steps(context, operation))
    if operation.id in resource.item_operation_ids and not operation.is_safe:
        steps += [
            build_read_back_step(context, "before", "made"),
            Step(name="call", call=call),
            build_read_back_step(context, "after", "made"),
        ]
    elif operation.id == resource.create and resource.list:
        steps += [Step(name="call", call=call), build_list_all_step(context, "after")]
    else:
        steps.append(Step(name="call", call=call))
    yield Scenario(label=label, steps=tuple(steps), in_quick=True)


def _evaluate_unauthorized_call(
    context: CheckContext, trace: Trace, description: str
) -> Iterator[Observation]:
    exchange = trace["call"]
    resource = context.resource_or_none
    if exchange.succeeded:
        yield Failed(_GRANTED, (exchange,), details={"request": description})
        return
    if not exchange.refused:
        yield Inconclusive(f"{exchange} neither grants nor refuses")
        return
    if exchange.status in NOT_FOUND_STATUSES and context.operation.is_safe and "before" in trace:
        yield Inconclusive(
            f"{exchange}: that may be the answer to a thing which another request, wrongly granted,"
            " has removed meanwhile"
        )
        return
    if (
        resource is not None
        and context.operation.id == resource.create
        and "after" in trace
        and resource.mark_pointer
    ):
        sent = pointers.get_at_pointer(exchange.call.body, resource.mark_pointer)
        created_items = [
            item
            for item in get_items_of_all_pages(context, trace, "after")
            if pointers.get_at_pointer(item, resource.mark_pointer) == sent
        ]
        if created_items:
            yield Failed(
                _REFUSED_AND_CREATED,
                (exchange, *trace.get_exchanges("after")),
                details={"request": description, "answer": exchange.status},
            )
            return
    if "before" in trace and not context.operation.is_safe:
        before, after = trace.get_successful_exchange("before"), trace["after"]
        if not after.succeeded and after.status not in NOT_FOUND_STATUSES:
            yield Inconclusive(f"the item could not be read afterwards: {after}")
            return
        changed = before.json != after.json
    else:
        changed = False
    if changed:
        yield Failed(
            _REFUSED_AND_DONE,
            (trace["before"], exchange, trace["after"]),
            details={"request": description, "answer": exchange.status},
        )
        return
    yield Passed(exchange)


def plan_bad_credentials(context: CheckContext, promise: RequiresCredentials) -> Iterator[Scenario]:
    """Yield scenarios with a request that is valid except for its credentials.

    Each alternative is tried, and of schemes that are needed together each by itself.
    """
    call = replace(
        build_valid_call(context, context.operation, text="{m}-forbidden"),
        credential=CredentialKind(promise.defect.value),
    )
    alternatives = dict.fromkeys(
        tuple(requirement.scopes_by_scheme) for requirement in context.operation.security
    )
    if promise.defect is CredentialDefect.MISSING:
        yield from _plan_unauthorized_call(context, call)
    for names in alternatives:
        of_alternative = replace(call, schemes=names if len(alternatives) > 1 else ())
        for name in names:
            scheme = context.contract.security_schemes[name]
            defective = replace(of_alternative, defective_scheme=name if len(names) > 1 else None)
            where = "" if len(alternatives) == len(names) == 1 else f" ({name})"
            if promise.defect is CredentialDefect.INVALID or (
                promise.defect is CredentialDefect.MISSING and len(names) > 1
            ):
                yield from _plan_unauthorized_call(context, defective, f"refused{where}")
            if promise.defect is CredentialDefect.WITHOUT_SCHEME and scheme.prefix:
                yield from _plan_unauthorized_call(context, defective, f"refused{where}")
                other_operation = replace(defective, credential=CredentialKind.OTHER_SCHEME)
                yield from _plan_unauthorized_call(
                    context, other_operation, f"under another scheme{where}"
                )
            if promise.defect is CredentialDefect.MISSING and not scheme.mutual_tls:
                empty = replace(defective, credential=CredentialKind.SCHEME_ONLY)
                label = "a scheme alone" if scheme.prefix else "an empty credential"
                yield from _plan_unauthorized_call(context, empty, f"{label}{where}")


def plan_accepted_alternative(
    context: CheckContext, promise: AcceptsAlternativeCredentials
) -> Iterator[Scenario]:
    """Yield a scenario that sends a valid request with the credentials of one alternative.

    A request to another operation with the same credentials comes first, if there is one.
    """

    def with_credentials(call: ApiCall) -> ApiCall:
        return replace(call, schemes=promise.schemes, credential=CredentialKind.ALTERNATIVE)

    call = with_credentials(build_valid_call(context, context.operation))
    prerequisites = build_prerequisite_steps(context, context.operation)
    steps: list[AnyStep] = [*prerequisites, Step(name="call", call=call)]
    other_operation = find_operation_with_alternative(
        context.contract, context.operation, promise.schemes
    )
    if other_operation is not None:
        steps.insert(
            0, Step(name="elsewhere", call=with_credentials(ApiCall(operation=other_operation.id)))
        )
    yield Scenario(label="accepted", steps=tuple(steps))


def evaluate_accepted_alternative(
    context: CheckContext, promise: AcceptsAlternativeCredentials, trace: Trace
) -> Iterator[Observation]:
    """Check that the request is not refused for credentials that are accepted elsewhere.

    Raises InconclusiveError if the response is neither 2xx nor a refusal of the credentials.
    """
    exchange = trace["call"]
    names = " and ".join(promise.schemes)
    if exchange.succeeded:
        yield Passed(exchange)
    elif exchange.status not in UNAUTHORIZED_STATUSES:
        raise InconclusiveError(str(exchange), Cause.REFUSED)
    elif "elsewhere" not in trace or not trace["elsewhere"].succeeded:
        yield Inconclusive(
            f"{exchange}, and no other operation shows that the credentials of {names} are valid",
            Cause.CREDENTIALS,
        )
    else:
        yield Failed(
            _VALID_CREDENTIALS_REFUSED, (trace["elsewhere"], exchange), details={"schemes": names}
        )


def evaluate_bad_credentials(
    context: CheckContext, promise: RequiresCredentials, trace: Trace
) -> Iterator[Observation]:
    """Check that the request is refused.

    An unknown token must be refused with 401 if the operation documents 401.
    """
    exchange = trace["call"]
    if (
        promise.defect is CredentialDefect.INVALID
        and exchange.refused
        and 401 in context.operation.documented_statuses
        and exchange.status != 401
    ):
        yield Failed(
            _WRONG_REFUSAL,
            (exchange,),
            expected=401,
            actual=exchange.status,
            details={"request": "an unknown token"},
        )
        return
    scheme_description = (
        "a token under another scheme"
        if exchange.call.credential is CredentialKind.OTHER_SCHEME
        else "a token without its scheme"
    )
    description = {
        CredentialDefect.MISSING: "a request without credentials",
        CredentialDefect.INVALID: "an unknown token",
        CredentialDefect.WITHOUT_SCHEME: scheme_description,
    }[promise.defect]
    yield from _evaluate_unauthorized_call(context, trace, description)


def plan_allowed_scope(context: CheckContext, promise: AllowsScope) -> Iterator[Scenario]:
    """Yield a scenario that sends a valid request with a token of the allowed scope."""
    call = replace(
        build_valid_call(context, context.operation),
        credential=CredentialKind.SCOPED,
        scope=promise.scope,
    )
    yield Scenario(
        label="scope",
        steps=(*build_prerequisite_steps(context, context.operation), Step(name="call", call=call)),
    )


def evaluate_allowed_scope(
    context: CheckContext, promise: AllowsScope, trace: Trace
) -> Iterator[Observation]:
    """Check that the request gets the documented success.

    Raises InconclusiveError if the response is neither 2xx nor 4xx.
    """
    exchange = trace["call"]
    if exchange.succeeded:
        yield Passed(exchange)
    elif exchange.refused:
        yield Failed(_SCOPE_REFUSED, (exchange,), details={"scope": promise.scope})
    else:
        raise InconclusiveError(str(exchange), Cause.REFUSED)


def plan_forbidden_scope(context: CheckContext, promise: ForbidsScope) -> Iterator[Scenario]:
    """Yield a scenario with a request that is valid except for the scope of its token."""
    call = build_valid_call(context, context.operation, text="{m}-forbidden")
    yield from _plan_unauthorized_call(
        context, replace(call, credential=CredentialKind.SCOPED, scope=promise.scope)
    )


def evaluate_forbidden_scope(
    context: CheckContext, promise: ForbidsScope, trace: Trace
) -> Iterator[Observation]:
    """Check that the request is refused and has no effect."""
    yield from _evaluate_unauthorized_call(
        context, trace, f"a token with the scope {promise.scope} alone"
    )


CHECKS = {
    RequiresCredentials.kind: Check(plan=plan_bad_credentials, evaluate=evaluate_bad_credentials),
    AcceptsAlternativeCredentials.kind: Check(
        plan=plan_accepted_alternative, evaluate=evaluate_accepted_alternative
    ),
    AllowsScope.kind: Check(plan=plan_allowed_scope, evaluate=evaluate_allowed_scope),
    ForbidsScope.kind: Check(plan=plan_forbidden_scope, evaluate=evaluate_forbidden_scope),
}
