"""Check that a typed client sends the intended request, returns the response and retries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlsplit

from conformance.checks.call import ApiCall, fill_placeholders
from conformance.checks.cause import Cause
from conformance.checks.check import Check, CheckContext, build_prerequisite_steps, build_valid_call
from conformance.checks.exchange import (
    ClientCallOutcome,
    ClientCallRecord,
    Exchange,
    HttpRequest,
    InconclusiveError,
    Trace,
)
from conformance.checks.observation import Failed, FailureKind, Inconclusive, Observation, Passed
from conformance.checks.responses import build_call_for_status
from conformance.checks.scenario import Scenario, Step
from conformance.contract.client import (
    ClientHandlesGatewayFailure,
    ClientRetries,
    ClientReturnsResponse,
    ClientSendsCall,
)
from conformance.contract.contract import Contract
from conformance.contract.equality import find_first_json_difference, json_equal
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation, ResponseSpec
from conformance.contract.pointer import MISSING
from conformance.contract.schema import MessageDirection
from conformance.protocol import parse_media_type

GATEWAY_FAILURE_COUNT = 8  # gateway failures in a row; no client tries that often
EMPTY_VALUES: tuple[Json, ...] = (None, "", [])

_SENT_NOTHING = FailureKind("client-sent-nothing", "{problem}")
_SENT_OTHERWISE = FailureKind("client-sent-otherwise", "the client sent {differences}")
_TOOK_WRONGLY = FailureKind(
    "client-took-wrongly", "the server answered {status}, and the client {problem}"
)
_WRONG_RETRIES = FailureKind(
    "client-retries",
    "the call was answered with {first_status} at first, and the client sent it {attempts}",
)
_RAISED_AFTER_RETRY = FailureKind(
    "client-raised-after-retry", "the client sent the call again, and raised {exception}"
)
_RAISED_OTHERWISE = FailureKind(
    "client-raised-otherwise",
    "the call was answered with {first_status}, and the client raised {exception}",
)
_HID_GATEWAY_FAILURE = FailureKind(
    "client-hid-gateway-failure",
    "each try was answered with {first_status} and no body, and the client {result}",
)


def plan_client_response(
    context: CheckContext, promise: ClientReturnsResponse
) -> Iterator[Scenario]:
    """Yield a valid call, or one that gets the status of the claim.

    All other exchanges of the run reach `observe_client_answer` as well.
    """
    call = (
        build_valid_call(context, context.operation)
        if promise.status is None
        else build_call_for_status(context, context.operation, promise.status)
    )
    yield Scenario(
        label="call",
        steps=(*build_prerequisite_steps(context, context.operation), Step(name="call", call=call)),
    )


def plan_client_request(context: CheckContext, promise: ClientSendsCall) -> Iterator[Scenario]:
    """Yield a plain valid call, and one call for each field that may be null or empty.

    Other checks hardly cover null and empty values.
    """
    plain_scenario = _build_valid_call_scenario(context, ())
    yield plain_scenario
    *prerequisites, call_step = plain_scenario.steps
    if (
        context.operation.body is None
        or not isinstance(call_step, Step)
        or not isinstance(call_step.call.body, dict)
    ):
        return
    builder = context.get_body_builder(context.operation.id)
    validator = context.operation.body.schema.compile(MessageDirection.REQUEST)
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


def plan_client_gateway_failure(
    context: CheckContext, promise: ClientRetries | ClientHandlesGatewayFailure
) -> Iterator[Scenario]:
    """Yield a valid call through a failing gateway.

    The gateway fails once, or as often as the client tries.
    """
    yield _build_valid_call_scenario(
        context,
        (promise.status,) * (1 if isinstance(promise, ClientRetries) else GATEWAY_FAILURE_COUNT),
    )


def _build_valid_call_scenario(
    context: CheckContext, gateway_statuses: tuple[int, ...]
) -> Scenario:
    operation = context.operation
    call = replace(build_valid_call(context, operation), gateway_statuses=gateway_statuses)
    return Scenario(
        label="call",
        steps=(*build_prerequisite_steps(context, operation), Step(name="call", call=call)),
    )


def _get_client_call(exchange: Exchange) -> ClientCallRecord:
    if exchange.client_call is None:
        raise InconclusiveError("no typed client was given", Cause.NO_WAY)
    if exchange.unsent:
        raise InconclusiveError(str(exchange.failure or "the client sent nothing"), Cause.NOT_SENT)
    return exchange.client_call


# Requests


def is_call_allowed_by_contract(contract: Contract, call: ApiCall) -> bool:
    """Return whether the contract allows a call whose placeholders are filled.

    If so, a client has no reason not to send it.
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
            return False  # a URL cannot contain these values
        if not parameter.schema.is_valid(value):
            return False
    if operation.body is None or call.body is MISSING:
        return call.body is MISSING and not (operation.body and operation.body.required)
    return operation.body.schema.is_valid(call.body, MessageDirection.REQUEST)


def observe_client_request(
    context: CheckContext, promise: ClientSendsCall, exchange: Exchange
) -> Iterator[Observation]:
    """Check that the client sent what the call means.

    This compares method, URL, query, body, credentials and declared headers.
    """
    if exchange.unsent:
        # the target client raises instead if the contract does not allow the call
        yield Failed(
            _SENT_NOTHING,
            (exchange,),
            details={"problem": str(exchange.failure or "the client sent nothing")},
        )
    elif exchange.client_call is not None:
        differences = list(
            _describe_request_differences(
                context.operation, exchange.client_call.intended_request, exchange.request
            )
        )
        yield (
            Failed(_SENT_OTHERWISE, (exchange,), details={"differences": "; ".join(differences)})
            if differences
            else Passed(exchange)
        )


def _describe_request_differences(
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
    yield from _describe_query_differences(
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
        yield (
            f"the body {_shorten_json(_parse_json(sent.body))} instead of"
            f" {_shorten_json(_parse_json(intended.body))}"
        )


def _split_path(path: str) -> list[str]:
    return [unquote(segment) for segment in path.split("/")]


def _parse_query(text: str) -> dict[str, list[Json]]:
    parsed: dict[str, list[Json]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        parsed.setdefault(name, []).append(_parse_json(value) if value[:1] in ("{", "[") else value)
    return parsed


def _describe_query_differences(
    intended: dict[str, list[Json]], sent: dict[str, list[Json]]
) -> Iterator[str]:
    for name in sorted({*intended, *sent}):
        if name not in sent:
            yield f"nothing for {name} instead of {_shorten_json(intended[name])}"
        elif name not in intended:
            yield f"{_shorten_json(sent[name])} for {name}, which was not given"
        elif not json_equal(intended[name], sent[name]):
            yield (
                f"{_shorten_json(sent[name])} for {name} instead of {_shorten_json(intended[name])}"
            )


def _get_comparable_header(name: str, request: HttpRequest) -> str | None:
    value = request.headers.get(name)
    return parse_media_type(value) if value is not None and name == "content-type" else value


def _parse_json(text: str | None) -> Json:
    try:
        return MISSING if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return text


# Responses


def evaluate_client_call_sent(
    context: CheckContext, promise: ClientReturnsResponse, trace: Trace
) -> Iterator[Observation]:
    """Report that nothing was sent.

    The responses themselves go to `observe_client_answer`.
    """
    if not trace.get_exchanges("call"):
        yield Inconclusive("nothing was sent", Cause.NOT_SENT)


def observe_client_response(
    context: CheckContext, promise: ClientReturnsResponse, exchange: Exchange
) -> Iterator[Observation]:
    """Check that the client returned, or raised, what the server answered."""
    documented = context.operation.find_documented_response(exchange.status)
    if exchange.client_call is not None and promise.status in (
        None,
        documented and documented.status,
    ):
        problem = _describe_wrong_client_outcome(context, exchange, exchange.client_call.outcome)
        yield (
            Failed(_TOOK_WRONGLY, (exchange,), details={"problem": problem})
            if problem
            else Passed(exchange)
        )


def _describe_wrong_client_outcome(
    context: CheckContext, exchange: Exchange, outcome: ClientCallOutcome
) -> str | None:
    """Return what the client did wrong, or None if it was right."""
    documented, exception_names = (
        context.operation.find_documented_response(exchange.status),
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
            if not _is_response_as_documented(context, exchange, documented)
            else f"took it for undocumented: {outcome.exception_text}"
        )
    failed = not exchange.succeeded
    if not exception_names:
        if failed:
            return "returned a value for a documented error"
        return _describe_value_altered_by_client("returned", exchange, documented, outcome.value)
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
    return _describe_value_altered_by_client("raised", exchange, documented, outcome.error_body)


def _describe_value_altered_by_client(
    action: str, exchange: Exchange, documented: ResponseSpec, value: Json
) -> str | None:
    if documented.media_type is None or exchange.json is MISSING:
        return None
    pointer = find_first_json_difference(exchange.json, value)
    return (
        None
        if pointer is None
        else f"{action} something else at {pointer or 'the root'}: {_shorten_json(value)}"
    )


def _is_response_as_documented(
    context: CheckContext, exchange: Exchange, documented: ResponseSpec
) -> bool:
    if exchange.response is None or documented.media_type is None:
        return exchange.response is not None and not exchange.response.body
    if exchange.json is MISSING or (
        exchange.response.media_type and "json" not in exchange.response.media_type
    ):
        return "json" not in documented.media_type
    return documented.schema is None or documented.schema.is_valid(
        exchange.json, MessageDirection.RESPONSE
    )


def _shorten_json(value: Json) -> str:
    if value is MISSING or value is None:
        return "nothing" if value is MISSING else "null"
    value = value[0] if isinstance(value, list) and len(value) == 1 else value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 120 else text[:117] + "..."


# Gateway failures


def evaluate_client_retry(
    context: CheckContext, promise: ClientRetries, trace: Trace
) -> Iterator[Observation]:
    """Check how the client handles one gateway failure.

    An idempotent call must be sent once more, and its outcome is that of the second response. Any
    other call must raise the failure.
    """
    exchange = trace["call"]
    client_call = _get_client_call(exchange)
    attempts_text = "once" if client_call.attempts == 1 else f"{client_call.attempts} times"
    if client_call.attempts != (2 if promise.idempotent else 1):
        yield Failed(
            _WRONG_RETRIES,
            (exchange,),
            details={"first_status": promise.status, "attempts": attempts_text},
        )
    elif promise.idempotent and client_call.outcome.exception_names:
        yield Failed(
            _RAISED_AFTER_RETRY,
            (exchange,),
            details={
                "exception": f"{client_call.outcome.exception_names[0]}:"
                f" {client_call.outcome.exception_text}"
            },
        )
    elif not promise.idempotent and "ServerError" not in client_call.outcome.exception_names:
        yield Failed(
            _RAISED_OTHERWISE,
            (exchange,),
            details={
                "first_status": promise.status,
                "exception": next(iter(client_call.outcome.exception_names), "nothing"),
            },
        )
    else:
        yield Passed(exchange)


def evaluate_client_gateway_failure(
    context: CheckContext, promise: ClientHandlesGatewayFailure, trace: Trace
) -> Iterator[Observation]:
    """Check that a gateway failure without a body raises the documented exception.

    The exception must carry the status of the failure.
    """
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
            _HID_GATEWAY_FAILURE,
            (exchange,),
            details={"first_status": promise.status, "result": result},
        )
    else:
        yield Passed(exchange)


CHECKS = {
    ClientSendsCall.kind: Check(
        plan=plan_client_request, observe=observe_client_request, observes_unsent=True
    ),
    ClientReturnsResponse.kind: Check(
        plan=plan_client_response,
        evaluate=evaluate_client_call_sent,
        observe=observe_client_response,
        lazy=True,
    ),
    ClientRetries.kind: Check(plan=plan_client_gateway_failure, evaluate=evaluate_client_retry),
    ClientHandlesGatewayFailure.kind: Check(
        plan=plan_client_gateway_failure, evaluate=evaluate_client_gateway_failure
    ),
}
