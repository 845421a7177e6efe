"""Whether a typed client sends what a call says, gives what the server answered, and tries again
where that is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlsplit

from conformance.checks.call import ApiCall, fill_placeholders
from conformance.checks.check import (
    Check,
    CheckContext,
    build_prerequisites,
    build_valid_call,
    get_validator,
)
from conformance.checks.exchange import (
    ClientCall,
    Exchange,
    HttpRequest,
    InconclusiveError,
    StepOutcome,
    Trace,
)
from conformance.checks.observation import Failed, Inconclusive, Observation, Passed
from conformance.checks.responses import build_call_for_status
from conformance.checks.scenario import Scenario, Step
from conformance.contract import pointer as pointers
from conformance.contract.client import (
    ClientRetries,
    ClientReturnsAnswer,
    ClientSendsCall,
    HandlesGatewayFailure,
)
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation, ParameterLocation, ResponseSpec
from conformance.contract.pointer import MISSING

MANY_TRIES = 8  # tries that a failing gateway outlasts
EMPTY_VALUES: tuple[Json, ...] = (None, "", [])


def plan_client_answer(context: CheckContext, promise: ClientReturnsAnswer) -> Iterator[Scenario]:
    """Make a plain valid call, or one that gets the status in question; the watch hears all
    others.
    """
    call = (
        build_valid_call(context, context.operation)
        if promise.status is None
        else build_call_for_status(context, context.operation, promise.status)
    )
    yield Scenario(
        label="call",
        steps=(*build_prerequisites(context, context.operation), Step(name="call", call=call)),
    )


def plan_sent_request(context: CheckContext, promise: ClientSendsCall) -> Iterator[Scenario]:
    """Make a plain valid call, and one for each field that may be null or empty, of which other
    checks have little to ask.
    """
    plain_scenario = _plan_valid_call(context, ())
    yield plain_scenario
    *prerequisites, call_step = plain_scenario.steps
    if (
        context.operation.body is None
        or not isinstance(call_step, Step)
        or not isinstance(call_step.call.body, dict)
    ):
        return
    builder, validator = (
        context.get_body_builder(context.operation.id),
        context.get_validator(context.operation.body.schema),
    )
    for name in builder.properties:
        for value in EMPTY_VALUES:
            body = {**call_step.call.body, name: value}
            if name != builder.mark_property and validator.is_valid(
                fill_placeholders(body, lambda placeholder: "text")
            ):
                yield Scenario(
                    label=f"{name} {value!r}",
                    steps=(
                        *prerequisites,
                        replace(call_step, call=replace(call_step.call, body=body)),
                    ),
                )


def plan_gateway_failure(
    context: CheckContext, promise: ClientRetries | HandlesGatewayFailure
) -> Iterator[Scenario]:
    """Make a plain valid call through a gateway that fails: once, or for as long as the client
    tries.
    """
    yield _plan_valid_call(
        context, (promise.status,) * (1 if isinstance(promise, ClientRetries) else MANY_TRIES)
    )


def _plan_valid_call(context: CheckContext, gateway_statuses: tuple[int, ...]) -> Scenario:
    operation = context.operation
    call = replace(build_valid_call(context, operation), gateway_statuses=gateway_statuses)
    return Scenario(
        label="call", steps=(*build_prerequisites(context, operation), Step(name="call", call=call))
    )


def _get_client_call(exchange: Exchange) -> ClientCall:
    if exchange.client_call is None:
        raise InconclusiveError("no typed client was given")
    if exchange.unsent:
        raise InconclusiveError(exchange.failure or "the client sent nothing")
    return exchange.client_call


# Sending


def is_allowed_by_contract(contract: Contract, call: ApiCall) -> bool:
    """Tell whether the documents allow a call, whose placeholders are filled: a client has no
    reason then not to send it.
    """
    operation = contract.operations[call.operation]
    parameter_names = {parameter.name for parameter in operation.parameters}
    if call.text is not None or call.query or call.headers or set(call.arguments) - parameter_names:
        return False
    for parameter in operation.parameters:
        value = call.arguments.get(parameter.name, MISSING)
        if value is MISSING and not parameter.required:
            continue
        if value in (MISSING, [], {}) or (
            parameter.location is ParameterLocation.PATH and value in ("", ".", "..")
        ):
            return False  # what no URL can carry
        if not get_validator(contract, parameter.schema).is_valid(value):
            return False
    if operation.body is None or call.body is MISSING:
        return call.body is MISSING and not (operation.body and operation.body.required)
    return get_validator(contract, operation.body.schema).is_valid(call.body)


def observe_sent_request(
    context: CheckContext, promise: ClientSendsCall, exchange: Exchange
) -> Iterator[Observation]:
    """Method, path, query, body, credentials and declared headers are those that the call means."""
    if exchange.unsent:
        # the line has seen that the call is allowed
        yield Failed(exchange.failure or "the client sent nothing", (exchange,))
    elif exchange.client_call is not None:
        differences = list(
            _find_request_differences(
                context.operation, exchange.client_call.intended_request, exchange.request
            )
        )
        yield (
            Failed(f"the client sent {'; '.join(differences)}", (exchange,))
            if differences
            else Passed(exchange)
        )


def _find_request_differences(
    operation: Operation, intended: HttpRequest, sent: HttpRequest
) -> Iterator[str]:
    if intended.method != sent.method:
        yield f"{sent.method} instead of {intended.method}"
    intended_url, sent_url = urlsplit(intended.url), urlsplit(sent.url)
    if (intended_url.scheme, intended_url.netloc) != (
        sent_url.scheme,
        sent_url.netloc,
    ) or _split_path(intended_url.path) != _split_path(sent_url.path):
        yield f"to {sent.url.partition('?')[0]} instead of {intended.url.partition('?')[0]}"
    yield from _find_query_differences(
        _parse_query(intended_url.query), _parse_query(sent_url.query)
    )
    header_names = [
        parameter.name.lower()
        for parameter in operation.parameters
        if parameter.location is ParameterLocation.HEADER
    ]
    for name in (
        "authorization",
        *header_names,
        *(("content-type",) if intended.body is not None else ()),
    ):
        if _get_comparable_header(name, intended) != _get_comparable_header(name, sent):
            yield (
                f"the header {name}: {sent.headers.get(name, '(none)')} instead of"
                f" {intended.headers.get(name, '(none)')}"
            )
    if not json_equal(_parse_json(intended.body), _parse_json(sent.body)):
        yield f"the body {_shorten_json(_parse_json(sent.body))} instead of {_shorten_json(_parse_json(intended.body))}"


def _split_path(path: str) -> list[str]:
    return [unquote(segment) for segment in path.split("/")]


def _parse_query(text: str) -> dict[str, list[Json]]:
    parsed: dict[str, list[Json]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        parsed.setdefault(name, []).append(_parse_json(value) if value[:1] in ("{", "[") else value)
    return parsed


def _find_query_differences(
    intended: dict[str, list[Json]], sent: dict[str, list[Json]]
) -> Iterator[str]:
    for name in sorted({*intended, *sent}):
        if name not in sent:
            yield f"nothing for {name} instead of {_shorten_json(intended[name])}"
        elif name not in intended:
            yield f"{_shorten_json(sent[name])} for {name}, which was not given"
        elif not json_equal(intended[name], sent[name]):
            yield f"{_shorten_json(sent[name])} for {name} instead of {_shorten_json(intended[name])}"


def _get_comparable_header(name: str, request: HttpRequest) -> str | None:
    value = request.headers.get(name)
    return (
        value.partition(";")[0].strip().lower()
        if value is not None and name == "content-type"
        else value
    )


def _parse_json(text: str | None) -> Json:
    try:
        return MISSING if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return text


# Answers


def evaluate_client_answer(
    context: CheckContext, promise: ClientReturnsAnswer, trace: Trace
) -> Iterator[Observation]:
    """Say what was not sent; the watch hears the answers themselves."""
    if not trace.get_exchanges("call"):
        yield Inconclusive("nothing was sent")


def observe_client_answer(
    context: CheckContext, promise: ClientReturnsAnswer, exchange: Exchange
) -> Iterator[Observation]:
    """What the client gave its caller is what the server answered, as the documents have it."""
    documented = context.operation.response(exchange.status)
    if exchange.client_call is not None and promise.status in (
        None,
        documented and documented.status,
    ):
        problem = _describe_wrong_outcome(context, exchange, exchange.client_call.outcome)
        yield (
            Failed(f"the server answered {exchange.status}, and the client {problem}", (exchange,))
            if problem
            else Passed(exchange)
        )


def _describe_wrong_outcome(
    context: CheckContext, exchange: Exchange, outcome: StepOutcome
) -> str | None:
    """Return what a client did that it should not have; None when it did right."""
    documented, exception_names = (
        context.operation.response(exchange.status),
        outcome.exception_names,
    )
    action = f"raised {exception_names[0]}" if exception_names else "returned a value"
    if documented is None:
        return (
            None
            if "UnexpectedStatus" in exception_names
            else f"{action} for a status that is not documented"
        )
    if "InvalidResponse" in exception_names:
        return (
            None
            if not _matches_contract(context, exchange, documented)
            else f"took it for undocumented: {outcome.exception_text}"
        )
    failed = not exchange.succeeded
    if not exception_names:
        if failed:
            return "returned a value for a documented error"
        return _describe_altered_value("returned", exchange, documented, outcome.value)
    if (
        not failed
        or "StatusError" not in exception_names
        or outcome.documented_statuses != (documented.status,)
    ):
        statuses_text = (
            f", its exception for {', '.join(outcome.documented_statuses)}"
            if outcome.documented_statuses
            else ""
        )
        return f"{action}{statuses_text}: {outcome.exception_text}"
    error_class = {"4": "ClientError", "5": "ServerError"}.get(str(exchange.status)[0])
    if (
        error_class is not None
        and documented.status != "default"
        and error_class not in exception_names
    ):
        return f"{action}, which is no {error_class}"
    if outcome.status != exchange.status:
        return f"{action} with the status {outcome.status}"
    return _describe_altered_value("raised", exchange, documented, outcome.error_body)


def _describe_altered_value(
    action: str, exchange: Exchange, documented: ResponseSpec, value: Json
) -> str | None:
    if documented.media_type is None or exchange.json is MISSING:
        return None
    pointer = json_difference(exchange.json, value)
    return (
        None
        if pointer is None
        else f"{action} something else at {pointer or 'the root'}: {_shorten_json(value)}"
    )


def _matches_contract(context: CheckContext, exchange: Exchange, documented: ResponseSpec) -> bool:
    if exchange.response is None or documented.media_type is None:
        return exchange.response is not None and not exchange.response.body
    if exchange.json is MISSING or (
        exchange.response.media_type and "json" not in exchange.response.media_type
    ):
        return "json" not in documented.media_type
    return context.get_validator(documented.schema or {}).is_valid(exchange.json)


def json_equal(left: Json, right: Json) -> bool:
    """Tell whether two JSON values are the same: true is no number, 1.0 is 1."""
    return json_difference(left, right) is None


def json_difference(left: Json, right: Json, pointer: str = "") -> str | None:
    """Return the JSON pointer at which two values first differ, None when they do not."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in [*left, *(key for key in right if key not in left)]:
            child_pointer = pointers.join(pointer, key)
            if key not in left or key not in right:
                return child_pointer
            if (difference := json_difference(left[key], right[key], child_pointer)) is not None:
                return difference
        return None
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            return pointer
        return next(
            (
                difference
                for index, pair in enumerate(zip(left, right, strict=True))
                if (difference := json_difference(*pair, pointers.join(pointer, index))) is not None
            ),
            None,
        )
    equal = left is right or (
        isinstance(left, bool) == isinstance(right, bool) and bool(left == right)
    )
    return None if equal else pointer


def _shorten_json(value: Json) -> str:
    if value is MISSING or value is None:
        return "nothing" if value is MISSING else "null"
    value = value[0] if isinstance(value, list) and len(value) == 1 else value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 120 else text[:117] + "..."


# Failures


def evaluate_retry(
    context: CheckContext, promise: ClientRetries, trace: Trace
) -> Iterator[Observation]:
    """One failure of a gateway: the call is sent once more where that does no harm, and gives what
    the server then answers; else the failure is raised.
    """
    exchange = trace["call"]
    client_call = _get_client_call(exchange)
    attempts_text = "once" if client_call.attempts == 1 else f"{client_call.attempts} times"
    if client_call.attempts != (2 if promise.idempotent else 1):
        yield Failed(
            f"the call was answered with {promise.status} at first, and the client sent it {attempts_text}",
            (exchange,),
        )
    elif promise.idempotent and client_call.outcome.exception_names:
        yield Failed(
            f"the client sent the call again, and raised {client_call.outcome.exception_names[0]}:"
            f" {client_call.outcome.exception_text}",
            (exchange,),
        )
    elif not promise.idempotent and "ServerError" not in client_call.outcome.exception_names:
        yield Failed(
            f"the call was answered with {promise.status}, and the client raised"
            f" {client_call.outcome.exception_names[:1] or 'nothing'}",
            (exchange,),
        )
    else:
        yield Passed(exchange)


def evaluate_gateway_failure(
    context: CheckContext, promise: HandlesGatewayFailure, trace: Trace
) -> Iterator[Observation]:
    """A failure without a body is the documented exception, and carries its status."""
    exchange = trace["call"]
    outcome = _get_client_call(exchange).outcome
    if (
        outcome.documented_statuses != (promise.documented_status,)
        or outcome.status != promise.status
    ):
        result = (
            f"raised {outcome.exception_names[0]}: {outcome.exception_text}"
            if outcome.exception_names
            else "returned a value"
        )
        yield Failed(
            f"each try was answered with {promise.status} and no body, and the client {result}",
            (exchange,),
        )
    else:
        yield Passed(exchange)


CHECKS = {
    ClientSendsCall.kind: Check(
        plan=plan_sent_request, observe=observe_sent_request, observes_unsent=True
    ),
    ClientReturnsAnswer.kind: Check(
        plan=plan_client_answer,
        evaluate=evaluate_client_answer,
        observe=observe_client_answer,
        lazy=True,
    ),
    ClientRetries.kind: Check(plan=plan_gateway_failure, evaluate=evaluate_retry),
    HandlesGatewayFailure.kind: Check(plan=plan_gateway_failure, evaluate=evaluate_gateway_failure),
}
