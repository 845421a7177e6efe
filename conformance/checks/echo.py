"""Check that a response repeats a parameter as it was sent, if it repeats it."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.call import ApiCall, TextWithRunMark
from conformance.checks.cause import Cause
from conformance.checks.check import Check, CheckContext
from conformance.checks.exchange import Exchange, Trace
from conformance.checks.listing import find_pagination, get_largest_documented_page_size
from conformance.checks.observation import Failed, FailureKind, Inconclusive, Observation, Passed
from conformance.checks.scenario import Scenario, Step
from conformance.contract import pointer as pointers
from conformance.contract.echo import EchoesParameter
from conformance.contract.filtering import FiltersByGlob
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.precedence import DisablesOtherParameters

_ECHOES_OTHERWISE = FailureKind(
    "echoes-otherwise", "{parameter} was {expected} and the answer says {actual} at {pointer}"
)


def plan_parameter_echo(context: CheckContext, promise: EchoesParameter) -> Iterator[Scenario]:
    """Yield one request without the parameter and one for each of a few values of it."""
    operation = context.operation
    yield Scenario(
        label="absent", steps=(Step(name="listed", call=ApiCall(operation=operation.id)),)
    )
    parameter = operation.parameter(promise.parameter)
    if parameter is None or parameter.location is ParameterLocation.PATH:
        return
    pagination = find_pagination(context.contract, operation.id)
    globs = context.contract.find_behavior(operation.id, FiltersByGlob)
    values: list[Json] = list(parameter.enum) or list(parameter.examples)
    extra_arguments: dict[str, Json] = {}
    if pagination and parameter.name == pagination.size_parameter:
        values = [3, get_largest_documented_page_size(context.contract, operation.id)]
    elif pagination and parameter.name == pagination.page_parameter:
        values, extra_arguments = (
            [
                pagination.build_page_arguments(index, 1)[pagination.page_parameter]
                for index in (0, 1)
            ],
            {pagination.size_parameter: 1},
        )
    elif globs and parameter.name == globs.pattern_parameter:
        values, extra_arguments = (
            [TextWithRunMark("{m}*"), TextWithRunMark("{m}-é a")],
            {globs.field_parameter: next(iter(globs.pointers_by_field))},
        )
    elif globs and parameter.name == globs.field_parameter:
        extra_arguments = {globs.pattern_parameter: TextWithRunMark("{m}*")}
    for number, value in enumerate(values):
        call = ApiCall(operation=operation.id, arguments={parameter.name: value, **extra_arguments})
        yield Scenario(label=f"value {number}", steps=(Step(name="listed", call=call),))


def evaluate_parameter_echo(
    context: CheckContext, promise: EchoesParameter, trace: Trace
) -> Iterator[Observation]:
    """Check the exchanges of the scenario with `observe`."""
    if not trace["listed"].succeeded:
        yield Inconclusive(str(trace["listed"]), Cause.REFUSED)
    for exchange in trace:
        yield from observe_parameter_echo(context, promise, exchange)


def observe_parameter_echo(
    context: CheckContext, promise: EchoesParameter, exchange: Exchange
) -> Iterator[Observation]:
    """Check that the repeated value is the one sent, or the default if none was sent."""
    if not exchange.succeeded or _is_echoed_parameter_overridden(context, promise, exchange):
        return
    sent, echoed = (
        _get_sent_or_default_value(context, promise, exchange),
        pointers.get_at_pointer(exchange.json, promise.response_pointer),
    )
    if echoed is pointers.MISSING:
        yield Inconclusive(f"{exchange} holds nothing at {promise.response_pointer}")
    elif (
        sent is pointers.MISSING
        or sent == ""
        or not _is_valid_parameter_value(context, promise, sent)
    ):
        return
    elif str(echoed) != str(sent) and not (
        _is_path_parameter(context, promise) and str(echoed).lower() == str(sent).lower()
    ):
        yield Failed(
            _ECHOES_OTHERWISE,
            (exchange,),
            pointer=promise.response_pointer,
            expected=sent,
            actual=echoed,
            details={"parameter": promise.parameter},
        )
    else:
        yield Passed(exchange)


def _get_sent_or_default_value(
    context: CheckContext, promise: EchoesParameter, exchange: Exchange
) -> Json:
    parameter = context.operation.parameter(promise.parameter)
    default = parameter.default if parameter else pointers.MISSING
    sent = exchange.call.arguments.get(promise.parameter, pointers.MISSING)
    return default if sent is pointers.MISSING else sent


def _is_path_parameter(context: CheckContext, promise: EchoesParameter) -> bool:
    parameter = context.operation.parameter(promise.parameter)
    return parameter is not None and parameter.location is ParameterLocation.PATH


def _is_valid_parameter_value(context: CheckContext, promise: EchoesParameter, sent: Json) -> bool:
    parameter = context.operation.parameter(promise.parameter)
    return (
        parameter is None
        or parameter.location is ParameterLocation.PATH
        or parameter.schema.is_valid(sent)
    )


def _is_echoed_parameter_overridden(
    context: CheckContext, promise: EchoesParameter, exchange: Exchange
) -> bool:
    overrides = context.contract.find_behavior(context.claim.operation, DisablesOtherParameters)
    return (
        isinstance(overrides, DisablesOtherParameters)
        and promise.parameter in overrides.overridden_parameters
        and overrides.parameter in exchange.call.arguments
    )


CHECKS = {
    EchoesParameter.kind: Check(
        plan=plan_parameter_echo, evaluate=evaluate_parameter_echo, observe=observe_parameter_echo
    )
}
